//! Makes any number of rows of the rows of a batch, column by column: the fast form of a flat map.
//!
//! What kind of change a row is stays that of its origin. Keeps what was made and did not leave yet. What leaves at once is no more than a batch.

use arrow_array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::take::take;
use memory::{Batch, RowKinds};
use runtime::subtask::Failure;

use super::BATCH_ROWS;
use super::columns::{ColumnsError, record_columns, record_of, refuse_other_types};
use super::map::{selected, selected_kinds};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// Rows that a function of columns has made.
#[derive(Clone, Debug)]
pub struct Expanded {
    /// The rows.
    pub rows: RecordBatch,
    /// Of which row of the batch each was made, from 0: it gets its event time.
    pub origins: UInt32Array,
}

/// Any number of rows of each.
pub struct FlatMapColumns<F> {
    input: Layout,
    output: Layout,
    record: SchemaRef,
    function: F,
    /// What was made, and how much of it has left.
    made: Option<(Batch, usize)>,
}

impl<F> FlatMapColumns<F>
where
    F: FnMut(&RecordBatch) -> Result<Expanded, Failure>,
{
    /// Over a stream of this layout. What the function makes has the columns of the record of `output`.
    pub fn new(input: Layout, output: Layout, function: F) -> Self {
        Self { record: record_of(&input), input, output, function, made: None }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Some((batch, sent)) = &mut self.made else { return Ok(Flow::Next) };
        while *sent < batch.rows() {
            let rows = BATCH_ROWS.min(batch.rows() - *sent);
            cx.send(batch.slice(*sent, rows))?;
            *sent += rows;
            if *sent < batch.rows() && !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.made = None;
        Ok(Flow::Next)
    }
}

impl<F> Operator for FlatMapColumns<F>
where
    F: FnMut(&RecordBatch) -> Result<Expanded, Failure>,
{
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let given = record_columns(&batch, &self.input, &self.record);
        let Expanded { rows, origins } = (self.function)(&given)?;
        if origins.len() != rows.num_rows() || origins.null_count() > 0 {
            let (given, made) = (rows.num_rows(), origins.len() - origins.null_count());
            return Err(Failure::lasting(ColumnsError::Origins { given, made }));
        }
        if let Some(origin) = origins.iter().flatten().find(|origin| *origin as usize >= given.num_rows()) {
            let rows = given.num_rows();
            return Err(Failure::lasting(ColumnsError::NoSuchOrigin { origin, rows }));
        }
        refuse_other_types(&self.output, &rows)?;
        let mut columns = rows.columns().to_vec();
        if let Some(time) = self.input.time() {
            let times: ArrayRef = selected(&batch, time);
            columns.push(take(&times, &origins, None).map_err(Failure::lasting)?);
        }
        let kinds = selected_kinds(&batch);
        let kinds = kinds
            .map(|kinds| RowKinds::new(origins.values().iter().map(|origin| kinds.get(*origin as usize))));
        self.made = Some((self.output.batch(columns, rows.num_rows()).with_kinds(kinds), 0));
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }
}

impl Expanded {
    /// Rows of one column, called `value`, and where they come from.
    ///
    /// # Panics
    ///
    /// If they are not as many.
    pub fn values<T: record::Record>(values: ArrayRef, origins: Vec<u32>) -> Self {
        assert_eq!(values.len(), origins.len(), "an origin for each row");
        let rows = RecordBatch::try_new(record::schema_of::<T>(), vec![values]);
        Self { rows: rows.expect("the only column of the record"), origins: UInt32Array::from(origins) }
    }
}
