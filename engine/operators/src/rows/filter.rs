//! Keeps the records for which a function is true.
//!
//! Marks, never copies: the batch leaves with a narrower selection over the same columns.

use arrow_array::BooleanArray;
use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;

use super::{open, rows_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// Some of `T` stay.
pub struct Filter<T, F> {
    input: Layout,
    keeps: F,
    _record: std::marker::PhantomData<T>,
}

impl<T: Record, F: FnMut(&T) -> bool> Filter<T, F> {
    /// Over a stream of this layout, which is also that of what it lets through.
    pub fn new(input: Layout, keeps: F) -> Self {
        Self { input, keeps, _record: std::marker::PhantomData }
    }
}

impl<T: Record, F: FnMut(&T) -> bool> Operator for Filter<T, F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let reader = open::<T>(&self.input, &batch)?;
        let keep: Vec<bool> = rows_of(&batch).map(|row| (self.keeps)(&reader.get(row))).collect();
        cx.send(batch.narrow(&BooleanArray::from(keep)))?;
        Ok(Flow::Next)
    }
}
