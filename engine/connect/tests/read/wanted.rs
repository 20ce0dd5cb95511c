//! Rows of Parquet that nobody wants: some are left out, and none that somebody wants.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::Schema;
use connect::read::{Asked, Bound, Condition, FileSourceSpec};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::rig::Rig;

const ROWS: i64 = 6_000;

/// Numbers, what is left of them when they are divided by 7 (null for 0), and texts.
fn rows() -> RecordBatch {
    let numbers = || 0..ROWS;
    RecordBatch::try_from_iter([
        ("n", Arc::new(numbers().collect::<Int64Array>()) as ArrayRef),
        ("rest", Arc::new(numbers().map(|n| (n % 7 != 0).then_some(n % 7)).collect::<Int64Array>())),
        ("word", Arc::new(numbers().map(|n| Some(format!("word {n}"))).collect::<StringArray>())),
    ])
    .unwrap()
}

/// A table of twenty row groups.
fn table(rig: &Rig) -> FileSourceSpec {
    let rows = rows();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(300)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    let path = rig.file("rows.parquet", writer.into_inner().unwrap());
    let columns: &Schema = &rows.schema();
    FileSourceSpec::parquet([path], columns)
}

fn number(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

/// The numbers that are read.
fn read(rig: &Rig, spec: FileSourceSpec) -> Vec<i64> {
    let schema = spec.schema();
    let place = schema.index_of("n").unwrap();
    let rows = rig.read(spec).rows(&schema);
    if let Some((_, word)) = schema.column_with_name("word") {
        let words = rows.column_by_name(word.name()).unwrap().as_string_view();
        let numbers = rows.column(place).as_primitive::<Int64Type>().values();
        assert!(
            words.iter().zip(numbers).all(|(word, n)| word == Some(&format!("word {n}"))),
            "rows stay rows"
        );
    }
    rows.column(place).as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn rows_for_which_conditions_do_not_hold_are_left_out() {
    let rig = Rig::start();
    let of_rest = |asked: Asked| Condition { column: 1, asked };
    let one_of: ArrayRef = Arc::new(Int64Array::from(vec![2, 5]));
    let conditions = [
        (vec![of_rest(Asked::OneOf(number(3)))], Box::new(|n: i64| n % 7 == 3) as Box<dyn Fn(i64) -> bool>),
        (vec![of_rest(Asked::OneOf(one_of))], Box::new(|n: i64| n % 7 == 2 || n % 7 == 5)),
        (vec![of_rest(Asked::Null)], Box::new(|n: i64| n % 7 == 0)),
        (vec![of_rest(Asked::AtMost(number(2), Bound::Without))], Box::new(|n: i64| n % 7 == 1)),
        (
            vec![
                of_rest(Asked::AtLeast(number(3), Bound::Within)),
                of_rest(Asked::AtMost(number(5), Bound::Without)),
            ],
            Box::new(|n: i64| n % 7 == 3 || n % 7 == 4),
        ),
    ];
    for (conditions, holds) in conditions {
        let expected: Vec<i64> = (0..ROWS).filter(|n| holds(*n)).collect();
        for columns in [vec![0, 1, 2], vec![2, 0], vec![0]] {
            for batch_rows in [7, 8192] {
                let spec = table(&rig)
                    .conditions(conditions.clone())
                    .project(columns.clone())
                    .batch_rows(batch_rows);
                assert_eq!(read(&rig, spec.clone().by_row()), expected, "{conditions:?} {columns:?}");
                assert_eq!(read(&rig, spec), (0..ROWS).collect::<Vec<_>>(), "whole row groups only");
            }
        }
    }
}

#[test]
fn what_leaves_most_rows_does_not_lose_any() {
    let rig = Rig::start();
    // Of the first row group all rows are wanted, and of the others fewer and fewer: whether they are left out is our affair.
    let asked = |value: i64| Condition { column: 0, asked: Asked::AtMost(number(value), Bound::Within) };
    for value in [299, 449, 3_010, ROWS] {
        let spec = table(&rig).conditions([asked(value)]).by_row();
        let found: Vec<i64> = read(&rig, spec).into_iter().filter(|n| *n <= value).collect();
        assert_eq!(found, (0..=value.min(ROWS - 1)).collect::<Vec<_>>());
    }
}
