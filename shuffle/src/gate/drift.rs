//! Inputs of very different speed, kept close to each other in event time.
//!
//! A join that reads a year of one input before a minute of the other keeps a year of rows. So a channel whose
//! watermark is ahead of the least by more than the drift is *paused*: not served until the others have caught up.
//! Its rows wait in their queue and keep their credit; so does a barrier behind them.
//!
//! Who is waited for: channels that are active and not blocked by a barrier. The slowest of them is never paused,
//! so somebody can always go on. A channel that a barrier blocks is not waited for, because what it waits for may
//! lie behind the rows of a paused one. One that has said nothing of time yet is as slow as can be, so a source
//! without rows has to say that it is idle.
//!
//! Only for inputs without a common upstream: a paused channel holds back its sender, and if that is also the one
//! to feed the slow channel, both stand still.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::least::Least;
use crate::item::Watermark;

/// Which channels are too far ahead.
#[derive(Debug)]
pub(super) struct Drift {
    max_ms: i64,
    /// Of the channels that are waited for.
    least: Least,
    /// The paused ones, the first to go on at the top.
    paused: BinaryHeap<Reverse<(Watermark, usize)>>,
}

impl Drift {
    pub(super) fn open(channels: usize, max_ms: u64) -> Self {
        let max_ms = i64::try_from(max_ms).unwrap_or(i64::MAX);
        let mut least = Least::of(channels);
        (0..channels).for_each(|channel| least.set(channel, Some(Watermark::MIN)));
        Self { max_ms, least, paused: BinaryHeap::new() }
    }

    /// Notes where a channel is, or that nobody waits for it.
    pub(super) fn note(&mut self, channel: usize, watermark: Option<Watermark>) {
        self.least.set(channel, watermark);
    }

    /// Whether a channel with this watermark is too far ahead. Behind the last watermark come only ends, which
    /// are welcome at any time.
    pub(super) fn is_ahead(&self, watermark: Watermark) -> bool {
        watermark != Watermark::MAX && self.least.get().is_some_and(|least| watermark.0 > self.reach(least))
    }

    /// The channel is not served until [`Drift::resume`] names it.
    pub(super) fn pause(&mut self, channel: usize, watermark: Watermark) {
        self.paused.push(Reverse((watermark, channel)));
    }

    /// A paused channel that may go on, if there is one.
    pub(super) fn resume(&mut self) -> Option<usize> {
        let Reverse((watermark, channel)) = *self.paused.peek()?;
        if self.is_ahead(watermark) {
            return None;
        }
        self.paused.pop();
        Some(channel)
    }

    fn reach(&self, least: Watermark) -> i64 {
        least.0.saturating_add(self.max_ms)
    }
}
