//! A window is sent every so often, and at its end.
//!
//! The times at which it is sent are multiples of the interval, in all windows the same, and the end.

use super::{Trigger, TriggerCx, TriggerResult};

/// Every so often in event time, and at the end of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContinuousEventTime {
    interval: i64,
}

/// Every so often by the machine's clock. Windows of processing time are also sent at their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContinuousProcessingTime {
    interval: i64,
}

impl ContinuousEventTime {
    /// Every `interval` milliseconds.
    pub const fn every(interval: i64) -> Self {
        assert!(interval > 0, "an interval is longer than nothing");
        Self { interval }
    }

    fn set(self, from: i64, cx: &mut TriggerCx<'_, Option<i64>>) {
        // Behind the end of time nothing changes: a window without an end need not be sent for ever.
        let is_over = cx.watermark == i64::MAX && cx.window.is_global();
        let next = remember(if is_over { i64::MAX } else { from.saturating_add(self.interval) }, cx);
        cx.set_event_timer(next);
    }
}

impl ContinuousProcessingTime {
    /// Every `interval` milliseconds.
    pub const fn every(interval: i64) -> Self {
        assert!(interval > 0, "an interval is longer than nothing");
        Self { interval }
    }

    fn set(self, from: i64, cx: &mut TriggerCx<'_, Option<i64>>) {
        let is_over = cx.now_ms == i64::MAX && cx.window.is_global();
        let next = remember(if is_over { i64::MAX } else { from.saturating_add(self.interval) }, cx);
        if next > from {
            cx.set_processing_timer(next);
        }
    }
}

/// Remembers when the window is to be sent next: not behind its end.
fn remember(next: i64, cx: &mut TriggerCx<'_, Option<i64>>) -> i64 {
    *cx.state.insert(next.min(cx.window.max_time()))
}

/// The last multiple of the interval up to `time`.
fn floor(time: i64, interval: i64) -> i64 {
    time.saturating_sub(time.rem_euclid(interval))
}

impl<T> Trigger<T> for ContinuousEventTime {
    /// When it is sent next.
    type State = Option<i64>;

    fn on_row(&mut self, _row: &T, time: i64, cx: &mut TriggerCx<'_, Option<i64>>) -> TriggerResult {
        let end = cx.window.max_time();
        if end <= cx.watermark {
            return TriggerResult::Fire;
        }
        cx.set_event_timer(end);
        if cx.state.is_none() {
            self.set(floor(time, self.interval), cx);
        }
        TriggerResult::Continue
    }

    fn on_event_time(&mut self, time: i64, cx: &mut TriggerCx<'_, Option<i64>>) -> TriggerResult {
        if time == cx.window.max_time() {
            return TriggerResult::Fire;
        }
        if *cx.state != Some(time) {
            return TriggerResult::Continue;
        }
        *cx.state = None;
        self.set(time, cx);
        TriggerResult::Fire
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, merged: &[Option<i64>], cx: &mut TriggerCx<'_, Option<i64>>) {
        // What is over has been sent, or will be when the row that has merged the windows says so.
        let watermark = cx.watermark;
        *cx.state = merged.iter().copied().flatten().filter(|next| *next > watermark).min();
        if let Some(next) = *cx.state {
            cx.set_event_timer(next);
        }
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, Option<i64>>) {
        if let Some(next) = cx.state.take() {
            cx.delete_event_timer(next);
        }
    }

    fn is_blank(&self, state: &Option<i64>) -> bool {
        state.is_none()
    }
}

impl<T> Trigger<T> for ContinuousProcessingTime {
    /// When it is sent next.
    type State = Option<i64>;

    fn on_row(&mut self, _row: &T, _time: i64, cx: &mut TriggerCx<'_, Option<i64>>) -> TriggerResult {
        if cx.state.is_none() {
            self.set(floor(cx.now_ms, self.interval), cx);
        }
        TriggerResult::Continue
    }

    fn on_processing_time(&mut self, time: i64, cx: &mut TriggerCx<'_, Option<i64>>) -> TriggerResult {
        if *cx.state != Some(time) {
            return TriggerResult::Continue;
        }
        *cx.state = None;
        self.set(time, cx);
        TriggerResult::Fire
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, merged: &[Option<i64>], cx: &mut TriggerCx<'_, Option<i64>>) {
        *cx.state = merged.iter().copied().flatten().min();
        if let Some(next) = *cx.state {
            cx.set_processing_timer(next);
        }
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, Option<i64>>) {
        if let Some(next) = cx.state.take() {
            cx.delete_processing_timer(next);
        }
    }

    fn is_blank(&self, state: &Option<i64>) -> bool {
        state.is_none()
    }
}
