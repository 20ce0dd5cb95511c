//! The hash of a key: one pass over each key column.

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericListArray, OffsetSizeTrait, PrimitiveArray, StructArray,
    downcast_dictionary_array, downcast_primitive_array,
};
use arrow_array::{GenericByteViewArray, types::ByteViewType};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};
use arrow_schema::{DataType, Field};

use super::lanes;
use super::word::{self, Value, combine};
use crate::error::Error;

/// Hashes the key that `columns` make, row by row, into `hashes` (whose former content is dropped).
///
/// The same key has the same hash in every batch, whatever the layout of its columns. Without columns every
/// row has the same key. Unions and run-end encoded columns are refused; cast them first.
///
/// # Panics
///
/// If a column has another length than `rows`.
pub fn hash_key(columns: &[ArrayRef], rows: usize, hashes: &mut Vec<u64>) -> Result<(), Error> {
    hashes.clear();
    let Some((first, rest)) = columns.split_first() else {
        hashes.resize(rows, word::NESTED);
        return Ok(());
    };
    assert_eq!(first.len(), rows);
    hash_column(first, hashes)?;
    let mut next = Vec::new();
    for column in rest {
        assert_eq!(column.len(), rows);
        hash_column(column, &mut next)?;
        combine_all(hashes, &next);
    }
    Ok(())
}

fn combine_all(hashes: &mut [u64], next: &[u64]) {
    lanes::each(hashes, next, combine);
}

/// Hashes the rows of one column into `hashes`.
fn hash_column(column: &dyn Array, hashes: &mut Vec<u64>) -> Result<(), Error> {
    hashes.clear();
    downcast_primitive_array!(
        column => {
            hash_values(column, hashes);
            return Ok(());
        }
        DataType::Null => hashes.resize(column.len(), word::NULL),
        DataType::Boolean => hash_booleans(column.as_boolean(), hashes),
        DataType::Utf8View => hash_views(column.as_string_view(), hashes),
        DataType::BinaryView => hash_views(column.as_binary_view(), hashes),
        DataType::Utf8 => hash_all(column.as_string::<i32>().iter(), |text| text.as_bytes(), hashes),
        DataType::LargeUtf8 => hash_all(column.as_string::<i64>().iter(), |text| text.as_bytes(), hashes),
        DataType::Binary => hash_all(column.as_binary::<i32>().iter(), |bytes| bytes, hashes),
        DataType::LargeBinary => hash_all(column.as_binary::<i64>().iter(), |bytes| bytes, hashes),
        DataType::FixedSizeBinary(_) => hash_all(column.as_fixed_size_binary().iter(), |bytes| bytes, hashes),
        DataType::Dictionary(_, _) => hash_dictionary(column, hashes)?,
        DataType::Struct(_) => hash_struct(column.as_struct(), hashes)?,
        DataType::List(_) => hash_lists(column.as_list::<i32>(), hashes)?,
        DataType::LargeList(_) => hash_lists(column.as_list::<i64>(), hashes)?,
        DataType::FixedSizeList(_, _) => {
            let lists = column.as_fixed_size_list();
            let length = lists.value_length() as usize;
            hash_nested(lists.values(), (0..=lists.len()).map(|row| row * length), hashes)?;
            hash_nulls(lists.nulls(), hashes);
        }
        DataType::Map(_, _) => {
            let maps = column.as_map();
            hash_nested(maps.entries(), maps.offsets().iter().map(|offset| offset.as_usize()), hashes)?;
            hash_nulls(maps.nulls(), hashes);
        }
        other => {
            return Err(Error::Unsupported { operation: "a key", type_name: other.to_string() });
        }
    );
    Ok(())
}

/// The hot loop: loads, a few operations and a store. Nulls are put right afterwards.
fn hash_values<T: ArrowPrimitiveType<Native: Value>>(column: &PrimitiveArray<T>, hashes: &mut Vec<u64>) {
    lanes::extend_each(hashes, column.values(), Value::hash);
    hash_nulls(column.nulls(), hashes);
}

fn hash_nulls(nulls: Option<&NullBuffer>, hashes: &mut [u64]) {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return };
    for row in (!nulls.inner()).set_indices() {
        hashes[row] = word::NULL;
    }
}

fn hash_booleans(column: &BooleanArray, hashes: &mut Vec<u64>) {
    hashes.extend(column.values().iter().map(|value| u8::from(value).hash()));
    hash_nulls(column.nulls(), hashes);
}

fn hash_views<T: ByteViewType>(column: &GenericByteViewArray<T>, hashes: &mut Vec<u64>) {
    hashes.extend(column.views().iter().enumerate().map(|(row, view)| {
        if ByteView::from(*view).length <= MAX_INLINE_VIEW_LEN {
            return word::inline_view(*view);
        }
        // What lies under a null is anybody's guess, and need not point anywhere.
        if column.is_null(row) {
            return word::NULL;
        }
        let text: &T::Native = column.value(row);
        word::long(text.as_ref())
    }));
    hash_nulls(column.nulls(), hashes);
}

fn hash_all<'a, V>(
    values: impl Iterator<Item = Option<V>>,
    bytes: impl Fn(V) -> &'a [u8],
    hashes: &mut Vec<u64>,
) {
    hashes.extend(values.map(|value| value.map_or(word::NULL, |value| word::bytes(bytes(value)))));
}

fn hash_dictionary(column: &dyn Array, hashes: &mut Vec<u64>) -> Result<(), Error> {
    let mut of_values = Vec::new();
    downcast_dictionary_array!(
        column => {
            hash_column(column.values(), &mut of_values)?;
            hashes.extend(column.keys_iter().map(|key| key.map_or(word::NULL, |key| of_values[key])));
        }
        _ => unreachable!("a dictionary"),
    );
    Ok(())
}

fn hash_struct(column: &StructArray, hashes: &mut Vec<u64>) -> Result<(), Error> {
    hashes.resize(column.len(), word::NESTED);
    let mut next = Vec::new();
    for field in column.columns() {
        hash_column(field, &mut next)?;
        combine_all(hashes, &next);
    }
    hash_nulls(column.nulls(), hashes);
    Ok(())
}

fn hash_lists<O: OffsetSizeTrait>(column: &GenericListArray<O>, hashes: &mut Vec<u64>) -> Result<(), Error> {
    hash_nested(column.values(), column.offsets().iter().map(|offset| offset.as_usize()), hashes)?;
    hash_nulls(column.nulls(), hashes);
    Ok(())
}

/// Lists: the elements in order, then how many there are (so that `[[1], []]` is not `[[], [1]]`). The offsets say
/// where each list begins, and where the last one ends.
fn hash_nested(
    elements: &dyn Array,
    offsets: impl Iterator<Item = usize>,
    hashes: &mut Vec<u64>,
) -> Result<(), Error> {
    let offsets: Vec<usize> = offsets.collect();
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return Ok(()) };
    // A slice of lists keeps all elements of the whole: hash only its own.
    let mut of_elements = Vec::new();
    hash_column(&elements.slice(*first, last - first), &mut of_elements)?;
    hashes.extend(offsets.windows(2).map(|list| {
        let elements = &of_elements[list[0] - first..list[1] - first];
        let inner = elements.iter().fold(word::NESTED, |hash, element| combine(hash, *element));
        combine(inner, (elements.len() as u64).hash())
    }));
    Ok(())
}

/// Whether [`hash_key`] takes a column of this type.
pub fn can_be_key(field: &Field) -> bool {
    fn takes(data_type: &DataType) -> bool {
        match data_type {
            DataType::Union(_, _) | DataType::RunEndEncoded(_, _) => false,
            DataType::ListView(_) | DataType::LargeListView(_) => false,
            DataType::Dictionary(_, values) => takes(values),
            DataType::Struct(fields) => fields.iter().all(|field| takes(field.data_type())),
            DataType::List(field) | DataType::LargeList(field) => takes(field.data_type()),
            DataType::FixedSizeList(field, _) | DataType::Map(field, _) => takes(field.data_type()),
            _ => true,
        }
    }
    takes(field.data_type())
}
