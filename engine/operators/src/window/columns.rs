//! The two columns that say from when to when a row's window is.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use arrow_schema::Field;

use super::pane::{WINDOW_END, WINDOW_START};
use crate::layout::{Layout, time_type};

/// What they are called, and whether they are said to have nulls (they never do).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowColumns {
    /// The name of the first time that a window has.
    pub start: String,
    /// The name of the first time behind it.
    pub end: String,
    /// What a plan says of their nulls.
    pub are_nullable: bool,
}

/// `window_start` and `window_end`, without nulls.
impl Default for WindowColumns {
    fn default() -> Self {
        Self { start: WINDOW_START.into(), end: WINDOW_END.into(), are_nullable: false }
    }
}

impl WindowColumns {
    /// The start and the end.
    pub(super) fn fields(&self) -> [Field; 2] {
        [&self.start, &self.end].map(|name| Field::new(name, time_type(), self.are_nullable))
    }

    /// The layout of rows of `input` that have them too, behind the other columns of the record.
    pub(super) fn widen(&self, input: &Layout) -> Layout {
        self.fields().into_iter().fold(input.clone(), |layout, field| layout.widened(field))
    }
}

/// Puts the windows of rows among their columns, of which the first `record` are the record.
pub(super) fn insert(columns: &mut Vec<ArrayRef>, record: usize, starts: Vec<i64>, ends: Vec<i64>) {
    let bounds = [starts, ends].map(|times| Arc::new(TimestampMillisecondArray::from(times)) as ArrayRef);
    columns.splice(record..record, bounds);
}
