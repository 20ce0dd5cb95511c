//! Decimals: precision and scale of results by Flink's formula, values rounded half up, null where they do not fit.
//!
//! Computed in 256 bits, of which two numbers of 38 digits need 252 at most, or in 128 where the result has room in any case.

use std::sync::Arc;

use arrow_arith::arity::binary;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, DecimalType};
use arrow_array::{Array, ArrayRef, Datum, Decimal128Array};
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
pub(super) fn result_type(op: BinaryOp, one: (i32, i32), other: (i32, i32)) -> DataType {
    let (precision, scale) = whole_type(op, one, other);
    if precision <= DIGITS_MAX {
        return data_type(precision, scale);
    }
    data_type(DIGITS_MAX, (DIGITS_MAX - (precision - scale)).max(scale.min(6)))
}

/// Precision and scale, if there were no limit to them.
fn whole_type(op: BinaryOp, (p1, s1): (i32, i32), (p2, s2): (i32, i32)) -> (i32, i32) {
    match op {
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
    }
}

/// An operation that is ready for its values.
struct Plan {
    op: BinaryOp,
    /// By how much each side is multiplied before.
    left: i256,
    right: i256,
    /// Digits that the result has too many of.
    surplus: u32,
    /// No result has more than 38 digits, so that 128 bits do and nothing has to be checked.
    is_narrow: bool,
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
    if plan.is_narrow {
        let results = plan.narrow((one, is_one && !is_other), (other, is_other && !is_one))?;
        return Ok(of_all(&[left, right], results));
    }
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
        let is_narrow = !matches!(op, BinaryOp::Divide | BinaryOp::Modulo);
        let is_narrow = is_narrow && whole_type(op, one, other).0 <= DIGITS_MAX;
        Self { op, left, right, surplus, is_narrow, precision, scale }
    }

    /// All rows, in 128 bits. A side that is alone stands beside every row of the other one.
    fn narrow(
        &self,
        left: (&Decimal128Array, bool),
        right: (&Decimal128Array, bool),
    ) -> Result<ArrayRef, ExprError> {
        let (by_left, by_right) = (self.left.as_i128(), self.right.as_i128());
        let scaled = |one: i128, other: i128| (one.wrapping_mul(by_left), other.wrapping_mul(by_right));
        let results = match self.op {
            BinaryOp::Plus => pairs(left, right, |one, other| {
                let (one, other) = scaled(one, other);
                one.wrapping_add(other)
            }),
            BinaryOp::Minus => pairs(left, right, |one, other| {
                let (one, other) = scaled(one, other);
                one.wrapping_sub(other)
            }),
            _ => pairs(left, right, i128::wrapping_mul),
        }?;
        Ok(Arc::new(results.with_precision_and_scale(self.precision, self.scale)?))
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

/// What an operation makes of all pairs.
fn pairs(
    (left, left_is_alone): (&Decimal128Array, bool),
    (right, right_is_alone): (&Decimal128Array, bool),
    of: impl Fn(i128, i128) -> i128,
) -> Result<Decimal128Array, ExprError> {
    let nulls = |rows: usize| Decimal128Array::new_null(rows);
    Ok(match (left_is_alone, right_is_alone) {
        (true, _) if left.is_null(0) => nulls(right.len()),
        (_, true) if right.is_null(0) => nulls(left.len()),
        (true, _) => {
            let alone = left.value(0);
            right.unary(|value| of(alone, value))
        }
        (_, true) => {
            let alone = right.value(0);
            left.unary(|value| of(value, alone))
        }
        (false, false) => binary(left, right, of)?,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits that go through all lengths, of both signs.
    fn values(precision: u8, seed: i128) -> Vec<Option<i128>> {
        let most = 10_i128.pow(u32::from(precision)) - 1;
        let mut values = vec![Some(0), Some(most), Some(-most), None];
        let mut value = seed;
        for digits in (0..u32::from(precision)).cycle().take(60) {
            value = value.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            values.push(Some((value >> 3) % 10_i128.pow(digits + 1)));
        }
        values
    }

    #[test]
    fn in_128_bits_comes_out_what_comes_out_in_256() {
        let mut narrow = 0;
        for op in [BinaryOp::Plus, BinaryOp::Minus, BinaryOp::Multiply] {
            for one in [(15, 2), (7, 7), (19, 0), (31, 12)] {
                for other in [(15, 2), (5, 1), (18, 18), (12, 0)] {
                    let plan = Plan::of(op, one, other);
                    if !plan.is_narrow {
                        continue;
                    }
                    narrow += 1;
                    let column = |(precision, scale): (i32, i32), seed: i128| {
                        let (precision, scale) =
                            (u8::try_from(precision).unwrap(), i8::try_from(scale).unwrap());
                        let column = Decimal128Array::from(values(precision, seed));
                        column.with_precision_and_scale(precision, scale).unwrap()
                    };
                    let (left, right) = (column(one, 7), column(other, 11));
                    let rows = left.len().min(right.len());
                    let (left, right) = (left.slice(0, rows), right.slice(0, rows));
                    for (is_one, is_other) in [(false, false), (true, false), (false, true)] {
                        let found = plan.narrow((&left, is_one), (&right, is_other)).unwrap();
                        let found = found.as_primitive::<Decimal128Type>();
                        for row in 0..rows {
                            let at = |array: &Decimal128Array, is_alone: bool| {
                                let row = if is_alone { 0 } else { row };
                                array.is_valid(row).then(|| i256::from_i128(array.value(row)))
                            };
                            let expected = at(&left, is_one).zip(at(&right, is_other));
                            let expected = expected.and_then(|(one, other)| plan.apply(one, other).unwrap());
                            let found = found.is_valid(row).then(|| found.value(row));
                            assert_eq!(found, expected, "{op:?} {one:?} {other:?}, row {row}");
                        }
                    }
                }
            }
        }
        assert!(narrow > 20, "{narrow} pairs of types are narrow");
    }
}
