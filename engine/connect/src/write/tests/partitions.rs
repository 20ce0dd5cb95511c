//! Rows in partitions: what comes back from them, and what is left of those before.

use std::collections::BTreeSet;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, Date32Array, Int64Array, TimestampMillisecondArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use arrow_select::take::take_record_batch;
use runtime::job::{JobState, Restart};
use runtime::random::Random;
use runtime::sim::{Loss, SimOptions, Simulation};

use super::places::Failing;
use super::*;
use crate::format::{Format, JsonOptions};
use crate::read::{FileSource, FileSourceSpec};
use crate::trial::Kept;

/// `city` and `dt` name directories.
const PARTITIONS: [usize; 2] = [3, 1];

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("number", DataType::Int64, false),
        Field::new("dt", DataType::Date32, true),
        Field::new("at", DataType::Timestamp(TimeUnit::Millisecond, None), true),
        Field::new("city", DataType::Utf8View, true),
        Field::new("text", DataType::Utf8View, true),
    ]))
}

/// Rows of four days and `cities`, which follow from their numbers.
fn rows(numbers: std::ops::Range<u64>, cities: u64) -> RecordBatch {
    let names = [Some("Köln"), None, Some("a/b: 50%"), Some("x=y")];
    let numbers: Vec<i64> = numbers.map(|number| i64::try_from(number).unwrap()).collect();
    let of = |number: &i64| number.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let city = |number: &i64| match of(number) % cities {
        city @ 0..4 => names[usize::try_from(city).unwrap()].map(str::to_owned),
        city => Some(format!("city {city}")),
    };
    let day = |number: &i64| (number % 9 != 4).then(|| 20_000 + i32::try_from(of(number) / 7 % 3).unwrap());
    let text = |number: &i64| (number % 5 != 2).then(|| format!("row, number {number}"));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(numbers.clone())),
        Arc::new(numbers.iter().map(day).collect::<Date32Array>()),
        Arc::new(numbers.iter().map(|number| Some(number * 1_001)).collect::<TimestampMillisecondArray>()),
        Arc::new(numbers.iter().map(city).collect::<StringViewArray>()),
        Arc::new(numbers.iter().map(text).collect::<StringViewArray>()),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn partitioned(directory: &Path, encoding: Encoding) -> FileSpec {
    let target = Target::Directory(directory.to_owned());
    FileSpec { partitions: PARTITIONS.to_vec(), ..FileSpec::new(target, encoding, schema()) }
}

/// The same files as a source.
fn source(directory: &Path, encoding: &Encoding) -> FileSourceSpec {
    let format = match encoding {
        Encoding::Csv(options) => Format::Csv(options.clone().null_literal("")),
        Encoding::Json(_) => Format::Json(JsonOptions::default()),
        Encoding::Arrow => Format::Arrow,
        Encoding::Parquet(_) => Format::Parquet,
        Encoding::Avro(_) => Format::Avro,
        Encoding::Lines => Format::Text,
    };
    FileSourceSpec::new([directory], format, &schema()).partitions(PARTITIONS)
}

/// All rows in the order of their numbers.
fn sorted(batches: &[RecordBatch]) -> RecordBatch {
    let all = concat_batches(&schema(), batches).unwrap();
    let numbers = all.column(0).as_primitive::<Int64Type>().values().clone();
    let mut order: Vec<u32> = (0..u32::try_from(numbers.len()).unwrap()).collect();
    order.sort_by_key(|row| numbers[*row as usize]);
    take_record_batch(&all, &UInt32Array::from(order)).unwrap()
}

/// A job that keeps what lies in a directory.
fn reads(directory: &Path, encoding: &Encoding, kept: &Kept) -> Vertex {
    let (open, kept) = (FileSource::open(source(directory, encoding)), kept.clone());
    trial::vertex(open, move |seat| kept.make(seat))
}

fn batches(kept: &Kept) -> Vec<RecordBatch> {
    kept.batches().into_iter().map(|(_, _, batch)| batch.columns().clone()).collect()
}

/// What lies in a directory, sorted.
fn read_back(directory: &Path, encoding: &Encoding) -> RecordBatch {
    let kept = Kept::default();
    trial::finishes(reads(directory, encoding, &kept).parallel(2));
    sorted(&batches(&kept))
}

fn csv() -> Encoding {
    Encoding::Csv(CsvOptions::default().header(true))
}

fn all_names(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for name in names(&next) {
            let path = next.join(name);
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let path = path.strip_prefix(directory).unwrap();
                    found.insert(path.to_str().unwrap().to_owned());
                }
            }
        }
    }
    found
}

/// A job of subtasks that write so many rows of `cities`.
fn job(count: u64, cities: u64, spec: FileSpec) -> Vertex {
    let make = move |numbers| rows(numbers, cities);
    let (source, sink) = (Generator::new(schema(), make).count(count), FileSink::new(spec).unwrap());
    trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat))
}

#[test]
fn what_is_written_to_partitions_is_read_whatever_the_form_and_the_size_of_batches() {
    for encoding in encodings() {
        for (count, batch_rows) in [(1, 1), (300, 1), (10_000, 700)] {
            let directory = tempfile::tempdir().unwrap();
            let rows = rows(0..count, 6);
            let collection = Collection::of(schema(), [rows.clone()]).batch_rows(batch_rows);
            trial::finishes(writes(collection, partitioned(directory.path(), encoding.clone())));
            assert_eq!(read_back(directory.path(), &encoding), rows, "{encoding:?}, {count}");
        }
        let directory = tempfile::tempdir().unwrap();
        trial::finishes(job(30_000, 6, partitioned(directory.path(), encoding.clone())).parallel(3));
        assert_eq!(read_back(directory.path(), &encoding), rows(0..30_000, 6), "{encoding:?}");
    }
}

#[test]
fn directories_have_the_names_of_values_and_files_are_without_them() {
    let directory = tempfile::tempdir().unwrap();
    let written = rows(0..200, 4);
    trial::finishes(writes(
        Collection::of(schema(), [written.clone()]),
        partitioned(directory.path(), csv()),
    ));
    let cities = ["city=Köln", "city=__DEFAULT_PARTITION__", "city=a%2Fb%3A 50%25", "city=x%3Dy"];
    let mut found = names(directory.path());
    found.sort_unstable();
    let mut expected = cities.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(found, expected);
    let days = ["dt=2024-10-04", "dt=2024-10-05", "dt=2024-10-06", "dt=__DEFAULT_PARTITION__"];
    assert_eq!(names(&directory.path().join("city=x%3Dy")), days);
    let file = directory.path().join("city=x%3Dy/dt=2024-10-05/part-0-0.csv");
    let text = fs::read_to_string(file).unwrap();
    assert!(text.starts_with("number,at,text\n") && text.lines().count() > 1, "{text}");
    assert_eq!(read_back(directory.path(), &csv()), written);

    let other = tempfile::tempdir().unwrap();
    let spec = FileSpec { default_partition: "none".into(), ..partitioned(other.path(), csv()) };
    trial::finishes(writes(Collection::of(schema(), [written]), spec));
    assert!(names(other.path()).contains(&"city=none".to_owned()));
}

#[test]
fn a_partition_that_waits_for_rows_is_closed_when_there_are_many() {
    for encoding in [csv(), Encoding::Parquet(ParquetStyle::default())] {
        let directory = tempfile::tempdir().unwrap();
        let written = rows(0..2_000, 20);
        let collection = Collection::of(schema(), [written.clone()]).batch_rows(500);
        trial::finishes(writes(collection, partitioned(directory.path(), encoding.clone())));
        assert_eq!(names(directory.path()).len(), 20);
        let files = all_names(directory.path());
        assert!(files.iter().any(|name| name.contains("/part-0-3.")), "{} files", files.len());
        assert!(files.iter().all(|name| !name.contains("inprogress")));
        assert_eq!(read_back(directory.path(), &encoding), written);
    }
    // As many as may be open: each has one file.
    let directory = tempfile::tempdir().unwrap();
    let collection = Collection::of(schema(), [rows(0..4_000, 16)]).batch_rows(500);
    trial::finishes(writes(collection, partitioned(directory.path(), csv())));
    assert_eq!(all_names(directory.path()).len(), 64);
}

#[test]
fn overwriting_replaces_the_partitions_that_get_rows() {
    let directory = tempfile::tempdir().unwrap();
    trial::finishes(job(5_000, 6, partitioned(directory.path(), csv())).parallel(3));
    let before = all_names(directory.path());
    assert!(before.len() > 60, "several subtasks have written to each: {before:?}");
    fs::write(directory.path().join("city=x%3Dy/notes.txt"), "mine").unwrap();
    // Without leave to, nothing is touched.
    let words = trial::fails(job(10, 6, partitioned(directory.path(), csv()))).to_string();
    assert!(words.contains("is there already, from an earlier run"), "{words}");
    fs::remove_file(directory.path().join("city=x%3Dy/notes.txt")).unwrap();
    assert_eq!(read_back(directory.path(), &csv()), rows(0..5_000, 6));

    // One subtask, whose rows are of one partition: those of two others are removed from it.
    let spec = || FileSpec { overwrite: true, ..partitioned(directory.path(), csv()) };
    let all = rows(0..5_000, 6);
    let is_meant = |batch: &RecordBatch, row: usize| {
        let (city, day) = (batch.column(3).as_string_view(), batch.column(1));
        city.is_valid(row) && city.value(row) == "x=y" && day.is_null(row)
    };
    let pick = |batch: &RecordBatch, is_meant: &dyn Fn(&RecordBatch, usize) -> bool| {
        let rows = (0..batch.num_rows()).filter(|row| is_meant(batch, *row));
        let rows = rows.map(|row| u32::try_from(row).unwrap()).collect::<UInt32Array>();
        take_record_batch(batch, &rows).unwrap()
    };
    let new = pick(&rows(9_000..9_500, 6), &is_meant);
    trial::finishes(writes(Collection::of(schema(), [new.clone()]), spec()));
    let place = directory.path().join("city=x%3Dy/dt=__DEFAULT_PARTITION__");
    assert_eq!(names(&place), ["part-0-0.csv"]);
    let others = pick(&all, &|batch, row| !is_meant(batch, row));
    assert_eq!(read_back(directory.path(), &csv()), sorted(&[others, new]));
}

#[test]
fn partitions_are_marked_when_all_subtasks_have_ended() {
    for publish in [Publish::AtEnd, Publish::EachFile] {
        let directory = tempfile::tempdir().unwrap();
        let spec = FileSpec {
            success_file: Some("_SUCCESS".into()),
            publish,
            roll_bytes: 500,
            ..partitioned(directory.path(), csv())
        };
        trial::finishes(job(1_000, 8, spec.clone()).parallel(3));
        let (marks, files): (BTreeSet<_>, BTreeSet<_>) =
            all_names(directory.path()).into_iter().partition(|name| name.ends_with("/_SUCCESS"));
        let partitions: BTreeSet<_> =
            files.iter().map(|name| format!("{}/_SUCCESS", name.rsplit_once('/').unwrap().0)).collect();
        assert!(marks.len() > 30);
        assert_eq!(marks, partitions);
        assert_eq!(read_back(directory.path(), &csv()), rows(0..1_000, 8));
        // They are there again, and what was not written is as it was.
        trial::finishes(job(20, 8, FileSpec { overwrite: true, ..spec }).parallel(2));
        assert_eq!(
            all_names(directory.path()).iter().filter(|name| name.ends_with("/_SUCCESS")).count(),
            marks.len()
        );
    }
}

#[test]
fn without_rows_there_is_no_partition() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("table");
    let spec = FileSpec { success_file: Some("_SUCCESS".into()), ..partitioned(&place, csv()) };
    trial::finishes(job(0, 6, spec).parallel(2));
    assert!(names(&place).is_empty());
    assert_eq!(read_back(&place, &csv()).num_rows(), 0);
}

#[test]
fn a_job_that_is_started_again_writes_its_partitions_again() {
    for publish in [Publish::AtEnd, Publish::EachFile] {
        let directory = tempfile::tempdir().unwrap();
        let spec = FileSpec { publish, roll_bytes: 5_000, ..partitioned(directory.path(), csv()) };
        let sink = FileSink::new(spec).unwrap();
        let make = move |seat: &Seat| -> trial::MadeSource {
            // The attempts before begin with other rows, so with partitions that are not met again.
            let is_last = seat.place.attempt == 3;
            let cities = if is_last { 6 } else { 20 };
            let source = Generator::new(schema(), move |numbers| rows(numbers, cities)).count(20_000);
            let polls_left = (!is_last).then_some(2 * seat.place.attempt);
            Ok(Box::new(Failing { source: source.make(seat)?, polls_left }))
        };
        let mut graph = trial::graph(trial::vertex(make, move |seat| sink.make(seat)).parallel(2));
        graph.restart = Restart::Fixed { attempts: 3, delay: Duration::from_millis(1) };
        let outcome = trial::run(graph);
        assert_eq!(outcome.state, JobState::Finished, "{:?}", outcome.failure);
        let files = all_names(directory.path());
        assert!(files.iter().all(|name| !name.contains("inprogress")), "{files:?}");
        assert_eq!(read_back(directory.path(), &csv()), rows(0..20_000, 6), "{publish:?}");
    }
}

#[test]
fn partitions_of_a_finished_job_survive_every_crash() {
    let (out, mut crashes) = (Path::new("/out/table"), 0);
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let spec = FileSpec {
            roll_bytes: random.within(1_000, 100_000),
            publish: *random.pick(&[Publish::AtEnd, Publish::EachFile]),
            success_file: random.chance(500).then(|| "_SUCCESS".to_owned()),
            ..partitioned(out, csv())
        };
        let parallelism = u32::try_from(random.within(1, 3)).unwrap();
        let mut graph = trial::graph(job(2_000, random.within(4, 40), spec).parallel(parallelism));
        graph.restart = Restart::Fixed { attempts: 20, delay: Duration::from_millis(1) };
        let mut simulation = Simulation::new(seed, SimOptions::calm(2));
        let (job, _) = simulation.run(graph).unwrap();
        for _ in 0..random.within(1, 4) {
            let at_ns = simulation.now_ns() + random.within(10_000, 9_000_000);
            if simulation.run_until_idle(at_ns).is_ok() {
                break;
            }
            crashes += 1;
            simulation.crash(0, *random.pick(&[Loss::Nothing, Loss::All, Loss::Some]));
        }
        simulation.run_until_idle(600_000_000_000).unwrap();
        let outcome = simulation.outcome(job).unwrap();
        assert_eq!(outcome.state, JobState::Finished, "seed {seed}: {:?}", outcome.failure);
        // Whatever was not made durable is gone now.
        simulation.crash(0, Loss::All);
        let kept = Kept::default();
        let (job, _) = simulation.run(trial::graph(reads(out, &csv(), &kept))).unwrap();
        simulation.run_until_idle(1_200_000_000_000).unwrap();
        assert_eq!(simulation.outcome(job).unwrap().state, JobState::Finished, "seed {seed}");
        let numbers = sorted(&batches(&kept)).column(0).as_primitive::<Int64Type>().values().to_vec();
        assert!(numbers == (0..2_000).collect::<Vec<_>>(), "seed {seed}: {} rows", numbers.len());
    }
    assert!(crashes > 30, "{crashes} crashes: most jobs should meet one");
}

#[test]
fn partitions_that_cannot_be_are_refused() {
    let refusal = |spec: FileSpec| FileSink::new(spec).unwrap_err().to_string();
    let spec = partitioned(Path::new("out"), csv());
    assert_eq!(
        refusal(FileSpec { partitions: vec![1, 1], ..spec.clone() }),
        "column dt cannot name the directories of partitions: it is named twice; name it once"
    );
    assert_eq!(
        refusal(FileSpec { target: Target::File("out.csv".into()), ..spec.clone() }),
        "out.csv is one file, and was to have partitions; name a directory"
    );
    assert!(
        refusal(FileSpec { partitions: vec![0, 1, 2, 3, 4], ..spec.clone() })
            .starts_with("the rows have no columns")
    );
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    let schema = Schema::new(vec![
        field("n", DataType::Int64),
        field("_dt", DataType::Utf8View),
        field("list", DataType::new_list(DataType::Int64, true)),
    ]);
    let spec = FileSpec { schema: Arc::new(schema), ..spec };
    assert_eq!(
        refusal(FileSpec { partitions: vec![1], ..spec.clone() }),
        "column _dt cannot name the directories of partitions: names that begin with `.` or `_` are not read; rename it"
    );
    assert_eq!(
        refusal(FileSpec { partitions: vec![2], ..spec }),
        "column list cannot name the directories of partitions: its type is List(Int64); cast it to a string"
    );
}
