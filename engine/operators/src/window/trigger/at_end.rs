//! Windows are sent when they end, or not at all.
//!
//! A row that comes behind the end, when lateness is allowed, sends its window again at once.

use super::{Trigger, TriggerCx, TriggerResult};

/// At the end of the window in event time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventTime;

impl<T> Trigger<T> for EventTime {
    type State = ();

    #[inline]
    fn on_row(&mut self, _row: &T, _time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        let end = cx.window.max_time();
        if end <= cx.watermark {
            return TriggerResult::Fire;
        }
        cx.set_event_timer(end);
        TriggerResult::Continue
    }

    fn on_event_time(&mut self, time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        if time == cx.window.max_time() { TriggerResult::Fire } else { TriggerResult::Continue }
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, _merged: &[()], cx: &mut TriggerCx<'_, ()>) {
        // Behind its end the row that has merged the windows sends them.
        let end = cx.window.max_time();
        if end > cx.watermark {
            cx.set_event_timer(end);
        }
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, ()>) {
        cx.delete_event_timer(cx.window.max_time());
    }

    fn is_blank(&self, _state: &()) -> bool {
        true
    }
}

/// At the end of the window by the machine's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessingTime;

impl<T> Trigger<T> for ProcessingTime {
    type State = ();

    #[inline]
    fn on_row(&mut self, _row: &T, _time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        cx.set_processing_timer(cx.window.max_time());
        TriggerResult::Continue
    }

    fn on_processing_time(&mut self, _time: i64, _cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        TriggerResult::Fire
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, _merged: &[()], cx: &mut TriggerCx<'_, ()>) {
        let end = cx.window.max_time();
        if end > cx.now_ms {
            cx.set_processing_timer(end);
        }
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, ()>) {
        cx.delete_processing_timer(cx.window.max_time());
    }

    fn is_blank(&self, _state: &()) -> bool {
        true
    }
}

/// At the end of time, which is that of a bounded stream: for windows without an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndOfStream;

impl<T> Trigger<T> for EndOfStream {
    type State = ();

    fn on_row(&mut self, _row: &T, _time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        cx.set_event_timer(i64::MAX);
        TriggerResult::Continue
    }

    fn on_event_time(&mut self, time: i64, _cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        if time == i64::MAX { TriggerResult::Fire } else { TriggerResult::Continue }
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, _merged: &[()], cx: &mut TriggerCx<'_, ()>) {
        cx.set_event_timer(i64::MAX);
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, ()>) {
        cx.delete_event_timer(i64::MAX);
    }

    fn is_blank(&self, _state: &()) -> bool {
        true
    }
}

/// Not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Never;

impl<T> Trigger<T> for Never {
    type State = ();

    fn on_row(&mut self, _row: &T, _time: i64, _cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        TriggerResult::Continue
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn is_blank(&self, _state: &()) -> bool {
        true
    }
}

/// What windows have if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultTrigger {
    /// [`EventTime`].
    EventTime,
    /// [`ProcessingTime`].
    ProcessingTime,
    /// [`Never`].
    Never,
}

impl<T> Trigger<T> for DefaultTrigger {
    type State = ();

    #[inline]
    fn on_row(&mut self, row: &T, time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        match self {
            Self::EventTime => EventTime.on_row(row, time, cx),
            Self::ProcessingTime => ProcessingTime.on_row(row, time, cx),
            Self::Never => TriggerResult::Continue,
        }
    }

    fn on_event_time(&mut self, time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        match self {
            Self::EventTime => Trigger::<T>::on_event_time(&mut EventTime, time, cx),
            Self::ProcessingTime | Self::Never => TriggerResult::Continue,
        }
    }

    fn on_processing_time(&mut self, time: i64, cx: &mut TriggerCx<'_, ()>) -> TriggerResult {
        match self {
            Self::ProcessingTime => Trigger::<T>::on_processing_time(&mut ProcessingTime, time, cx),
            Self::EventTime | Self::Never => TriggerResult::Continue,
        }
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, merged: &[()], cx: &mut TriggerCx<'_, ()>) {
        match self {
            Self::EventTime => Trigger::<T>::on_merge(&mut EventTime, merged, cx),
            Self::ProcessingTime => Trigger::<T>::on_merge(&mut ProcessingTime, merged, cx),
            Self::Never => {}
        }
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, ()>) {
        match self {
            Self::EventTime => Trigger::<T>::clear(&mut EventTime, cx),
            Self::ProcessingTime => Trigger::<T>::clear(&mut ProcessingTime, cx),
            Self::Never => {}
        }
    }

    fn is_blank(&self, _state: &()) -> bool {
        true
    }
}
