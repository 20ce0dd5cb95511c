//! Promises of names and types: they are in savepoints and in other people's files, and stay as they are.

use record::{Bytes, Record, Timestamp, Value, schema_of};

use crate::rows::*;

fn told<T: Record>() -> String {
    let schema = schema_of::<T>();
    let field = |field: &std::sync::Arc<arrow_schema::Field>| {
        let null = if field.is_nullable() { " null" } else { "" };
        format!("{}: {}{null}", field.name(), field.data_type())
    };
    schema.fields().iter().map(field).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_value_is_a_row_of_a_single_column() {
    for (told, expect) in [
        (told::<bool>(), "value: Boolean"),
        (told::<i8>(), "value: Int8"),
        (told::<i16>(), "value: Int16"),
        (told::<i32>(), "value: Int32"),
        (told::<i64>(), "value: Int64"),
        (told::<u8>(), "value: UInt8"),
        (told::<u16>(), "value: UInt16"),
        (told::<u32>(), "value: UInt32"),
        (told::<u64>(), "value: UInt64"),
        (told::<f32>(), "value: Float32"),
        (told::<f64>(), "value: Float64"),
        (told::<String>(), "value: Utf8View"),
        (told::<Bytes>(), "value: BinaryView"),
        (told::<Timestamp>(), "value: Timestamp(ms)"),
        (told::<Option<String>>(), "value: Utf8View null"),
        (told::<Option<(i8,)>>(), r#"value: Struct("f0": non-null Int8) null"#),
        (told::<Vec<u8>>(), "value: List(non-null UInt8)"),
        (told::<Vec<Option<i64>>>(), "value: List(Int64)"),
        (told::<Option<Vec<i64>>>(), "value: List(non-null Int64) null"),
        (told::<Vec<Vec<i64>>>(), "value: List(non-null List(non-null Int64))"),
    ] {
        assert_eq!(told, expect);
    }
}

#[test]
fn a_tuple_has_the_names_of_flink() {
    assert_eq!(told::<()>(), "");
    assert_eq!(told::<(String,)>(), "f0: Utf8View");
    assert_eq!(told::<(String, Option<i64>)>(), "f0: Utf8View\nf1: Int64 null");
    assert_eq!(
        told::<(i8, i16, i32, i64, u8, u16, u32, (bool, f32))>(),
        "f0: Int8\nf1: Int16\nf2: Int32\nf3: Int64\nf4: UInt8\nf5: UInt16\nf6: UInt32\n\
         f7: Struct(\"f0\": non-null Boolean, \"f1\": non-null Float32)"
    );
}

#[test]
fn a_struct_has_the_names_of_its_fields() {
    let place = r#""city": non-null Utf8View, "zip": Int32, "visits": non-null List(Timestamp(ms))"#;
    assert_eq!(
        told::<Everything>(),
        format!(
            "flag: Boolean\nsmall: Int8\nratio: Float64\ntext: Utf8View\neventTime: Timestamp(ms)\n\
             raw: BinaryView\ntype: UInt64 null\ntags: List(non-null Utf8View)\ninner: Struct({place})\n\
             pair: Struct(\"f0\": non-null Int32, \"f1\": Utf8View)"
        )
    );
    assert_eq!(told::<Point>(), "f0: Float32\nheight: Float32 null");
    assert_eq!(told::<Tick>(), "");
    assert_eq!(told::<Empty>(), "");
}

#[test]
fn a_list_calls_its_values_items() {
    let arrow_schema::DataType::List(item) = Vec::<i64>::data_type() else { panic!("not a list") };
    assert_eq!(item.name(), "item");
}

#[test]
fn a_timestamp_is_written_as_in_sql() {
    for (millis, expect) in [
        (0, "1970-01-01 00:00:00.000"),
        (1_767_225_600_000, "2026-01-01 00:00:00.000"),
        (951_827_696_789, "2000-02-29 12:34:56.789"),
        (-1, "1969-12-31 23:59:59.999"),
        (-62_167_219_200_001, "-0001-12-31 23:59:59.999"),
        // As Java writes the bounds of its `Instant.ofEpochMilli`.
        (i64::MAX, "292278994-08-17 07:12:55.807"),
        (i64::MIN, "-292275055-05-16 16:47:04.192"),
    ] {
        assert_eq!(Timestamp(millis).to_string(), expect);
    }
}
