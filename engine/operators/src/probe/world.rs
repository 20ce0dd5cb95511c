//! What is around an operator on trial: edges that keep what is sent, a clock that is moved by hand, refusals on demand.
//!
//! Once it has refused it goes on to, until the next step begins: so is a full edge.

use memory::Batch;
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::Failure;
use shuffle::{Event, Watermark};

use super::chance::Chance;
use crate::Around;

/// How often a step is told to go on.
const ASKS_MAX: usize = 1_000;

/// When the outside does not want more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Never,
    /// As soon as a batch was sent.
    AfterEachBatch,
    /// Every second time that it is asked.
    EverySecondTime,
    ByChance,
}

/// What was sent over an edge.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    Rows(Batch),
    Time(Watermark),
}

pub(super) struct World {
    refusal: Refusal,
    chance: Chance,
    pub(super) now_ns: u64,
    asked: usize,
    refuses: bool,
    /// How often it still says yes in this step: a step ends.
    asks_left: usize,
    /// Batches sent so far.
    pub(super) batches: usize,
    /// By edge: batches sent in this step since it refuses.
    beyond: Vec<usize>,
    /// The most batches that were sent over one edge in one step while it refused.
    pub(super) beyond_max: usize,
    /// By edge.
    pub(super) sent: Vec<Vec<Sent>>,
}

impl World {
    pub(super) fn new(edges: usize, refusal: Refusal, seed: u64) -> Self {
        Self {
            refusal,
            chance: Chance(seed),
            now_ns: 0,
            asked: 0,
            refuses: false,
            asks_left: ASKS_MAX,
            batches: 0,
            beyond: vec![0; edges],
            beyond_max: 0,
            sent: vec![Vec::new(); edges],
        }
    }

    /// Another step begins.
    pub(super) fn begin(&mut self) {
        self.refuses = false;
        self.asks_left = ASKS_MAX;
        self.beyond.fill(0);
    }
}

impl Around for World {
    fn send(&mut self, edge: usize, batch: Batch) -> Result<(), Failure> {
        if self.refuses {
            self.beyond[edge] += 1;
            self.beyond_max = self.beyond_max.max(self.beyond[edge]);
        }
        self.refuses |= self.refusal == Refusal::AfterEachBatch;
        self.batches += 1;
        self.sent[edge].push(Sent::Rows(batch));
        Ok(())
    }

    fn event(&mut self, edge: usize, event: Event) {
        if let Event::Watermark(now) = event {
            self.sent[edge].push(Sent::Time(now));
        }
    }

    fn may_go_on(&mut self) -> bool {
        self.asked += 1;
        self.refuses |= match self.refusal {
            Refusal::Never | Refusal::AfterEachBatch => false,
            Refusal::EverySecondTime => self.asked.is_multiple_of(2),
            Refusal::ByChance => self.chance.one_in(3),
        };
        self.asks_left = self.asks_left.saturating_sub(1);
        self.refuses |= self.asks_left == 0;
        !self.refuses
    }

    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn wall_ms(&self) -> i64 {
        i64::try_from(self.now_ns / 1_000_000).expect("a script is shorter than an age")
    }

    fn random(&mut self) -> u64 {
        self.chance.bits()
    }

    fn submit(&mut self, operation: FileOperation) -> Ticket {
        panic!("an operator has no files: {operation:?}")
    }
}
