//! Decimals: precision and scale of results by Flink's formula, values rounded half up, null where they do not fit.
//!
//! Computed in 256 bits, of which two numbers of 38 digits need 252 at most.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, DecimalType};
use arrow_array::{Array, Datum, Decimal128Array};
use arrow_buffer::i256;
use arrow_schema::DataType;

use crate::error::ExprError;
use crate::tree::BinaryOp;
use crate::value::{Value, of_all};

const DIGITS_MAX: i32 = 38;

/// A DECIMAL of this precision and scale, which are in bounds.
pub(super) fn data_type(precision: i32, scale: i32) -> DataType {
    let narrow = "precision and scale are between 0 and 38";
    DataType::Decimal128(u8::try_from(precision).expect(narrow), i8::try_from(scale).expect(narrow))
}

/// What an operation on decimals comes to. What would have more than 38 digits gives up digits behind the point, but not
/// more than leaves six of them.
pub(super) fn result_type(op: BinaryOp, (p1, s1): (i32, i32), (p2, s2): (i32, i32)) -> DataType {
    let (precision, scale) = match op {
        BinaryOp::Multiply => (p1 + p2 + 1, s1 + s2),
        BinaryOp::Divide => {
            let scale = 6.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        BinaryOp::Modulo => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
        _ => {
            let scale = s1.max(s2);
            ((p1 - s1).max(p2 - s2) + scale + 1, scale)
        }
    };
    if precision <= DIGITS_MAX {
        return data_type(precision, scale);
    }
    data_type(DIGITS_MAX, (DIGITS_MAX - (precision - scale)).max(scale.min(6)))
}

/// An operation that is ready for its values.
struct Plan {
    op: BinaryOp,
    /// By how much each side is multiplied before.
    left: i256,
    right: i256,
    /// Digits that the result has too many of.
    surplus: u32,
    precision: u8,
    scale: i8,
}

/// Computes it.
pub(super) fn evaluate(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ExprError> {
    let types = [left.data_type(), right.data_type()];
    let [DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)] = types else {
        return Err(ExprError::types(op.sign(), types));
    };
    let of = |precision: u8, scale: i8| (i32::from(precision), i32::from(scale));
    let plan = Plan::of(op, of(*p1, *s1), of(*p2, *s2));
    let (one, is_one) = left.get();
    let (other, is_other) = right.get();
    let (one, other) = (one.as_primitive::<Decimal128Type>(), other.as_primitive::<Decimal128Type>());
    let rows = if is_one { other.len() } else { one.len() };
    let at = |array: &Decimal128Array, alone: bool, row: usize| {
        let row = if alone { 0 } else { row };
        array.is_valid(row).then(|| i256::from_i128(array.value(row)))
    };
    let result = |row: usize| match (at(one, is_one, row), at(other, is_other, row)) {
        (Some(left), Some(right)) => plan.apply(left, right),
        _ => Ok(None),
    };
    let results = (0..rows).map(result).collect::<Result<Decimal128Array, _>>()?;
    let results = results.with_precision_and_scale(plan.precision, plan.scale)?;
    Ok(of_all(&[left, right], Arc::new(results)))
}

impl Plan {
    fn of(op: BinaryOp, one: (i32, i32), other: (i32, i32)) -> Self {
        let DataType::Decimal128(precision, scale) = result_type(op, one, other) else {
            unreachable!("decimals make a decimal")
        };
        let (s1, s2, wanted) = (one.1, other.1, i32::from(scale));
        let ten = |exponent: i32| {
            i256::from_i128(10).wrapping_pow(u32::try_from(exponent.max(0)).expect("it is not negative"))
        };
        let (left, right, has) = match op {
            BinaryOp::Multiply => (ten(0), ten(0), s1 + s2),
            // The quotient gets one digit more than is wanted, to be rounded by.
            BinaryOp::Divide => (ten(wanted + 1 + s2 - s1), ten(s1 - s2 - wanted - 1), wanted + 1),
            _ => (ten(s1.max(s2) - s1), ten(s1.max(s2) - s2), s1.max(s2)),
        };
        let surplus = u32::try_from(has - wanted).unwrap_or(0);
        Self { op, left, right, surplus, precision, scale }
    }

    fn apply(&self, left: i256, right: i256) -> Result<Option<i128>, ExprError> {
        let by_zero = || ExprError::Value("division by zero".to_owned());
        let (Some(left), Some(right)) = (left.checked_mul(self.left), right.checked_mul(self.right)) else {
            return Ok(None);
        };
        let result = match self.op {
            BinaryOp::Plus => left.checked_add(right),
            BinaryOp::Minus => left.checked_sub(right),
            BinaryOp::Multiply => left.checked_mul(right),
            BinaryOp::Divide if right == i256::ZERO => return Err(by_zero()),
            BinaryOp::Modulo if right == i256::ZERO => return Err(by_zero()),
            BinaryOp::Divide => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        let fits = |value: &i128| Decimal128Type::is_valid_decimal_precision(*value, self.precision);
        Ok(result.and_then(|result| half_up(result, self.surplus).to_i128()).filter(fits))
    }
}

/// Without so many digits at its end, rounded half away from zero.
fn half_up(value: i256, digits: u32) -> i256 {
    if digits == 0 {
        return value;
    }
    let unit = i256::from_i128(10).wrapping_pow(digits);
    let half = unit.wrapping_div(i256::from_i128(2));
    let away = if value < i256::ZERO { value.wrapping_sub(half) } else { value.wrapping_add(half) };
    away.wrapping_div(unit)
}
