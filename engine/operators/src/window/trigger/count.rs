//! A window is sent with every so many rows.

use super::{Trigger, TriggerCx, TriggerResult};

/// With every `count` rows since it was sent last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    count: i64,
}

impl Count {
    /// With every so many rows.
    pub const fn of(count: i64) -> Self {
        Self { count }
    }
}

impl<T> Trigger<T> for Count {
    /// Rows since it was sent last.
    type State = i64;

    fn on_row(&mut self, _row: &T, _time: i64, cx: &mut TriggerCx<'_, i64>) -> TriggerResult {
        *cx.state += 1;
        if *cx.state < self.count {
            return TriggerResult::Continue;
        }
        *cx.state = 0;
        TriggerResult::Fire
    }

    fn can_merge(&self) -> bool {
        true
    }

    fn on_merge(&mut self, merged: &[i64], cx: &mut TriggerCx<'_, i64>) {
        *cx.state += merged.iter().sum::<i64>();
    }

    fn clear(&mut self, cx: &mut TriggerCx<'_, i64>) {
        *cx.state = 0;
    }

    fn is_blank(&self, state: &i64) -> bool {
        *state == 0
    }
}
