//! What one function knows of every group, in plain columns indexed by slot.
//!
//! ```text
//!   slots  2 0 2       rows of a column  7 1 5        sums by slot   0: 1   1: –   2: 12
//! ```
//!
//! All of it works on many slots at once: what depends on a type or on nulls is decided before a loop and never in it.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use memory::{Batch, RowKind, RowKinds};
use state::Slot;

use super::error::AggregateError;
use super::slide::{self, Frames};

/// One function over all groups. A column is `None` where the function counts rows.
pub(crate) trait Accumulator {
    /// The type of results.
    fn data_type(&self) -> DataType;

    /// The types of the columns in which it is saved.
    fn partial_types(&self) -> Vec<DataType>;

    /// Makes room for the slots below `end`. New ones know of no value.
    fn grow(&mut self, end: usize);

    /// These slots know of no value any more.
    fn reset(&mut self, slots: &[Slot]);

    /// Adds to each slot the row in its place.
    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, column: Option<&ArrayRef>);

    /// Adds to each slot the row in its place, or takes it away, as its kind says; one after the other. Kinds count rows as
    /// the column does.
    fn change(
        &mut self,
        _slots: &[Slot],
        _rows: Selected<'_>,
        _kinds: &RowKinds,
        _column: Option<&ArrayRef>,
    ) {
        unreachable!("rows are taken back from what was made for that")
    }

    /// The update with each row, and what the slot's result is behind each row.
    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        column: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError>;

    /// The results over frames of the rows of a column. What slots know does not count, and is lost.
    fn slide(&mut self, frames: &Frames, column: Option<&ArrayRef>) -> Result<ArrayRef, AggregateError> {
        slide::merged(self, frames, column)
    }

    /// Adds, for each pair, what the first slot knows to the second. What the second knows came before.
    fn merge(&mut self, pairs: &[(Slot, Slot)]);

    /// Whether what was added can be taken away again, exactly.
    fn is_invertible(&self) -> bool {
        false
    }

    /// Takes, for each pair, what the first slot knows away from the second.
    fn retract(&mut self, _pairs: &[(Slot, Slot)]) {
        unreachable!("nothing is taken from what is not invertible")
    }

    /// The results.
    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError>;

    /// What these slots know.
    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef>;

    /// Adds to each slot what another one has saved in the row in its place.
    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]);

    /// Forgets all slots and keeps their memory.
    fn clear(&mut self);

    /// About how much memory it takes.
    fn bytes(&self) -> usize;
}

/// Which rows of a column count.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selected<'a> {
    /// All, of which there are so many.
    All(usize),
    /// These.
    Only(&'a [u32]),
}

impl<'a> Selected<'a> {
    /// Those of a batch.
    pub(crate) fn of(batch: &'a Batch) -> Self {
        match batch.selection() {
            Some(selection) => Self::Only(selection.rows()),
            None => Self::All(batch.columns().num_rows()),
        }
    }

    /// How many.
    pub(crate) fn len(self) -> usize {
        match self {
            Self::All(rows) => rows,
            Self::Only(rows) => rows.len(),
        }
    }

    /// The row in the place `position`.
    #[inline(always)]
    pub(crate) fn row(self, position: usize) -> usize {
        match self {
            Self::All(_) => position,
            Self::Only(rows) => rows[position] as usize,
        }
    }

    /// Calls `take(position, row)` for each.
    #[inline(always)]
    pub(crate) fn each(self, mut take: impl FnMut(usize, usize)) {
        match self {
            Self::All(rows) => (0..rows).for_each(|row| take(row, row)),
            Self::Only(rows) => rows.iter().enumerate().for_each(|(at, row)| take(at, *row as usize)),
        }
    }

    /// Calls `take(position, row)` for each that is not null.
    #[inline(always)]
    pub(crate) fn each_valid(self, nulls: Option<&NullBuffer>, mut take: impl FnMut(usize, usize)) {
        match nulls.filter(|nulls| nulls.null_count() > 0) {
            None => self.each(take),
            Some(nulls) => self.each(|position, row| {
                if nulls.is_valid(row) {
                    take(position, row);
                }
            }),
        }
    }
}

/// Whether the row of this number adds.
#[inline(always)]
pub(super) fn adds(kinds: &[u8], row: usize) -> bool {
    const ADDS: [u8; 2] = [RowKind::Insert as u8, RowKind::UpdateAfter as u8];
    ADDS.contains(&kinds[row])
}

/// The column of a function that reads one.
pub(super) fn column(column: Option<&ArrayRef>) -> &ArrayRef {
    column.expect("a function of a column gets one")
}

/// Whether a row is null.
#[inline(always)]
pub(super) fn is_null(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(row))
}

/// The nulls of a column, if it has any.
pub(super) fn nulls(column: &dyn Array) -> Option<&NullBuffer> {
    column.nulls().filter(|nulls| nulls.null_count() > 0)
}
