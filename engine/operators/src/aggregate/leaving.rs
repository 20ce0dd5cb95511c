//! Groups that leave, a piece at a time, and the watermark that goes behind them.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::Slot;

use crate::contract::Flow;
use crate::cx::Cx;
use crate::rows::BATCH_ROWS;

/// What is to be sent yet.
#[derive(Default)]
pub(crate) struct Leaving {
    slots: Vec<Slot>,
    next: usize,
    then: Option<Watermark>,
}

impl Leaving {
    /// These groups, and then this watermark.
    pub(crate) fn new(slots: Vec<Slot>, then: Option<Watermark>) -> Self {
        Self { slots, next: 0, then }
    }

    /// Sends as much as it may. A piece of groups becomes a batch as `piece` says.
    pub(crate) fn go_on(
        &mut self,
        cx: &mut Cx<'_>,
        mut piece: impl FnMut(&[Slot]) -> Result<Batch, Failure>,
    ) -> Result<Flow, Failure> {
        while self.next < self.slots.len() {
            let end = self.slots.len().min(self.next + BATCH_ROWS);
            cx.send(piece(&self.slots[self.next..end])?)?;
            self.next = end;
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        *self = Self { then: self.then, ..Self::default() };
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }
}
