//! One window of one key: what it holds, what its trigger remembers, what it waits for.

use state::Slot;

use super::span::Window;
use super::times::Times;

/// A window of a key: `C` is what it holds, `S` what its trigger remembers.
pub(super) struct Entry<C, S> {
    pub(super) window: Window,
    /// None before the first row, and when it was purged.
    pub(super) contents: Option<C>,
    pub(super) trigger: S,
    pub(super) event: Waiting,
    pub(super) processing: Waiting,
    /// Where the states are that a function keeps for this window, if it has asked for any.
    pub(super) states: Option<Slot>,
}

/// What a window waits for by one clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// The timers of the trigger.
    pub(super) timers: Times,
    /// When the window is to be looked at: not behind the first of its timers, or its end for good.
    pub(super) alarm: Option<i64>,
}

impl Waiting {
    /// Whether the alarm must be set anew, to this time, because the first timer is due before it.
    #[inline]
    pub(super) fn is_early(&self) -> Option<i64> {
        let first = self.timers.first()?;
        self.alarm.is_none_or(|alarm| first < alarm).then_some(first)
    }
}

impl<C, S: Default> Entry<C, S> {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            contents: None,
            trigger: S::default(),
            event: Waiting::default(),
            processing: Waiting::default(),
            states: None,
        }
    }
}
