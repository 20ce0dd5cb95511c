//! Promises of errors: each names the column, what it is, what was declared, and the way out, in one line.

use std::sync::Arc;

use arrow_array::*;
use arrow_schema::{DataType, Schema};
use record::{Bytes, Mismatch, Record, RecordReader, Timestamp, batch_of, positions_of, rows_of, schema_of};

use crate::rows::*;

/// Reads a batch of one type as rows of another.
fn refused<From: Record, To: Record>(rows: impl IntoIterator<Item = From>) -> String {
    match rows_of::<To>(&batch_of(rows)) {
        Ok(_) => panic!("it was read"),
        Err(mismatch) => mismatch.to_string(),
    }
}

#[test]
fn a_column_of_another_type_is_refused_with_the_type_to_declare() {
    for (refused, expect) in [
        (
            refused::<i32, i64>([1]),
            "column `value` is Int32, and i64 needs Int64; declare it as i32, or cast the column first",
        ),
        (
            refused::<i64, u64>([1]),
            "column `value` is Int64, and u64 needs UInt64; declare it as i64, or cast the column first",
        ),
        (
            refused::<f64, Option<f32>>([1.0]),
            "column `value` is Float64, and f32 needs Float32; declare it as f64, or cast the column first",
        ),
        (
            refused::<String, Bytes>(["a".into()]),
            "column `value` is Utf8View, and Bytes needs BinaryView; declare it as String, or cast the column first",
        ),
        (
            refused::<bool, String>([true]),
            "column `value` is Boolean, and String needs Utf8View; declare it as bool, or cast the column first",
        ),
        (
            refused::<i64, Timestamp>([1]),
            "column `value` is Int64, and Timestamp needs Timestamp(ms); declare it as i64, or cast the column first",
        ),
        (
            refused::<Timestamp, i64>([Timestamp(1)]),
            "column `value` is Timestamp(ms), and i64 needs Int64; declare it as Timestamp, or cast the column first",
        ),
        (
            refused::<Vec<Option<u8>>, Bytes>([vec![]]),
            "column `value` is List(UInt8), and Bytes needs BinaryView; declare it as Vec<Option<u8>>, or cast the column first",
        ),
        (
            refused::<i64, Vec<Option<Timestamp>>>([1]),
            "column `value` is Int64, and Vec<Option<Timestamp>> needs List(Timestamp(ms)); declare it as i64, or cast the column first",
        ),
        (
            refused::<(u8,), Vec<u8>>([(1,)]),
            "column `f0` is UInt8, and Vec<u8> needs List(non-null UInt8); declare it as u8, or cast the column first",
        ),
        (
            refused::<(Tick,), (u8,)>([(Tick,)]),
            "column `f0` is Struct(), and u8 needs UInt8; declare it as a struct with #[derive(Record)], or cast the column first",
        ),
        (
            refused::<(u8,), (Option<(i8, String)>,)>([(1,)]),
            "column `f0` is UInt8, and (i8, String) needs Struct(\"f0\": non-null Int8, \"f1\": non-null Utf8View); declare it as u8, or cast the column first",
        ),
    ] {
        assert_eq!(refused, expect);
    }
}

#[test]
fn a_column_for_which_there_is_no_type_is_to_be_cast() {
    let batch =
        RecordBatch::try_from_iter([("day", Arc::new(Date32Array::from(vec![1])) as ArrayRef)]).unwrap();
    assert_eq!(
        rows_of::<Timestamp>(&batch).unwrap_err().to_string(),
        "column `day` is Date32, and Timestamp needs Timestamp(ms); no type of Rust is for such a column: cast it first"
    );
}

#[test]
fn nulls_are_refused_where_no_option_was_declared() {
    assert_eq!(
        refused::<Option<i64>, i64>([Some(1), None, None]),
        "column `value` has 2 nulls, and i64 has none; declare it as Option<i64>, or fill the nulls first"
    );
    assert_eq!(
        refused::<(Option<String>,), (String,)>([(None,)]),
        "column `f0` has 1 null, and String has none; declare it as Option<String>, or fill the nulls first"
    );
    assert_eq!(
        refused::<(Option<Vec<u8>>,), (Vec<u8>,)>([(None,)]),
        "column `f0` has 1 null, and Vec<u8> has none; declare it as Option<Vec<u8>>, or fill the nulls first"
    );
    assert_eq!(
        refused::<(u8, Option<Place>), (u8, Place)>([(1, None)]),
        "column `f1` has 1 null, and Place has none; declare it as Option<Place>, or fill the nulls first"
    );
    for refused in [
        refused::<Option<bool>, bool>([None]),
        refused::<Option<Bytes>, Bytes>([None]),
        refused::<Option<Timestamp>, Timestamp>([None]),
    ] {
        assert!(refused.starts_with("column `value` has 1 null, and "), "{refused}");
    }
}

#[test]
fn a_column_is_named_as_the_batch_names_it() {
    let batch = record_batch!(("word", Utf8, [Some("a")]), ("count", Int64, [None])).unwrap();
    assert_eq!(
        rows_of::<(String, i64)>(&batch).unwrap_err().to_string(),
        "column `count` has 1 null, and i64 has none; declare it as Option<i64>, or fill the nulls first"
    );
    let structs: ArrayRef = Arc::new(StructArray::from(batch));
    let batch = RecordBatch::try_from_iter([("words", structs)]).unwrap();
    assert_eq!(
        rows_of::<(Point,)>(&batch).unwrap_err().to_string(),
        "column `words.word` is Utf8, and f32 needs Float32; declare it as String, or cast the column first"
    );
}

#[test]
fn a_column_within_columns_is_named_with_its_path() {
    #[derive(Record, Clone)]
    struct Outer {
        places: Vec<Option<Found>>,
    }
    #[derive(Record, Clone)]
    struct Found {
        city: String,
        zip: i64,
        visits: Vec<Timestamp>,
    }
    #[derive(Record, Clone)]
    struct Held {
        places: Vec<Option<Place>>,
    }
    let found =
        |zip| Held { places: vec![None, Some(Place { city: String::new(), zip, visits: vec![None] })] };
    assert_eq!(
        refused::<Held, Outer>([found(Some(1))]),
        "column `places.item.zip` is Int32, and i64 needs Int64; declare it as i32, or cast the column first"
    );
    assert_eq!(
        refused::<Vec<Option<i8>>, Vec<i8>>([vec![None]]),
        "column `value.item` has 1 null, and i8 has none; declare it as Option<i8>, or fill the nulls first"
    );
}

#[test]
fn a_name_that_is_not_there_is_told_with_those_that_are() {
    #[derive(Record, Clone)]
    struct Visit {
        inner: Town,
    }
    #[derive(Record, Clone)]
    struct Town {
        town: String,
    }
    let expect = "column `town` is missing among f0, f1; rename the field with #[record(rename = \"…\")], or add the column";
    assert_eq!(refused::<(u8, u8), Town>([(1, 2)]), expect);
    assert_eq!(
        refused::<(), Town>([()]),
        "column `town` is missing among no columns; rename the field with #[record(rename = \"…\")], or add the column"
    );
    #[derive(Record, Clone)]
    struct Other {
        inner: (u8, u8),
    }
    assert_eq!(refused::<Other, Visit>([Other { inner: (1, 2) }]), expect.replace("`town`", "`inner.town`"));
}

#[test]
fn too_few_columns_are_counted() {
    assert_eq!(
        refused::<i64, (i64, String)>([1]),
        "the batch has 1 column, and (i64, String) has 2; declare a row of fewer columns, or add some"
    );
    assert_eq!(
        refused::<(i8, (i64, i8)), (i8, (i64, i8, i8))>([(1, (2, 3))]),
        "column `f1` has 2 columns, and (i64, i8, i8) has 3; declare a row of fewer columns, or add some"
    );
    assert_eq!(
        refused::<(), i8>([()]),
        "the batch has 0 columns, and i8 has 1; declare a row of fewer columns, or add some"
    );
    let reader = <(i64, String) as Record>::Reader::open(batch_of([1i64]).columns());
    assert!(matches!(reader, Err(Mismatch::Count { found: 1, expected: 2, .. })));
}

#[test]
fn a_time_beyond_all_milliseconds_is_refused_if_it_is_there() {
    let seconds = |value| {
        let column: ArrayRef = Arc::new(TimestampSecondArray::from(vec![value, Some(1)]));
        RecordBatch::try_from_iter_with_nullable([("at", column, true)]).unwrap()
    };
    assert_eq!(
        rows_of::<(Timestamp,)>(&seconds(Some(i64::MAX))).unwrap_err().to_string(),
        "column `at` has the time 9223372036854775807 in seconds, which no number of milliseconds says; \
         correct it, or cast the column to Int64 first"
    );
    let absent = TimestampSecondArray::new(vec![i64::MAX].into(), Some(vec![false].into()));
    let batch = RecordBatch::try_from_iter([("at", Arc::new(absent) as ArrayRef)]).unwrap();
    assert_eq!(rows_of::<Option<Timestamp>>(&batch).unwrap(), [None]);
}

#[test]
fn types_are_checked_before_there_are_rows() {
    let mismatch: Mismatch = positions_of::<Place>(&schema_of::<(u8,)>()).unwrap_err();
    assert!(matches!(&mismatch, Mismatch::Missing { column, .. } if column == "city"), "{mismatch}");
    let mut fields = Place::fields().to_vec();
    fields[1] = Arc::new(arrow_schema::Field::new("zip", DataType::Int64, true));
    assert_eq!(
        positions_of::<Place>(&Schema::new(fields)).unwrap_err().to_string(),
        "column `zip` is Int64, and i32 needs Int32; declare it as i64, or cast the column first"
    );
}
