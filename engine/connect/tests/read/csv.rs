//! CSV.

use std::sync::Arc;

use arrow_array::record_batch;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use arrow_select::concat::concat_batches;
use connect::format::CsvOptions;
use connect::read::FileSourceSpec;
use proptest::prelude::*;

use crate::rig::Rig;

fn orders() -> Schema {
    Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("price", DataType::Float64, true),
    ])
}

#[test]
fn values_become_columns() {
    let rig = Rig::start();
    let text = "id,name,price\r\n1,apple,0.5\n\n2,\"pear, \"\"big\"\"\",\n3,,1e3\n";
    let path = rig.file("orders.csv", text);
    let options = CsvOptions::default().header(true);
    for rows in [1, 7, 1024, 8192] {
        for split in [1, 5, 17, 1 << 20] {
            let spec = FileSourceSpec::csv([&path], options.clone(), &orders());
            let outcome = rig.read(spec.batch_rows(rows).split_bytes(split).block_bytes(8));
            let expected = record_batch!(
                ("id", Int64, [1, 2, 3]),
                ("name", Utf8View, [Some("apple"), Some("pear, \"big\""), Some("")]),
                ("price", Float64, [Some(0.5), None, Some(1000.0)])
            )
            .unwrap();
            let schema = FileSourceSpec::csv([&path], options.clone(), &orders()).schema();
            assert_eq!(outcome.rows(&schema).columns(), expected.columns());
        }
    }
}

#[test]
fn options_are_heard() {
    let rig = Rig::start();
    let path = rig.file("odd.csv", "# a comment\n1;'x;\\'y';-\n# another\n2;NULL;2\n");
    let options =
        CsvOptions::default().delimiter(b';').quote(b'\'').escape(b'\\').comment(b'#').null_literal("NULL");
    let words = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("sign", DataType::Utf8, true),
    ]);
    let spec = FileSourceSpec::csv([&path], options, &words).project([2, 1]);
    let schema = spec.schema();
    let expected =
        record_batch!(("sign", Utf8View, ["-", "2"]), ("name", Utf8View, [Some("x;'y"), None])).unwrap();
    assert_eq!(rig.read(spec).rows(&schema), expected);
}

#[test]
fn an_empty_value_is_null_or_the_empty_string() {
    let rig = Rig::start();
    let path = rig.file("empty.csv", ",\n,-\n");
    let columns =
        Schema::new(vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8, true)]);
    let read = |options: CsvOptions| {
        let spec = FileSourceSpec::csv([&path], options, &columns);
        let schema = spec.schema();
        rig.read(spec).rows(&schema)
    };
    let plain = read(CsvOptions::default());
    let expected =
        record_batch!(("a", Int32, [None::<i32>, None]), ("b", Utf8View, [Some(""), Some("-")])).unwrap();
    assert_eq!(plain, expected);
    let literal = read(CsvOptions::default().null_literal(""));
    let expected =
        record_batch!(("a", Int32, [None::<i32>, None]), ("b", Utf8View, [None, Some("-")])).unwrap();
    assert_eq!(literal, expected);
}

#[test]
fn quoted_newlines_are_read_by_one_subtask() {
    let rig = Rig::start();
    let text = "name,n\n\"two\nlines\",1\n\"a \"\"\n\"\" b\",2\nplain,3\n";
    let path = rig.file("quoted.csv", text);
    let columns =
        Schema::new(vec![Field::new("name", DataType::Utf8, true), Field::new("n", DataType::Int8, true)]);
    let options = CsvOptions::default().header(true).quoted_newlines(true);
    for block in [4, 9, 1 << 20] {
        for rows in [1, 2, 1024] {
            let spec = FileSourceSpec::csv([&path], options.clone(), &columns).split_bytes(3);
            let figures = spec.figures();
            let outcome = rig.read_with(spec.block_bytes(block).batch_rows(rows), 2);
            assert_eq!(outcome.strings(), ["two\nlines", "a \"\n\" b", "plain"]);
            assert_eq!(figures.splits(), 1);
        }
    }
}

#[test]
fn all_types_are_read() {
    let rig = Rig::start();
    let types = [
        (DataType::Boolean, "true"),
        (DataType::Int8, "-7"),
        (DataType::UInt64, "18446744073709551615"),
        (DataType::Float32, "1.5"),
        (DataType::Decimal128(10, 2), "12.34"),
        (DataType::Date32, "2024-02-29"),
        (DataType::Time64(TimeUnit::Microsecond), "12:34:56"),
        (DataType::Timestamp(TimeUnit::Millisecond, None), "2024-02-29 12:34:56.789"),
        (DataType::Utf8, "word"),
    ];
    let names = ('a'..).zip(&types);
    let fields: Vec<_> =
        names.map(|(name, (data_type, _))| Field::new(name.to_string(), data_type.clone(), false)).collect();
    let line = types.map(|(_, value)| value).join(",");
    let spec =
        FileSourceSpec::csv([rig.file("types.csv", line)], CsvOptions::default(), &Schema::new(fields));
    let schema = spec.schema();
    let rows = rig.read(spec).rows(&schema);
    let texts: Vec<_> = rows
        .columns()
        .iter()
        .map(|column| arrow_cast::display::array_value_to_string(column, 0).unwrap())
        .collect();
    let expected = [
        "true",
        "-7",
        "18446744073709551615",
        "1.5",
        "12.34",
        "2024-02-29",
        "12:34:56",
        "2024-02-29T12:34:56.789",
        "word",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn random_values_come_back_from_any_cut() {
    let rig = Rig::start();
    let row = ("[a-c \",]{0,9}", proptest::option::of(any::<i32>()));
    proptest!(ProptestConfig::with_cases(60), |(
        rows in prop::collection::vec(row, 1..30),
        split in 1_u64..60,
        block in 4_usize..60,
        batch in 1_usize..9,
    )| {
        let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
        let number = |number: &Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        let lines: Vec<_> = rows.iter().map(|(text, n)| format!("{},{}", quoted(text), number(n))).collect();
        let path = rig.file("random.csv", lines.join("\n"));
        let columns = Schema::new(vec![
            Field::new("text", DataType::Utf8, false),
            Field::new("n", DataType::Int32, true),
        ]);
        let spec = FileSourceSpec::csv([path], CsvOptions::default(), &columns);
        let spec = spec.split_bytes(split).block_bytes(block).batch_rows(batch);
        let schema = spec.schema();
        let (texts, numbers): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let found = rig.read(spec).rows(&schema);
        let texts = Arc::new(arrow_array::StringViewArray::from_iter_values(texts)) as arrow_array::ArrayRef;
        let numbers = Arc::new(arrow_array::Int32Array::from(numbers)) as arrow_array::ArrayRef;
        let expected = arrow_array::RecordBatch::try_new(schema.clone(), vec![texts, numbers]).unwrap();
        prop_assert_eq!(found, concat_batches(&schema, [&expected]).unwrap());
    });
}
