//! A window is sent when a row is far from the one for which it was last sent.

use record::{Record, Value};

use super::{Trigger, TriggerCx, TriggerResult};

/// When the distance of a row from the one that it was last sent for is greater than a threshold.
#[derive(Clone, Debug)]
pub struct Delta<F> {
    threshold: f64,
    distance: F,
}

impl<F> Delta<F> {
    /// Beyond this distance, as the function measures it from the former row to the new one.
    pub fn of(threshold: f64, distance: F) -> Self {
        Self { threshold, distance }
    }
}

impl<T, F> Trigger<T> for Delta<F>
where
    T: Record + Value,
    F: FnMut(&T, &T) -> f64 + 'static,
{
    /// The row for which it was last sent, or the first.
    type State = Option<T>;

    fn on_row(&mut self, row: &T, _time: i64, cx: &mut TriggerCx<'_, Option<T>>) -> TriggerResult {
        match cx.state {
            Some(former) if (self.distance)(former, row) > self.threshold => {
                *former = row.clone();
                TriggerResult::Fire
            }
            Some(_) => TriggerResult::Continue,
            None => {
                *cx.state = Some(row.clone());
                TriggerResult::Continue
            }
        }
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, Option<T>>) {
        *cx.state = None;
    }

    fn is_blank(&self, state: &Option<T>) -> bool {
        state.is_none()
    }
}
