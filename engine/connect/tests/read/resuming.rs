//! What was saved goes on where it was: every row once, whoever goes on, in whatever splits.

use arrow_schema::{DataType, Field, Schema};
use connect::format::{CsvOptions, Format, Sample, infer};
use connect::read::{FileSourceSpec, OnError};

use crate::rig::{Rig, bytes, names};

/// Reads until all is read, stopping after some batches, with other means each time.
fn in_pieces(rig: &Rig, spec: impl Fn(usize) -> FileSourceSpec, stop_after: usize) -> Vec<String> {
    let (mut found, mut snapshots) = (Vec::new(), Vec::new());
    for run in 0.. {
        let parallelism = [2, 1, 3][run % 3];
        let outcome = rig.run(spec(run), parallelism, snapshots, Some(stop_after));
        let strings = outcome.strings();
        snapshots = outcome.snapshots;
        if strings.is_empty() {
            return found;
        }
        found.extend(strings);
        assert!(run < 1000, "it does not end");
    }
    unreachable!("it returns");
}

#[test]
fn lines_go_on_in_the_middle_of_a_split() {
    let rig = Rig::start();
    let text: String = (0..500).map(|number| format!("line {number:03}\n")).collect();
    let path = rig.file("a/lines.txt", &text);
    rig.file("a/more.txt", "more 1\nmore 2");
    let mut expected: Vec<_> = text.lines().map(str::to_owned).collect();
    expected.extend(["more 1".to_owned(), "more 2".to_owned()]);
    for stop_after in [1, 3] {
        let spec = |run: usize| {
            let split = [100, 333, 1 << 20][run % 3];
            FileSourceSpec::text([path.parent().unwrap()])
                .split_bytes(split)
                .batch_rows(7 + run % 3)
                .block_bytes(64)
        };
        let mut found = in_pieces(&rig, spec, stop_after);
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}

#[test]
fn records_with_newlines_go_on_between_records() {
    let rig = Rig::start();
    let text: String = (0..60).map(|number| format!("\"first {number:02}\nsecond\",x\n")).collect();
    let path = rig.file("quoted.csv", format!("name,more\n{text}"));
    let columns = Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("more", DataType::Utf8, false),
    ]);
    let options = CsvOptions::default().header(true).quoted_newlines(true);
    let spec = |_| FileSourceSpec::csv([&path], options.clone(), &columns).batch_rows(4).block_bytes(30);
    let mut found = in_pieces(&rig, spec, 1);
    found.sort_unstable();
    assert_eq!(found, (0..60).map(|number| format!("first {number:02}\nsecond")).collect::<Vec<_>>());
}

#[test]
fn columnar_files_go_on_in_the_middle_of_a_batch() {
    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    let rig = Rig::start();
    let words = |from: usize| {
        let column = StringArray::from_iter_values((from..from + 50).map(|n| format!("word {n:03}")));
        RecordBatch::try_from_iter([("word", std::sync::Arc::new(column) as ArrayRef)]).unwrap()
    };
    let batches: Vec<_> = (0..4).map(|number| words(number * 50)).collect();
    let schema = batches[0].schema();
    let mut file = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &schema).unwrap();
    let mut stream = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &schema).unwrap();
    let properties =
        parquet::file::properties::WriterProperties::builder().set_max_row_group_row_count(Some(70)).build();
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), schema, Some(properties)).unwrap();
    for batch in &batches {
        file.write(batch).unwrap();
        stream.write(batch).unwrap();
        parquet.write(batch).unwrap();
    }
    file.finish().unwrap();
    stream.finish().unwrap();
    for (name, format, content) in [
        ("words.arrow", Format::Arrow, file.into_inner().unwrap()),
        ("words.arrows", Format::Arrow, stream.into_inner().unwrap()),
        ("words.parquet", Format::Parquet, parquet.into_inner().unwrap()),
    ] {
        let path = rig.file(name, content);
        let columns = infer(&format, &Sample::whole(&bytes(&path)), 1000).unwrap();
        let spec = |_| FileSourceSpec::new([&path], format.clone(), &columns).batch_rows(9);
        let mut found = in_pieces(&rig, spec, 2);
        found.sort_unstable();
        assert_eq!(found, (0..200).map(|number| format!("word {number:03}")).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_line_of_an_error_is_that_of_the_file_after_a_savepoint() {
    let rig = Rig::start();
    let lines = (1..=50).map(|number| if number == 40 { "x".to_owned() } else { number.to_string() });
    let path = rig.file("numbers.csv", lines.collect::<Vec<_>>().join("\n"));
    let columns = Schema::new(vec![Field::new("n", DataType::Int64, false)]);
    let spec = || FileSourceSpec::csv([&path], CsvOptions::default(), &columns).batch_rows(5);
    let begun = rig.run(spec(), 1, Vec::new(), Some(3));
    assert_eq!(begun.failure, None);
    let failed = rig.run(spec(), 1, begun.snapshots, None);
    assert!(rig.words(&failed).starts_with("numbers.csv:40: column n: cannot read \"x\" as Int64;"));
}

#[test]
fn a_file_that_has_shrunk_since_is_told() {
    let rig = Rig::start();
    let path = rig.file("lines.txt", "one\ntwo\nthree\n");
    let spec = || FileSourceSpec::text([&path]).batch_rows(1);
    let begun = rig.run(spec(), 1, Vec::new(), Some(1));
    rig.file("lines.txt", "one\n");
    let failed = rig.run(spec(), 1, begun.snapshots, None);
    assert_eq!(
        rig.words(&failed),
        "lines.txt has changed its length since the savepoint; bring it back, or start without the savepoint"
    );
}

#[test]
fn dead_letters_that_were_not_written_are_written_by_a_successor() {
    let rig = Rig::start();
    let line =
        |number: u64| if number.is_multiple_of(3) { format!("bad {number}") } else { number.to_string() };
    let text: String = (1..=90).map(|number| format!("{},{number}\n", line(number))).collect();
    let path = rig.file("numbers.csv", text);
    let columns =
        Schema::new(vec![Field::new("n", DataType::Int64, false), Field::new("text", DataType::Utf8, false)]);
    let letters = rig.path("letters");
    let spec = |_| {
        let spec = FileSourceSpec::csv([&path], CsvOptions::default(), &columns).project([1, 0]);
        spec.batch_rows(5).split_bytes(64).on_error(OnError::DeadLetter(letters.clone()))
    };
    let mut found: Vec<u64> = in_pieces(&rig, spec, 1).iter().map(|text| text.parse().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, (1..=90).filter(|number| number % 3 != 0).collect::<Vec<_>>());
    let written =
        names(&letters).into_iter().map(|name| String::from_utf8(bytes(letters.join(name))).unwrap());
    let mut lines: Vec<u64> = written
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap()["line"].as_u64().unwrap())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, (1..=90).filter(|number| number % 3 == 0).collect::<Vec<_>>());
}

#[test]
fn a_batch_that_leaves_before_it_is_full_ends_between_lines() {
    let rig = Rig::start();
    let line = |number: usize| format!("{number:02} {}", "x".repeat(40_000 + number * 997));
    let expected: Vec<_> = (0..40).map(line).collect();
    let path = rig.file("long.txt", expected.join("\n"));
    let spec = |run: usize| FileSourceSpec::text([&path]).block_bytes(30_000 + run);
    let mut found = in_pieces(&rig, spec, 1);
    found.sort_unstable();
    assert!(found == expected, "{} lines", found.len());
}
