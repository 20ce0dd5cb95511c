//! Columns that stand in the names of directories.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch, StringViewArray, record_batch};
use arrow_schema::{DataType, Field, Schema};
use connect::format::{CsvOptions, Format, JsonOptions};
use connect::read::FileSourceSpec;
use parquet::arrow::ArrowWriter;

use crate::rig::Rig;

/// `price` is in the files.
fn columns() -> Schema {
    Schema::new(vec![
        Field::new("city", DataType::Utf8, true),
        Field::new("price", DataType::Int64, false),
        Field::new("day", DataType::Int32, true),
    ])
}

const DIRECTORIES: [(&str, Option<i32>, Option<&str>); 3] = [
    ("day=1/city=Bonn", Some(1), Some("Bonn")),
    ("day=2/city=a%2Fb", Some(2), Some("a/b")),
    ("day=__DEFAULT_PARTITION__/city=__DEFAULT_PARTITION__", None, None),
];

/// A table of each format, with three prices in each partition: 0, 1, 2, then 10, 11, 12, …
fn tables(rig: &Rig) -> Vec<(&'static str, FileSourceSpec)> {
    let formats = [
        ("csv", Format::Csv(CsvOptions::default())),
        ("json", Format::Json(JsonOptions::default())),
        ("parquet", Format::Parquet),
        ("arrow", Format::Arrow),
    ];
    let table = |(name, format): (&'static str, Format)| {
        for (number, (directory, ..)) in (0_i64..).zip(DIRECTORIES) {
            let prices = [number * 10, number * 10 + 1, number * 10 + 2];
            let column = Arc::new(Int64Array::from(prices.to_vec())) as arrow_array::ArrayRef;
            let rows = RecordBatch::try_from_iter([("price", column)]).unwrap();
            let lines = |line: fn(i64) -> String| prices.map(line).concat().into_bytes();
            let bytes = match format {
                Format::Csv(_) => lines(|price| format!("{price}\n")),
                Format::Json(_) => lines(|price| format!("{{\"price\":{price}}}\n")),
                Format::Parquet => {
                    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), None).unwrap();
                    writer.write(&rows).unwrap();
                    writer.into_inner().unwrap()
                }
                _ => {
                    let mut writer =
                        arrow_ipc::writer::FileWriter::try_new(Vec::new(), &rows.schema()).unwrap();
                    writer.write(&rows).unwrap();
                    writer.into_inner().unwrap()
                }
            };
            rig.file(&format!("{name}/{directory}/part-0-0.{name}"), bytes);
            rig.file(&format!("{name}/{directory}/_SUCCESS"), "");
        }
        (name, FileSourceSpec::new([rig.path(name)], format, &columns()).partitions([2, 0]))
    };
    formats.into_iter().map(table).collect()
}

#[test]
fn values_stand_in_their_declared_places() {
    let rig = Rig::start();
    for (name, spec) in tables(&rig) {
        for batch_rows in [1, 2, 8192] {
            let spec = spec.clone().batch_rows(batch_rows);
            let schema = spec.schema();
            assert_eq!(schema.fields().len(), 3);
            let rows = rig.read(spec).rows(&schema);
            let of_rows = |row: usize| DIRECTORIES[row / 3];
            let cities: StringViewArray = (0..9).map(|row| of_rows(row).2).collect();
            let days: arrow_array::Int32Array = (0..9).map(|row| of_rows(row).1).collect();
            let prices = Int64Array::from(vec![0, 1, 2, 10, 11, 12, 20, 21, 22]);
            let expected: Vec<arrow_array::ArrayRef> =
                vec![Arc::new(cities), Arc::new(prices), Arc::new(days)];
            assert_eq!(rows.columns(), expected, "{name}");
        }
    }
}

#[test]
fn each_may_be_left_out_or_asked_for_alone() {
    let rig = Rig::start();
    for (name, spec) in tables(&rig) {
        let read = |positions: &[usize]| {
            let spec = spec.clone().project(positions).batch_rows(2);
            let schema = spec.schema();
            rig.read(spec).rows(&schema)
        };
        let all = read(&[0, 1, 2]);
        for positions in [&[1][..], &[0], &[2, 0], &[2, 1], &[1, 0], &[2]] {
            assert_eq!(read(positions), all.project(positions).unwrap(), "{name}, {positions:?}");
        }
        assert_eq!(read(&[]).num_rows(), 9, "{name}");
    }
}

#[test]
fn lines_of_text_may_have_partitions() {
    let rig = Rig::start();
    rig.file("log/host=a/x.log", "one\ntwo\n");
    rig.file("log/host=b/x.log", "three\n");
    let columns =
        Schema::new(vec![Field::new("line", DataType::Utf8, true), Field::new("host", DataType::Utf8, true)]);
    let spec = FileSourceSpec::new([rig.path("log")], Format::Text, &columns).partitions([1]);
    let schema = spec.schema();
    let rows = rig.read(spec.clone()).rows(&schema);
    let expected =
        record_batch!(("line", Utf8View, ["one", "two", "three"]), ("host", Utf8View, ["a", "a", "b"]));
    assert_eq!(rows.columns(), expected.unwrap().columns());
    assert_eq!(rig.read(spec.project([1])).strings(), ["a", "a", "b"]);
    let wrong = FileSourceSpec::new([rig.path("log")], Format::Text, &columns).check().unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "a line of text is one column of strings, and there are line Utf8View, host Utf8View; declare one STRING"
    );
}

#[test]
fn what_directories_do_not_say_is_told() {
    let rig = Rig::start();
    let text = Schema::new(vec![
        Field::new("line", DataType::Utf8, true),
        Field::new("day", DataType::Int32, false),
    ]);
    let read = |name: &str| {
        rig.read_with(FileSourceSpec::new([rig.path(name)], Format::Text, &text).partitions([1]), 2)
    };
    let told = |name: &str, file: &str| {
        rig.file(&format!("{name}/day=1/x"), "fine\n");
        rig.file(&format!("{name}/{file}"), "a line\n");
        rig.words(&read(name))
    };
    assert_eq!(
        told("above", "x"),
        "above/x: no directory above it is called day=…; move the file into one, or declare day as a column of the files"
    );
    assert_eq!(
        told("other", "hour=1/x"),
        "other/hour=1/x: no directory above it is called day=…; move the file into one, or declare day as a column of \
         the files"
    );
    assert_eq!(
        told("word", "day=monday/x"),
        "word/day=monday/x: its directory says that day is \"monday\", which is no Int32; declare it as STRING"
    );
    assert_eq!(
        told("null", "day=__DEFAULT_PARTITION__/x"),
        "null/day=__DEFAULT_PARTITION__/x: its directory says that day is null; let the column take nulls"
    );
    // None of it matters to who does not ask.
    let spec = FileSourceSpec::new([rig.path("word")], Format::Text, &text).partitions([1]).project([0]);
    assert_eq!(rig.read(spec).strings(), ["fine", "a line"]);
    let lists = Schema::new(vec![
        Field::new("line", DataType::Utf8, true),
        Field::new("list", DataType::new_list(DataType::Int32, true), true),
    ]);
    let spec = FileSourceSpec::new(["x"], Format::Text, &lists).partitions([1]);
    assert_eq!(
        spec.check().unwrap_err().to_string(),
        "column list: no directory can be named by List(Int32); leave it out, or declare it as STRING"
    );
}

#[test]
fn partitions_may_be_none_and_null_may_have_another_name() {
    let rig = Rig::start();
    rig.file("empty/_SUCCESS", "");
    rig.file("hive/day=__HIVE_DEFAULT_PARTITION__/x", "a\n");
    let columns =
        Schema::new(vec![Field::new("day", DataType::Utf8, true), Field::new("line", DataType::Utf8, true)]);
    let read = |name: &str| {
        let spec = FileSourceSpec::new([rig.path(name)], Format::Text, &columns).partitions([0]);
        rig.read(spec.default_partition("__HIVE_DEFAULT_PARTITION__"))
    };
    assert_eq!(read("empty").strings(), [""; 0]);
    assert_eq!(read("hive").strings(), ["NULL"]);
    let words = rig.words(&read("nowhere"));
    assert!(words.starts_with("cannot open nowhere: no such file or directory"), "{words}");
}

#[test]
fn a_part_of_a_table_is_read_by_its_path() {
    let rig = Rig::start();
    tables(&rig);
    let read = |path: &str| {
        let format = Format::Csv(CsvOptions::default());
        let spec = FileSourceSpec::new([rig.path(path)], format, &columns());
        rig.read(spec.partitions([2, 0]).project([0])).strings()
    };
    assert_eq!(read("csv/day=2"), ["a/b"; 3]);
    assert_eq!(read("csv/day=1/city=Bonn/*.csv"), ["Bonn"; 3]);
    assert_eq!(read("csv/day=[12]"), ["Bonn", "Bonn", "Bonn", "a/b", "a/b", "a/b"]);
}
