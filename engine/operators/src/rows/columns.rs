//! Functions of columns: a batch at a time, the fast form.
//!
//! A function sees the record's own columns, with the rows that count and no others. What travels beside them stays with
//! its rows.

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use memory::Batch;
use runtime::subtask::Failure;
use std::sync::Arc;

use super::map::{selected, selected_kinds};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// A function has answered with something else than it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum ColumnsError {
    #[error("a function of columns has made {made} rows of {given}; it must make as many")]
    Rows { given: usize, made: usize },
    #[error("a function of columns has made columns {made:?}, and the stream has {expected:?}")]
    Types { expected: Vec<String>, made: Vec<String> },
    #[error(
        "a function of columns has made {nulls} nulls in column {column}, which takes none; declare it as an Option"
    )]
    Nulls { column: String, nulls: usize },
    #[error(
        "a function of columns has made {given} rows and named the origin of {made}; it must name one for each"
    )]
    Origins { given: usize, made: usize },
    #[error(
        "a function of columns has named row {origin} as an origin, and there are {rows}; the first is 0"
    )]
    NoSuchOrigin { origin: u32, rows: usize },
}

/// Other columns, with as many rows.
pub struct Columns<F> {
    input: Layout,
    output: Layout,
    record: SchemaRef,
    function: F,
}

impl<F> Columns<F>
where
    F: FnMut(&RecordBatch) -> Result<RecordBatch, Failure>,
{
    /// Over a stream of this layout. What the function makes has the columns of the record of `output`.
    pub fn new(input: Layout, output: Layout, function: F) -> Self {
        Self { record: record_of(&input), input, output, function }
    }
}

impl<F> Operator for Columns<F>
where
    F: FnMut(&RecordBatch) -> Result<RecordBatch, Failure>,
{
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let given = record_columns(&batch, &self.input, &self.record);
        let made = (self.function)(&given)?;
        if made.num_rows() != given.num_rows() {
            let (given, made) = (given.num_rows(), made.num_rows());
            return Err(Failure::lasting(ColumnsError::Rows { given, made }));
        }
        refuse_other_types(&self.output, &made)?;
        let mut columns = made.columns().to_vec();
        columns.extend(self.input.time().map(|time| selected(&batch, time)));
        cx.send(self.output.batch(columns, given.num_rows()).with_kinds(selected_kinds(&batch)))?;
        Ok(Flow::Next)
    }
}

/// Keeps the rows for which a mask is true.
pub struct FilterColumns<F> {
    input: Layout,
    record: SchemaRef,
    keeps: F,
}

impl<F> FilterColumns<F>
where
    F: FnMut(&RecordBatch) -> Result<BooleanArray, Failure>,
{
    /// Over a stream of this layout, which is also that of what it lets through.
    pub fn new(input: Layout, keeps: F) -> Self {
        Self { record: record_of(&input), input, keeps }
    }
}

impl<F> Operator for FilterColumns<F>
where
    F: FnMut(&RecordBatch) -> Result<BooleanArray, Failure>,
{
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let given = record_columns(&batch, &self.input, &self.record);
        let keep = (self.keeps)(&given)?;
        if keep.len() != given.num_rows() {
            let (given, made) = (given.num_rows(), keep.len());
            return Err(Failure::lasting(ColumnsError::Rows { given, made }));
        }
        cx.send(batch.narrow(&keep))?;
        Ok(Flow::Next)
    }
}

/// Columns of other types than those that were promised are an error.
pub(super) fn refuse_other_types(output: &Layout, made: &RecordBatch) -> Result<(), Failure> {
    let fields = &output.schema().fields()[..output.record()];
    let expected = fields.iter().map(|field| field.data_type());
    let types = made.columns().iter().map(|column| column.data_type());
    if expected.clone().eq(types.clone()) {
        let mut columns = fields.iter().zip(made.columns());
        let with_nulls = columns.find(|(field, column)| !field.is_nullable() && column.null_count() > 0);
        return with_nulls.map_or(Ok(()), |(field, column)| {
            let (column, nulls) = (field.name().clone(), column.null_count());
            Err(Failure::lasting(ColumnsError::Nulls { column, nulls }))
        });
    }
    let (expected, made) =
        (expected.map(ToString::to_string).collect(), types.map(ToString::to_string).collect());
    Err(Failure::lasting(ColumnsError::Types { expected, made }))
}

pub(super) fn record_of(layout: &Layout) -> SchemaRef {
    let record: Vec<usize> = (0..layout.record()).collect();
    Arc::new(layout.schema().project(&record).expect("the record comes first"))
}

pub(super) fn record_columns(batch: &Batch, layout: &Layout, record: &SchemaRef) -> RecordBatch {
    let columns: Vec<ArrayRef> = (0..layout.record()).map(|column| selected(batch, column)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.rows()));
    RecordBatch::try_new_with_options(record.clone(), columns, &options).expect("columns of the record")
}
