//! Parquet and Arrow IPC.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray, record_batch};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use connect::format::{Format, InferError, Sample, infer, with_views};
use connect::read::FileSourceSpec;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::rig::{Rig, bytes};

/// Rows with all that may need care: long and short strings, nulls, dictionaries, lists.
fn rows(from: i64, count: i64) -> RecordBatch {
    let numbers = from..from + count;
    let word =
        |n: i64| (n % 3 != 0).then(|| format!("word {n} {}", "x".repeat(usize::try_from(n % 20).unwrap())));
    let tags: DictionaryArray<Int32Type> = numbers
        .clone()
        .map(|n| Some(["red", "green", "a rather long colour"][usize::try_from(n % 3).unwrap()]))
        .collect();
    let lists = numbers.clone().map(|n| Some((0..n % 3).map(Some).collect::<Vec<_>>()));
    RecordBatch::try_from_iter([
        ("n", Arc::new(numbers.clone().collect::<Int64Array>()) as ArrayRef),
        ("word", Arc::new(numbers.map(word).collect::<StringArray>())),
        ("tag", Arc::new(tags)),
        (
            "list",
            Arc::new(arrow_array::ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(
                lists,
            )),
        ),
    ])
    .unwrap()
}

/// The same rows as the engine has them.
fn viewed(rows: &RecordBatch) -> RecordBatch {
    let schema = with_views(&rows.schema());
    let columns = rows.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| arrow_cast::cast(column, field.data_type()).unwrap());
    RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
}

fn parquet(rows: &RecordBatch, group_rows: usize) -> Vec<u8> {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).unwrap();
    writer.write(rows).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_file(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn spec(path: &PathBuf, format: Format) -> FileSourceSpec {
    let columns = infer(&format, &Sample::whole(&bytes(path)), 1000).unwrap();
    FileSourceSpec::new([path], format, &columns)
}

#[test]
fn row_groups_are_splits() {
    let rig = Rig::start();
    let written = rows(0, 2500);
    let path = rig.file("rows.parquet", parquet(&written, 300));
    for batch in [1, 7, 1024, 8192] {
        let spec = spec(&path, Format::Parquet).batch_rows(batch);
        let (schema, figures) = (spec.schema(), spec.figures());
        let outcome = rig.read(spec);
        assert_eq!(outcome.rows(&schema), viewed(&written));
        assert_eq!(figures.splits(), 9);
        assert!(outcome.batches.iter().all(|(_, rows)| rows.num_rows() <= batch));
    }
    let spec = spec(&path, Format::Parquet).project([0]);
    let outcome = rig.read_with(spec, 4);
    assert_eq!(outcome.failure, None);
    let numbers = outcome.batches.iter().flat_map(|(_, batch)| {
        batch.column(0).as_primitive::<arrow_array::types::Int64Type>().values().to_vec()
    });
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..2500).collect::<Vec<_>>());
}

#[test]
fn columns_are_found_by_name_in_any_order() {
    let rig = Rig::start();
    let written = rows(0, 50);
    let columns = Schema::new(vec![
        Field::new("word", DataType::Utf8, true),
        Field::new("n", DataType::Float64, false),
    ]);
    let numbers: arrow_array::Float64Array = (0..50).map(f64::from).collect();
    for (name, format, bytes) in [
        ("rows.parquet", Format::Parquet, parquet(&written, 1000)),
        ("rows.arrow", Format::Arrow, arrow_file(std::slice::from_ref(&written))),
        ("rows.arrows", Format::Arrow, arrow_stream(std::slice::from_ref(&written))),
    ] {
        let spec = FileSourceSpec::new([rig.file(name, bytes)], format, &columns);
        let schema = spec.schema();
        let rows = rig.read(spec).rows(&schema);
        assert_eq!(rows.column(0), viewed(&written).column(1), "{name}");
        assert_eq!(rows.column(1).as_primitive(), &numbers, "{name}");
    }
}

#[test]
fn files_and_streams_of_arrow_are_told_apart() {
    let rig = Rig::start();
    let batches = [rows(0, 10), rows(10, 3000), rows(3010, 1)];
    let written = viewed(&concat_batches(&batches[0].schema(), &batches).unwrap());
    // A dictionary that grows from batch to batch is another one in a stream, and none in a file.
    let path = rig.file("mixed/a.arrow", arrow_stream(&batches));
    rig.file("mixed/b.arrow", arrow_file(&batches[1..2]));
    for batch in [1, 7, 1024, 8192] {
        for block in [100, 1 << 20] {
            let outcome = rig.read(spec(&path, Format::Arrow).batch_rows(batch).block_bytes(block));
            assert_eq!(outcome.rows(&written.schema()), written);
            assert!(outcome.batches.iter().all(|(_, rows)| rows.num_rows() <= batch));
        }
    }
    let columns = infer(&Format::Arrow, &Sample::whole(&bytes(&path)), 1000).unwrap();
    let both = rig.read_with(FileSourceSpec::arrow([rig.path("mixed")], &columns), 2);
    assert_eq!(both.rows(&written.schema()).num_rows(), 3011 + 3000);
}

#[test]
fn a_file_without_rows_has_none() {
    let rig = Rig::start();
    let none = rows(0, 10).slice(0, 0);
    for (name, format, bytes) in [
        ("none.parquet", Format::Parquet, parquet(&none, 10)),
        ("none.arrow", Format::Arrow, arrow_file(std::slice::from_ref(&none))),
        ("none.arrows", Format::Arrow, arrow_stream(std::slice::from_ref(&none))),
    ] {
        let outcome = rig.read(spec(&rig.file(name, bytes), format));
        assert_eq!((outcome.failure, outcome.batches.len()), (None, 0), "{name}");
    }
}

#[test]
fn a_footer_may_be_longer_than_the_first_look() {
    let rig = Rig::start();
    let names: Vec<_> =
        (0..3000).map(|number| format!("a column with a long name, number {number}")).collect();
    let column = Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
    let wide = RecordBatch::try_from_iter(names.iter().map(|name| (name, column.clone()))).unwrap();
    for (name, format, file) in [
        ("wide.parquet", Format::Parquet, parquet(&wide, 10)),
        ("wide.arrow", Format::Arrow, arrow_file(std::slice::from_ref(&wide))),
    ] {
        let length = file.len() as u64;
        let tail = &file[file.len() - 1000..];
        let needed = infer(&format, &Sample { head: &file[..1000], tail, length }, 1000).unwrap_err();
        assert!(matches!(needed, InferError::NeedsTail(bytes) if bytes > 100_000), "{needed}");
        let spec = spec(&rig.file(name, file), format);
        let schema = spec.schema();
        assert_eq!(rig.read(spec).rows(&schema).columns(), wide.columns());
    }
}

#[test]
fn damage_names_the_file() {
    let rig = Rig::start();
    let columns = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    let told = |name: &str, format: Format, bytes: &[u8]| {
        let path = rig.file(name, bytes);
        rig.words(&rig.read(FileSourceSpec::new([path], format, &columns)))
    };
    let remedy = "check that it is whole, and of this format";
    assert_eq!(
        told("a.parquet", Format::Parquet, b"some text that is not Parquet"),
        format!("a.parquet cannot be read as Parquet: it does not end with PAR1; {remedy}")
    );
    assert_eq!(
        told("b.parquet", Format::Parquet, b""),
        format!(
            "b.parquet cannot be read as Parquet: its 0 bytes are less than a Parquet file has; {remedy}"
        )
    );
    let file = arrow_file(&[record_batch!(("n", Int64, [1, 2])).unwrap()]);
    assert_eq!(
        told("c.arrow", Format::Arrow, &file[..file.len() - 1]),
        format!("c.arrow cannot be read as Arrow: Arrow file does not contain correct footer; {remedy}")
    );
    assert_eq!(
        told("d.arrow", Format::Arrow, b""),
        format!("d.arrow cannot be read as Arrow: it ends before its schema does; {remedy}")
    );
    let stream = arrow_stream(&[record_batch!(("n", Int64, [1, 2])).unwrap()]);
    assert_eq!(
        told("e.arrow", Format::Arrow, &stream[..stream.len() - 20]),
        format!("e.arrow cannot be read as Arrow: Unexpected End of Stream; {remedy}")
    );
    let other = record_batch!(("m", Int64, [1])).unwrap();
    assert_eq!(
        told("f.parquet", Format::Parquet, &parquet(&other, 10)),
        "f.parquet: it has no column n, but m; declare one of these"
    );
}

#[test]
fn no_damaged_byte_is_a_panic() {
    let rig = Rig::start();
    let written = rows(0, 20);
    let schema = with_views(&written.schema());
    let files = [
        (Format::Parquet, parquet(&written, 10)),
        (Format::Arrow, arrow_file(std::slice::from_ref(&written))),
        (Format::Arrow, arrow_stream(std::slice::from_ref(&written))),
    ];
    for (format, file) in files {
        for position in (0..file.len()).step_by(23) {
            let mut damaged = file.clone();
            damaged[position] ^= 0x41;
            let path = rig.file("damaged", damaged);
            let outcome = rig.read(FileSourceSpec::new([path], format.clone(), &schema));
            if let Some(failure) = outcome.failure {
                assert!(failure.contains("/damaged"), "{position}: {failure}");
            }
        }
    }
}
