//! What joins of columns have in common: the numbers of rows, the nulls of keys, columns by number.

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{Fields, SchemaRef};
use arrow_select::take::take;
use runtime::subtask::Failure;

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// The number of a row behind so many others of its side.
pub(super) fn row_number(rows: usize) -> Result<u32, Failure> {
    let number = u32::try_from(rows).ok().filter(|row| *row != NONE);
    number.ok_or_else(|| {
        Failure::lasting(
            "one side of a join has more than four billion rows in a subtask; raise the parallelism",
        )
    })
}

/// Where a part of a key is null.
pub(super) fn nulls_of(key: &[ArrayRef]) -> Option<NullBuffer> {
    key.iter()
        .fold(None, |all, column| NullBuffer::union(all.as_ref(), column.nulls()))
        .filter(|nulls| nulls.null_count() > 0)
}

/// The columns of these rows.
pub(super) fn taken(columns: &[ArrayRef], rows: &UInt32Array) -> Result<Vec<ArrayRef>, Failure> {
    columns.iter().map(|column| take(column, rows, None).map_err(Failure::lasting)).collect()
}

/// So many rows of nulls.
pub(super) fn null_columns(fields: &Fields, rows: usize) -> Vec<ArrayRef> {
    fields.iter().map(|field| new_null_array(field.data_type(), rows)).collect()
}

/// These columns together, which may be none.
pub(super) fn batch_of(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, Failure> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(Failure::lasting)
}
