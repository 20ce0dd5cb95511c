//! Rows as text, and as columns.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, StringViewArray,
    TimestampMillisecondArray,
};
use arrow_schema::{DataType, TimeUnit};
use memory::{Batch, RowKind, RowKinds};

use super::script::{NULL, Row};
use crate::layout::{Layout, TIME};

/// An empty text.
const EMPTY: &str = "''";

/// Where the event time travels beside the record, if it does.
pub(super) fn time_beside(layout: &Layout) -> Option<usize> {
    layout.time().filter(|column| layout.schema().field(*column).name() == TIME)
}

/// The event time of a row of this layout.
pub(super) fn time_of(layout: &Layout, row: &Row) -> Option<i64> {
    match (layout.time(), time_beside(layout)) {
        (_, Some(_)) => row.time,
        (Some(column), None) => row.number(column),
        (None, None) => None,
    }
}

/// Columns of these rows.
///
/// # Panics
///
/// If they do not go with the layout, or it has columns that cannot be written as text.
pub(super) fn batch_of(layout: &Layout, rows: &[Row]) -> Batch {
    let fields = layout.schema().fields();
    let beside = time_beside(layout);
    for row in rows {
        assert_eq!(row.values.len() + usize::from(beside.is_some()), fields.len(), "the values of `{row}`");
        assert_eq!(row.time.is_some(), beside.is_some(), "the event time of `{row}`");
    }
    let columns = fields.iter().enumerate().map(|(number, field)| {
        if Some(number) == beside {
            let times = rows.iter().filter_map(|row| row.time);
            return Arc::new(TimestampMillisecondArray::from_iter_values(times)) as ArrayRef;
        }
        let place = number - usize::from(beside.is_some_and(|time| time < number));
        let cells: Vec<&str> = rows.iter().map(|row| row.values[place].as_str()).collect();
        column_of(field.data_type(), &cells)
    });
    let batch = layout.batch(columns.collect(), rows.len());
    let plain = rows.iter().all(|row| row.kind == RowKind::Insert);
    batch.with_kinds((!plain).then(|| RowKinds::new(rows.iter().map(|row| row.kind))))
}

fn column_of(kind: &DataType, cells: &[&str]) -> ArrayRef {
    match kind {
        DataType::Int64 => Arc::new(Int64Array::from_iter(cells.iter().map(|cell| parsed::<i64>(cell)))),
        DataType::Int32 => Arc::new(Int32Array::from_iter(cells.iter().map(|cell| parsed::<i32>(cell)))),
        DataType::Float64 => Arc::new(Float64Array::from_iter(cells.iter().map(|cell| parsed::<f64>(cell)))),
        DataType::Boolean => Arc::new(BooleanArray::from_iter(cells.iter().map(|cell| parsed::<bool>(cell)))),
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            Arc::new(TimestampMillisecondArray::from_iter(cells.iter().map(|cell| parsed::<i64>(cell))))
        }
        DataType::Utf8View => {
            let texts =
                cells.iter().map(|cell| (*cell != NULL).then_some(if *cell == EMPTY { "" } else { cell }));
            Arc::new(StringViewArray::from_iter(texts))
        }
        other => panic!("a probe cannot write {other} as text"),
    }
}

fn parsed<T: std::str::FromStr>(cell: &str) -> Option<T> {
    let value = || cell.parse().unwrap_or_else(|_| panic!("`{cell}` is no {}", std::any::type_name::<T>()));
    (cell != NULL).then(value)
}

/// The rows of a batch that count. The event time is that of a column [`TIME`].
pub(super) fn rows_of(batch: &Batch) -> Vec<Row> {
    let batch = batch.clone().compact();
    let schema = batch.schema();
    let mut rows: Vec<Row> = (0..batch.rows())
        .map(|row| {
            let kind = batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
            Row { port: 0, kind, values: Vec::new(), time: None }
        })
        .collect();
    for (field, column) in schema.fields().iter().zip(batch.columns().columns()) {
        for (number, row) in rows.iter_mut().enumerate() {
            match field.name() == TIME {
                true => row.time = Some(column.as_primitive::<TimestampMillisecondType>().value(number)),
                false => row.values.push(cell_of(column, number)),
            }
        }
    }
    rows
}

fn cell_of(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return NULL.into();
    }
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            column.as_primitive::<TimestampMillisecondType>().value(row).to_string()
        }
        DataType::Utf8View => match column.as_string_view().value(row) {
            "" => EMPTY.into(),
            text => text.into(),
        },
        other => panic!("a probe cannot read {other} as text"),
    }
}
