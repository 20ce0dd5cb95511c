//! AND, OR and NOT with three values: true, false, unknown.

use std::sync::Arc;

use arrow_arith::boolean;
use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray};

use crate::error::ExprError;
use crate::tree::BinaryOp;
use crate::value::{Value, of_all};

/// Both, or one of them.
pub(crate) fn evaluate(op: BinaryOp, left: Value, right: Value, rows: usize) -> Result<Value, ExprError> {
    let kernel = if op == BinaryOp::And { boolean::and_kleene } else { boolean::or_kleene };
    if let (Value::One(_), Value::One(_)) = (&left, &right) {
        let answer = kernel(left.array().as_boolean(), right.array().as_boolean())?;
        return Ok(of_all(&[&left, &right], Arc::new(answer)));
    }
    let (left, right) = (left.into_rows(rows)?, right.into_rows(rows)?);
    Ok(Value::Rows(Arc::new(kernel(left.as_boolean(), right.as_boolean())?)))
}

/// The opposite.
pub(crate) fn not(value: &Value) -> Result<Value, ExprError> {
    Ok(value.like(Arc::new(boolean::not(value.array().as_boolean())?)))
}

/// Whether there is no value.
pub(crate) fn is_null(value: &Value) -> Result<Value, ExprError> {
    let answer: BooleanArray = boolean::is_null(value.array())?;
    Ok(value.like(Arc::new(answer)))
}

/// Where a condition is true, and not false or unknown.
pub(crate) fn certainly(condition: &BooleanArray) -> BooleanArray {
    match condition.nulls() {
        None => condition.clone(),
        Some(nulls) => BooleanArray::new(condition.values() & nulls.inner(), None),
    }
}
