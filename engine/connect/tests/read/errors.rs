//! Records that cannot be read: what the user is told, what is skipped, what is kept.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_schema::{DataType, Field, Schema};
use connect::format::{CsvOptions, JsonOptions};
use connect::read::{FileSourceSpec, OnError};

use crate::rig::{Rig, bytes, names};

fn orders() -> Schema {
    Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("price", DataType::Float64, true),
    ])
}

/// Many good lines, and one that is not.
fn with_bad_line(line: usize, bad: &str) -> String {
    let good = |number: usize| format!("{number},name {number},{number}.5");
    let lines = (1..=100).map(|number| if number == line { bad.to_owned() } else { good(number) });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_line_is_named_wherever_the_file_was_cut() {
    let rig = Rig::start();
    let path = rig.file("orders.csv", with_bad_line(17, "17,pear,abc"));
    let remedy = "fix the line, declare the column as STRING, or set on-error = skip";
    for split in [1, 50, 300, 1 << 20] {
        for rows in [1, 7, 8192] {
            let spec = FileSourceSpec::csv([&path], CsvOptions::default(), &orders());
            let outcome = rig.read(spec.split_bytes(split).batch_rows(rows).block_bytes(64));
            assert_eq!(
                rig.words(&outcome),
                format!("orders.csv:17: column price: cannot read \"abc\" as Float64; {remedy}")
            );
        }
    }
}

#[test]
fn what_is_wrong_with_csv_is_told() {
    let rig = Rig::start();
    let told = |bad: &[u8], options: CsvOptions| {
        let path = rig.file("orders.csv", [b"1,a,2\n", bad, b"\n3,c,4\n"].concat());
        rig.words(&rig.read(FileSourceSpec::csv([path], options, &orders())))
    };
    let plain = CsvOptions::default;
    let remedy = "fix the line or set on-error = skip";
    assert_eq!(
        told(b"2,b", plain()),
        format!("orders.csv:2: it has 2 values, but 3 columns were declared; {remedy}")
    );
    assert_eq!(
        told(b"2,b,3,4", plain()),
        format!("orders.csv:2: it has 4 values, but 3 columns were declared; {remedy}")
    );
    assert_eq!(
        told(b",b,3", plain()),
        "orders.csv:2: column id: \"\" is null, and the column takes none; fix the line, let the column take nulls, \
         or set on-error = skip"
    );
    assert_eq!(
        told(b"2,\"b,3", plain()),
        "orders.csv:2: a quote is not closed; fix the line, set csv.quoted-newlines = true if a value may hold the \
         end of a line, or set on-error = skip"
    );
    assert_eq!(
        told(b"2,\xff\xfe,3", plain()),
        "orders.csv:2: it is not UTF-8: byte 3 is 0xff; fix the line, write the file anew in UTF-8, or set on-error = \
         skip"
    );
    let quoted = plain().quoted_newlines(true).header(true);
    assert_eq!(
        told(b"2,\"b\nb\",3\n4,d,x", quoted),
        "orders.csv:4: column price: cannot read \"x\" as Float64; fix the line, declare the column as STRING, or set \
         on-error = skip"
    );
}

#[test]
fn what_is_wrong_with_json_is_told() {
    let rig = Rig::start();
    let told = |bad: &str, options: JsonOptions| {
        let good = "{\"id\":1,\"name\":\"a\",\"price\":2}";
        let path = rig.file("orders.json", format!("{good}\n{bad}\n{good}\n"));
        rig.words(&rig.read(FileSourceSpec::json([path], options, &orders())))
    };
    let plain = JsonOptions::default;
    let remedy = "fix the line or set on-error = skip";
    assert_eq!(
        told("{\"id\":2,\"price\":\"dear\"}", plain()),
        "orders.json:2: column price: cannot read \"dear\" as Float64; fix the line, declare the column as STRING, or \
         set on-error = skip"
    );
    assert_eq!(
        told("{\"id\":[1,2]}", plain()),
        "orders.json:2: column id: cannot read [1,2] as Int64; fix the line, declare the column as STRING, or set \
         on-error = skip"
    );
    assert_eq!(
        told("{\"id\":2,", plain()),
        format!("orders.json:2: it is not JSON: EOF while parsing a value at letter 8; {remedy}")
    );
    assert_eq!(told("[1]", plain()), format!("orders.json:2: [1] is not an object; {remedy}"));
    assert_eq!(
        told("{\"id\":2} {\"id\":3}", plain()),
        format!("orders.json:2: it is not JSON: trailing characters at letter 10; {remedy}")
    );
    assert_eq!(
        told("{\"name\":\"b\"}", plain()),
        "orders.json:2: column id: it is missing, and the column takes no null; fix the line, let the column take \
         nulls, or set on-error = skip"
    );
    assert_eq!(
        told("{\"id\":2,\"name\":null}", plain().fail_on_missing_field(true)),
        "orders.json:2: column price: it is missing; fix the line, set json.fail-on-missing-field = false, or set \
         on-error = skip"
    );
}

#[test]
fn a_null_that_was_written_is_not_missing() {
    let rig = Rig::start();
    let path = rig.file("orders.json", "{\"id\":1,\"name\":null,\"price\":null}\n");
    let options = JsonOptions::default().fail_on_missing_field(true);
    let outcome = rig.read(FileSourceSpec::json([path], options, &orders()));
    assert_eq!((outcome.failure, outcome.batches.len()), (None, 1));
}

#[test]
fn text_that_is_not_utf_8_is_named() {
    let rig = Rig::start();
    let path = rig.file("lines.txt", b"one\ntwo\n\xc3\xa4 \xc3\nfour\n");
    let words =
        "it is not UTF-8: byte 4 is 0xc3; fix the line, write the file anew in UTF-8, or set on-error = skip";
    for split in [1, 9, 100] {
        let outcome = rig.read(FileSourceSpec::text([&path]).split_bytes(split));
        assert_eq!(rig.words(&outcome), format!("lines.txt:3: {words}"));
        let spec = FileSourceSpec::text([&path]).split_bytes(split).on_error(OnError::Skip);
        let figures = spec.figures();
        assert_eq!(rig.read(spec).strings(), ["one", "two", "four"]);
        assert_eq!((figures.skipped(), figures.rows()), (1, 3));
    }
}

#[test]
fn what_is_skipped_is_counted_and_the_rest_keeps_its_order() {
    let rig = Rig::start();
    let is_bad = |number: i64| number % 7 == 3 || (40..60).contains(&number);
    let line = |number: i64| if is_bad(number) { format!("{number},x") } else { format!("{number},a,1\n") };
    let lines: Vec<_> = (0..1000).map(|number| line(number).trim_end().to_owned()).collect();
    let path = rig.file("orders.csv", lines.join("\n"));
    for (rows, split) in [(1, 1 << 20), (7, 100), (1024, 1000), (8192, 1 << 20)] {
        let spec = FileSourceSpec::csv([&path], CsvOptions::default(), &orders()).on_error(OnError::Skip);
        let spec = spec.batch_rows(rows).split_bytes(split);
        let (schema, figures) = (spec.schema(), spec.figures());
        let found = rig.read(spec).rows(&schema);
        let good: Vec<_> = (0..1000).filter(|number| !is_bad(*number)).collect();
        assert_eq!(found.column(0).as_primitive::<Int64Type>().values(), &good[..]);
        assert_eq!(figures.skipped(), 1000 - good.len() as u64);
    }
}

#[test]
fn what_cannot_be_read_is_null_where_that_is_asked_for() {
    let rig = Rig::start();
    let text = "1,a,1\n2,b,x\nno,c,3\n4\n5,e,5,more\n6,\"f,6\n";
    let path = rig.file("orders.csv", text);
    let objects = [
        r#"{"id":1,"name":"a","price":1}"#,
        r#"{"id":2,"name":"b","price":"x"}"#,
        r#"{"id":"no","name":"c","price":3}"#,
        r#"{"id":4}"#,
        r#"{"id":5,"name":"e","price":5,"more":1}"#,
        r#"{"id":6,"#,
    ];
    let objects = rig.file("orders.json", objects.join("\n"));
    for rows in [1, 3, 8192] {
        let of_csv = FileSourceSpec::csv([&path], CsvOptions::default(), &orders());
        let of_json = FileSourceSpec::json([&objects], JsonOptions::default(), &orders());
        for spec in [of_csv, of_json] {
            let spec = spec.on_error(OnError::Null).batch_rows(rows);
            let (schema, figures) = (spec.schema(), spec.figures());
            let found = rig.read(spec).rows(&schema);
            // The third one has nothing for a column that takes no null, the last one is no record.
            assert_eq!(found.column(0).as_primitive::<Int64Type>().values(), &[1, 2, 4, 5]);
            let names: Vec<_> = found.column(1).as_string_view().iter().collect();
            assert_eq!(names, [Some("a"), Some("b"), None, Some("e")]);
            let prices: Vec<_> = found.column(2).as_primitive::<Float64Type>().iter().collect();
            assert_eq!(prices, [Some(1.0), None, None, Some(5.0)]);
            assert_eq!((figures.rows(), figures.skipped()), (4, 2));
        }
    }
}

#[test]
fn dead_letters_tell_file_line_error_and_record() {
    let rig = Rig::start();
    let path = rig.file("orders.csv", "1,a,1\n2,b,\"x\"\n3,c,3\n4\n");
    let letters = rig.path("letters/of/orders");
    for run in 0..2 {
        for split in [1 << 20, 14] {
            let spec = FileSourceSpec::csv([&path], CsvOptions::default(), &orders()).split_bytes(split);
            let spec = spec.on_error(OnError::DeadLetter(letters.clone()));
            let figures = spec.figures();
            let outcome = rig.read(spec);
            assert_eq!(outcome.failure, None);
            assert_eq!((figures.rows(), figures.skipped()), (2, 2));
        }
        let expected: Vec<_> =
            (0..2 * run + 2).map(|number| format!("dead-letters-0-{number}.jsonl")).collect();
        assert_eq!(names(&letters), expected);
    }
    let path = path.display();
    let expected = format!(
        "{{\"file\":\"{path}\",\"line\":2,\"error\":\"column price: cannot read \\\"x\\\" as Float64\",\
         \"record\":\"2,b,\\\"x\\\"\"}}\n\
         {{\"file\":\"{path}\",\"line\":4,\"error\":\"it has 1 value, but 3 columns were declared\",\"record\":\"4\"}}\n"
    );
    for name in names(&letters) {
        assert_eq!(String::from_utf8(bytes(letters.join(name))).unwrap(), expected);
    }
}

#[test]
fn many_dead_letters_are_all_written() {
    let rig = Rig::start();
    let text: String = (0..20_000).map(|number| format!("bad line number {number}\n")).collect();
    let path = rig.file("all-bad.csv", text);
    let letters = rig.path("letters");
    let spec = FileSourceSpec::csv([&path], CsvOptions::default(), &orders()).split_bytes(50_000);
    let outcome = rig.read_with(spec.batch_rows(1000).on_error(OnError::DeadLetter(letters.clone())), 3);
    assert_eq!((outcome.failure, outcome.batches.len()), (None, 0));
    let written: Vec<u8> = names(&letters).iter().flat_map(|name| bytes(letters.join(name))).collect();
    let mut lines: Vec<u64> = String::from_utf8(written)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["line"].as_u64().unwrap())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, (1..=20_000).collect::<Vec<_>>());
}

#[test]
fn a_source_that_has_nothing_bad_makes_no_file() {
    let rig = Rig::start();
    let path = rig.file("good.csv", "1,a,1\n");
    let letters = rig.path("letters");
    let spec = FileSourceSpec::csv([&path], CsvOptions::default(), &orders());
    assert_eq!(rig.read(spec.on_error(OnError::DeadLetter(letters.clone()))).failure, None);
    assert!(!letters.exists());
}
