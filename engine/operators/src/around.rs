//! What is around a chain: the edges that leave it, the clock, files. A core has one kind, a trial of `probe` another.

use memory::Batch;
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::{Failure, StepCx};
use shuffle::Event;

/// The world of a chain, for the length of a step.
pub trait Around {
    /// Sends the rows of a batch that count over an edge.
    ///
    /// # Errors
    ///
    /// If a key cannot be hashed or compared, or the user's partitioner does not answer.
    fn send(&mut self, edge: usize, batch: Batch) -> Result<(), Failure>;

    /// Sends an event over an edge, behind all rows sent before it.
    fn event(&mut self, edge: usize, event: Event);

    /// Whether to go on: no edge is full, and there is time left in this step.
    fn may_go_on(&mut self) -> bool;

    /// Nanoseconds of the runtime's clock.
    fn now_ns(&self) -> u64;

    /// Milliseconds since 1970, as the machine believes.
    fn wall_ms(&self) -> i64;

    /// 64 random bits.
    fn random(&mut self) -> u64;

    /// Begins a file operation.
    fn submit(&mut self, operation: FileOperation) -> Ticket;
}

impl Around for StepCx<'_> {
    fn send(&mut self, edge: usize, batch: Batch) -> Result<(), Failure> {
        // Who is called asks `may_go_on` before the next batch.
        StepCx::send(self, edge, batch).map(|_| ())
    }

    fn event(&mut self, edge: usize, event: Event) {
        self.event_on(edge, event);
    }

    fn may_go_on(&mut self) -> bool {
        StepCx::may_go_on(self)
    }

    fn now_ns(&self) -> u64 {
        StepCx::now_ns(self)
    }

    fn wall_ms(&self) -> i64 {
        StepCx::wall_ms(self)
    }

    fn random(&mut self) -> u64 {
        StepCx::random(self)
    }

    fn submit(&mut self, operation: FileOperation) -> Ticket {
        StepCx::submit(self, operation)
    }
}
