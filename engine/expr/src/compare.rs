//! Comparisons. Both sides are of one type; a null makes them unknown, but for `IS DISTINCT FROM`.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Datum};
use arrow_ord::cmp;
use arrow_ord::ord::make_comparator;
use arrow_schema::{DataType, SortOptions};

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

/// Rows, arrays and maps are equal if all that is in them is; there, a null is equal to a null.
fn nested(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ExprError> {
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
