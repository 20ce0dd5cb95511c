//! Casts of what holds other values: each of them is cast as it would be alone.
//!
//! What lies below a null was never anybody's value, and may be what no cast takes: it is not looked at.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, MapArray, StructArray, UInt32Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, FieldRef, Fields};
use arrow_select::take::take;

use super::cast;
use crate::error::ExprError;
use crate::row;

/// Rows as rows of these fields, by their places.
pub(super) fn rows(array: &dyn Array, fields: &Fields, is_lenient: bool) -> Result<ArrayRef, ExprError> {
    let rows = array.as_struct();
    if rows.num_columns() != fields.len() {
        let to = DataType::Struct(fields.clone());
        return Err(ExprError::types("CAST", [array.data_type(), &to]));
    }
    let column = |(number, field): (usize, &FieldRef)| {
        cast(&*row::field_of(rows, number)?, field.data_type(), is_lenient)
    };
    let columns = fields.iter().enumerate().map(column).collect::<Result<Vec<_>, _>>()?;
    let nulls = rows.nulls().cloned();
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, rows.len())?))
}

/// Arrays as arrays of this element.
pub(super) fn lists(array: &dyn Array, item: &FieldRef, is_lenient: bool) -> Result<ArrayRef, ExprError> {
    let array = compact(array)?;
    let lists = array.as_list::<i32>();
    let (offsets, from, to) = from_zero(lists.offsets());
    let values = cast(&*lists.values().slice(from, to - from), item.data_type(), is_lenient)?;
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, lists.nulls().cloned())?))
}

/// Maps as maps of this key and value.
pub(super) fn maps(
    array: &dyn Array,
    entry: &FieldRef,
    is_sorted: bool,
    is_lenient: bool,
) -> Result<ArrayRef, ExprError> {
    let array = compact(array)?;
    let maps = array.as_map();
    let (offsets, from, to) = from_zero(maps.offsets());
    let entries = cast(&maps.entries().slice(from, to - from), entry.data_type(), is_lenient)?;
    let (entries, nulls) = (entries.as_struct().clone(), maps.nulls().cloned());
    Ok(Arc::new(MapArray::try_new(Arc::clone(entry), offsets, entries, nulls, is_sorted)?))
}

/// Without elements below nulls.
fn compact(array: &dyn Array) -> Result<ArrayRef, ExprError> {
    if array.null_count() == 0 {
        return Ok(array.slice(0, array.len()));
    }
    let all: UInt32Array = (0..).zip(0..array.len()).map(|(row, _)| row).collect::<Vec<u32>>().into();
    Ok(take(array, &all, None)?)
}

/// Offsets that begin at zero, and from where to where they went.
fn from_zero(offsets: &OffsetBuffer<i32>) -> (OffsetBuffer<i32>, usize, usize) {
    let place = |offset: i32| usize::try_from(offset).expect("offsets are not below zero");
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let moved: Vec<i32> = offsets.iter().map(|offset| offset - first).collect();
    (OffsetBuffer::new(moved.into()), place(first), place(last))
}
