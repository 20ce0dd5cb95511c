//! Whole batches of rows, and where in a batch the columns of a row are.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, new_empty_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{Fields, Schema, SchemaRef};

use crate::{Mismatch, Record, RecordBuilder, RecordReader};

/// The schema of a batch of rows of type `T`.
pub fn schema_of<T: Record>() -> SchemaRef {
    Arc::new(Schema::new(T::fields()))
}

/// A batch of these rows.
pub fn batch_of<T: Record>(rows: impl IntoIterator<Item = T>) -> RecordBatch {
    let mut builder = T::Builder::default();
    for row in rows {
        builder.push(row);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(builder.len()));
    let batch = RecordBatch::try_new_with_options(schema_of::<T>(), builder.finish(), &options);
    batch.expect("a builder makes the columns of its type")
}

/// The rows of a batch. Its columns are found as by [`positions_of`].
pub fn rows_of<T: Record>(batch: &RecordBatch) -> Result<Vec<T>, Mismatch> {
    let reader = open::<T>(batch.schema_ref().fields(), |at| batch.column(at).clone(), None)?;
    Ok((0..batch.num_rows()).map(|row| reader.get(row)).collect())
}

/// Where in batches of `schema` the columns of a row of type `T` are, if they are of types that it reads: those of
/// a struct by their names, those of a tuple and the only one of anything else by their order.
///
/// This is what can be known before there are rows. That columns have nulls which `T` has not, is seen when a
/// batch of them is opened.
pub fn positions_of<T: Record>(schema: &Schema) -> Result<Vec<usize>, Mismatch> {
    open::<T>(schema.fields(), |at| new_empty_array(schema.field(at).data_type()), None)?;
    positions::<T>(schema.fields())
}

/// A reader of the columns of `T` among those that `found` describes. As `found` names them they are named in a
/// mismatch.
pub(crate) fn open<T: Record>(
    found: &Fields,
    column: impl Fn(usize) -> ArrayRef,
    asked: Option<&NullBuffer>,
) -> Result<T::Reader, Mismatch> {
    let columns: Vec<ArrayRef> = positions::<T>(found)?.into_iter().map(column).collect();
    T::Reader::open_where(&columns, asked).map_err(|mismatch| match T::NAMED {
        true => mismatch,
        false => {
            let names = T::fields();
            let names = names.iter().map(|field| field.name().as_str());
            mismatch.renamed(names.zip(found.iter().map(|field| field.name().as_str())))
        }
    })
}

/// Where among `found` the columns of a row are; without a look at their types.
fn positions<T: Record>(found: &Fields) -> Result<Vec<usize>, Mismatch> {
    let fields = T::fields();
    if !T::NAMED {
        return match fields.len() <= found.len() {
            true => Ok((0..fields.len()).collect()),
            false => Err(Mismatch::count::<T>(found.len(), fields.len())),
        };
    }
    let position = |name: &String| match found.find(name) {
        Some((position, _)) => Ok(position),
        None => Err(Mismatch::Missing {
            column: name.clone(),
            found: found.iter().map(|field| field.name().clone()).collect(),
        }),
    };
    fields.iter().map(|field| position(field.name())).collect()
}
