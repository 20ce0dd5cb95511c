//! Puts a key beside every record, as a function says.
//!
//! What follows the records' own columns stays; a key that they had before goes.

use memory::Batch;
use record::{Record, RecordBuilder, RecordReader};
use runtime::subtask::Failure;

use super::map::{selected, selected_kinds};
use super::{open, rows_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// `T` gets a key `K`.
pub struct KeyBy<T, K: Record, F> {
    input: Layout,
    output: Layout,
    /// The columns that stay.
    kept: Vec<usize>,
    key: F,
    keys: K::Builder,
    _record: std::marker::PhantomData<T>,
}

impl<T: Record, K: Record, F: FnMut(&T) -> K> KeyBy<T, K, F> {
    /// Over a stream of this layout.
    pub fn new(input: Layout, key: F) -> Self {
        let output = Self::output(&input);
        let kept = (0..output.schema().fields().len() - K::fields().len()).collect();
        Self { input, output, kept, key, keys: K::Builder::default(), _record: std::marker::PhantomData }
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.unkeyed().keyed_beside(&K::fields())
    }
}

impl<T: Record, K: Record, F: FnMut(&T) -> K> Operator for KeyBy<T, K, F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let reader = open::<T>(&self.input, &batch)?;
        for row in rows_of(&batch) {
            self.keys.push((self.key)(&reader.get(row)));
        }
        let mut columns: Vec<_> = self.kept.iter().map(|column| selected(&batch, *column)).collect();
        columns.extend(self.keys.finish());
        cx.send(self.output.batch(columns, batch.rows()).with_kinds(selected_kinds(&batch)))?;
        Ok(Flow::Next)
    }
}
