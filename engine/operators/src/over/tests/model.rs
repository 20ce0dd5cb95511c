//! What functions over rows are, word by word: for each row a look at all others of its partition.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::super::{Bound, Frame, OverFunction, OverSpec, Shift, Unit};
use crate::aggregate::tests::row::{self, Row, Value};
use crate::sort::SortColumn;

/// By key, its rows in order with the results of each.
pub(super) type Results = BTreeMap<Vec<Value>, Vec<(Row, Vec<Value>)>>;

/// The results of all of these rows, which have come in this order.
pub(super) fn over(spec: &OverSpec, rows: &[Row]) -> Results {
    let mut partitions: BTreeMap<Vec<Value>, Vec<Row>> = BTreeMap::new();
    for row in rows {
        partitions.entry(row.key(spec.input.key())).or_default().push(row.clone());
    }
    let of = |rows: Vec<Row>| {
        let partition = Partition::new(spec, rows);
        let results = |row: usize| {
            spec.calls.iter().map(|call| partition.call(row, call.function, call.frame)).collect()
        };
        let all: Vec<Vec<Value>> = (0..partition.rows.len()).map(results).collect();
        partition.rows.into_iter().zip(all).collect()
    };
    partitions.into_iter().map(|(key, rows)| (key, of(rows))).collect()
}

/// The same rows as a batch must have them.
pub(super) fn sorted(spec: &OverSpec, rows: &[Row]) -> Vec<Row> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|one, other| compare(&spec.sorted_by(), one, other));
    sorted
}

fn compare(order: &[SortColumn], one: &Row, other: &Row) -> Ordering {
    let by = |column: &SortColumn| {
        let (one, other) = (one.value(column.column), other.value(column.column));
        let nulls = (one == Value::Null).cmp(&(other == Value::Null));
        let nulls = if column.nulls_first { nulls.reverse() } else { nulls };
        let values = match (&one, &other) {
            (Value::Float(one), Value::Float(other)) => {
                f64::from_bits(*one).total_cmp(&f64::from_bits(*other))
            }
            _ => one.cmp(&other),
        };
        nulls.then(if column.is_descending { values.reverse() } else { values })
    };
    order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

struct Partition<'a> {
    spec: &'a OverSpec,
    rows: Vec<Row>,
}

impl<'a> Partition<'a> {
    fn new(spec: &'a OverSpec, mut rows: Vec<Row>) -> Self {
        rows.sort_by(|one, other| compare(&spec.order, one, other));
        Self { spec, rows }
    }

    fn are_alike(&self, one: usize, other: usize) -> bool {
        compare(&self.spec.order, &self.rows[one], &self.rows[other]).is_eq()
    }

    /// The rows that are sorted before a row, without those that are like it.
    fn before(&self, row: usize) -> usize {
        (0..row).filter(|other| !self.are_alike(*other, row)).count()
    }

    /// The number of its group, from 0.
    fn group(&self, row: usize) -> i64 {
        (1..=row).filter(|row| !self.are_alike(row - 1, *row)).count() as i64
    }

    fn alike(&self, row: usize) -> usize {
        (0..self.rows.len()).filter(|other| self.are_alike(*other, row)).count()
    }

    /// Its place by value, in the direction of the order.
    fn place(&self, row: usize) -> Option<f64> {
        let column = self.spec.order[0];
        let sign = if column.is_descending { -1.0 } else { 1.0 };
        match self.rows[row].value(column.column) {
            Value::Number(number) => Some(number as f64 * sign),
            Value::Float(bits) => Some(f64::from_bits(bits) * sign),
            _ => None,
        }
    }

    /// Whether `other` does not lie before a bound of the frame of `row`, or behind it if `is_end`.
    fn is_within(&self, row: usize, other: usize, (bound, unit): (Bound, Unit), is_end: bool) -> bool {
        let offset = match bound {
            Bound::UnboundedPreceding | Bound::UnboundedFollowing => return true,
            Bound::CurrentRow => 0,
            Bound::Preceding(offset) => -offset,
            Bound::Following(offset) => offset,
        };
        let holds = |other: f64, bound: f64| if is_end { other <= bound } else { other >= bound };
        match unit {
            Unit::Rows => holds(other as f64, row as f64 + offset as f64),
            Unit::Groups => holds(self.group(other) as f64, (self.group(row) + offset) as f64),
            Unit::Range if bound == Bound::CurrentRow => {
                self.are_alike(row, other) || (if is_end { other <= row } else { other >= row })
            }
            Unit::Range => match (self.place(row), self.place(other)) {
                (Some(row), Some(other)) => holds(other, row + offset as f64),
                // Null is no number away from anything but null.
                (None, _) => self.are_alike(row, other) || (if is_end { other <= row } else { other >= row }),
                (Some(_), None) => {
                    if is_end {
                        other < row
                    } else {
                        other > row
                    }
                }
            },
        }
    }

    fn frame(&self, row: usize, frame: Frame) -> Vec<usize> {
        let is_in = |other: &usize| {
            self.is_within(row, *other, (frame.start, frame.unit), false)
                && self.is_within(row, *other, (frame.end, frame.unit), true)
        };
        (0..self.rows.len()).filter(is_in).collect()
    }

    fn call(&self, row: usize, function: OverFunction, frame: Frame) -> Value {
        let count = self.rows.len();
        let number = |number: usize| Value::Number(number as i128);
        let value = |row: Option<usize>, column| row.map_or(Value::Null, |row| self.rows[row].value(column));
        let away = |shift: Shift, offset: i64| {
            let other = usize::try_from(row as i64 + offset).ok().filter(|other| *other < count);
            match (other, shift.default) {
                (None, Some(default)) => self.rows[row].value(default),
                (other, _) => value(other, shift.column),
            }
        };
        match function {
            OverFunction::RowNumber => number(row + 1),
            OverFunction::Rank => number(self.before(row) + 1),
            OverFunction::DenseRank => Value::Number(i128::from(self.group(row)) + 1),
            OverFunction::PercentRank if count == 1 => row::float(0.0),
            OverFunction::PercentRank => row::float(self.before(row) as f64 / (count - 1) as f64),
            OverFunction::CumeDist => row::float((self.before(row) + self.alike(row)) as f64 / count as f64),
            OverFunction::Ntile(parts) => {
                let parts = usize::try_from(parts).unwrap();
                // Deals the rows out one by one, and counts who has how many.
                let sizes: Vec<usize> =
                    (0..parts).map(|part| (0..count).filter(|row| row % parts == part).count()).collect();
                let mut left = row;
                let part =
                    sizes.iter().position(|size| left.checked_sub(*size).map(|rest| left = rest).is_none());
                number(part.unwrap() + 1)
            }
            OverFunction::Lag(shift) => away(shift, -shift.offset),
            OverFunction::Lead(shift) => away(shift, shift.offset),
            OverFunction::FirstValue(column) => value(self.frame(row, frame).first().copied(), column),
            OverFunction::LastValue(column) => value(self.frame(row, frame).last().copied(), column),
            OverFunction::NthValue { column, row: nth } => {
                value(self.frame(row, frame).get(usize::try_from(nth).unwrap() - 1).copied(), column)
            }
            OverFunction::Aggregate(function) => {
                let rows: Vec<&Row> = self.frame(row, frame).into_iter().map(|row| &self.rows[row]).collect();
                row::evaluate(function, &rows)
            }
        }
    }
}
