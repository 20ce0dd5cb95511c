//! Operators over rows: each against what Flink's documentation or Java says.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DurationMillisecondArray, Float64Array,
    Int8Array, Int32Array, Int64Array, IntervalYearMonthArray, RecordBatch, StringViewArray,
    Time32SecondArray, TimestampMillisecondArray,
};
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use proptest::prelude::*;

use crate::{BinaryOp, Expr, ExprError, Program};

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    let field = |(number, column): (usize, &ArrayRef)| {
        Field::new(format!("c{number}"), column.data_type().clone(), true)
    };
    let schema = Schema::new(columns.iter().enumerate().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

fn evaluate(expr: &Expr, batch: &RecordBatch) -> Result<ArrayRef, ExprError> {
    let program = Program::compile(expr, &batch.schema())?;
    let column = program.evaluate(batch)?;
    assert_eq!(column.data_type(), program.data_type(), "{expr}");
    assert_eq!(column.len(), batch.num_rows(), "{expr}");
    Ok(column)
}

fn texts(column: &dyn Array) -> Vec<String> {
    let text = |row| match column.is_null(row) {
        true => "NULL".to_owned(),
        false => array_value_to_string(column, row).unwrap(),
    };
    (0..column.len()).map(text).collect()
}

fn binary(op: BinaryOp, left: ArrayRef, right: ArrayRef) -> Result<ArrayRef, ExprError> {
    evaluate(&Expr::binary(op, Expr::Column(0), Expr::Column(1)), &batch(vec![left, right]))
}

fn int(values: impl IntoIterator<Item = i32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values))
}

fn decimal(digits: &[i128], precision: u8, scale: i8) -> ArrayRef {
    let values = Decimal128Array::from_iter_values(digits.iter().copied());
    Arc::new(values.with_precision_and_scale(precision, scale).unwrap())
}

fn literal(value: i32) -> Expr {
    Expr::Literal(int([value]))
}

fn cast(from: ArrayRef, to: DataType) -> Result<ArrayRef, ExprError> {
    let cast = Expr::Cast { expr: Box::new(Expr::Column(0)), to, is_lenient: false };
    evaluate(&cast, &batch(vec![from]))
}

#[test]
fn whole_numbers_wrap_around_and_are_of_the_wider_type() {
    let sum = binary(BinaryOp::Plus, int([i32::MAX]), int([1])).unwrap();
    assert_eq!(sum.as_primitive::<Int32Type>().values(), &[i32::MIN]);
    let product = binary(BinaryOp::Multiply, int([i32::MAX]), Arc::new(Int64Array::from(vec![2]))).unwrap();
    assert_eq!(product.as_primitive::<Int64Type>().values(), &[2 * i64::from(i32::MAX)]);
    let quotient = binary(BinaryOp::Divide, int([-7, i32::MIN]), int([2, -1])).unwrap();
    assert_eq!(quotient.as_primitive::<Int32Type>().values(), &[-3, i32::MIN]);
    let rest = binary(BinaryOp::Modulo, int([-7, i32::MIN]), int([2, -1])).unwrap();
    assert_eq!(rest.as_primitive::<Int32Type>().values(), &[-1, 0]);
    let error = binary(BinaryOp::Divide, int([1]), int([0])).unwrap_err();
    assert_eq!(error.to_string(), "division by zero");
}

#[test]
fn floats_divide_by_zero() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0, -1.0, 0.0]));
    let quotient = binary(BinaryOp::Divide, floats, int([0, 0, 0])).unwrap();
    let values = quotient.as_primitive::<Float64Type>().values().to_vec();
    assert_eq!(values[..2], [f64::INFINITY, f64::NEG_INFINITY]);
    assert!(values[2].is_nan());
}

#[test]
fn decimals_have_the_types_of_flink() {
    let of = |precision, scale| DataType::Decimal128(precision, scale);
    let (bigint, int) = (DataType::Int64, DataType::Int32);
    let cases = [
        (BinaryOp::Plus, of(12, 2), of(12, 2), of(13, 2)),
        (BinaryOp::Plus, of(38, 0), of(38, 0), of(38, 0)),
        (BinaryOp::Minus, of(10, 3), int.clone(), of(14, 3)),
        (BinaryOp::Multiply, of(3, 3), bigint.clone(), of(23, 3)),
        (BinaryOp::Multiply, of(38, 18), of(38, 18), of(38, 6)),
        (BinaryOp::Divide, of(5, 2), int, of(16, 13)),
        (BinaryOp::Divide, of(12, 2), of(12, 2), of(27, 15)),
        (BinaryOp::Modulo, of(12, 2), of(5, 3), of(5, 3)),
    ];
    let schema = |left: &DataType, right: &DataType| {
        Schema::new(vec![Field::new("l", left.clone(), true), Field::new("r", right.clone(), true)])
    };
    for (op, left, right, expected) in cases {
        let expr = Expr::binary(op, Expr::Column(0), Expr::Column(1));
        assert_eq!(expr.data_type(&schema(&left, &right)).unwrap(), expected, "{left} {} {right}", op.sign());
    }
}

#[test]
fn decimals_are_rounded_half_up_and_null_when_they_do_not_fit() {
    let one_third = binary(BinaryOp::Divide, decimal(&[200, -200], 5, 2), decimal(&[3, 3], 5, 0)).unwrap();
    assert_eq!(texts(&one_third), ["0.66666667", "-0.66666667"]);
    let euro =
        binary(BinaryOp::Multiply, decimal(&[908], 3, 3), Arc::new(Int64Array::from(vec![12_345]))).unwrap();
    assert_eq!(texts(&euro), ["11209.260"]);
    let nines = 10_i128.pow(38) - 1;
    let too_much = binary(BinaryOp::Plus, decimal(&[nines, 1], 38, 0), decimal(&[1, 1], 38, 0)).unwrap();
    assert_eq!(texts(&too_much), ["NULL", "2"]);
    let error = binary(BinaryOp::Divide, decimal(&[1], 5, 2), decimal(&[0], 5, 2)).unwrap_err();
    assert_eq!(error.to_string(), "division by zero");
}

proptest! {
    #[test]
    fn sums_and_products_of_decimals_are_those_of_whole_numbers(
        left in prop::collection::vec(-10_000_000_i64..10_000_000, 1..20),
        right in -10_000_000_i64..10_000_000,
        scale in 0_i8..5,
    ) {
        let digits: Vec<i128> = left.iter().map(|value| i128::from(*value)).collect();
        let one = decimal(&digits, 12, scale);
        let other = decimal(&vec![i128::from(right); left.len()], 12, 2);
        let sum = binary(BinaryOp::Plus, one.clone(), other.clone()).unwrap();
        let product = binary(BinaryOp::Multiply, one, other).unwrap();
        let up = |value: i128, from: i8, to: i8| value * 10_i128.pow(u32::try_from(to - from).unwrap());
        for (row, value) in digits.iter().enumerate() {
            let common = scale.max(2);
            let expected = up(*value, scale, common) + up(i128::from(right), 2, common);
            prop_assert_eq!(sum.as_primitive::<Decimal128Type>().value(row), expected);
            prop_assert_eq!(product.as_primitive::<Decimal128Type>().value(row), value * i128::from(right));
        }
    }
}

#[test]
fn times_move_by_intervals() {
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1_000, 2_000]));
    let spans: ArrayRef = Arc::new(DurationMillisecondArray::from(vec![500, 3_000]));
    let later = binary(BinaryOp::Plus, times.clone(), spans.clone()).unwrap();
    assert_eq!(later.as_primitive::<TimestampMillisecondType>().values(), &[1_500, 5_000]);
    let earlier = binary(BinaryOp::Minus, times, spans).unwrap();
    assert_eq!(earlier.as_primitive::<TimestampMillisecondType>().values(), &[500, -1_000]);
}

#[test]
fn an_interval_may_come_first() {
    let days: ArrayRef = Arc::new(Date32Array::from(vec![10]));
    let spans: ArrayRef = Arc::new(DurationMillisecondArray::from(vec![86_400_000]));
    assert_eq!(binary(BinaryOp::Plus, spans, days).unwrap().as_primitive::<Date32Type>().values(), &[11]);
}

#[test]
fn a_time_of_the_day_goes_round() {
    let times: ArrayRef = Arc::new(Time32SecondArray::from(vec![82_800, 60]));
    let spans: ArrayRef = Arc::new(DurationMillisecondArray::from(vec![7_200_000, 90_000_000]));
    let later = binary(BinaryOp::Plus, times.clone(), spans.clone()).unwrap();
    assert_eq!(later.as_primitive::<Time32SecondType>().values(), &[3_600, 3_660]);
    let earlier = binary(BinaryOp::Minus, times, spans).unwrap();
    assert_eq!(earlier.as_primitive::<Time32SecondType>().values(), &[75_600, 82_860]);
}

#[test]
fn months_and_days_of_a_timestamp_may_have_one_digit() {
    let texts: ArrayRef =
        Arc::new(StringViewArray::from(vec!["1999-9-1", " 1999-9-10 05:20:10.5", "1999-09-10"]));
    let times = cast(texts, DataType::Timestamp(TimeUnit::Second, None)).unwrap();
    let seconds = times.as_primitive::<TimestampSecondType>();
    assert_eq!(seconds.values(), &[936_144_000, 936_940_810, 936_921_600]);
    let wrong: ArrayRef = Arc::new(StringViewArray::from(vec!["1999-9"]));
    assert!(cast(wrong, DataType::Timestamp(TimeUnit::Second, None)).is_err());
}

#[test]
fn logic_has_three_values() {
    let all = [Some(true), Some(false), None];
    let sides: Vec<_> = all.iter().flat_map(|left| all.map(|right| (*left, right))).collect();
    let left: ArrayRef = Arc::new(sides.iter().map(|side| side.0).collect::<BooleanArray>());
    let right: ArrayRef = Arc::new(sides.iter().map(|side| side.1).collect::<BooleanArray>());
    let and = binary(BinaryOp::And, left.clone(), right.clone()).unwrap();
    let or = binary(BinaryOp::Or, left, right).unwrap();
    for (row, (left, right)) in sides.into_iter().enumerate() {
        let get = |column: &ArrayRef| column.is_valid(row).then(|| column.as_boolean().value(row));
        let (both, any) = match (left, right) {
            (Some(false), _) | (_, Some(false)) => {
                (Some(false), left.max(right).filter(|any| *any).or(left.and(right)))
            }
            _ => (left.zip(right).map(|(left, right)| left && right), left.max(right)),
        };
        assert_eq!(get(&and), both, "{left:?} AND {right:?}");
        assert_eq!(get(&or), any, "{left:?} OR {right:?}");
    }
}

#[test]
fn what_no_row_wants_is_not_computed() {
    let rows = batch(vec![int([0, 2, 4, 0])]);
    let nonzero = Expr::binary(BinaryOp::NotEqual, Expr::Column(0), literal(0));
    let quotient = Expr::binary(BinaryOp::Divide, literal(8), Expr::Column(0));
    let case = Expr::Case {
        branches: vec![(nonzero.clone(), quotient.clone())],
        otherwise: Some(Box::new(literal(-1))),
    };
    assert_eq!(texts(&evaluate(&case, &rows).unwrap()), ["-1", "4", "2", "-1"]);
    let without = Expr::Case { branches: vec![(nonzero.clone(), quotient.clone())], otherwise: None };
    assert_eq!(texts(&evaluate(&without, &rows).unwrap()), ["NULL", "4", "2", "NULL"]);
    let guarded =
        Expr::binary(BinaryOp::And, nonzero, Expr::binary(BinaryOp::Greater, quotient.clone(), literal(2)));
    assert_eq!(texts(&evaluate(&guarded, &rows).unwrap()), ["false", "true", "false", "false"]);
    assert!(evaluate(&quotient, &rows).is_err());
}

#[test]
fn what_all_conditions_compare_is_one_column_and_a_null_fulfils_none() {
    let words: ArrayRef =
        Arc::new(StringViewArray::from(vec![Some("A"), Some("b"), None, Some("c"), Some("B")]));
    let rows = &batch(vec![words, int([0, 5, 0, 0, 2])]);
    let lower = crate::function("LOWER").unwrap();
    let lower = Expr::Call { function: lower, arguments: vec![Expr::Column(0)] };
    let is = |text: &str| {
        let text: ArrayRef = Arc::new(StringViewArray::from(vec![text]));
        Expr::binary(BinaryOp::Equal, lower.clone(), Expr::Literal(text))
    };
    let quotient = Expr::binary(BinaryOp::Divide, literal(10), Expr::Column(1));
    let case = |branches: &[(Expr, Expr)], otherwise: Option<Expr>| {
        let case = Expr::Case { branches: branches.to_vec(), otherwise: otherwise.map(Box::new) };
        move |from, count| texts(&evaluate(&case, &rows.slice(from, count)).unwrap())
    };
    let branches = [(is("a"), Expr::Column(1)), (is("b"), quotient), (is("a"), literal(7))];
    let with_rest = case(&branches, Some(literal(-1)));
    assert_eq!(with_rest(0, 5), ["0", "2", "-1", "-1", "5"]);
    assert_eq!(with_rest(2, 3), ["-1", "-1", "5"]);
    assert_eq!(with_rest(1, 1), ["2"]);
    assert_eq!(with_rest(0, 0), [""; 0]);
    assert_eq!(case(&branches, None)(0, 5), ["0", "2", "NULL", "NULL", "5"]);
    assert_eq!(case(&branches, None)(2, 2), ["NULL", "NULL"]);
}

#[test]
fn expressions_are_the_same_if_all_that_is_in_them_is() {
    let long: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let compared = |value: ArrayRef| Expr::binary(BinaryOp::Equal, Expr::Column(0), Expr::Literal(value));
    assert!(compared(int([1])).is_same(&compared(int([1]))));
    assert!(!compared(int([1])).is_same(&compared(long)));
    assert!(!compared(int([1])).is_same(&Expr::binary(BinaryOp::Less, Expr::Column(0), literal(1))));
    let listed = |last| Expr::OneOf { of: Box::new(Expr::Column(0)), values: int((0..20).chain([last])) };
    assert!(listed(7).is_same(&listed(7)) && !listed(7).is_same(&listed(8)));
    let case = |otherwise: Option<Expr>| Expr::Case {
        branches: vec![(compared(int([1])), literal(2))],
        otherwise: otherwise.map(Box::new),
    };
    assert!(case(None).is_same(&case(None)) && !case(None).is_same(&case(Some(literal(3)))));
}

#[test]
fn casts_have_the_values_of_flink() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![2.9, -2.9, 1e20, f64::NAN]));
    assert_eq!(texts(&cast(floats.clone(), DataType::Int32).unwrap()), ["2", "-2", "2147483647", "0"]);
    assert_eq!(texts(&cast(int([300]), DataType::Int8).unwrap()), ["44"]);
    let printed: ArrayRef =
        Arc::new(Float64Array::from(vec![1.0, 0.1, 1e7, 123_456_789.0, 1e-4, f64::INFINITY]));
    let printed = cast(printed, DataType::Utf8View).unwrap();
    assert_eq!(texts(&printed), ["1.0", "0.1", "1.0E7", "1.23456789E8", "1.0E-4", "Infinity"]);
    let numbers: ArrayRef = Arc::new(StringViewArray::from(vec![" 12 ", "12.7", "-3"]));
    assert_eq!(texts(&cast(numbers, DataType::Int32).unwrap()), ["12", "12", "-3"]);
    let wrong: ArrayRef = Arc::new(StringViewArray::from(vec!["twelve"]));
    assert_eq!(cast(wrong.clone(), DataType::Int32).unwrap_err().to_string(), "'twelve' is no INT");
    let lenient = Expr::Cast { expr: Box::new(Expr::Column(0)), to: DataType::Int32, is_lenient: true };
    assert_eq!(texts(&evaluate(&lenient, &batch(vec![wrong])).unwrap()), ["NULL"]);
    let time: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1_795_782_645_120]));
    assert_eq!(texts(&cast(time, DataType::Utf8View).unwrap()), ["2026-11-27 12:30:45.120"]);
    let truths: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
    assert_eq!(texts(&cast(truths, DataType::Utf8View).unwrap()), ["TRUE", "FALSE"]);
    let money = decimal(&[1_299, -1_299], 6, 2);
    assert_eq!(texts(&cast(money.clone(), DataType::Int64).unwrap()), ["12", "-12"]);
    assert_eq!(texts(&cast(money, DataType::Utf8View).unwrap()), ["12.99", "-12.99"]);
}

#[test]
fn patterns_match_whole_texts() {
    let names = || -> ArrayRef {
        Arc::new(StringViewArray::from(vec![Some("Apple"), Some("app_le"), Some("a%p"), None]))
    };
    let like = |pattern: &str, escape| {
        let pattern: ArrayRef = Arc::new(StringViewArray::from(vec![pattern]));
        let like =
            Expr::Like { expr: Box::new(Expr::Column(0)), pattern: Box::new(Expr::Literal(pattern)), escape };
        evaluate(&like, &batch(vec![names()])).map(|column| texts(&column).join(" "))
    };
    for (pattern, escape, expected) in [
        ("Apple", None, "true false false NULL"),
        ("App%", None, "true false false NULL"),
        ("%le", None, "true true false NULL"),
        ("%p%", None, "true true true NULL"),
        ("_p%e", None, "true true false NULL"),
        ("a!%p", Some('!'), "false false true NULL"),
        ("%!_%", Some('!'), "false true false NULL"),
        ("a\\%p", None, "false false false NULL"),
    ] {
        assert_eq!(like(pattern, escape).unwrap(), expected, "{pattern}");
    }
    let error = like("a!p", Some('!')).unwrap_err().to_string();
    assert_eq!(error, "in LIKE 'a!p', '!' must stand before %, _ or itself");
}

#[test]
fn literals_stay_one_value_and_become_a_column_at_the_end() {
    let rows = batch(vec![int([1, 2, 3])]);
    let sum =
        Expr::binary(BinaryOp::Plus, literal(2), Expr::binary(BinaryOp::Multiply, literal(3), literal(4)));
    assert_eq!(texts(&evaluate(&sum, &rows).unwrap()), ["14"; 3]);
    let empty = batch(vec![int([])]);
    assert!(evaluate(&sum, &empty).unwrap().is_empty());
}

#[test]
fn what_does_not_fit_together_is_refused_with_its_types() {
    let rows = batch(vec![int([1]), Arc::new(StringViewArray::from(vec!["a"]))]);
    let sum = Expr::binary(BinaryOp::Plus, Expr::Column(0), Expr::Column(1));
    assert_eq!(evaluate(&sum, &rows).unwrap_err().to_string(), "+ does not take INT, STRING");
    let equal = Expr::binary(BinaryOp::Equal, Expr::Column(0), Expr::Column(1));
    assert_eq!(evaluate(&equal, &rows).unwrap_err().to_string(), "= does not take INT, STRING");
    let missing = evaluate(&Expr::Column(7), &rows).unwrap_err().to_string();
    assert_eq!(missing, "there is no column 7; there are 2");
}

#[test]
fn expressions_print_as_sql() {
    let text: ArrayRef = Arc::new(StringViewArray::from(vec!["it's"]));
    let equal = Expr::binary(BinaryOp::Equal, Expr::Column(1), Expr::Literal(text));
    let case = Expr::Case { branches: vec![(equal, literal(1))], otherwise: Some(Box::new(Expr::Column(0))) };
    assert_eq!(case.to_string(), "CASE WHEN ($1 = 'it''s') THEN 1 ELSE $0 END");
    assert_eq!(case.columns(), [0, 1]);
    let narrow: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    assert_eq!(
        evaluate(&Expr::Negate(Box::new(Expr::Column(0))), &batch(vec![narrow]))
            .map(|column| texts(&column))
            .unwrap(),
        ["-1"]
    );
}

#[test]
fn a_number_that_does_not_fit_a_decimal_is_null_and_a_text_an_error() {
    let to = DataType::Decimal128(3, 1);
    assert_eq!(texts(&cast(int([12, 1000]), to.clone()).unwrap()), ["12.0", "NULL"]);
    assert_eq!(texts(&cast(decimal(&[9999, 125], 4, 2), to.clone()).unwrap()), ["NULL", "1.3"]);
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.25, 1e300, f64::NAN]));
    assert_eq!(texts(&cast(floats, to.clone()).unwrap()), ["1.3", "NULL", "NULL"]);
    let truths: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
    assert_eq!(texts(&cast(truths, to.clone()).unwrap()), ["1.0", "0.0", "NULL"]);
    let text: ArrayRef = Arc::new(StringViewArray::from(vec!["1000"]));
    assert_eq!(cast(text, to).unwrap_err().to_string(), "'1000' is no DECIMAL(3, 1)");
}

#[test]
fn days_are_read_with_fewer_digits_too() {
    let days = |texts: &[&str]| {
        let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
        cast(texts, DataType::Date32)
    };
    let read = days(&["2026-11-27", " 2026-1-2 ", "2026-3", "123"]).unwrap();
    assert_eq!(texts(&read), ["2026-11-27", "2026-01-02", "2026-03-01", "0123-01-01"]);
    for wrong in ["2026-02-30", "x", "2026-1-2-3", "2026-1-x", ""] {
        assert_eq!(days(&[wrong]).unwrap_err().to_string(), format!("'{wrong}' is no DATE"));
    }
}

#[test]
fn intervals_are_scaled_by_whole_numbers_and_print_as_flink_prints_them() {
    let days: ArrayRef = Arc::new(DurationMillisecondArray::from(vec![86_400_000, -1_500]));
    let months: ArrayRef = Arc::new(IntervalYearMonthArray::from(vec![14, -5]));
    let printed = |column: ArrayRef| texts(&cast(column, DataType::Utf8View).unwrap());
    let twice = binary(BinaryOp::Multiply, days.clone(), int([2, 2])).unwrap();
    assert_eq!(printed(twice), ["+2 00:00:00.000", "-0 00:00:03.000"]);
    let twice = binary(BinaryOp::Multiply, int([2, 2]), months.clone()).unwrap();
    assert_eq!(printed(twice), ["+2-04", "-0-10"]);
    let half = binary(BinaryOp::Divide, days.clone(), int([2, 2])).unwrap();
    assert_eq!(printed(half), ["+0 12:00:00.000", "-0 00:00:00.750"]);
    let none = binary(BinaryOp::Divide, days, int([0, 0])).unwrap_err().to_string();
    assert_eq!(none, "division by zero");
    assert!(binary(BinaryOp::Modulo, months, int([2, 2])).is_err());
}
