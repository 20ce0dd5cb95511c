//! What is around an instance on trial: refuses by chance, keeps what was sent, and looks at it.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use memory::Batch;
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::Failure;
use shuffle::Event;

use crate::Around;
use crate::stand::Chance;

/// What is around an instance.
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) refuses: bool,
    pub(super) has_refused: bool,
    pub(super) beyond: usize,
    pub(super) now_ms: i64,
    pub(super) sent: Vec<(usize, Batch)>,
    /// What has passed by the main output, and whether rows may come behind it.
    pub(super) time: i64,
    pub(super) may_be_late: bool,
}

impl Around for World {
    fn send(&mut self, edge: usize, batch: Batch) -> Result<(), Failure> {
        if edge == 0 {
            self.beyond += usize::from(self.has_refused);
            assert!(self.beyond <= 1, "more than a batch behind a refusal");
            let columns = batch.columns();
            let times = columns.column(columns.num_columns() - 1).as_primitive::<TimestampMillisecondType>();
            let is_behind = |time: &i64| *time <= self.time && self.time < i64::MAX;
            assert!(self.may_be_late || !times.values().iter().any(is_behind), "a row behind {}", self.time);
        }
        self.sent.push((edge, batch));
        Ok(())
    }

    fn event(&mut self, edge: usize, event: Event) {
        if let (0, Event::Watermark(now)) = (edge, event) {
            self.time = now.0;
        }
    }

    fn may_go_on(&mut self) -> bool {
        self.has_refused |= self.refuses && self.chance.one_in(2);
        !self.has_refused
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.now_ms).unwrap() * 1_000_000
    }

    fn wall_ms(&self) -> i64 {
        self.now_ms
    }

    fn random(&mut self) -> u64 {
        self.chance.bits()
    }

    fn submit(&mut self, operation: FileOperation) -> Ticket {
        panic!("an operator has no files: {operation:?}")
    }
}
