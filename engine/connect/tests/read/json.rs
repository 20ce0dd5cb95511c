//! JSON lines.

use std::sync::Arc;

use arrow_array::record_batch;
use arrow_schema::{DataType, Field, Schema};
use connect::format::{Format, JsonOptions, Sample, infer};
use connect::read::FileSourceSpec;

use crate::rig::{Rig, bytes};

#[test]
fn objects_become_rows_from_any_cut() {
    let rig = Rig::start();
    let text = "{\"n\":1,\"s\":\"a\\nb\"}\r\n\n  \n{\"s\":null,\"n\":2,\"more\":[1]}\n{\"n\":3,\"s\":4.5}\n{\"s\":true,\"n\":4}";
    let path = rig.file("objects.json", text);
    let columns =
        Schema::new(vec![Field::new("s", DataType::Utf8, true), Field::new("n", DataType::Int64, false)]);
    let expected = record_batch!(
        ("s", Utf8View, [Some("a\nb"), None, Some("4.5"), Some("true")]),
        ("n", Int64, [1, 2, 3, 4])
    )
    .unwrap();
    for rows in [1, 7, 1024] {
        for split in (1..text.len() as u64 + 1).step_by(7) {
            let spec = FileSourceSpec::json([&path], JsonOptions::default(), &columns);
            let spec = spec.batch_rows(rows).split_bytes(split).block_bytes(11);
            let schema = spec.schema();
            assert_eq!(rig.read(spec).rows(&schema).columns(), expected.columns());
        }
    }
}

#[test]
fn a_missing_field_is_null() {
    let rig = Rig::start();
    let path = rig.file("some.json", "{\"a\":1}\n{}\n{\"a\":3}\n");
    let columns = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
    let spec = FileSourceSpec::json([&path], JsonOptions::default(), &columns);
    let schema = spec.schema();
    let expected = record_batch!(("a", Int64, [Some(1), None, Some(3)])).unwrap();
    assert_eq!(rig.read(spec).rows(&schema), expected);
}

#[test]
fn nested_columns_have_views() {
    let rig = Rig::start();
    let path =
        rig.file("nested.json", "{\"words\":[\"a\",\"b\"],\"at\":{\"x\":1}}\n{\"words\":[],\"at\":null}\n");
    let format = Format::Json(JsonOptions::default());
    let columns = infer(&format, &Sample::whole(&bytes(&path)), 1000).unwrap();
    let word = Arc::new(Field::new("item", DataType::Utf8View, true));
    let at = DataType::Struct(vec![Field::new("x", DataType::Int64, true)].into());
    let expected =
        Schema::new(vec![Field::new("words", DataType::List(word), true), Field::new("at", at, true)]);
    assert_eq!(*columns, expected);
    let spec = FileSourceSpec::new([&path], format, &columns);
    let rows = rig.read(spec).rows(&columns);
    let shown = |row: usize| {
        let columns = rows.columns().iter();
        let texts = columns.map(|column| arrow_cast::display::array_value_to_string(column, row).unwrap());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(shown(0), ["[a, b]", "{x: 1}"]);
    assert_eq!(shown(1), ["[]", ""]);
}

#[test]
fn columns_are_found_out_in_the_order_of_the_file() {
    let rig = Rig::start();
    let path = rig.file("inferred.json", "{\"z\":1,\"y\":\"a\"}\n{\"z\":2.5,\"x\":null,\"y\":\"b\"}\n");
    let format = Format::Json(JsonOptions::default());
    let columns = infer(&format, &Sample::whole(&bytes(&path)), 1000).unwrap();
    let spec = FileSourceSpec::new([&path], format, &columns);
    let expected = record_batch!(
        ("z", Float64, [1.0, 2.5]),
        ("y", Utf8View, ["a", "b"]),
        ("x", Utf8View, [None::<&str>, None])
    )
    .unwrap();
    assert_eq!(rig.read(spec).rows(&columns), expected);
}
