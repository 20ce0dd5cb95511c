//! The rows of a drawn dataflow: where they come from, their key and their value.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::{Batch, Envelope};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) key: i64,
    pub(crate) value: i64,
    /// The subtask of the source that has made it.
    pub(crate) origin: i64,
    /// Its place there.
    pub(crate) number: i64,
}

/// The column that rows are keyed by.
pub(crate) const KEY: usize = 0;

const NAMES: [&str; 4] = ["key", "value", "origin", "number"];

pub(crate) fn envelope() -> Arc<Envelope> {
    let fields: Vec<Field> = NAMES.iter().map(|name| Field::new(*name, DataType::Int64, false)).collect();
    Arc::new(Envelope::new(Arc::new(Schema::new(fields)), false, true))
}

pub(crate) fn batch(rows: &[Row]) -> Batch {
    let column = |of: fn(&Row) -> i64| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int64Array>()) };
    let columns = vec![
        column(|row| row.key),
        column(|row| row.value),
        column(|row| row.origin),
        column(|row| row.number),
    ];
    Batch::new(RecordBatch::try_new(envelope().schema().clone(), columns).expect("columns of one length"))
}

pub(crate) fn rows(batch: &Batch) -> Vec<Row> {
    let column = |number: usize| batch.columns().column(number).as_primitive::<Int64Type>().values();
    let columns = [0, 1, 2, 3].map(column);
    let row = |place: usize| {
        let [key, value, origin, number] = columns.map(|column| column[place]);
        Row { key, value, origin, number }
    };
    (0..batch.rows()).map(row).collect()
}

/// 32 bytes a row, for files.
pub(crate) fn to_bytes(rows: &[Row]) -> Vec<u8> {
    let words = |row: &Row| [row.key, row.value, row.origin, row.number];
    rows.iter().flat_map(words).flat_map(i64::to_le_bytes).collect()
}

pub(crate) fn of_bytes(bytes: &[u8]) -> Vec<Row> {
    let word = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let row = |bytes: &[u8]| Row {
        key: word(&bytes[..8]),
        value: word(&bytes[8..16]),
        origin: word(&bytes[16..24]),
        number: word(&bytes[24..32]),
    };
    bytes.chunks_exact(32).map(row).collect()
}
