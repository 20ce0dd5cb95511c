//! Numbers: rounding, types that follow from digits, what is no number.

use arrow_array::Array;
use arrow_schema::DataType;
use proptest::prelude::*;

use super::reader::{check, read, value_of};
use crate::Program;

#[test]
fn numbers_are_rounded_as_java_rounds_them() {
    check(&[
        ("ROUND(125.315)", "125"),
        ("ROUND(-125.315, 2)", "-125.32"),
        ("ROUND(1.4, 5)", "1.4"),
        ("ROUND(CAST(123 AS TINYINT), -2)", "100"),
        ("ROUND(CAST(127 AS TINYINT), -1)", "-126"),
        ("ROUND(55, -1)", "60"),
        ("ROUND(-55, -1)", "-60"),
        ("ROUND(5, -100)", "0"),
        ("ROUND(CAST(1.2345 AS DOUBLE), 3)", "1.235"),
        ("ROUND(CAST(1.005 AS DOUBLE), 2)", "1.01"),
        ("ROUND(CAST(1.2345 AS FLOAT), 3)", "1.235"),
        ("ROUND(CAST(2.5 AS DOUBLE))", "3.0"),
        ("ROUND(CAST(-2.5 AS DOUBLE))", "-3.0"),
        ("ROUND(CAST(123456789.5 AS DOUBLE), -3)", "1.23457E8"),
        ("ROUND(CAST(1.5 AS DOUBLE), NULL)", "NULL"),
        ("ROUND(CAST(NULL AS DECIMAL(5, 4)), 3)", "NULL"),
        ("ROUND(CAST(9.99 AS DECIMAL(5, 2)), -1)", "10"),
        ("TRUNCATE(CAST(0.46 AS DOUBLE), 1)", "0.4"),
        ("TRUNCATE(CAST(0.46 AS DOUBLE))", "0.0"),
        ("TRUNCATE(-0.1231231321321321111, 3)", "-0.123"),
        ("TRUNCATE(44, -1)", "40"),
        ("TRUNCATE(42, -3)", "0"),
        ("TRUNCATE(123.456, 2)", "123.45"),
        ("TRUNCATE(43.21, CAST(NULL AS INT))", "NULL"),
        ("FLOOR(-1231.1231)", "-1232"),
        ("CEIL(-1231.1231)", "-1231"),
        ("FLOOR(CAST(4.5 AS FLOAT))", "4.0"),
        ("SIGN(-1.50)", "-1.00"),
        ("SIGN(CAST(-0.5 AS FLOAT))", "-1.0"),
        ("ABS(-1.5)", "1.5"),
        ("ABS(NULL)", "NULL"),
    ]);
}

#[test]
fn a_type_follows_from_the_digits() {
    let cases = [
        ("ROUND(CAST(1 AS DECIMAL(10, 5)), 2)", DataType::Decimal128(8, 2)),
        ("ROUND(CAST(1 AS DECIMAL(10, 5)), -1)", DataType::Decimal128(6, 0)),
        ("ROUND(CAST(1 AS DECIMAL(10, 5)), 7)", DataType::Decimal128(10, 5)),
        ("ROUND(CAST(1 AS DECIMAL(10, 5)))", DataType::Decimal128(6, 0)),
        ("ROUND(CAST(1 AS DECIMAL(38, 2)), 1)", DataType::Decimal128(38, 1)),
        ("TRUNCATE(CAST(1 AS DECIMAL(6, 3)), 2)", DataType::Decimal128(6, 2)),
        ("FLOOR(CAST(1 AS DECIMAL(6, 3)))", DataType::Decimal128(6, 0)),
        ("GREATEST(1, CAST(2 AS DECIMAL(12, 2)), CAST(1 AS BIGINT))", DataType::Decimal128(21, 2)),
    ];
    for (call, expected) in cases {
        assert_eq!(Program::constant(&read(call)).unwrap().data_type(), &expected, "{call}");
    }
}

#[test]
fn functions_of_floats_have_the_last_digits_of_java() {
    check(&[
        ("LOG(CAST(4.6 AS DOUBLE))", "1.5260563034950492"),
        ("LOG2(10)", "3.3219280948873626"),
        ("LOG2(CAST(4.6 AS DOUBLE))", "2.2016338611696504"),
        ("LOG(1, 100)", "Infinity"),
        ("LOG(-1)", "NaN"),
        ("LOG(NULL, 1)", "NULL"),
        ("POWER(2, NULL)", "NULL"),
        ("COT(0)", "Infinity"),
        ("ATAN2(0, -1)", "3.141592653589793"),
        ("SQRT(-1)", "NaN"),
    ]);
}

#[test]
fn the_greatest_is_of_the_type_of_all() {
    check(&[
        ("GREATEST(1, NULL, 2)", "NULL"),
        ("GREATEST(1, 2.5)", "2.5"),
        ("LEAST(CAST(1.5 AS DOUBLE), 2)", "1.5"),
        ("LEAST('b', 'ä', 'a')", "a"),
        ("GREATEST(DATE '2026-01-01', DATE '2025-12-31')", "2026-01-01"),
        ("GREATEST(1, 'a')", "error: GREATEST does not take INT, STRING"),
        ("TYPEOF(1)", "INT"),
        ("TYPEOF(`ARRAY`(1))", "ARRAY<INT>"),
        ("TYPEOF(`MAP`('a', 1.5))", "MAP<STRING, DECIMAL(2, 1)>"),
        ("TYPEOF(ROW(1, 'a'))", "ROW<`f0` INT, `f1` STRING>"),
    ]);
}

proptest! {
    /// Against text: a number of at most six digits behind its point is rounded as it is written.
    #[test]
    fn floats_are_rounded_by_their_digits(value in -1_000_000_000_i64..1_000_000_000, digits in 0_usize..7) {
        let written = format!("{}{}.{:06}", if value < 0 { "-" } else { "" }, value.abs() / 1_000_000, value.abs() % 1_000_000);
        let unit = 10_i64.pow(u32::try_from(6 - digits).unwrap());
        let rounded = (value.abs() + unit / 2) / unit * unit;
        let expected = (rounded * value.signum()) as f64 / 1e6;
        let call = format!("ROUND(CAST('{written}' AS DOUBLE), {digits})");
        let found: f64 = value_of(&call).unwrap().unwrap().parse().unwrap();
        prop_assert!((found - expected).abs() < 1e-9, "{call}: {found}, not {expected}");
    }
}
