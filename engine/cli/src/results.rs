//! The rows of a query as they are shown: as they are, as changes, or those that are left when all have come.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use memory::{Batch, RowKind};
use options::ResultMode;

use crate::left::Left;
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
    Left(Box<Left>),
}

impl Results {
    /// Rows of these columns.
    pub(crate) fn new(schema: SchemaRef, are_changes: bool, mode: ResultMode) -> io::Result<Self> {
        let form = match (are_changes, mode) {
            (false, _) => Form::Rows,
            (true, ResultMode::Table) => {
                Form::Left(Box::new(Left::new(schema.clone()).map_err(io::Error::other)?))
            }
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
        Ok(Self { shown, schema, form })
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
            Form::Left(left) => left.come(rows, kind).map_err(io::Error::other),
        }
    }

    /// All have come.
    pub(crate) fn end<W: Write>(self, shown: &mut Shown<W>) -> io::Result<()> {
        let Form::Left(left) = self.form else { return Ok(()) };
        shown.show(&left.first(usize::MAX).map_err(io::Error::other)?)
    }

    /// The rows that are left at the moment, if it is those that are shown.
    pub(crate) fn left(&self) -> Option<&Left> {
        match &self.form {
            Form::Left(left) => Some(left),
            Form::Rows | Form::Changes => None,
        }
    }
}

/// The columns under the names that the query gives them.
pub(crate) fn named(rows: &RecordBatch, schema: &SchemaRef) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let named = RecordBatch::try_new_with_options(schema.clone(), rows.columns().to_vec(), &options);
    named.expect("the columns of the query")
}
