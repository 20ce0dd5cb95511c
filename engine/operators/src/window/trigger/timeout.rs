//! A window is sent when another trigger says so, or when that has not happened for a while.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields};
use record::{Mismatch, Record, RecordBuilder, RecordReader, Value, ValueBuilder, ValueReader};

use super::{Trigger, TriggerCx, TriggerResult};

/// As another trigger, and also `interval` milliseconds of the machine's clock behind a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout<G> {
    inner: G,
    interval: i64,
    resets_with_rows: bool,
    clears: bool,
}

impl<G> Timeout<G> {
    /// Behind the first row since it was sent; everything begins anew then.
    pub const fn of(inner: G, interval: i64) -> Self {
        Self { inner, interval, resets_with_rows: false, clears: true }
    }

    /// Behind the last row.
    #[must_use]
    pub fn resets_with_rows(self) -> Self {
        Self { resets_with_rows: true, ..self }
    }

    /// What the other trigger remembers stays when time has run out.
    #[must_use]
    pub fn keeps_on_timeout(self) -> Self {
        Self { clears: false, ..self }
    }
}

/// What a [`Timeout`] remembers: when time runs out, and what the other trigger does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeoutState<S> {
    at: Option<i64>,
    inner: S,
}

impl<G> Timeout<G> {
    fn forget<T>(&mut self, cx: &mut TriggerCx<'_, TimeoutState<G::State>>)
    where
        G: Trigger<T>,
    {
        if let Some(at) = cx.state.at.take() {
            cx.delete_processing_timer(at);
        }
        self.inner.clear(&mut cx.within(|state| &mut state.inner));
        cx.state.inner = G::State::default();
    }

    fn time_out<T>(
        &mut self,
        result: TriggerResult,
        cx: &mut TriggerCx<'_, TimeoutState<G::State>>,
    ) -> TriggerResult
    where
        G: Trigger<T>,
    {
        if self.clears {
            self.forget(cx);
        }
        if result.purges() { TriggerResult::FireAndPurge } else { TriggerResult::Fire }
    }
}

impl<T, G: Trigger<T>> Trigger<T> for Timeout<G> {
    type State = TimeoutState<G::State>;

    fn on_row(&mut self, row: &T, time: i64, cx: &mut TriggerCx<'_, Self::State>) -> TriggerResult {
        let result = self.inner.on_row(row, time, &mut cx.within(|state| &mut state.inner));
        if result.fires() {
            self.forget(cx);
            return result;
        }
        if self.resets_with_rows
            && let Some(at) = cx.state.at.take()
        {
            cx.delete_processing_timer(at);
        }
        if cx.state.at.is_none() {
            let at = cx.now_ms.saturating_add(self.interval);
            cx.state.at = Some(at);
            cx.set_processing_timer(at);
        }
        result
    }

    fn on_event_time(&mut self, time: i64, cx: &mut TriggerCx<'_, Self::State>) -> TriggerResult {
        let result = self.inner.on_event_time(time, &mut cx.within(|state| &mut state.inner));
        self.time_out(result, cx)
    }

    fn on_processing_time(&mut self, time: i64, cx: &mut TriggerCx<'_, Self::State>) -> TriggerResult {
        let result = self.inner.on_processing_time(time, &mut cx.within(|state| &mut state.inner));
        self.time_out(result, cx)
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, Self::State>) {
        self.forget(cx);
    }

    fn is_blank(&self, state: &Self::State) -> bool {
        state.at.is_none() && self.inner.is_blank(&state.inner)
    }
}

/// Its columns: `timeout`, then those of the other trigger.
impl<S: Record> Record for TimeoutState<S> {
    type Reader = TimeoutReader<S>;
    type Builder = TimeoutBuilder<S>;

    fn fields() -> Fields {
        let own = Arc::new(Field::new("timeout", DataType::Int64, true));
        std::iter::once(own).chain(S::fields().iter().cloned()).collect()
    }
}

/// Reads them.
pub struct TimeoutReader<S: Record> {
    at: <Option<i64> as Value>::Reader,
    inner: S::Reader,
}

impl<S: Record> RecordReader<TimeoutState<S>> for TimeoutReader<S> {
    fn open_where(columns: &[ArrayRef], asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let (at, inner) = columns.split_first().expect("the first column is its own");
        let at = ValueReader::<Option<i64>>::open_where(at, asked)?;
        Ok(Self { at, inner: S::Reader::open_where(inner, asked)? })
    }

    fn get(&self, row: usize) -> TimeoutState<S> {
        TimeoutState { at: self.at.get(row), inner: self.inner.get(row) }
    }
}

/// Builds them.
pub struct TimeoutBuilder<S: Record> {
    at: <Option<i64> as Value>::Builder,
    inner: S::Builder,
}

impl<S: Record> Default for TimeoutBuilder<S> {
    fn default() -> Self {
        Self { at: Default::default(), inner: S::Builder::default() }
    }
}

impl<S: Record> RecordBuilder<TimeoutState<S>> for TimeoutBuilder<S> {
    fn push(&mut self, row: TimeoutState<S>) {
        ValueBuilder::<Option<i64>>::push(&mut self.at, row.at);
        self.inner.push(row.inner);
    }

    fn push_null(&mut self) {
        ValueBuilder::<Option<i64>>::push_null(&mut self.at);
        self.inner.push_null();
    }

    fn len(&self) -> usize {
        self.inner.len()
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        let mut columns = vec![ValueBuilder::<Option<i64>>::finish(&mut self.at)];
        columns.extend(self.inner.finish());
        columns
    }
}
