//! Distances in every type that has some.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array, Int64Array,
    TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_schema::DataType;

use super::super::Bound;
use super::super::distance::{Distances, has_distances};
use super::super::stretch::{Groups, Part};

const DAY: i64 = 86_400_000;

/// Where the frames of rows sorted by this column begin, and where they end. Rows alike are told by these groups.
fn check(
    column: ArrayRef,
    is_descending: bool,
    (from, to): (Bound, Bound),
    groups: &[u8],
    expected: &[(usize, usize)],
) {
    let part = Part::whole(0, column.len());
    let groups = Groups::new(&[part], |row| groups[row - 1] == groups[row]);
    let distances = Distances::of(&column, is_descending);
    let [mut starts, mut ends] = [Vec::new(), Vec::new()];
    distances.append((from, false), part, &groups, &mut starts);
    distances.append((to, true), part, &groups, &mut ends);
    let found: Vec<_> = starts.into_iter().zip(ends).collect();
    assert_eq!(found, expected, "{column:?}");
}

fn around(steps: i64) -> (Bound, Bound) {
    (Bound::Preceding(steps), Bound::Following(steps))
}

#[test]
fn numbers_and_times_of_all_kinds() {
    let columns: [(ArrayRef, i64); 6] = [
        (Arc::new(Int8Array::from(vec![-128, -127, 5, 127])), 1),
        (Arc::new(UInt64Array::from(vec![0, 1, 9, u64::MAX])), 1),
        (Arc::new(Date32Array::from(vec![-1, 0, 30, 31_000])), DAY),
        (Arc::new(TimestampSecondArray::from(vec![-1, 0, 30, 31_000])), 1_000),
        (Arc::new(TimestampMicrosecondArray::from(vec![0, 1_000, 3_001, 9_000])), 1),
        (Arc::new(Float32Array::from(vec![-0.5, 0.5, 2.0, 1e30])), 1),
    ];
    for (column, step) in columns {
        check(column, false, around(step), &[0, 1, 2, 3], &[(0, 2), (0, 2), (2, 3), (3, 4)]);
    }
    let cents = Decimal128Array::from(vec![100, 199, 200, 301]).with_precision_and_scale(9, 2).unwrap();
    check(Arc::new(cents), false, around(1), &[0, 1, 2, 3], &[(0, 3), (0, 3), (0, 3), (3, 4)]);
    let hundreds = Decimal128Array::from(vec![1, 2, 4]).with_precision_and_scale(9, -2).unwrap();
    check(Arc::new(hundreds), false, around(100), &[0, 1, 2], &[(0, 2), (0, 2), (2, 3)]);
    let down: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX, 7, 6, i64::MIN]));
    check(down, true, around(1), &[0, 1, 2, 3], &[(0, 1), (1, 3), (1, 3), (3, 4)]);
    assert!(!has_distances(&DataType::Utf8View) && !has_distances(&DataType::Boolean));
}

#[test]
fn null_and_nan_are_no_number_away_from_anything_but_their_like() {
    let column =
        vec![None, None, Some(f64::NEG_INFINITY), Some(0.0), Some(1.0), Some(f64::INFINITY), Some(f64::NAN)];
    let column: ArrayRef = Arc::new(Float64Array::from(column));
    let groups = [0, 0, 1, 2, 3, 4, 5];
    let expected = [(0, 2), (0, 2), (2, 3), (3, 5), (3, 5), (5, 6), (6, 7)];
    check(column, false, around(1), &groups, &expected);
}
