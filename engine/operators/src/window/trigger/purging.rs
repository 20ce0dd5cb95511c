//! A window is sent when another trigger says so, and what it holds is dropped.

use super::{Trigger, TriggerCx, TriggerResult};

/// As another trigger, but what was sent is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purging<G>(pub G);

fn purge(result: TriggerResult) -> TriggerResult {
    if result.fires() { TriggerResult::FireAndPurge } else { result }
}

impl<T, G: Trigger<T>> Trigger<T> for Purging<G> {
    type State = G::State;

    fn on_row(&mut self, row: &T, time: i64, cx: &mut TriggerCx<'_, G::State>) -> TriggerResult {
        purge(self.0.on_row(row, time, cx))
    }

    fn on_event_time(&mut self, time: i64, cx: &mut TriggerCx<'_, G::State>) -> TriggerResult {
        purge(self.0.on_event_time(time, cx))
    }

    fn on_processing_time(&mut self, time: i64, cx: &mut TriggerCx<'_, G::State>) -> TriggerResult {
        purge(self.0.on_processing_time(time, cx))
    }

    fn can_merge(&self) -> bool {
        self.0.can_merge()
    }

    fn on_merge(&mut self, merged: &[G::State], cx: &mut TriggerCx<'_, G::State>) {
        self.0.on_merge(merged, cx);
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, G::State>) {
        self.0.clear(cx);
    }

    fn is_blank(&self, state: &G::State) -> bool {
        self.0.is_blank(state)
    }
}
