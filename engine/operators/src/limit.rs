//! The first rows, and then no more: `LIMIT` and `OFFSET`.
//!
//! Keeps two numbers. What comes behind the last row that is wanted is dropped; nobody before it is told to stop.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use memory::{Batch, RowKind, Selection};
use runtime::subtask::Failure;
use state::{Redistribution, Restore, Snapshot};

use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::rows::rows_of;

/// The name of its state.
const STATE: &str = "limit";

/// Which rows of all are wanted: so many, behind so many others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetch {
    /// Rows that are left out at the front.
    pub offset: u64,
    /// Rows that follow; all of them, if it is not said.
    pub rows: Option<u64>,
}

impl Fetch {
    /// All rows.
    pub const ALL: Self = Self { offset: 0, rows: None };

    /// The first so many.
    pub const fn first(rows: u64) -> Self {
        Self { offset: 0, rows: Some(rows) }
    }

    /// As many, behind so many others.
    #[must_use]
    pub const fn behind(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// How many rows of the front one must know to have those that are wanted.
    pub fn front(self) -> Option<u64> {
        self.rows.map(|rows| rows.saturating_add(self.offset))
    }
}

/// How far a [`Fetch`] is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetching {
    fetch: Fetch,
    /// Rows that were seen, those that are left out included.
    seen: u64,
}

impl Fetching {
    pub(crate) fn new(fetch: Fetch) -> Self {
        Self { fetch, seen: 0 }
    }

    /// Whether nothing more is wanted.
    pub(crate) fn is_done(&self) -> bool {
        self.fetch.front().is_some_and(|front| self.seen >= front)
    }

    /// The rows of a batch that are wanted, which may be none.
    pub(crate) fn cut(&mut self, batch: Batch) -> Batch {
        let rows = batch.rows() as u64;
        let end = self.fetch.front().map_or(rows, |front| front.saturating_sub(self.seen).min(rows));
        let start = self.fetch.offset.saturating_sub(self.seen).min(end);
        self.seen += rows;
        if (start, end) == (0, rows) {
            return batch;
        }
        let [start, end] = [start, end].map(|place| usize::try_from(place).expect("within a batch"));
        match batch.selection() {
            None => batch.slice(start, end - start),
            Some(selection) => {
                let rows = selection.rows()[start..end].to_vec();
                batch.with_selection(Selection::new(rows))
            }
        }
    }
}

/// The operator.
pub struct Limit {
    fetching: Fetching,
}

impl Limit {
    /// Of all rows of this subtask, in the order in which they come.
    pub fn new(fetch: Fetch) -> Self {
        Self { fetching: Fetching::new(fetch) }
    }
}

impl Operator for Limit {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("LIMIT", &batch)?;
        if !self.fetching.is_done() {
            cx.send(self.fetching.cut(batch))?;
        }
        Ok(Flow::Next)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let schema = Schema::new(vec![Field::new("seen", DataType::UInt64, false)]);
        let seen = Arc::new(UInt64Array::from(vec![self.fetching.seen])) as ArrayRef;
        let rows = RecordBatch::try_new(Arc::new(schema), vec![seen]).expect("one column");
        to.rows(STATE, Redistribution::Split, rows);
        Ok(())
    }

    /// What several predecessors have seen adds up: if that is enough for one of them, it is enough for who comes behind.
    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for rows in from.rows(STATE) {
            let seen = rows.column(0).as_primitive::<UInt64Type>().values().iter();
            self.fetching.seen = seen.fold(self.fetching.seen, |sum, seen| sum.saturating_add(*seen));
        }
        Ok(())
    }
}

/// A changelog came to who has forgotten what was there before.
#[derive(Debug, thiserror::Error)]
#[error(
    "{operator} of rows that are only added got a row of kind {kind}, which takes one back; put it before what makes the changelog"
)]
struct TakesBack {
    operator: &'static str,
    kind: RowKind,
}

/// Refuses a batch that takes rows back.
pub(crate) fn refuse_changes(operator: &'static str, batch: &Batch) -> Result<(), Failure> {
    let Some(kinds) = batch.kinds() else { return Ok(()) };
    let taken = rows_of(batch).map(|row| kinds.get(row)).find(|kind| *kind != RowKind::Insert);
    taken.map_or(Ok(()), |kind| Err(Failure::lasting(TakesBack { operator, kind })))
}

#[cfg(test)]
mod tests;
