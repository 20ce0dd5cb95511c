//! Columns that say of each row which file it is from.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Int32Array, Int64Array, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use connect::format::{CsvOptions, Format};
use connect::read::{FileFact, FileSourceSpec};

use crate::rig::Rig;

fn columns() -> Schema {
    let field = |name: &str, data_type| Field::new(name, data_type, false);
    Schema::new(vec![
        field("path", DataType::Utf8),
        field("n", DataType::Int64),
        field("name", DataType::Utf8),
        field("day", DataType::Int32),
        field("size", DataType::Int64),
        field("at", DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into()))),
        field("local", DataType::Timestamp(TimeUnit::Microsecond, None)),
    ])
}

fn spec(rig: &Rig) -> FileSourceSpec {
    let facts = [
        (0, FileFact::Path),
        (2, FileFact::Name),
        (4, FileFact::Size),
        (5, FileFact::Modified),
        (6, FileFact::Modified),
    ];
    let format = Format::Csv(CsvOptions::default());
    FileSourceSpec::new([rig.path("t")], format, &columns()).partitions([3]).facts(facts)
}

#[test]
fn facts_stand_beside_columns_of_files_and_directories() {
    let rig = Rig::start();
    rig.file("t/day=1/a.csv", "1\n2\n");
    rig.file("t/day=2/b.csv", "33\n");
    rig.date("t/day=1/a.csv", 1_735_689_600_001);
    rig.date("t/day=2/b.csv", 1_735_689_600_002);
    let schema = spec(&rig).schema();
    let rows = rig.read(spec(&rig)).rows(&schema);
    let path = |name: &str| rig.path(name).to_str().unwrap().to_owned();
    let paths = [path("t/day=1/a.csv"), path("t/day=1/a.csv"), path("t/day=2/b.csv")];
    let ms = [1_735_689_600_001, 1_735_689_600_001, 1_735_689_600_002];
    let expected: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values(paths)),
        Arc::new(Int64Array::from(vec![1, 2, 33])),
        Arc::new(StringViewArray::from(vec!["a.csv", "a.csv", "b.csv"])),
        Arc::new(Int32Array::from(vec![1, 1, 2])),
        Arc::new(Int64Array::from(vec![4, 4, 3])),
        Arc::new(TimestampMillisecondArray::from(ms.to_vec()).with_timezone("+00:00")),
        Arc::new(TimestampMicrosecondArray::from(ms.map(|ms| ms * 1000).to_vec())),
    ];
    assert_eq!(rows.columns(), expected);
    // A file in several splits says the same in each; and facts alone are rows, too.
    let split = spec(&rig).split_bytes(2).project([5, 2]);
    let schema = split.schema();
    assert_eq!(rig.read(split).rows(&schema).columns(), [expected[5].clone(), expected[2].clone()]);
}

#[test]
fn a_column_that_cannot_hold_a_fact_is_told() {
    let told = |fact, data_type| {
        let columns =
            Schema::new(vec![Field::new("n", DataType::Int64, false), Field::new("fact", data_type, false)]);
        let spec = FileSourceSpec::csv(["a.csv"], CsvOptions::default(), &columns).facts([(1, fact)]);
        spec.check().unwrap_err().to_string()
    };
    assert_eq!(
        told(FileFact::Modified, DataType::Int64),
        "column fact: what is known of a file is Timestamp(ms), not Int64; declare it so"
    );
    assert!(told(FileFact::Size, DataType::new_list(DataType::Utf8, true)).contains("is Int64, not List"));
}
