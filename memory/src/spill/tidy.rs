//! Rows without what else their buffers hold.
//!
//! A column can show a small part of large buffers: views of a few short strings in a heap of megabytes, a slice of
//! a list, a dictionary with entries that no row uses. Written as they are, the whole buffers would go to disk
//! with every block. Numbers and offsets are cut by the encoder itself; this copies the texts that are used, and
//! on demand all of it.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, RecordBatch,
    RecordBatchOptions, StructArray, UInt32Array, make_array,
};
use arrow_buffer::OffsetBuffer;
use arrow_data::transform::MutableArrayData;
use arrow_schema::DataType;
use arrow_select::dictionary::garbage_collect_any_dictionary;
use arrow_select::take::take;

/// The same rows over buffers that hold little else.
pub(super) fn tidy(rows: &RecordBatch) -> RecordBatch {
    map_columns(rows, rows.num_rows(), tidy_column)
}

/// The same rows in memory of their own, and no more of it than they need: for whoever keeps rows, since those of
/// a segment or of a block would keep all of it alive. (The words of a dictionary stay where they are if all of
/// them are used.)
pub fn own_rows(rows: &RecordBatch) -> RecordBatch {
    map_columns(rows, rows.num_rows(), own_column)
}

/// The rows of these numbers, in that order, in memory of their own, as [`own_rows`] keeps them: each value is copied
/// once.
///
/// # Panics
///
/// If there is no such row.
pub fn own_chosen(rows: &RecordBatch, chosen: &UInt32Array) -> RecordBatch {
    map_columns(rows, chosen.len(), |column| {
        let taken = take(column, chosen, None).expect("chosen rows exist");
        match taken.data_type() {
            // What was taken of these shares nothing with what it was taken of.
            DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8 => taken,
            DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => taken,
            data_type if data_type.is_primitive() => taken,
            // Their long strings do, until they are copied together.
            DataType::Utf8View | DataType::BinaryView => tidy_column(&taken),
            _ => own_column(&taken),
        }
    })
}

fn own_column(column: &ArrayRef) -> ArrayRef {
    let shown = tidy_column(column);
    let has_copied_strings = match shown.data_type() {
        DataType::Utf8View => !shown.as_string_view().data_buffers().is_empty(),
        DataType::BinaryView => !shown.as_binary_view().data_buffers().is_empty(),
        _ => false,
    };
    if has_copied_strings && shown.nulls().is_none() {
        return shown; // Its views were copied with their strings.
    }
    let shown = shown.to_data();
    let mut copy = MutableArrayData::new(vec![&shown], false, shown.len());
    copy.try_extend(0, 0, shown.len()).expect("a copy is not longer than what it copies");
    let mut copy = make_array(copy.freeze());
    copy.shrink_to_fit();
    copy
}

fn map_columns(rows: &RecordBatch, count: usize, map: impl Fn(&ArrayRef) -> ArrayRef) -> RecordBatch {
    let columns = rows.columns().iter().map(map).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    RecordBatch::try_new_with_options(rows.schema(), columns, &options).expect("the same columns")
}

fn tidy_column(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()),
        DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
        DataType::Struct(_) => Arc::new(tidy_struct(column.as_struct())),
        DataType::List(_) => tidy_list(column.as_list::<i32>()),
        DataType::LargeList(_) => tidy_list(column.as_list::<i64>()),
        DataType::FixedSizeList(field, length) => {
            let (values, nulls) =
                (tidy_column(column.as_fixed_size_list().values()), column.nulls().cloned());
            Arc::new(FixedSizeListArray::new(field.clone(), *length, values, nulls))
        }
        DataType::Map(field, sorted) => {
            let map = column.as_map();
            let (offsets, range) = from_zero(map.offsets());
            let entries = tidy_struct(&map.entries().slice(range.start, range.len()));
            Arc::new(MapArray::new(field.clone(), offsets, entries, map.nulls().cloned(), *sorted))
        }
        DataType::Dictionary(_, _) => {
            let used = garbage_collect_any_dictionary(column.as_any_dictionary());
            used.unwrap_or_else(|_| column.clone()) // A kind it does not know stays as it is: larger, not wrong.
        }
        _ => column.clone(),
    }
}

fn tidy_struct(column: &StructArray) -> StructArray {
    let children = column.columns().iter().map(tidy_column).collect();
    let (fields, nulls) = (column.fields().clone(), column.nulls().cloned());
    StructArray::try_new_with_length(fields, children, nulls, column.len()).expect("the same children")
}

fn tidy_list<O: OffsetSizeTrait>(column: &GenericListArray<O>) -> ArrayRef {
    let (offsets, range) = from_zero(column.offsets());
    let values = tidy_column(&column.values().slice(range.start, range.len()));
    let (DataType::List(field) | DataType::LargeList(field)) = column.data_type() else {
        unreachable!("a list")
    };
    Arc::new(GenericListArray::<O>::new(field.clone(), offsets, values, column.nulls().cloned()))
}

/// Offsets that begin at zero, and the range of elements that the former ones covered.
fn from_zero<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (OffsetBuffer<O>, std::ops::Range<usize>) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    (OffsetBuffer::from_lengths(offsets.lengths()), first.as_usize()..last.as_usize())
}
