//! Rows that are passed on to the second half of an aggregation, each as a partial result of its own.

use memory::Batch;
use state::Slot;

use super::accumulator::Selected;
use super::aggregation::Aggregation;
use super::error::AggregateError;
use super::tally::Tally;
use crate::layout::Layout;

/// Makes partial results of rows.
pub(crate) struct Singles {
    /// All but the event time, which is that of the row.
    tally: Tally,
    input: Layout,
    partial: Layout,
}

impl Singles {
    /// Makes rows of [`Aggregation::partial`]. No values are told apart.
    pub(crate) fn new(aggregation: &Aggregation) -> Result<Self, AggregateError> {
        let input = aggregation.input.clone();
        let tally = Tally::filtered(&aggregation.aggregates, input.schema())?;
        Ok(Self { tally, input, partial: aggregation.partial()? })
    }

    /// A partial result of each row that counts.
    pub(crate) fn of(&mut self, batch: Batch) -> Batch {
        let batch = batch.compact();
        let rows = Slot::try_from(batch.rows()).expect("a batch has fewer than four billion rows");
        let slots: Vec<Slot> = (0..rows).collect();
        self.tally.clear();
        self.tally.grow(batch.rows());
        self.tally.update(&slots, Selected::of(&batch), batch.columns());
        let mut columns = self.input.key_columns(&batch);
        columns.extend(self.tally.save(&slots));
        columns.extend(self.input.time().map(|time| batch.columns().column(time).clone()));
        self.partial.batch(columns, batch.rows()).with_hashes(batch.hashes().cloned())
    }
}
