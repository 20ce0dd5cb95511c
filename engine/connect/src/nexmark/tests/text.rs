//! The canonical text of events, from the columns of batches, and its hash.

use std::fmt::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use hmac_sha256::Hash;

use crate::nexmark::{NexmarkColumn, NexmarkKind, NexmarkSpec};

/// All that is known of events: number, kind, and the columns of all kinds.
pub(super) fn every_column() -> Vec<NexmarkColumn> {
    let of_kind = |kind: NexmarkKind| {
        (0..kind.fields().len()).map(move |position| NexmarkColumn::Field(kind, position))
    };
    let front = [NexmarkColumn::Number, NexmarkColumn::EventType];
    front.into_iter().chain(NexmarkKind::ALL.into_iter().flat_map(of_kind)).collect()
}

/// A line for each row of a batch of [`every_column`].
pub(super) fn write_lines(rows: &RecordBatch, text: &mut String) {
    let numbers = rows.column(0).as_primitive::<Int64Type>().values();
    let types = rows.column(1).as_primitive::<Int32Type>().values();
    // Where the columns of each kind begin, and where all end.
    let mut begins = vec![2];
    begins.extend(NexmarkKind::ALL.iter().scan(2, |begin, kind| {
        *begin += NexmarkSpec::fields_of(*kind).len();
        Some(*begin)
    }));
    for row in 0..rows.num_rows() {
        let kind = usize::try_from(types[row]).unwrap();
        text.push(['P', 'A', 'B'][kind]);
        write!(text, "|{}", numbers[row]).unwrap();
        for column in begins[kind]..begins[kind + 1] {
            text.push('|');
            write_value(rows.column(column).as_ref(), row, text);
        }
        text.push('\n');
    }
}

fn write_value(column: &dyn Array, row: usize, text: &mut String) {
    assert!(column.is_valid(row));
    match column.data_type() {
        DataType::Int64 => write!(text, "{}", column.as_primitive::<Int64Type>().value(row)).unwrap(),
        DataType::Timestamp(..) => {
            write!(text, "{}", column.as_primitive::<TimestampMillisecondType>().value(row)).unwrap();
        }
        _ => text.push_str(column.as_string_view().value(row)),
    }
}

/// The hash as people write it.
pub(super) fn shown(hash: Hash) -> String {
    let mut text = String::new();
    hash.finalize().iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
    text
}
