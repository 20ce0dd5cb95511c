//! Makes a column of the kinds of rows: what a changelog says becomes part of its rows.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringViewArray};
use memory::{Batch, RowKind};
use runtime::subtask::Failure;

use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// Puts `+I`, `-U`, `+U` or `-D` behind the columns of a record.
pub struct Kinds {
    input: Layout,
    output: Layout,
}

impl Kinds {
    /// From rows of layout `input` to rows of layout `output`, which have one more column of strings.
    pub fn new(input: Layout, output: Layout) -> Self {
        assert_eq!(input.record() + 1, output.record());
        Self { input, output }
    }
}

impl Operator for Kinds {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        let rows = batch.rows();
        let kind = |row: usize| batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row)).to_string();
        let mut columns = self.input.record_columns(&batch).to_vec();
        columns.push(Arc::new(StringViewArray::from_iter_values((0..rows).map(kind))) as ArrayRef);
        columns.extend(self.input.time().map(|time| batch.columns().column(time).clone()));
        cx.send(self.output.batch(columns, rows))?;
        Ok(Flow::Next)
    }
}
