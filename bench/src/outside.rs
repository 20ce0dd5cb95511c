//! The world around an operator that is measured alone: it takes what is sent, is never in a hurry, and has no clock and no files.

use std::sync::Arc;

use memory::{Batch, KeyGroups, Lease};
use operators::accumulators::Accumulators;
use operators::{Around, Mode, OperatorSeat};
use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::{Failure, Place};
use shuffle::Event;

/// What a benchmark wants of the rows that an operator sends.
pub trait Taker {
    /// Some have come.
    fn take(&mut self, batch: Batch);
}

/// The world, and what it has taken.
#[derive(Debug, Default)]
pub struct Outside<T> {
    /// By which answers are checked.
    pub taken: T,
}

impl<T: Taker> Around for Outside<T> {
    fn send(&mut self, _edge: usize, batch: Batch) -> Result<(), Failure> {
        self.taken.take(batch);
        Ok(())
    }

    fn event(&mut self, _edge: usize, _event: Event) {}

    fn may_go_on(&mut self) -> bool {
        true
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

    fn submit(&mut self, _operation: FileOperation) -> Ticket {
        unreachable!("an operator has no files")
    }
}

/// Nobody is poked.
struct Nobody;

impl Poke for Nobody {
    fn poke(&self) {}
}

/// The seat of an operator that is alone, with as much memory as it wants.
pub fn seat(name: &str, mode: Mode) -> OperatorSeat {
    let name: Arc<str> = name.into();
    OperatorSeat {
        place: Place { job: JobId(0), attempt: 0, vertex: 0, number: 0, parallelism: 1, name: name.clone() },
        name,
        mode,
        groups: KeyGroups::default(),
        managed: Lease::root("bench", u64::MAX),
        spills: None,
        plane: None,
        poke: Arc::new(Nobody),
        accumulators: Accumulators::default(),
        sides: Arc::new([]),
    }
}
