//! An aggregation, as a plan carries it: over which rows, of what.

use arrow_schema::{Field, Schema};
use memory::{Batch, RowKind};

use super::apart::{Apart, together};
use super::error::AggregateError;
use super::function::{Aggregate, Function};
use crate::layout::{Layout, TIME};

/// A selection of less than one row in so many is copied together before all rows are hashed.
const SPARSE: usize = 4;

/// Aggregates of the rows that have the same key, which is that of their layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregation {
    /// What comes in. Without a key, all rows are one group.
    pub input: Layout,
    /// What is computed of it.
    pub aggregates: Vec<Aggregate>,
}

impl Aggregation {
    /// Of rows of this layout.
    pub fn new(input: Layout, aggregates: Vec<Aggregate>) -> Self {
        Self { input, aggregates }
    }

    /// What comes out: the key, a column for each aggregate, event time if the input has it.
    ///
    /// # Errors
    ///
    /// If a function does not take its column.
    pub fn output(&self) -> Result<Layout, AggregateError> {
        self.layout(|aggregate, schema| Ok(vec![aggregate.field(schema)?]))
    }

    /// What a [`LocalAggregate`](super::LocalAggregate) or a [`LocalDistinct`](super::LocalDistinct) tells a
    /// [`GlobalAggregate`](super::GlobalAggregate) or a [`ChangingAggregate`](super::ChangingAggregate): the key, what is known
    /// of each aggregate so far, for each column whose values are told apart a value and for which filters it is new, event
    /// time if the input has it.
    ///
    /// # Errors
    ///
    /// As [`Aggregation::output`], and if the values of a dictionary are to be told apart.
    pub fn partial(&self) -> Result<Layout, AggregateError> {
        let schema = self.input.schema();
        let mut fields = self.key_fields();
        let keys = (0..fields.len()).collect();
        for (_, aggregate) in together(&self.aggregates) {
            fields.extend(aggregate.partial_fields(schema)?);
        }
        for (number, apart) in Apart::all(self).iter().enumerate() {
            fields.extend(apart.fields(number, schema)?);
        }
        Ok(self.input.derive(fields.into()).keyed_by(keys))
    }

    pub(super) fn layout(
        &self,
        fields_of: impl Fn(&Aggregate, &Schema) -> Result<Vec<Field>, AggregateError>,
    ) -> Result<Layout, AggregateError> {
        let mut fields = self.key_fields();
        let keys = (0..fields.len()).collect();
        for aggregate in &self.aggregates {
            fields.extend(fields_of(aggregate, self.input.schema())?);
        }
        Ok(self.input.derive(fields.into()).keyed_by(keys))
    }

    /// The columns of the key.
    pub(crate) fn key_fields(&self) -> Vec<Field> {
        self.input.key().iter().map(|column| self.input.schema().field(*column).clone()).collect()
    }

    /// The event time of a group is the greatest of its rows.
    pub(super) fn greatest_time(&self) -> Option<Aggregate> {
        self.input.time().map(|time| Function::Max(time).named(TIME))
    }
}

/// Refuses a batch that takes rows back.
pub(crate) fn refuse_changes(batch: &Batch) -> Result<(), AggregateError> {
    let Some(kinds) = batch.kinds() else { return Ok(()) };
    let mut kinds = crate::rows::rows_of(batch).map(|row| kinds.get(row));
    match kinds.find(|kind| !RowKind::adds(*kind)) {
        Some(kind) => Err(AggregateError::TakesBack { kind }),
        None => Ok(()),
    }
}

/// A batch of which a good part of the rows counts: hashes are computed of all of them.
pub(crate) fn dense(batch: Batch) -> Batch {
    let is_sparse = batch.rows() * SPARSE < batch.columns().num_rows();
    if is_sparse { batch.compact() } else { batch }
}
