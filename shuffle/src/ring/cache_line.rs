//! A value with cache lines of its own.
//!
//! What one core writes and another one reads must not lie beside something else, or every write takes the
//! neighbours away from the other core too.

use std::ops::Deref;

/// Aligned to two lines, since processors fetch lines in pairs.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct CacheLine<T>(pub(super) T);

impl<T> Deref for CacheLine<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
