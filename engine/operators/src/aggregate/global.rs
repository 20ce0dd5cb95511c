//! The second half of an aggregation in two phases: behind the exchange, where all that is known of a key meets.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::aggregation::{Aggregation, refuse_changes};
use super::at_end::AtEnd;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::seat::OperatorSeat;

/// Brings together what [`LocalAggregate`](super::LocalAggregate)s have found, and sends a row for each key in the end.
pub struct GlobalAggregate(AtEnd);

impl GlobalAggregate {
    /// Takes rows of [`Aggregation::partial`], makes rows of [`Aggregation::output`].
    ///
    /// # Errors
    ///
    /// If a function does not take its column, or a type cannot be a key.
    pub fn new(aggregation: &Aggregation) -> Result<Self, Failure> {
        AtEnd::new(aggregation).map(Self)
    }

    /// The same operator, which has a result of no rows too, as SQL has it: for an aggregation without a key, on one subtask.
    #[must_use]
    pub fn of_nothing_too(mut self) -> Self {
        self.0.has_result_of_nothing = true;
        self
    }

    /// The same operator, which reserves its memory.
    #[must_use]
    pub fn seated(mut self, seat: &OperatorSeat) -> Self {
        self.0.groups.sit(seat);
        self
    }
}

impl Operator for GlobalAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        self.0.groups.absorb(&batch)?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.0.time(now, cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.0.end(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.0.more(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.0.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.0.load(from)
    }
}
