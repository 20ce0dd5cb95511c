//! Files that a sink has written, as readers find them that know nothing of it.

#![expect(clippy::disallowed_methods, reason = "what was written is read by somebody else")]

mod crashes;
mod partitions;
mod places;
mod troubles;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringViewArray};
use arrow_schema::{Field, SchemaRef};
use arrow_select::concat::concat_batches;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use runtime::job::Vertex;
use runtime::subtask::Seat;

use super::*;
use crate::collection::Collection;
use crate::format::CsvOptions;
use crate::generator::Generator;
use crate::trial::{self, number_rows, number_schema, numbers, numbers_of};

fn encodings() -> [Encoding; 5] {
    [
        Encoding::Csv(CsvOptions::default().header(true)),
        Encoding::Json(JsonStyle::default()),
        Encoding::Arrow,
        Encoding::Parquet(ParquetStyle::default()),
        Encoding::Avro(AvroStyle::default()),
    ]
}

fn parts(directory: &Path, encoding: Encoding) -> FileSpec {
    FileSpec::new(Target::Directory(directory.to_owned()), encoding, number_schema())
}

/// A job that writes the rows of a collection.
fn writes(source: Collection, spec: FileSpec) -> Vertex {
    let sink = FileSink::new(spec).unwrap();
    trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat))
}

/// A job whose subtasks write the numbers up to `count`.
fn generates(count: u64, spec: FileSpec) -> Vertex {
    let (source, sink) =
        (Generator::new(number_schema(), number_rows).count(count), FileSink::new(spec).unwrap());
    trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat))
}

/// All names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

/// The rows of a file, in one batch.
fn read(path: &Path, schema: &SchemaRef) -> RecordBatch {
    let file = File::open(path).unwrap();
    let batches: Vec<RecordBatch> = match path.extension().unwrap().to_str().unwrap() {
        "csv" => {
            let reader = arrow_csv::ReaderBuilder::new(schema.clone()).with_header(true);
            reader.build(file).unwrap().map(Result::unwrap).collect()
        }
        "jsonl" => {
            let reader = arrow_json::ReaderBuilder::new(schema.clone());
            reader.build(std::io::BufReader::new(file)).unwrap().map(Result::unwrap).collect()
        }
        "arrow" => {
            let reader = arrow_ipc::reader::FileReader::try_new(file, None).unwrap();
            assert_eq!(&reader.schema(), schema);
            reader.map(Result::unwrap).collect()
        }
        "parquet" => {
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            assert_eq!(reader.schema().fields(), schema.fields());
            reader.build().unwrap().map(Result::unwrap).collect()
        }
        "avro" => {
            let reader = arrow_avro::reader::ReaderBuilder::new().build(std::io::BufReader::new(file));
            let cast = |(column, field): (&ArrayRef, &Arc<Field>)| {
                arrow_cast::cast(column, field.data_type()).unwrap()
            };
            let viewed = |rows: RecordBatch| {
                let columns = rows.columns().iter().zip(schema.fields()).map(cast).collect();
                RecordBatch::try_new(schema.clone(), columns).unwrap()
            };
            reader.unwrap().map(|rows| viewed(rows.unwrap())).collect()
        }
        "txt" => {
            let text = fs::read_to_string(path).unwrap();
            let column: ArrayRef = Arc::new(text.lines().map(Some).collect::<StringViewArray>());
            vec![RecordBatch::try_new(schema.clone(), vec![column]).unwrap()]
        }
        other => panic!("a file of {other}"),
    };
    concat_batches(schema, &batches).unwrap()
}

/// The numbers in all parts, sorted.
fn numbers_in(directory: &Path) -> Vec<u64> {
    let files = names(directory).into_iter().map(|name| directory.join(name));
    let mut numbers: Vec<u64> = files.flat_map(|path| numbers_of(&read(&path, &number_schema()))).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn what_is_written_is_read_whatever_the_form_and_the_size_of_batches() {
    for encoding in encodings() {
        for (rows, batch_rows) in [(0, 1), (1, 1), (500, 1), (20_000, 7), (20_000, 1024), (20_000, 8192)] {
            let directory = tempfile::tempdir().unwrap();
            let place = directory.path().join("deep/down");
            trial::finishes(writes(numbers(rows, batch_rows), parts(&place, encoding.clone())));
            let name = format!("part-0-0.{}", encoding.extension());
            assert_eq!(names(&place), [name.as_str()]);
            assert_eq!(
                read(&place.join(name), &number_schema()),
                number_rows(0..rows),
                "{encoding:?}, {rows}"
            );
        }
    }
}

#[test]
fn texts_are_written_as_lines() {
    let column: ArrayRef =
        Arc::new((0..3000).map(|row| Some(format!("line {row}"))).collect::<StringViewArray>());
    let lines = RecordBatch::try_from_iter_with_nullable([("line", column, false)]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let target = Target::Directory(directory.path().to_owned());
    let spec = FileSpec::new(target, Encoding::Lines, lines.schema());
    trial::finishes(writes(Collection::of(lines.schema(), [lines.clone()]).batch_rows(100), spec));
    assert_eq!(read(&directory.path().join("part-0-0.txt"), &lines.schema()), lines);
}

#[test]
fn each_subtask_writes_files_of_its_own() {
    for encoding in encodings() {
        let directory = tempfile::tempdir().unwrap();
        trial::finishes(generates(100_000, parts(directory.path(), encoding.clone())).parallel(3));
        let extension = encoding.extension();
        let expected: Vec<String> = (0..3).map(|subtask| format!("part-{subtask}-0.{extension}")).collect();
        assert_eq!(names(directory.path()), expected);
        assert!(numbers_in(directory.path()) == (0..100_000).collect::<Vec<_>>(), "{encoding:?}");
    }
}

#[test]
fn a_part_that_is_long_enough_is_followed_by_another() {
    let small = ParquetStyle { row_group_rows: 500, ..ParquetStyle::default() };
    for encoding in encodings().into_iter().take(3).chain([Encoding::Parquet(small)]) {
        for publish in [Publish::AtEnd, Publish::EachFile] {
            let directory = tempfile::tempdir().unwrap();
            let spec = FileSpec { roll_bytes: 60_000, publish, ..parts(directory.path(), encoding.clone()) };
            trial::finishes(writes(numbers(30_000, 100), spec));
            let files = names(directory.path()).len();
            assert!(files > 3, "{files} files of {encoding:?}");
            let mut rows = Vec::new();
            for number in 0..files {
                let path = directory.path().join(format!("part-0-{number}.{}", encoding.extension()));
                let bytes = fs::metadata(&path).unwrap().len();
                let is_last = number + 1 == files;
                assert!(bytes < 80_000 && (is_last || bytes > 40_000), "{bytes} bytes of {encoding:?}");
                rows.extend(numbers_of(&read(&path, &number_schema())));
            }
            assert!(rows == (0..30_000).collect::<Vec<_>>(), "in their order");
        }
    }
}

#[test]
fn many_megabytes_are_written_behind_the_rows() {
    let long = |range: std::ops::Range<u64>| {
        let texts: StringViewArray = range.map(|row| Some(format!("{row} ").repeat(200))).collect();
        RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap()
    };
    let directory = tempfile::tempdir().unwrap();
    let (schema, path) = (long(0..0).schema(), directory.path().join("all.txt"));
    let spec = FileSpec::new(Target::File(path.clone()), Encoding::Lines, schema.clone());
    let (source, sink) = (Generator::new(schema, long).count(40_000), FileSink::new(spec).unwrap());
    trial::finishes(trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)));
    let text = fs::read_to_string(path).unwrap();
    assert!(text.len() > 32 << 20);
    assert!(text.lines().enumerate().all(|(row, line)| line == format!("{row} ").repeat(200)));
}

#[test]
fn rows_that_are_taken_back_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let batch = Batch::new(number_rows(0..3));
    let kinds = [RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter];
    let batch = batch.with_kinds(Some(memory::RowKinds::new(kinds)));
    let words = inserts_only(batch.clone()).unwrap_err().to_string();
    assert!(
        words.starts_with("rows are changed or taken back, and what is written stays written"),
        "{words}"
    );
    let first = batch.narrow(&vec![true, false, false].into());
    assert_eq!(inserts_only(first).unwrap(), number_rows(0..1));
    assert!(names(directory.path()).is_empty());
}
