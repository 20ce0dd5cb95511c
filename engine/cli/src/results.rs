//! The rows of a query as they are shown: as they are, as changes, or those that are left when all have come.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray, UInt32Array};
use arrow_row::{RowConverter, SortField};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use memory::{Batch, RowKind};
use options::ResultMode;

use crate::show::Shown;

/// The column that says what a row does.
const OP: &str = "op";

/// The rows of a query.
pub(crate) struct Results {
    /// What is shown.
    shown: SchemaRef,
    /// The columns of the query.
    schema: SchemaRef,
    form: Form,
}

enum Form {
    /// All stay.
    Rows,
    /// Each with what it does.
    Changes,
    /// Those that are left.
    Left(Left),
}

impl Results {
    /// Rows of these columns.
    pub(crate) fn new(schema: SchemaRef, are_changes: bool, mode: ResultMode) -> Self {
        let form = match (are_changes, mode) {
            (false, _) => Form::Rows,
            (true, ResultMode::Table) => Form::Left(Left::default()),
            (true, ResultMode::Tableau | ResultMode::Changelog) => Form::Changes,
        };
        let shown = match form {
            Form::Changes => {
                let op = Arc::new(Field::new(OP, DataType::Utf8View, false));
                Arc::new(Schema::new(
                    [op].into_iter().chain(schema.fields().iter().cloned()).collect::<Vec<_>>(),
                ))
            }
            _ => schema.clone(),
        };
        Self { shown, schema, form }
    }

    /// The columns that are shown.
    pub(crate) fn columns(&self) -> &SchemaRef {
        &self.shown
    }

    /// Some have come.
    pub(crate) fn come<W: Write>(&mut self, batch: &Batch, shown: &mut Shown<W>) -> io::Result<()> {
        let batch = batch.clone().compact();
        let rows = named(batch.columns(), &self.schema);
        let kind = |row: usize| batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
        match &mut self.form {
            Form::Rows => shown.show(&rows),
            Form::Changes => {
                let ops = (0..rows.num_rows()).map(|row| kind(row).to_string());
                let ops: ArrayRef = Arc::new(StringViewArray::from_iter_values(ops));
                let columns = [ops].into_iter().chain(rows.columns().iter().cloned()).collect();
                let changes = RecordBatch::try_new(self.shown.clone(), columns).map_err(io::Error::other)?;
                shown.show(&changes)
            }
            Form::Left(left) => left.come(rows, |row| kind(row).adds()).map_err(io::Error::other),
        }
    }

    /// All have come.
    pub(crate) fn end<W: Write>(self, shown: &mut Shown<W>) -> io::Result<()> {
        let Form::Left(left) = self.form else { return Ok(()) };
        shown.show(&left.rows(&self.schema).map_err(io::Error::other)?)
    }
}

/// The columns under the names that the query gives them.
pub(crate) fn named(rows: &RecordBatch, schema: &SchemaRef) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let named = RecordBatch::try_new_with_options(schema.clone(), rows.columns().to_vec(), &options);
    named.expect("the columns of the query")
}

/// Rows that are left of those that came, in the order in which they came.
#[derive(Default)]
struct Left {
    batches: Vec<RecordBatch>,
    rows: usize,
    converter: Option<RowConverter>,
    /// The numbers of equal rows.
    equal: BTreeMap<Box<[u8]>, Vec<usize>>,
}

impl Left {
    fn come(
        &mut self,
        rows: RecordBatch,
        adds: impl Fn(usize) -> bool,
    ) -> Result<(), arrow_schema::ArrowError> {
        if self.converter.is_none() {
            let columns = rows.columns().iter().map(|column| SortField::new(column.data_type().clone()));
            self.converter = Some(RowConverter::new(columns.collect())?);
        }
        let converter = self.converter.as_ref().expect("it was just made");
        let keys = match rows.num_columns() {
            0 => None,
            _ => Some(converter.convert_columns(rows.columns())?),
        };
        for row in 0..rows.num_rows() {
            let key: &[u8] = keys.as_ref().map_or(&[], |keys| keys.row(row).data());
            match (adds(row), self.equal.get_mut(key)) {
                (true, Some(equal)) => equal.push(self.rows + row),
                (true, None) => drop(self.equal.insert(key.into(), vec![self.rows + row])),
                (false, Some(equal)) => drop(equal.pop()),
                (false, None) => {}
            }
        }
        self.rows += rows.num_rows();
        self.batches.push(rows);
        Ok(())
    }

    fn rows(self, schema: &SchemaRef) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let mut left: Vec<usize> = self.equal.into_values().flatten().collect();
        left.sort_unstable();
        let all = concat_batches(schema, &self.batches)?;
        let rows = left.into_iter().map(|row| u32::try_from(row).expect("fewer rows than fit in memory"));
        take_record_batch(&all, &UInt32Array::from_iter_values(rows))
    }
}
