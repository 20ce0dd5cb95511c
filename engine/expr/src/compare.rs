//! Comparisons. Both sides are of one type; a null makes them unknown, but for `IS DISTINCT FROM`.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, Datum, ListArray, MapArray, PrimitiveArray,
    StructArray, UInt32Array, make_array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_ord::cmp;
use arrow_ord::ord::make_comparator;
use arrow_schema::{DataType, SortOptions};
use arrow_select::take::take;

use crate::error::ExprError;
use crate::tree::BinaryOp;
use crate::types;
use crate::value::{Value, of_all};

/// The type in which two values are compared.
pub(crate) fn common_type(op: BinaryOp, left: &DataType, right: &DataType) -> Result<DataType, ExprError> {
    let refused = || ExprError::types(op.sign(), [left, right]);
    if left.is_nested() && !is_equality(op) {
        return Err(refused());
    }
    types::pair(left, right).ok_or_else(refused)
}

fn is_equality(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::Distinct | BinaryOp::NotDistinct)
}

/// Compares.
pub(crate) fn evaluate(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ExprError> {
    if left.data_type().is_nested() {
        return nested(op, left, right);
    }
    match left.data_type() {
        DataType::Float32 => return Ok(floats::<Float32Type>(op, left, right)),
        DataType::Float64 => return Ok(floats::<Float64Type>(op, left, right)),
        _ => {}
    }
    let answer = match op {
        BinaryOp::Equal => cmp::eq(left, right),
        BinaryOp::NotEqual => cmp::neq(left, right),
        BinaryOp::Less => cmp::lt(left, right),
        BinaryOp::LessOrEqual => cmp::lt_eq(left, right),
        BinaryOp::Greater => cmp::gt(left, right),
        BinaryOp::GreaterOrEqual => cmp::gt_eq(left, right),
        BinaryOp::Distinct => cmp::distinct(left, right),
        BinaryOp::NotDistinct => cmp::not_distinct(left, right),
        other => unreachable!("{other:?} is no comparison"),
    };
    Ok(of_all(&[left, right], Arc::new(answer?) as ArrayRef))
}

/// As processors compare them, and Java does: 0 is -0, and NaN is equal to nothing, nor less or greater. Arrow's order of floats
/// is a total one, which sorts them. Where nulls are values, NaN is one too.
fn floats<T: ArrowPrimitiveType<Native: PartialOrd>>(op: BinaryOp, left: &Value, right: &Value) -> Value {
    let (one, other) = (left.array().as_primitive::<T>(), right.array().as_primitive::<T>());
    let ones = [left, right].map(|side| matches!(side, Value::One(_)));
    let rows = if ones[0] { other.len() } else { one.len() };
    let same =
        |a: T::Native, b: T::Native| a == b || (a.partial_cmp(&a).is_none() && b.partial_cmp(&b).is_none());
    let answer = match op {
        BinaryOp::Equal => pairs(one, other, ones, |a, b| a == b),
        BinaryOp::NotEqual => pairs(one, other, ones, |a, b| a != b),
        BinaryOp::Less => pairs(one, other, ones, |a, b| a < b),
        BinaryOp::LessOrEqual => pairs(one, other, ones, |a, b| a <= b),
        BinaryOp::Greater => pairs(one, other, ones, |a, b| a > b),
        BinaryOp::GreaterOrEqual => pairs(one, other, ones, |a, b| a >= b),
        BinaryOp::Distinct | BinaryOp::NotDistinct => {
            let place = |is_one, row| if is_one { 0 } else { row };
            let answer = BooleanBuffer::collect_bool(rows, |row| {
                let (row, other_row) = (place(ones[0], row), place(ones[1], row));
                let is_same = match (one.is_null(row), other.is_null(other_row)) {
                    (false, false) => same(one.value(row), other.value(other_row)),
                    (null, other_null) => null && other_null,
                };
                is_same == (op == BinaryOp::NotDistinct)
            });
            return of_all(&[left, right], Arc::new(BooleanArray::new(answer, None)));
        }
        other => unreachable!("{other:?} is no comparison"),
    };
    let nulls = |side: &Value, is_one: bool| match is_one {
        false => side.array().nulls().cloned(),
        true => side.array().is_null(0).then(|| NullBuffer::new_null(rows)),
    };
    let nulls = NullBuffer::union(nulls(left, ones[0]).as_ref(), nulls(right, ones[1]).as_ref());
    of_all(&[left, right], Arc::new(BooleanArray::new(answer, nulls)))
}

/// What holds of each pair, whatever stands where a null is. A loop for each shape, so that it is one over vectors.
fn pairs<T: ArrowPrimitiveType>(
    one: &PrimitiveArray<T>,
    other: &PrimitiveArray<T>,
    ones: [bool; 2],
    holds: impl Fn(T::Native, T::Native) -> bool,
) -> BooleanBuffer {
    let (left, right) = (one.values(), other.values());
    match ones {
        [true, _] => {
            let one = left[0];
            BooleanBuffer::collect_bool(right.len(), |row| holds(one, right[row]))
        }
        [false, true] => {
            let other = right[0];
            BooleanBuffer::collect_bool(left.len(), |row| holds(left[row], other))
        }
        [false, false] => {
            assert_eq!(left.len(), right.len(), "columns of one batch");
            BooleanBuffer::collect_bool(left.len(), |row| holds(left[row], right[row]))
        }
    }
}

/// Rows, arrays and maps are equal if all that is in them is; there, a null is equal to a null.
fn nested(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ExprError> {
    if holds_maps(left.data_type()) {
        let sorted = |side: &Value| Ok::<_, ExprError>(side.like(by_keys(side.array())?));
        return compared(op, &sorted(left)?, &sorted(right)?);
    }
    compared(op, left, right)
}

fn holds_maps(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => true,
        DataType::List(item) => holds_maps(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| holds_maps(field.data_type())),
        _ => false,
    }
}

/// With the entries of maps in the order of their keys, however deep they lie: the order in which they came says nothing.
fn by_keys(array: &dyn Array) -> Result<ArrayRef, ExprError> {
    let nulls = array.nulls().cloned();
    Ok(match array.data_type() {
        DataType::Map(entry, is_sorted) => {
            let maps = array.as_map();
            let entries = by_keys(maps.entries())?;
            let keys = entries.as_struct().column(0);
            let compare = make_comparator(keys, keys, SortOptions::default())?;
            let mut places: Vec<usize> = (0..entries.len()).collect();
            for row in 0..maps.len() {
                places[types::range(maps.value_offsets(), row)].sort_by(|one, other| compare(*one, *other));
            }
            let places = places.into_iter().map(|place| u32::try_from(place).expect("entries of one batch"));
            let entries = take(&entries, &UInt32Array::from_iter_values(places), None)?.as_struct().clone();
            let offsets = maps.offsets().clone();
            Arc::new(MapArray::try_new(entry.clone(), offsets, entries, nulls, *is_sorted)?)
        }
        DataType::List(item) => {
            let lists = array.as_list::<i32>();
            let values = by_keys(lists.values())?;
            Arc::new(ListArray::try_new(item.clone(), lists.offsets().clone(), values, nulls)?)
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().map(|column| by_keys(column));
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?)
        }
        _ => make_array(array.to_data()),
    })
}

fn compared(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ExprError> {
    let ((one, is_one), (other, other_is_one)) = (left.get(), right.get());
    let compare = make_comparator(one, other, SortOptions::default())?;
    let rows = if is_one { other.len() } else { one.len() };
    let answer = (0..rows).map(|row| {
        let (row, other_row) = (if is_one { 0 } else { row }, if other_is_one { 0 } else { row });
        let known = one.is_valid(row) && other.is_valid(other_row);
        let equal = compare(row, other_row).is_eq();
        match op {
            BinaryOp::Equal => known.then_some(equal),
            BinaryOp::NotEqual => known.then_some(!equal),
            BinaryOp::Distinct => Some(!equal),
            _ => Some(equal),
        }
    });
    Ok(of_all(&[left, right], Arc::new(answer.collect::<BooleanArray>())))
}
