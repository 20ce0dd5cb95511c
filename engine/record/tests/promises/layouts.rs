//! Promises of readers: columns that say the same in another layout, as files bring them, are read too.

use std::sync::Arc;

use arrow_array::*;
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields};
use proptest::prelude::*;
use record::{Bytes, Mismatch, Record, RecordReader, Timestamp, Value, ValueReader, positions_of, rows_of};

use crate::rows::{Place, Point};

const LONG: &str = "a text too long for a view to hold";

fn read<T: Value>(column: impl Array + 'static) -> Result<Vec<T>, Mismatch> {
    let column: ArrayRef = Arc::new(column);
    let reader = T::Reader::open(&column)?;
    Ok((0..column.len()).map(|row| reader.get(row)).collect())
}

fn field(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

#[test]
fn texts_are_read_from_every_layout() {
    let texts = vec![Some("a"), None, Some(""), Some(LONG)];
    let expect: Vec<_> = texts.iter().map(|text| text.map(String::from)).collect();
    assert_eq!(read::<Option<String>>(StringArray::from(texts.clone())).unwrap(), expect);
    assert_eq!(read::<Option<String>>(LargeStringArray::from(texts.clone())).unwrap(), expect);
    assert_eq!(read::<Option<String>>(StringViewArray::from(texts.clone())).unwrap(), expect);
    assert_eq!(read::<Option<String>>(StringArray::from(texts).slice(1, 3)).unwrap(), expect[1..]);
}

#[test]
fn bytes_are_read_from_every_layout() {
    let bytes: Vec<Option<&[u8]>> = vec![Some(&[1, 2]), None, Some(LONG.as_bytes())];
    let expect: Vec<_> = bytes.iter().map(|bytes| bytes.map(|bytes| Bytes(bytes.to_vec()))).collect();
    assert_eq!(read::<Option<Bytes>>(BinaryArray::from(bytes.clone())).unwrap(), expect);
    assert_eq!(read::<Option<Bytes>>(LargeBinaryArray::from(bytes.clone())).unwrap(), expect);
    assert_eq!(read::<Option<Bytes>>(BinaryViewArray::from_iter(bytes)).unwrap(), expect);
}

#[test]
fn timestamps_are_read_from_every_unit_and_zone() {
    let expect = [Some(Timestamp(-2000)), None, Some(Timestamp(3000))];
    let at = |per_second: i64| vec![Some(-2 * per_second), None, Some(3 * per_second)];
    type Times = Option<Timestamp>;
    assert_eq!(read::<Times>(TimestampSecondArray::from(at(1))).unwrap(), expect);
    assert_eq!(read::<Times>(TimestampMillisecondArray::from(at(1000))).unwrap(), expect);
    assert_eq!(read::<Times>(TimestampMicrosecondArray::from(at(1_000_000))).unwrap(), expect);
    assert_eq!(read::<Times>(TimestampNanosecondArray::from(at(1_000_000_000))).unwrap(), expect);
    let zoned = TimestampMicrosecondArray::from(at(1_000_000)).with_timezone("+02:00");
    assert_eq!(read::<Times>(zoned.clone()).unwrap(), expect);
    assert_eq!(read::<Times>(zoned.slice(1, 2)).unwrap(), expect[1..]);
    let zoned = TimestampMillisecondArray::from(vec![7]).with_timezone("Europe/Berlin");
    assert_eq!(read::<Timestamp>(zoned).unwrap(), [Timestamp(7)]);
}

proptest! {
    #[test]
    fn finer_times_are_rounded_down(value: i64) {
        let millis = read::<Timestamp>(TimestampNanosecondArray::from(vec![value])).unwrap()[0].millis();
        let nanos = i128::from(millis) * 1_000_000;
        prop_assert!(nanos <= i128::from(value) && i128::from(value) < nanos + 1_000_000);
    }
}

#[test]
fn a_column_of_nothing_is_read_as_absent_values() {
    assert_eq!(read::<Option<i64>>(NullArray::new(2)).unwrap(), [None, None]);
    assert_eq!(read::<Option<Place>>(NullArray::new(1)).unwrap(), [None]);
    let mismatch = read::<i64>(NullArray::new(2)).unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        "the column is Null, and i64 needs Int64; no type of Rust is for such a column: cast it first"
    );
}

#[test]
fn a_column_that_may_have_nulls_and_has_none_is_read_as_values() {
    let bitmap = Some(NullBuffer::new_valid(2));
    assert_eq!(read::<i32>(Int32Array::new(vec![1, 2].into(), bitmap)).unwrap(), [1, 2]);
    assert_eq!(read::<i32>(Int32Array::from(vec![None, Some(2)]).slice(1, 1)).unwrap(), [2]);
}

#[test]
fn what_stands_in_an_absent_struct_does_not_matter() {
    let fields = Fields::from(vec![field("f0", DataType::Int32), field("f1", DataType::Utf8)]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(vec![Some(1), None, Some(3)])),
        Arc::new(StringArray::from(vec![Some("a"), None, None])),
    ];
    let nulls = NullBuffer::from(vec![true, false, false]);
    let structs = StructArray::new(fields.clone(), columns.clone(), Some(nulls));
    let read_pairs = read::<Option<(i32, String)>>(structs).unwrap();
    assert_eq!(read_pairs, [Some((1, "a".into())), None, None]);

    let nulls = NullBuffer::from(vec![true, false, true]);
    let mismatch = read::<Option<(i32, String)>>(StructArray::new(fields, columns, Some(nulls))).unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        "column `f1` has 1 null, and String has none; declare it as Option<String>, or fill the nulls first"
    );
}

#[test]
fn what_stands_in_an_absent_list_does_not_matter() {
    let items = Int64Array::from(vec![Some(1), None, Some(3), None]);
    let list = |valid: [bool; 3]| {
        ListArray::new(
            Arc::new(field("element", DataType::Int64)),
            OffsetBuffer::new(vec![0, 1, 3, 3].into()),
            Arc::new(items.clone()),
            Some(NullBuffer::from(valid.to_vec())),
        )
    };
    // The second list, with the null in it, is absent; the last item is in no list.
    let lists = read::<Option<Vec<i64>>>(list([true, false, true])).unwrap();
    assert_eq!(lists, [Some(vec![1]), None, Some(vec![])]);
    let mismatch = read::<Option<Vec<i64>>>(list([true, true, false])).unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        "column `item` has 1 null, and i64 has none; declare it as Option<i64>, or fill the nulls first"
    );
    assert_eq!(read::<Option<Vec<i64>>>(list([true, true, true]).slice(2, 1)).unwrap(), [Some(vec![])]);
}

#[test]
fn a_struct_finds_its_columns_by_name_wherever_they_are() {
    let batch =
        record_batch!(("zip", Int32, [53111]), ("country", Utf8, ["DE"]), ("city", Utf8, ["Bonn"])).unwrap();
    let mut columns = batch.columns().to_vec();
    let mut fields = batch.schema().fields().to_vec();
    let visits = record::batch_of([vec![None::<Timestamp>]]).column(0).clone();
    fields.insert(0, Arc::new(field("visits", visits.data_type().clone())));
    columns.insert(0, visits);
    let batch = StructArray::new(fields.into(), columns, None);
    let bonn = [Place { city: "Bonn".into(), zip: Some(53111), visits: vec![None] }];

    assert_eq!(positions_of::<Place>(&RecordBatch::from(batch.clone()).schema()).unwrap(), [3, 1, 0]);
    assert_eq!(rows_of::<Place>(&batch.clone().into()).unwrap(), bonn);
    assert_eq!(read::<Place>(batch).unwrap(), bonn);
}

#[test]
fn a_row_without_names_takes_the_first_columns() {
    let batch = record_batch!(("word", Utf8, ["a"]), ("count", Int64, [1]), ("more", Int64, [2])).unwrap();
    assert_eq!(rows_of::<String>(&batch).unwrap(), ["a"]);
    assert_eq!(rows_of::<(String, i64)>(&batch).unwrap(), [("a".into(), 1)]);
    assert_eq!(rows_of::<()>(&batch).unwrap(), [()]);
    let batch = record_batch!(("x", Float32, [1.5]), ("y", Float32, [None])).unwrap();
    assert_eq!(rows_of::<Point>(&batch).unwrap(), [Point(1.5, None)]);
}

#[test]
fn a_reader_looks_at_the_columns_of_its_row_alone() {
    let batch = record_batch!(("a", Int64, [1]), ("b", Utf8, [None::<&str>])).unwrap();
    let reader = <i64 as Record>::Reader::open(batch.columns()).unwrap();
    assert_eq!(RecordReader::get(&reader, 0), 1);
}
