//! A value with cache lines of its own.
//!
//! What one core writes often and another reads often must not lie beside something else: every write would take the
//! neighbours away from the other core too.

use std::ops::Deref;

/// Aligned to two lines, since processors fetch lines in pairs.
#[derive(Debug)]
#[repr(align(128))]
pub struct CacheLine<T>(
    /// The value.
    pub T,
);

impl<T> Deref for CacheLine<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
