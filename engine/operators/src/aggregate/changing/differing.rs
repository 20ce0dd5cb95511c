//! Where results are others than before: columns compared value by value, a loop for each width.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, GenericByteViewArray, types::ByteViewType};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::DataType;

use super::super::accumulator::is_null;
use super::super::choice::values;

/// At which places these columns differ, each from the one in the same place. Two nulls are the same, and floats are what
/// their bits are.
pub(super) fn differing(before: &[ArrayRef], after: &[ArrayRef], rows: usize) -> Vec<bool> {
    let mut found = vec![false; rows];
    for (before, after) in before.iter().zip(after) {
        match (before.data_type(), before.data_type().primitive_width()) {
            (_, Some(1)) => numbers::<u8>(before, after, &mut found),
            (_, Some(2)) => numbers::<u16>(before, after, &mut found),
            (_, Some(4)) => numbers::<u32>(before, after, &mut found),
            (_, Some(8)) => numbers::<u64>(before, after, &mut found),
            (_, Some(16)) => numbers::<i128>(before, after, &mut found),
            (DataType::Utf8View, _) => {
                texts(before.as_string_view(), after.as_string_view(), &mut found);
            }
            (DataType::BinaryView, _) => {
                texts(before.as_binary_view(), after.as_binary_view(), &mut found);
            }
            _ => others(before, after, &mut found),
        }
    }
    found
}

/// Adds the places at which two columns differ, one of which may have nulls.
#[inline(always)]
fn add(nulls: [Option<&NullBuffer>; 2], found: &mut [bool], differ: impl Fn(usize) -> bool) {
    match nulls {
        [None, None] => found.iter_mut().enumerate().for_each(|(row, found)| *found |= differ(row)),
        [before, after] => {
            for (row, found) in found.iter_mut().enumerate() {
                *found |= match (is_null(before, row), is_null(after, row)) {
                    (false, false) => differ(row),
                    (was_null, is_null) => was_null != is_null,
                };
            }
        }
    }
}

fn numbers<V: ArrowNativeType>(before: &ArrayRef, after: &ArrayRef, found: &mut [bool]) {
    let (old, new) = (values::<V>(before), values::<V>(after));
    add([before.nulls(), after.nulls()], found, |row| old[row] != new[row]);
}

fn texts<T: ByteViewType>(
    before: &GenericByteViewArray<T>,
    after: &GenericByteViewArray<T>,
    found: &mut [bool],
) {
    add([before.nulls(), after.nulls()], found, |row| {
        AsRef::<[u8]>::as_ref(before.value(row)) != AsRef::<[u8]>::as_ref(after.value(row))
    });
}

fn others(before: &ArrayRef, after: &ArrayRef, found: &mut [bool]) {
    let value = |column: &ArrayRef, row: usize| column.slice(row, 1);
    add([None, None], found, |row| *value(before, row) != *value(after, row));
}
