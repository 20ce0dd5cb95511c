//! Avro files.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, record_batch};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::{WriterBuilder, format::AvroOcfFormat};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use connect::format::{Format, InferError, Sample, infer};
use connect::read::FileSourceSpec;

use crate::rig::{Rig, bytes};

fn rows(from: i64, count: i64) -> RecordBatch {
    let numbers = from..from + count;
    let word =
        |n: i64| (n % 3 != 0).then(|| format!("word {n} {}", "x".repeat(usize::try_from(n % 20).unwrap())));
    RecordBatch::try_from_iter_with_nullable([
        ("word", Arc::new(numbers.clone().map(word).collect::<StringViewArray>()) as ArrayRef, true),
        ("n", Arc::new(numbers.clone().collect::<Int64Array>()), false),
        ("twice", Arc::new(numbers.map(|n| (n % 2 == 0).then_some(2 * n)).collect::<Int64Array>()), true),
    ])
    .unwrap()
}

/// A file with a block for each batch.
fn avro(batches: &[RecordBatch], codec: Option<CompressionCodec>) -> Vec<u8> {
    let builder = WriterBuilder::new((*batches[0].schema()).clone()).with_compression(codec);
    let mut writer = builder.build::<_, AvroOcfFormat>(Vec::new()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner()
}

fn blocks(block_rows: &[i64]) -> Vec<RecordBatch> {
    let starts = block_rows.iter().scan(0, |next, count| {
        *next += count;
        Some(*next - count)
    });
    starts.zip(block_rows).map(|(start, count)| rows(start, *count)).collect()
}

fn spec(path: &PathBuf) -> FileSourceSpec {
    let columns = infer(&Format::Avro, &Sample::whole(&bytes(path)), 1000).unwrap();
    FileSourceSpec::avro([path], &columns)
}

#[test]
fn every_block_is_in_one_split_wherever_the_file_is_cut() {
    let rig = Rig::start();
    let batches = blocks(&[1, 20, 3, 500, 1, 1, 40]);
    for codec in [None, Some(CompressionCodec::Deflate), Some(CompressionCodec::Snappy)] {
        let file = avro(&batches, codec);
        let path = rig.file("rows.avro", &file);
        for split in [60, 333, 1000, 5000, 1 << 30] {
            for (batch, block) in [(1, 1 << 20), (64, 100), (8192, 333)] {
                let spec = spec(&path).split_bytes(split).batch_rows(batch).block_bytes(block);
                let (schema, figures) = (spec.schema(), spec.figures());
                let outcome = rig.read(spec);
                assert_eq!(outcome.rows(&schema).columns(), rows(0, 566).columns(), "splits of {split}");
                assert_eq!(figures.splits(), (file.len() as u64).div_ceil(split));
                assert!(outcome.batches.iter().all(|(_, rows)| rows.num_rows() <= batch));
            }
        }
    }
}

#[test]
fn columns_are_found_by_name_in_any_order_and_type() {
    let rig = Rig::start();
    let written = rows(0, 50);
    let path = rig.file("rows.avro", avro(std::slice::from_ref(&written), None));
    let columns = Schema::new(vec![
        Field::new("twice", DataType::Float64, true),
        Field::new("word", DataType::Utf8, true),
    ]);
    let spec = FileSourceSpec::avro([&path], &columns);
    let schema = spec.schema();
    let read = rig.read(spec.clone()).rows(&schema);
    assert_eq!(read.column(1), written.column(0));
    assert_eq!(read.column(0), &arrow_cast::cast(written.column(2), &DataType::Float64).unwrap());
    let none = spec.project([]);
    let schema = none.schema();
    assert_eq!(rig.read(none).rows(&schema).num_rows(), 50);
    let other = Schema::new(vec![Field::new("m", DataType::Int64, true)]);
    assert_eq!(
        rig.words(&rig.read(FileSourceSpec::avro([&path], &other))),
        "rows.avro: it has no column m, but word, n, twice; declare one of these"
    );
}

#[test]
fn columns_are_known_from_the_header() {
    let rig = Rig::start();
    let written = record_batch!(("n", Int64, [1])).unwrap();
    let instant = arrow_array::TimestampMillisecondArray::from(vec![1]).with_timezone("UTC");
    let written = RecordBatch::try_from_iter([
        ("n", written.column(0).clone()),
        ("at", Arc::new(instant) as ArrayRef),
        (
            "tags",
            Arc::new(arrow_array::ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>([
                Some([Some(1)]),
            ])),
        ),
    ])
    .unwrap();
    let file = avro(std::slice::from_ref(&written), None);
    let schema = infer(&Format::Avro, &Sample::whole(&file), 1).unwrap();
    let types: Vec<_> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(types[1], DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())));
    assert!(
        matches!(&types[2], DataType::List(item) if item.data_type() == &DataType::Int32),
        "{}",
        types[2]
    );
    let short = Sample { head: &file[..40], tail: &[], length: file.len() as u64 };
    assert_eq!(infer(&Format::Avro, &short, 1), Err(InferError::NeedsHead(40)));
    let spec = FileSourceSpec::avro([rig.file("types.avro", file)], &schema);
    let schema = spec.schema();
    assert_eq!(rig.read(spec).rows(&schema).num_rows(), 1);
}

#[test]
fn a_header_may_be_longer_than_the_first_look() {
    let rig = Rig::start();
    let names: Vec<_> =
        (0..3000).map(|number| format!("a_column_with_a_long_name_number_{number}")).collect();
    let column = Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
    let wide = RecordBatch::try_from_iter(names.iter().map(|name| (name, column.clone()))).unwrap();
    let spec = spec(&rig.file("wide.avro", avro(std::slice::from_ref(&wide), None)));
    let schema = spec.schema();
    for split in [1 << 30, 150_000] {
        assert_eq!(rig.read(spec.clone().split_bytes(split)).rows(&schema).columns(), wide.columns());
    }
}

#[test]
fn damage_names_the_file() {
    let rig = Rig::start();
    let columns = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    let told = |name: &str, bytes: &[u8]| {
        rig.words(&rig.read(FileSourceSpec::avro([rig.file(name, bytes)], &columns).project([0])))
    };
    let remedy = "check that it is whole, and of this format";
    assert_eq!(
        told("a.avro", b"some text that is not Avro"),
        format!("a.avro cannot be read as Avro: it does not begin with Obj1; {remedy}")
    );
    let file = avro(&blocks(&[5, 5]), None);
    assert_eq!(
        told("b.avro", &file[..file.len() - 1]),
        format!("b.avro cannot be read as Avro: it ends within a block; {remedy}")
    );
    let mut wrong = file.clone();
    *wrong.last_mut().unwrap() ^= 1;
    assert!(told("c.avro", &wrong).contains("is damaged; check that it is whole"));
    assert!(told("d.avro", &file[..30]).starts_with("d.avro cannot be read as Avro: "));
    // A file without a row is whole.
    let none = rows(0, 1).slice(0, 0);
    let outcome = rig.read(FileSourceSpec::avro([rig.file("e.avro", avro(&[none], None))], &columns));
    assert_eq!((outcome.failure, outcome.batches.len()), (None, 0));
}

#[test]
fn no_damaged_byte_is_a_panic() {
    let rig = Rig::start();
    let batches = blocks(&[10, 10]);
    for codec in [None, Some(CompressionCodec::Snappy), Some(CompressionCodec::ZStandard)] {
        let file = avro(&batches, codec);
        for position in (0..file.len()).step_by(17) {
            let mut damaged = file.clone();
            damaged[position] ^= 0x41;
            let spec = FileSourceSpec::avro([rig.file("damaged", damaged)], &batches[0].schema());
            if let Some(failure) = rig.read(spec).failure {
                assert!(failure.contains("/damaged"), "{position}: {failure}");
            }
        }
    }
}

#[test]
fn what_was_saved_goes_on_in_the_middle_of_a_block() {
    let rig = Rig::start();
    let path = rig.file("rows.avro", avro(&blocks(&[30, 1, 100, 7, 62]), Some(CompressionCodec::Deflate)));
    for stop_after in [1, 3] {
        let (mut found, mut snapshots) = (Vec::new(), Vec::new());
        for run in 0.. {
            let split = [1 << 20, 300, 900][run % 3];
            let spec = spec(&path).project([1]).batch_rows(8 + run % 3).split_bytes(split);
            let outcome = rig.run(spec, [2, 1, 3][run % 3], snapshots, Some(stop_after));
            assert_eq!(outcome.failure, None);
            snapshots = outcome.snapshots;
            if outcome.batches.is_empty() {
                break;
            }
            for (_, batch) in &outcome.batches {
                let numbers = batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap();
                found.extend(numbers.values().iter().copied());
            }
            assert!(run < 1000, "it does not end");
        }
        found.sort_unstable();
        assert_eq!(found, (0..200).collect::<Vec<_>>());
    }
}
