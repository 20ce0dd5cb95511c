//! When a window is sent, and when what it holds is dropped.
//!
//! | trigger | file | sends a window |
//! |---|---|---|
//! | [`EventTime`], [`ProcessingTime`], [`EndOfStream`], [`Never`] | `at_end.rs` | at its end, by one clock or the other; at the end of time; not at all |
//! | [`Count`] | `count.rs` | with every so many rows |
//! | [`ContinuousEventTime`], [`ContinuousProcessingTime`] | `continuous.rs` | every so often |
//! | [`Delta`] | `delta.rs` | when a row is far from the one that it was last sent for |
//! | [`Purging`] | `purging.rs` | as another trigger says, and drops what it holds |
//! | [`Timeout`] | `timeout.rs` | as another trigger says, or when nothing has come of it for a while |
//!
//! What a trigger remembers is a record of its own for each key and window; it is saved with the window.

mod at_end;
mod continuous;
mod count;
mod delta;
mod purging;
mod timeout;

use record::Record;

use super::span::Window;
use super::times::Times;

pub use at_end::{DefaultTrigger, EndOfStream, EventTime, Never, ProcessingTime};
pub use continuous::{ContinuousEventTime, ContinuousProcessingTime};
pub use count::Count;
pub use delta::Delta;
pub use purging::Purging;
pub use timeout::{Timeout, TimeoutState};

/// What is to be done with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerResult {
    /// Nothing.
    Continue,
    /// It is sent.
    Fire,
    /// What it holds is dropped.
    Purge,
    /// It is sent, then what it holds is dropped.
    FireAndPurge,
}

impl TriggerResult {
    /// Whether the window is sent.
    pub const fn fires(self) -> bool {
        matches!(self, Self::Fire | Self::FireAndPurge)
    }

    /// Whether what it holds is dropped.
    pub const fn purges(self) -> bool {
        matches!(self, Self::Purge | Self::FireAndPurge)
    }
}

/// Decides when windows are sent.
pub trait Trigger<T>: 'static {
    /// What it remembers of a window.
    type State: Record + Default;

    /// A row has come, of this event time: `i64::MIN` in a stream without.
    fn on_row(&mut self, row: &T, time: i64, cx: &mut TriggerCx<'_, Self::State>) -> TriggerResult;

    /// Event time has come to `time`, for which it has set a timer, or the window ends for good.
    fn on_event_time(&mut self, _time: i64, _cx: &mut TriggerCx<'_, Self::State>) -> TriggerResult {
        TriggerResult::Continue
    }

    /// The machine's time has come to `time`, for which it has set a timer, or the window ends for good.
    fn on_processing_time(&mut self, _time: i64, _cx: &mut TriggerCx<'_, Self::State>) -> TriggerResult {
        TriggerResult::Continue
    }

    /// Whether it can do with windows that merge.
    fn can_merge(&self) -> bool {
        false
    }

    /// This window has come of others, of which it remembered `merged`. Their timers are gone.
    fn on_merge(&mut self, _merged: &[Self::State], _cx: &mut TriggerCx<'_, Self::State>) {}

    /// The window is gone: what was set and remembered for it is about to be dropped.
    fn clear(&mut self, _cx: &mut TriggerCx<'_, Self::State>) {}

    /// Whether nothing is lost when a window without an end is forgotten of which this was remembered, when it holds no
    /// rows and waits for no time.
    fn is_blank(&self, _state: &Self::State) -> bool {
        false
    }
}

/// What a trigger is called with.
pub struct TriggerCx<'a, S> {
    pub(super) window: Window,
    pub(super) watermark: i64,
    pub(super) now_ms: i64,
    pub(super) event: &'a mut Times,
    pub(super) processing: &'a mut Times,
    /// What it remembers of the window.
    pub state: &'a mut S,
}

impl<S> TriggerCx<'_, S> {
    /// The window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// How far event time has come: `i64::MIN` before the first watermark.
    pub fn watermark(&self) -> i64 {
        self.watermark
    }

    /// What the machine believes the time is, in milliseconds since 1970.
    pub fn processing_time(&self) -> i64 {
        self.now_ms
    }

    /// Calls [`Trigger::on_event_time`] when event time has come to `at`. Twice the same is once.
    #[inline]
    pub fn set_event_timer(&mut self, at: i64) {
        self.event.insert(at);
    }

    /// Takes such a timer back.
    pub fn delete_event_timer(&mut self, at: i64) {
        self.event.remove(at);
    }

    /// Calls [`Trigger::on_processing_time`] when the machine's time has come to `at`.
    #[inline]
    pub fn set_processing_timer(&mut self, at: i64) {
        self.processing.insert(at);
    }

    /// Takes such a timer back.
    pub fn delete_processing_timer(&mut self, at: i64) {
        self.processing.remove(at);
    }

    /// The same for a trigger within this one, which remembers a part.
    pub fn within<R>(&mut self, part: impl FnOnce(&mut S) -> &mut R) -> TriggerCx<'_, R> {
        TriggerCx {
            window: self.window,
            watermark: self.watermark,
            now_ms: self.now_ms,
            event: self.event,
            processing: self.processing,
            state: part(self.state),
        }
    }
}
