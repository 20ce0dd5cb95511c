//! The rows of one key that may still find a partner, of both inputs.

use super::bounds::Interval;
use crate::join::buffer::Buffer;

/// The rows of a key.
pub(super) struct Sides<A, B> {
    pub(super) left: Buffer<A>,
    pub(super) right: Buffer<B>,
    /// When they are to be looked at.
    pub(super) alarm: Option<i64>,
}

impl<A, B> Default for Sides<A, B> {
    fn default() -> Self {
        Self { left: Buffer::default(), right: Buffer::default(), alarm: None }
    }
}

impl<A, B> Sides<A, B> {
    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty() && self.right.is_empty()
    }

    /// When a row of them has no partner to come any more.
    pub(super) fn until(&self, interval: Interval) -> Option<i64> {
        let left = self.left.first().map(|time| interval.left_until(time));
        let right = self.right.first().map(|time| interval.right_until(time));
        left.into_iter().chain(right).min()
    }
}
