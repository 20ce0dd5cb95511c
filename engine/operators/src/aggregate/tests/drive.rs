//! Runs an operator without a runtime: what it sends is written down, and now and then it is told to stop for a while.

use memory::Batch;
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::Failure;
use shuffle::{Event, Watermark};
use state::{Restore, Snapshot};

use crate::around::Around;
use crate::contract::Operator;
use crate::rows::BATCH_ROWS;

/// Numbers that look random and are always the same (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from((u128::from(self.bits()) * end as u128) >> 64).expect("below a usize")
    }

    /// A number from `start` to `end`.
    pub(crate) fn between(&mut self, start: i64, end: i64) -> i64 {
        start + self.below(usize::try_from(end - start + 1).unwrap()) as i64
    }

    /// One subtask, or a few.
    pub(crate) fn parallelism(&mut self) -> u32 {
        u32::try_from(1 + self.below(3)).unwrap()
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What was sent to an output.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    Rows(Batch),
    Time(i64),
}

/// An operator that runs, and what it has sent.
pub(crate) struct Drive {
    operator: super::super::Drive,
    outside: Outside,
}

struct Outside {
    sent: [Vec<Sent>; 2],
    moods: Random,
    refused: bool,
    /// Batches since it was told to stop.
    beyond: usize,
}

impl Around for Outside {
    fn send(&mut self, edge: usize, batch: Batch) -> Result<(), Failure> {
        self.beyond += usize::from(self.refused && edge == 0);
        assert!(self.beyond <= 1, "told to stop, it goes on");
        assert!(batch.rows() <= BATCH_ROWS, "a batch of {} rows", batch.rows());
        self.sent[edge].push(Sent::Rows(batch));
        Ok(())
    }

    fn event(&mut self, edge: usize, event: Event) {
        if let Event::Watermark(now) = event {
            self.sent[edge].push(Sent::Time(now.0));
        }
    }

    fn may_go_on(&mut self) -> bool {
        self.refused |= self.moods.one_in(3);
        !self.refused
    }

    fn now_ns(&self) -> u64 {
        0
    }

    fn wall_ms(&self) -> i64 {
        0
    }

    fn random(&mut self) -> u64 {
        0
    }

    fn submit(&mut self, operation: FileOperation) -> Ticket {
        panic!("an operator has no files: {operation:?}")
    }
}

impl Drive {
    pub(crate) fn new(operator: impl Operator + 'static, seed: u64) -> Self {
        let sent = [Vec::new(), Vec::new()];
        let outside = Outside { sent, moods: Random::new(seed), refused: false, beyond: 0 };
        Self { operator: super::super::Drive::new(operator, 2), outside }
    }

    pub(crate) fn batch(&mut self, batch: Batch) -> Result<(), Failure> {
        self.operator.batch(batch, &mut self.outside)?;
        self.settle()
    }

    pub(crate) fn time(&mut self, now: i64) -> Result<(), Failure> {
        self.operator.time(Watermark(now), &mut self.outside)?;
        self.settle()
    }

    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        self.operator.end(&mut self.outside)?;
        self.settle()
    }

    fn settle(&mut self) -> Result<(), Failure> {
        loop {
            (self.outside.refused, self.outside.beyond) = (false, 0);
            if self.operator.settle(&mut self.outside)? {
                (self.outside.refused, self.outside.beyond) = (false, 0);
                return Ok(());
            }
        }
    }

    /// What was sent since the last time.
    pub(crate) fn sent(&mut self, output: usize) -> Vec<Sent> {
        std::mem::take(&mut self.outside.sent[output])
    }

    pub(crate) fn save(&mut self) -> Snapshot {
        self.operator.save().unwrap()
    }

    pub(crate) fn load(&mut self, restore: Restore) {
        self.operator.load(restore).unwrap();
    }
}
