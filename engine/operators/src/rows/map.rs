//! Makes one record of another.
//!
//! Keeps nothing between batches. What kind of change a row is stays so. The event time is passed on, not copied, unless rows were filtered before.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_select::take::take;
use memory::{Batch, RowKinds};
use record::{Record, RecordBuilder, RecordReader};
use runtime::subtask::Failure;

use super::{open, rows_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// `I` becomes `O`.
pub struct Map<I: Record, O: Record, F> {
    input: Layout,
    output: Layout,
    function: F,
    rows: O::Builder,
    _input: std::marker::PhantomData<I>,
}

impl<I: Record, O: Record, F: FnMut(I) -> O> Map<I, O, F> {
    /// Over a stream of this layout.
    pub fn new(input: Layout, function: F) -> Self {
        let output = Self::output(&input);
        Self { input, output, function, rows: O::Builder::default(), _input: std::marker::PhantomData }
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.derive(O::fields())
    }
}

impl<I: Record, O: Record, F: FnMut(I) -> O> Operator for Map<I, O, F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let reader = open::<I>(&self.input, &batch)?;
        for row in rows_of(&batch) {
            self.rows.push((self.function)(reader.get(row)));
        }
        let mut columns = self.rows.finish();
        columns.extend(self.input.time().map(|time| selected(&batch, time)));
        cx.send(self.output.batch(columns, batch.rows()).with_kinds(selected_kinds(&batch)))?;
        Ok(Flow::Next)
    }
}

/// The kinds of the rows that count.
pub(crate) fn selected_kinds(batch: &Batch) -> Option<RowKinds> {
    let kinds = batch.kinds()?;
    match batch.selection() {
        None => Some(kinds.clone()),
        Some(_) => Some(RowKinds::new(rows_of(batch).map(|row| kinds.get(row)))),
    }
}

/// The rows that count of one column.
pub(crate) fn selected(batch: &Batch, column: usize) -> ArrayRef {
    let column = batch.columns().column(column);
    match batch.selection() {
        None => Arc::clone(column),
        Some(selection) => {
            take(column, &selection.to_array(), None).expect("a selection stays inside its batch")
        }
    }
}
