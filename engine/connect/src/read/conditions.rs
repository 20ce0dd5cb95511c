//! Conditions that rows of files are asked for, so that files and row groups without such rows are not read.
//!
//! A condition is a hint: rows for which it does not hold may come all the same, and whoever wants none filters them. What is
//! left out has no row for which all of the conditions hold, whatever else is asked.

use std::path::Path;

use arrow_array::{Array, ArrayRef, BooleanArray, Datum, Scalar};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_ord::cmp;
use arrow_schema::{ArrowError, DataType, SchemaRef};
use parquet::file::metadata::ParquetMetaData;

use crate::format::{Bounds, parquet_schema, value_in, value_of, with_views};

/// What is asked of a column. Nulls fit none but [`Asked::Null`].
#[derive(Clone, Debug)]
pub enum Asked {
    /// It is one of these values.
    OneOf(ArrayRef),
    /// It is less than the value of this one row, or not greater.
    AtMost(ArrayRef, Bound),
    /// It is greater than the value of this one row, or not less.
    AtLeast(ArrayRef, Bound),
    /// It is null.
    Null,
    /// It is not.
    NotNull,
}

/// Whether a bound lies within what it bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It does.
    Within,
    /// It does not.
    Without,
}

/// A column that was declared, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its place among those that were declared.
    pub column: usize,
    /// What is asked of it.
    pub asked: Asked,
}

/// A row is compared with so many values.
const ROW_VALUES_MAX: usize = 8;

type Mask = Result<BooleanArray, ArrowError>;

impl Condition {
    /// Whether the values that directories of this path name can be what is asked for. `declared` are all columns.
    pub(crate) fn may_hold_in(&self, path: &Path, declared: &SchemaRef, default_partition: &str) -> bool {
        let field = declared.field(self.column);
        let Some(text) = value_in(path, field.name()) else { return true };
        let text = Some(text).filter(|text| text != default_partition);
        // What is no value of the type is told when it is read.
        let Ok(value) = value_of(text.as_deref(), field.data_type()) else { return true };
        self.asked.may_hold(&Bounds::constant(&value)) != [false]
    }

    /// Whether it can be told row by row, and for less than it spares. Of floating point numbers Arrow compares the bits.
    pub(crate) fn tells_rows(&self, data_type: &DataType) -> bool {
        let is_short = !matches!(&self.asked, Asked::OneOf(values) if values.len() > ROW_VALUES_MAX);
        is_short && !data_type.is_floating() && !data_type.is_nested()
    }

    /// For which values of its column it holds.
    pub(crate) fn holds_of(&self, column: &ArrayRef) -> Result<BooleanBuffer, ArrowError> {
        let compared = |mask: Mask| {
            let (values, nulls) = mask?.into_parts();
            Ok(match nulls {
                Some(nulls) => &values & nulls.inner(),
                None => values,
            })
        };
        match &self.asked {
            Asked::Null => Ok(column
                .logical_nulls()
                .map_or_else(|| BooleanBuffer::new_unset(column.len()), |nulls| !nulls.inner())),
            Asked::NotNull => Ok(column
                .logical_nulls()
                .map_or_else(|| BooleanBuffer::new_set(column.len()), NullBuffer::into_inner)),
            Asked::AtMost(value, Bound::Within) => compared(cmp::lt_eq(column, &scalar(value))),
            Asked::AtMost(value, Bound::Without) => compared(cmp::lt(column, &scalar(value))),
            Asked::AtLeast(value, Bound::Within) => compared(cmp::gt_eq(column, &scalar(value))),
            Asked::AtLeast(value, Bound::Without) => compared(cmp::gt(column, &scalar(value))),
            Asked::OneOf(values) => {
                let mut any = BooleanBuffer::new_unset(column.len());
                for row in 0..values.len() {
                    any = &any | &compared(cmp::eq(column, &scalar(&values.slice(row, 1))))?;
                }
                Ok(any)
            }
        }
    }

    /// Which row groups of a file can have such rows, if its column of this name is of this type.
    fn of_groups(&self, metadata: &ParquetMetaData, name: &str, data_type: &DataType) -> Option<Vec<bool>> {
        let schema = with_views(&parquet_schema(metadata).ok()?);
        let bounds = Bounds::of(metadata, &schema, name)?;
        // A value that is cast has other bounds.
        (bounds.data_type() == data_type).then(|| self.asked.may_hold(&bounds))
    }
}

/// Which row groups of a file can have rows for which all of the conditions hold.
pub(crate) fn groups_of<'a>(
    conditions: impl IntoIterator<Item = &'a Condition>,
    metadata: &ParquetMetaData,
    declared: &SchemaRef,
) -> Vec<bool> {
    let mut all = vec![true; metadata.num_row_groups()];
    for condition in conditions {
        let field = declared.field(condition.column);
        let groups = condition.of_groups(metadata, field.name(), field.data_type());
        for (all, may_hold) in all.iter_mut().zip(groups.into_iter().flatten()) {
            *all &= may_hold;
        }
    }
    all
}

impl Asked {
    /// For each row of bounds, whether a value between them can be what is asked for.
    fn may_hold(&self, bounds: &Bounds) -> Vec<bool> {
        let groups = bounds.rows.len();
        let nulls = |group: usize| bounds.nulls.is_valid(group).then(|| bounds.nulls.value(group));
        let has_values = |group: usize| nulls(group).is_none_or(|nulls| nulls < bounds.rows[group]);
        match self {
            Self::Null => (0..groups).map(|group| nulls(group) != Some(0)).collect(),
            Self::NotNull => (0..groups).map(has_values).collect(),
            compared => {
                // What cannot be compared is not left out.
                let fits = compared.fits(bounds).ok();
                let fits =
                    |group: usize| fits.as_ref().is_none_or(|fits| fits.is_null(group) || fits.value(group));
                (0..groups).map(|group| has_values(group) && fits(group)).collect()
            }
        }
    }

    /// Null where nothing is known.
    fn fits(&self, bounds: &Bounds) -> Mask {
        match self {
            Self::AtMost(value, Bound::Within) => cmp::lt_eq(&bounds.least, &scalar(value)),
            Self::AtMost(value, Bound::Without) => cmp::lt(&bounds.least, &scalar(value)),
            Self::AtLeast(value, Bound::Within) => cmp::gt_eq(&bounds.greatest, &scalar(value)),
            Self::AtLeast(value, Bound::Without) => cmp::gt(&bounds.greatest, &scalar(value)),
            Self::OneOf(values) => {
                let mut any: BooleanArray = vec![false; bounds.rows.len()].into();
                for row in 0..values.len() {
                    let value = values.slice(row, 1);
                    let above = cmp::lt_eq(&bounds.least, &scalar(&value))?;
                    let below = cmp::gt_eq(&bounds.greatest, &scalar(&value))?;
                    any = either(&any, &above, &below);
                }
                Ok(any)
            }
            Self::Null | Self::NotNull => unreachable!("no value is compared"),
        }
    }
}

fn scalar(value: &ArrayRef) -> impl Datum {
    Scalar::new(value.clone())
}

/// Whether one is true or both of the others are not false.
fn either(one: &BooleanArray, above: &BooleanArray, below: &BooleanArray) -> BooleanArray {
    let truth = |mask: &BooleanArray, row: usize| mask.is_null(row) || mask.value(row);
    (0..one.len()).map(|row| Some(one.value(row) || truth(above, row) && truth(below, row))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray, StringViewArray};
    use arrow_array::{RecordBatch, TimestampMillisecondArray};
    use arrow_schema::{Field, Schema};
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::ParquetMetaDataReader;
    use parquet::file::properties::WriterProperties;
    use proptest::prelude::*;

    use super::*;

    /// A file with a row group for each of these columns.
    fn file(groups: &[ArrayRef]) -> (ParquetMetaData, SchemaRef) {
        let schema = Arc::new(Schema::new(vec![Field::new("c", groups[0].data_type().clone(), true)]));
        let properties = WriterProperties::builder().set_statistics_truncate_length(Some(4)).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).unwrap();
        for group in groups {
            writer.write(&RecordBatch::try_new(schema.clone(), vec![group.clone()]).unwrap()).unwrap();
            writer.flush().unwrap();
        }
        let bytes = Bytes::from(writer.into_inner().unwrap());
        (ParquetMetaDataReader::new().parse_and_finish(&bytes).unwrap(), with_views(&schema))
    }

    fn kept(groups: &[ArrayRef], asked: Asked) -> Vec<bool> {
        let (metadata, declared) = file(groups);
        groups_of(&[Condition { column: 0, asked }], &metadata, &declared)
    }

    fn numbers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
        Arc::new(values.into_iter().collect::<Int64Array>())
    }

    #[test]
    fn groups_are_left_out_that_have_no_such_value() {
        let groups = [numbers([Some(1), Some(5)]), numbers([Some(5), None]), numbers([None, None])];
        let five = || numbers([Some(5)]);
        for (asked, expected) in [
            (Asked::OneOf(five()), [true, true, false]),
            (Asked::OneOf(numbers([Some(0), Some(3)])), [true, false, false]),
            (Asked::AtMost(five(), Bound::Without), [true, false, false]),
            (Asked::AtMost(five(), Bound::Within), [true, true, false]),
            (Asked::AtLeast(five(), Bound::Within), [true, true, false]),
            (Asked::AtLeast(five(), Bound::Without), [false, false, false]),
            (Asked::Null, [false, true, true]),
            (Asked::NotNull, [true, true, false]),
        ] {
            assert_eq!(kept(&groups, asked.clone()), expected, "{asked:?}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_never_left_out() {
        let ratios = |values: Vec<f64>| Arc::new(Float64Array::from(values)) as ArrayRef;
        let groups = [ratios(vec![1.0, f64::NAN]), ratios(vec![2.0])];
        assert_eq!(kept(&groups, Asked::AtLeast(ratios(vec![9.0]), Bound::Within)), [true, true]);
    }

    #[test]
    fn bounds_of_long_texts_are_cut_and_bound_them_still() {
        let words = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
        let asked = |value: &str| Arc::new(StringViewArray::from(vec![value])) as ArrayRef;
        let groups = [words(vec!["abcdefg"]), words(vec!["abcd", "b"]), words(vec!["zz"])];
        assert_eq!(kept(&groups, Asked::OneOf(asked("abcdefg"))), [true, true, false]);
        assert_eq!(kept(&groups, Asked::AtLeast(asked("abcdz"), Bound::Within)), [true, true, true]);
        assert_eq!(kept(&groups, Asked::AtMost(asked("abcd"), Bound::Within)), [true, true, false]);
    }

    #[test]
    fn days_times_and_decimals_have_bounds() {
        let days = |day: i32| Arc::new(Date32Array::from(vec![day])) as ArrayRef;
        assert_eq!(kept(&[days(1), days(2)], Asked::OneOf(days(2))), [false, true]);
        let time = |ms: i64| Arc::new(TimestampMillisecondArray::from(vec![ms])) as ArrayRef;
        assert_eq!(kept(&[time(1), time(2)], Asked::AtMost(time(2), Bound::Without)), [true, false]);
        for precision in [9, 18, 38] {
            let price = |cents: i128| {
                let price = Decimal128Array::from(vec![cents]).with_precision_and_scale(precision, 2);
                Arc::new(price.unwrap()) as ArrayRef
            };
            let asked = Asked::AtLeast(price(-5), Bound::Within);
            assert_eq!(kept(&[price(-600), price(-5), price(100)], asked), [false, true, true]);
        }
    }

    #[test]
    fn a_value_of_another_type_leaves_nothing_out() {
        let asked = Asked::OneOf(Arc::new(Date32Array::from(vec![9])));
        assert_eq!(kept(&[numbers([Some(1)])], asked), [true]);
        let (metadata, _) = file(&[numbers([Some(1)])]);
        let declared: SchemaRef = Arc::new(Schema::new(vec![Field::new("c", DataType::Int32, true)]));
        let asked = Asked::OneOf(Arc::new(arrow_array::Int32Array::from(vec![9])));
        assert_eq!(groups_of(&[Condition { column: 0, asked }], &metadata, &declared), [true]);
    }

    #[test]
    fn directories_say_what_their_files_have() {
        let declared: SchemaRef = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        let may_hold = |path: &str, asked: Asked| {
            Condition { column: 0, asked }.may_hold_in(Path::new(path), &declared, "none")
        };
        let seven = || Asked::OneOf(numbers([Some(7)]));
        assert!(may_hold("t/n=7/a.csv", seven()));
        assert!(!may_hold("t/n=8/a.csv", seven()));
        assert!(!may_hold("t/n=none/a.csv", seven()), "null is not 7");
        assert!(may_hold("t/n=none/a.csv", Asked::Null) && !may_hold("t/n=7/a.csv", Asked::Null));
        assert!(may_hold("t/n=x/a.csv", seven()), "that is told when it is read");
        assert!(may_hold("t/a.csv", seven()));
    }

    /// Whether a row is what is asked for.
    type Holds = Box<dyn Fn(Option<i64>) -> bool>;

    proptest! {
        /// What is left out has no row that is asked for.
        #[test]
        fn no_row_is_lost(
            groups in prop::collection::vec(
                prop::collection::vec(prop::option::of(-4_i64..4), 1..5), 1..5),
            value in -5_i64..5,
            other in -5_i64..5,
            kind in 0..7,
        ) {
            let asked_value = numbers([Some(value)]);
            let (asked, holds): (Asked, Holds) = match kind {
                0 => (Asked::OneOf(numbers([Some(value), Some(other)])),
                    Box::new(move |row| row == Some(value) || row == Some(other))),
                1 => (Asked::AtMost(asked_value, Bound::Within),
                    Box::new(move |row| row.is_some_and(|row| row <= value))),
                2 => (Asked::AtMost(asked_value, Bound::Without),
                    Box::new(move |row| row.is_some_and(|row| row < value))),
                3 => (Asked::AtLeast(asked_value, Bound::Within),
                    Box::new(move |row| row.is_some_and(|row| row >= value))),
                4 => (Asked::AtLeast(asked_value, Bound::Without),
                    Box::new(move |row| row.is_some_and(|row| row > value))),
                5 => (Asked::Null, Box::new(|row| row.is_none())),
                _ => (Asked::NotNull, Box::new(|row| row.is_some())),
            };
            let columns: Vec<ArrayRef> = groups.iter().map(|group| numbers(group.iter().copied())).collect();
            let condition = Condition { column: 0, asked: asked.clone() };
            for (group, column) in groups.iter().zip(&columns) {
                let told = condition.holds_of(column).unwrap();
                let told: Vec<bool> = told.iter().collect();
                prop_assert_eq!(told, group.iter().map(|row| holds(*row)).collect::<Vec<_>>());
            }
            for (group, is_kept) in groups.iter().zip(kept(&columns, asked)) {
                let has_row = group.iter().any(|row| holds(*row));
                prop_assert!(is_kept || !has_row);
            }
        }
    }
}
