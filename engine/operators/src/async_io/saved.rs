//! Rows under way, written down to be asked again: the record and its event time.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use record::{Record, RecordBuilder, RecordReader};
use runtime::subtask::Failure;
use state::{Redistribution, Restore, Snapshot};

/// The name of the state.
const STATE: &str = "async:rows";

/// Writes rows and their times down.
pub(super) fn save<I: Record>(rows: impl Iterator<Item = (I, i64)>, to: &mut Snapshot) {
    let (mut builder, mut times) = (I::Builder::default(), Vec::new());
    for (row, time) in rows {
        builder.push(row);
        times.push(time);
    }
    if times.is_empty() {
        return;
    }
    let mut fields: Vec<_> = I::fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("$time", DataType::Int64, false)));
    let mut columns = builder.finish();
    columns.push(Arc::new(Int64Array::from(times)) as ArrayRef);
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
    to.rows(STATE, Redistribution::Split, rows);
}

/// Calls `each` for the rows that were written down, and their times.
///
/// # Errors
///
/// If they are rows of another type.
pub(super) fn load<I: Record>(from: &Restore, mut each: impl FnMut(I, i64)) -> Result<(), Failure> {
    for batch in from.rows(STATE) {
        let (times, columns) = batch.columns().split_last().expect("a row has a time");
        let times = times.as_primitive::<Int64Type>().values();
        let reader = I::Reader::open(columns).map_err(Failure::lasting)?;
        times.iter().enumerate().for_each(|(row, time)| each(reader.get(row), *time));
    }
    Ok(())
}
