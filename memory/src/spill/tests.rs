//! Promises of spill files: what was written is read, in order; a disk that is full, broken or lying is a typed
//! error; and space and memory are given back.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, ListArray, MapArray, RecordBatch,
    StringViewArray, StructArray, record_batch,
};
use arrow_buffer::OffsetBuffer;
use arrow_cast::cast;
use arrow_schema::{DataType, Field};
use arrow_select::concat::concat_batches;
use options::Settings;
use proptest::prelude::*;

use super::*;
use crate::batch::{Batch, Envelope, RowKind, RowKinds};
use crate::budget::{Lease, Reservation};
use crate::column::{ColumnBuilder, Layout, Rows};
use crate::error::Error;
use crate::random::{all_types, random_batch};
use crate::segment::Pool;

const FORMAT: SpillFormat = SpillFormat { block_bytes: 16 << 10, compress: true, read_ahead_bytes: 64 << 10 };

/// A disk in memory with room for so many bytes, whose files can be damaged.
#[derive(Debug)]
struct FakeDisk {
    room: Arc<AtomicU64>,
    files: Mutex<Vec<FakeFile>>,
}

#[derive(Clone, Debug)]
struct FakeFile {
    room: Arc<AtomicU64>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl FakeDisk {
    fn with_room(room: u64) -> Arc<Self> {
        Arc::new(Self { room: Arc::new(AtomicU64::new(room)), files: Mutex::default() })
    }

    fn last_file(&self) -> FakeFile {
        self.files.lock().unwrap().last().unwrap().clone()
    }
}

impl Disk for FakeDisk {
    fn create(&self, directory: &Path) -> io::Result<Box<dyn DiskFile>> {
        if directory == Path::new("/missing") {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = FakeFile { room: self.room.clone(), bytes: Arc::default() };
        self.files.lock().unwrap().push(file.clone());
        Ok(Box::new(file))
    }
}

impl DiskFile for FakeFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut file, end) = (self.bytes.lock().unwrap(), offset as usize + bytes.len());
        if end as u64 > self.room.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let length = file.len().max(end);
        file.resize(length, 0);
        file[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        let file = self.bytes.lock().unwrap();
        let found =
            file.get(offset as usize..offset as usize + into.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        into.copy_from_slice(found);
        Ok(())
    }
}

fn directories(disk: Arc<FakeDisk>, size_max: u64) -> SpillDirectories {
    SpillDirectories::open_on(disk, vec!["/one".into(), "/two".into()], size_max, FORMAT).unwrap()
}

fn numbers(count: i64) -> Batch {
    Batch::new(record_batch!(("n", Int64, (0..count).map(|n| n * 7919).collect::<Vec<i64>>())).unwrap())
}

fn spill(spills: &SpillDirectories, batches: &[Batch]) -> Result<SpillFile, Error> {
    let mut writer = spills.create(Envelope::of(&batches[0]))?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.finish()
}

fn read(file: &SpillFile) -> Result<Vec<Batch>, Error> {
    file.read().collect()
}

/// All rows as one batch of columns, kinds and hashes included.
fn joined(batches: &[Batch]) -> RecordBatch {
    let envelope = Envelope::of(&batches[0]);
    let packed: Vec<RecordBatch> = batches.iter().map(|batch| envelope.pack(batch)).collect();
    concat_batches(envelope.packed(), &packed).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_written_is_read_in_order(
        seed: u64,
        sizes in prop::collection::vec(0usize..3000, 1..6),
        types in prop::sample::subsequence(all_types(), 1..6),
        compress: bool,
        changelog: bool,
    ) {
        let total: usize = sizes.iter().sum::<usize>() + 1;
        let mut rows = Batch::new(random_batch(seed, total, &types));
        if changelog {
            let kind = |n: usize| RowKind::from_number((n % 4) as u8).unwrap();
            rows = rows.with_kinds(Some(RowKinds::new((0..total).map(kind))));
            rows = rows.with_hashes(Some((0..total as u64).collect()));
        }
        let mut batches = vec![rows.slice(total - 1, 1)];
        let mut at = 0;
        for size in sizes {
            batches.push(rows.slice(at, size));
            at += size;
        }
        let disk = FakeDisk::with_room(u64::MAX);
        let format = SpillFormat { compress, ..FORMAT };
        let spills = SpillDirectories::open_on(disk, vec!["/one".into()], u64::MAX, format).unwrap();
        let file = spill(&spills, &batches).unwrap();
        prop_assert_eq!(file.rows(), total as u64);
        prop_assert_eq!(spills.figures().used, file.bytes());
        let back = read(&file).unwrap();
        prop_assert_eq!(joined(&back), joined(&batches));
        drop((file, back));
        prop_assert_eq!(spills.figures().used, 0);
    }
}

#[test]
fn only_selected_rows_are_written() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let every_third: BooleanArray = (0..1000).map(|n| Some(n % 3 == 0)).collect();
    let chosen = numbers(1000).narrow(&every_third);
    let back = read(&spill(&spills, std::slice::from_ref(&chosen)).unwrap()).unwrap();
    assert_eq!(joined(&back), *chosen.compact().columns());
}

#[test]
fn a_short_string_of_a_large_heap_takes_the_heap_not_along() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let long = "0123456789abcdef".repeat(100);
    let strings = Batch::new(record_batch!(("s", Utf8View, vec![long.as_str(); 1000])).unwrap());
    let file = spill(&spills, &[strings.slice(5, 1)]).unwrap();
    assert!(file.bytes() < 4096, "{} bytes for one row", file.bytes());
}

/// The lengths of the blocks of a file, as they lie on disk.
fn blocks(file: &SpillFile) -> Vec<u32> {
    file.0.blocks.iter().map(|block| block.stored).collect()
}

fn texts(text: &str, rows: usize) -> ArrayRef {
    Arc::new(StringViewArray::from(vec![text; rows]))
}

/// A column of each shape whose size is hard to see: nested views, lists, a large dictionary.
fn deep_columns(rows: usize) -> Vec<ArrayRef> {
    let long = "a text that does not fit its view, and then some more of it";
    let member = Arc::new(Field::new("text", DataType::Utf8View, false));
    let in_struct = StructArray::from(vec![(member.clone(), texts(long, rows))]);
    let ends = OffsetBuffer::from_lengths(std::iter::repeat_n(2, rows));
    let in_list = ListArray::new(member.clone(), ends.clone(), texts(long, rows * 2), None);
    let entries = StructArray::from(vec![
        (Arc::new(Field::new("key", DataType::Utf8View, false)), texts(long, rows * 2)),
        (Arc::new(Field::new("value", DataType::Utf8View, false)), texts("short", rows * 2)),
    ]);
    let entry = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let in_map = MapArray::new(entry, ends, entries, None, false);
    let words: Vec<String> = (0..rows).map(|row| format!("{long} {row}")).collect();
    let dictionary: DictionaryArray<Int32Type> = words.iter().map(|word| Some(word.as_str())).collect();
    let of_two = FixedSizeListArray::new(member, 2, texts(long, rows * 2), None);
    vec![Arc::new(in_struct), Arc::new(in_list), Arc::new(in_map), Arc::new(dictionary), Arc::new(of_two)]
}

fn batch_of(column: ArrayRef) -> Batch {
    Batch::new(RecordBatch::try_from_iter([("column", column)]).unwrap())
}

#[test]
fn blocks_have_about_the_length_that_was_asked_for() {
    let format = SpillFormat { compress: false, ..FORMAT };
    let spills =
        SpillDirectories::open_on(FakeDisk::with_room(u64::MAX), vec!["/one".into()], u64::MAX, format)
            .unwrap();
    let mut cases = vec![vec![numbers(100_000)], vec![numbers(10); 1000]];
    cases.extend(deep_columns(5000).into_iter().map(|column| vec![batch_of(column)]));
    for batches in cases {
        let file = spill(&spills, &batches).unwrap();
        let data_type = batches[0].schema().field(0).data_type().clone();
        let blocks = blocks(&file);
        let (last, full) = blocks.split_last().unwrap();
        for block in full {
            let expected = FORMAT.block_bytes as u32..=FORMAT.block_bytes as u32 * 5 / 2;
            assert!(expected.contains(block), "a block of {block} bytes of {data_type}");
        }
        assert!(*last <= FORMAT.block_bytes as u32 * 5 / 2);
        assert_eq!(joined(&read(&file).unwrap()), joined(&batches));
    }
}

/// A slice of a large column takes what it shows to disk, and no more.
#[test]
fn a_slice_takes_only_its_rows_along() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    for column in deep_columns(5000) {
        let data_type = column.data_type().clone();
        let part = batch_of(column).slice(17, 3);
        let file = spill(&spills, std::slice::from_ref(&part)).unwrap();
        assert!(file.bytes() < 4096, "{} bytes for three rows of {data_type}", file.bytes());
        assert_eq!(joined(&read(&file).unwrap()), *part.columns());
    }
}

/// Two dictionaries that together have more words than their keys can number.
#[test]
fn batches_of_different_dictionaries_follow_each_other() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let words = |first: usize| {
        let words: Vec<String> = (first..first + 100).map(|n| format!("word {n}")).collect();
        let column: DictionaryArray<Int8Type> = words.iter().map(|word| Some(word.as_str())).collect();
        batch_of(Arc::new(column))
    };
    let batches = [words(0), words(100), words(200)];
    let back = read(&spill(&spills, &batches).unwrap()).unwrap();
    let plain = |batches: &[Batch]| -> Vec<String> {
        let columns = batches.iter().map(|batch| cast(batch.columns().column(0), &DataType::Utf8).unwrap());
        columns
            .flat_map(|column| {
                column.as_string::<i32>().iter().map(|word| word.unwrap().into()).collect::<Vec<_>>()
            })
            .collect()
    };
    assert_eq!(plain(&back), plain(&batches));
}

/// What pays for reading these rows, and nothing more.
fn pay_for(file: &SpillFile, rows: &Range<u64>) -> Reservation {
    let least = file.memory_to_read(rows).least;
    Lease::root("reader", least).reserve(least).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// With no more memory than the longest block takes, and with one reader for one range after the other.
    #[test]
    fn any_range_of_rows_is_read(
        seed: u64,
        sizes in prop::collection::vec((1usize..2000, any::<bool>()), 1..8),
        ranges in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..8),
        compress: bool,
    ) {
        let total: usize = sizes.iter().map(|(size, _)| size).sum();
        let rows = Batch::new(random_batch(seed, total, &[DataType::Int64, DataType::Utf8View]));
        let format = SpillFormat { compress, ..FORMAT };
        let disk = FakeDisk::with_room(u64::MAX);
        let spills = SpillDirectories::open_on(disk, vec!["/one".into()], u64::MAX, format).unwrap();
        let mut writer = spills.create(Envelope::of(&rows)).unwrap();
        let mut at = 0;
        for (size, end_of_block) in sizes {
            writer.write(&rows.slice(at, size)).unwrap();
            at += size;
            if end_of_block {
                writer.flush().unwrap();
            }
        }
        let file = writer.finish().unwrap();
        let mut reader = file.read_rows(0..0, pay_for(&file, &(0..total as u64)));
        prop_assert!(reader.next().is_none());
        for (one, other) in ranges {
            let [first, end] = [one.min(other), one.max(other)].map(|part| (part * total as f64) as usize);
            reader.seek(first as u64..end as u64);
            let mut back = vec![rows.slice(0, 0)];
            while let Some(batch) = reader.next() {
                back.push(batch.unwrap());
                prop_assert!(reader.bytes_held() as u64 <= pay_for(&file, &(0..total as u64)).bytes());
            }
            let expected = rows.slice(first, end - first);
            prop_assert_eq!(joined(&back), expected.columns().clone());
        }
    }
}

#[test]
fn blocks_without_a_wanted_row_are_not_read() {
    let disk = FakeDisk::with_room(u64::MAX);
    let spills = directories(disk.clone(), u64::MAX);
    let rows = numbers(300);
    let mut writer = spills.create(Envelope::of(&rows)).unwrap();
    for first in [0, 100, 200] {
        writer.write(&rows.slice(first, 100)).unwrap();
        writer.flush().unwrap();
    }
    let file = writer.finish().unwrap();
    assert_eq!(blocks(&file).len(), 3);
    disk.last_file().bytes.lock().unwrap()[blocks(&file)[0] as usize + 100] ^= 1; // Within the second block.
    for (range, is_damaged) in [(0..100, false), (200..300, false), (250..260, false), (99..101, true)] {
        let read: Result<Vec<Batch>, Error> = file.read_rows(range.clone(), pay_for(&file, &range)).collect();
        assert_eq!(read.is_err(), is_damaged, "{range:?}");
    }
}

#[test]
fn own_rows_keep_nothing_else_alive() {
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let source = random_batch(5, 100, &[DataType::Utf8View, DataType::Int64, DataType::Boolean]);
    let layout = Layout::new(Arc::new(Envelope::new(source.schema(), false, false)), 4 << 10, 16).unwrap();
    let rows = Rows::open(&layout, &source);
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let count = builder.append(&rows, 0..rows.len());
    let view = builder.view().unwrap();
    let own = own_rows(view.batch().columns());
    let chosen = own_chosen(view.batch().columns(), &vec![1, 2, 3].into());
    drop((builder, view));
    assert_eq!(pool.bytes_out(), 0);
    assert_eq!((own, chosen), (source.slice(0, count), source.slice(1, 3)));
}

#[test]
fn own_rows_of_every_type_are_the_same_rows_in_little_memory() {
    for data_type in all_types() {
        let rows = random_batch(7, 10_000, std::slice::from_ref(&data_type)).slice(5000, 10);
        let own = own_rows(&rows);
        assert_eq!(own, rows);
        assert!(own.get_array_memory_size() < 4096, "{data_type}: {} bytes", own.get_array_memory_size());
        let chosen = own_chosen(&rows, &vec![7, 2, 2, 9].into());
        let parts: Vec<_> = [7, 2, 2, 9].map(|row| rows.slice(row, 1)).into();
        assert_eq!(chosen, concat_batches(&rows.schema(), &parts).unwrap());
        assert!(chosen.get_array_memory_size() < 4096, "{data_type}: {}", chosen.get_array_memory_size());
    }
    for column in deep_columns(5000) {
        let data_type = column.data_type().clone();
        let rows = batch_of(column).slice(100, 3);
        let own = own_rows(rows.columns());
        assert_eq!(own, *rows.columns());
        assert!(own.get_array_memory_size() < 8192, "{data_type}: {} bytes", own.get_array_memory_size());
    }
}

/// Spilling exists to free memory: a writer must not hold on to the segments of what it has taken.
#[test]
fn what_was_spilled_is_free() {
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let source = random_batch(3, 5000, &[DataType::Utf8View, DataType::Int64]);
    let envelope = Arc::new(Envelope::new(source.schema(), false, false));
    let layout = Layout::new(envelope.clone(), 4 << 10, 16).unwrap();
    let rows = Rows::open(&layout, &source);
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let mut writer = spills.create(Envelope::clone(&envelope)).unwrap();
    let mut done = 0;
    while done < rows.len() {
        let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
        done += builder.append(&rows, done..rows.len());
        writer.write(&builder.view().unwrap().batch()).unwrap();
        drop(builder);
        assert_eq!(pool.bytes_out(), 0, "after {done} rows");
    }
    let back = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(joined(&back), source);
}

#[test]
fn a_few_long_rows_among_many_short_ones_make_blocks_too() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let (long, short) = ("x".repeat(1_000_000), "y");
    let texts: Vec<&str> =
        std::iter::repeat_n(long.as_str(), 20).chain(std::iter::repeat_n(short, 30_000)).collect();
    let batch = batch_of(Arc::new(StringViewArray::from(texts)));
    let back = read(&spill(&spills, std::slice::from_ref(&batch)).unwrap()).unwrap();
    assert_eq!(joined(&back), *batch.columns());
}

#[test]
fn reading_ahead_is_bounded_and_several_may_read() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let file = spill(&spills, &[numbers(100_000)]).unwrap();
    let (mut first, mut second) = (file.read(), file.read());
    let mut rows = 0;
    while let Some(batch) = first.next() {
        assert!(first.bytes_held() <= FORMAT.read_ahead_bytes);
        assert_eq!(batch.unwrap(), second.next().unwrap().unwrap());
        rows += 1;
    }
    assert!(second.next().is_none());
    assert!(rows > 10);
    drop((file, first));
    assert!(spills.figures().used > 0, "the second reader still holds the file");
    drop(second);
    assert_eq!(spills.figures().used, 0);
}

#[test]
fn a_full_disk_is_a_typed_error_that_leaves_rows_and_pool_intact() {
    let pool = Pool::open(2 << 20, 32 << 10).unwrap();
    let held = pool.take().unwrap();
    let disk = FakeDisk::with_room(20_000);
    let spills = directories(disk.clone(), u64::MAX);
    let rows = numbers(20_000);
    let mut writer = spills.create(Envelope::of(&rows)).unwrap();
    let error = writer.write(&rows).unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert!(error.retry_may_help());
    assert!(error.to_string().contains("io.tmp.dirs"), "{error}");
    assert_eq!(spills.figures().used, writer.bytes(), "what failed is not accounted");

    disk.room.store(u64::MAX, Ordering::Relaxed); // Somebody made room.
    let file = writer.finish().unwrap();
    assert_eq!(joined(&read(&file).unwrap()), *rows.columns());
    drop(held);
    assert_eq!(pool.bytes_out(), 0);
}

#[test]
fn the_bound_of_all_files_is_kept() {
    let spills = directories(FakeDisk::with_room(u64::MAX), 50_000);
    let kept = spill(&spills, &[numbers(3000)]).unwrap();
    let random = random_batch(1, 20_000, &[DataType::Int64]);
    let error = spill(&spills, &[Batch::new(random)]).unwrap_err();
    assert!(error.to_string().contains("spill.size.max"), "{error}");
    assert_eq!(spills.figures().used, kept.bytes(), "the failed file is gone");
    assert!(spills.figures().peak <= 50_000);
}

#[test]
fn files_take_turns_in_the_directories() {
    let spills = directories(FakeDisk::with_room(u64::MAX), u64::MAX);
    let _files: Vec<SpillFile> = (0..4).map(|_| spill(&spills, &[numbers(100)]).unwrap()).collect();
    let used: Vec<u64> = spills.figures_by_directory().map(|(_, figures)| figures.used).collect();
    assert!(used[0] > 0);
    assert_eq!(used[0], used[1]);
}

#[test]
fn a_missing_directory_is_named_at_the_start() {
    let disk = FakeDisk::with_room(0);
    let error =
        SpillDirectories::open_on(disk, vec!["/one".into(), "/missing".into()], 0, FORMAT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot create a spill file in /missing: entity not found; io.tmp.dirs names the directories"
    );
}

/// Every bit of a small file, flipped: never other rows, never a panic.
#[test]
fn every_flipped_bit_is_noticed() {
    for compress in [false, true] {
        let disk = FakeDisk::with_room(u64::MAX);
        let format = SpillFormat { compress, ..FORMAT };
        let spills = SpillDirectories::open_on(disk.clone(), vec!["/one".into()], u64::MAX, format).unwrap();
        let rows = Batch::new(
            record_batch!(("n", Int64, vec![5_i64; 1000]), ("s", Utf8View, vec!["text"; 1000])).unwrap(),
        );
        let file = spill(&spills, std::slice::from_ref(&rows)).unwrap();
        let stored = disk.last_file().bytes;
        let bits = stored.lock().unwrap().len() * 8;
        for bit in (0..bits).step_by(if compress { 1 } else { 37 }) {
            stored.lock().unwrap()[bit / 8] ^= 1 << (bit % 8);
            match read(&file) {
                Err(Error::Damaged { .. }) => {}
                Ok(same) => {
                    assert_eq!(joined(&same), *rows.columns(), "bit {bit}: padding may change, rows may not")
                }
                Err(other) => panic!("bit {bit}: {other}"),
            }
            stored.lock().unwrap()[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(joined(&read(&file).unwrap()), *rows.columns());
    }
}

#[test]
fn a_file_cut_short_is_an_error_not_an_end() {
    let disk = FakeDisk::with_room(u64::MAX);
    let spills = directories(disk.clone(), u64::MAX);
    let file = spill(&spills, &[numbers(100_000)]).unwrap();
    let stored = disk.last_file().bytes;
    let half = stored.lock().unwrap().len() / 2;
    stored.lock().unwrap().truncate(half);
    let mut reader = file.read();
    let error = reader.find_map(Result::err).expect("an error");
    assert!(matches!(error, Error::Disk { action: "read", .. }), "{error}");
    assert!(reader.next().is_none(), "after an error it goes no further");
}

/// The same through real files, which have no name while they are used.
#[test]
fn real_files_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = Settings::new();
    settings.define(&format!("io.tmp.dirs={}", directory.path().display())).unwrap();
    let spills = SpillDirectories::open(&settings).unwrap();
    let rows = numbers(200_000);
    let file = spill(&spills, std::slice::from_ref(&rows)).unwrap();
    assert_eq!(directory.path().read_dir().unwrap().count(), 0, "the file has no name");
    assert_eq!(joined(&read(&file).unwrap()), *rows.columns());
}

#[test]
fn real_errors_name_the_directory() {
    let missing = PathBuf::from("/nowhere/at/all");
    let mut settings = Settings::new();
    settings.define(&format!("io.tmp.dirs={}", missing.display())).unwrap();
    let error = SpillDirectories::open(&settings).unwrap_err().to_string();
    assert!(error.starts_with("cannot create a spill file in /nowhere/at/all: "), "{error}");
}
