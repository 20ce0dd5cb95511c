//! What is written for a target is read for it, in order, whatever the memory, the cuts and the disk do.

use arrow_array::BooleanArray;
use arrow_array::types::Int8Type;
use arrow_schema::DataType;
use memory::own_rows;
use proptest::prelude::*;

use super::*;
use crate::random::{all_types, random_batch};

/// All but dictionaries, which come back with other keys for the same words.
fn comparable_types() -> Vec<DataType> {
    all_types().into_iter().filter(|data_type| !matches!(data_type, DataType::Dictionary(..))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_target_gets_its_rows_in_order(
        seed: u64,
        types in prop::sample::subsequence(comparable_types(), 1..6),
        parts in prop::collection::vec((0usize..600, any::<bool>()), 0..10),
        target_count in 1u32..60,
        memory in 0u64..100_000,
        compress: bool,
        changelog: bool,
    ) {
        let total = parts.iter().map(|(rows, _)| rows).sum();
        let mut rows = Rows::new(random_batch(seed, total, &types), target_count, seed);
        if changelog {
            rows = rows.into_changelog();
        }
        let disk = FakeDisk::with_room(usize::MAX);
        let spills = disk.directories(SpillFormat { compress, ..FORMAT });
        let lease = Lease::root("writer", WORKING + memory);
        let mut writer = rows.open(&spills, &lease);
        let mut counts = vec![true; total];
        let mut first = 0;
        for (count, is_filtered) in parts {
            let mut part = rows.source.slice(first, count);
            if is_filtered {
                let keep: Vec<bool> = (first..first + count).map(|row| !mixed(row as u64).is_multiple_of(3)).collect();
                counts[first..first + count].copy_from_slice(&keep);
                part = part.narrow(&BooleanArray::from(keep));
            }
            let targets: Vec<u32> =
                (first..first + count).filter(|row| counts[*row]).map(|row| rows.targets[row]).collect();
            writer.write(&part, &targets).unwrap();
            first += count;
        }
        let partition = writer.finish().unwrap();
        prop_assert_eq!(lease.figures().used, 0);
        prop_assert!(disk.files_created() <= 1);

        let readers = Lease::root("readers", u64::MAX);
        let mut rows_in_all = 0;
        for target in 0..target_count {
            let expected = rows.expected(target, |row| counts[row]);
            rows_in_all += expected.num_rows();
            prop_assert_eq!(partition.rows_of(target), expected.num_rows() as u64);
            prop_assert_eq!(rows.joined(partition.read(target, &readers).unwrap()), expected);
        }
        prop_assert_eq!(partition.rows(), rows_in_all as u64);
        drop(partition);
        prop_assert_eq!(spills.figures().used, 0);
        prop_assert_eq!((disk.files_open(), readers.figures().used), (0, 0));
    }

    /// The disk fills up again and again, at any write. Each time somebody makes a little room, and the same call is
    /// made once more.
    #[test]
    fn a_full_disk_loses_nothing_and_doubles_nothing(
        seed: u64,
        sizes in prop::collection::vec(1usize..400, 1..10),
        memory in prop_oneof![Just(0_u64), 0..150_000_u64],
        room in 1usize..40_000,
    ) {
        let total = sizes.iter().sum();
        let rows = Rows::new(random_batch(seed, total, &[DataType::Int64, DataType::Utf8View]), 7, seed);
        let disk = FakeDisk::with_room(room);
        let spills = disk.directories(FORMAT);
        let lease = Lease::root("writer", WORKING + memory);
        let mut writer = rows.open(&spills, &lease);
        let mut first = 0;
        let mut refusals = 0;
        let mut until_it_fits = |call: &mut dyn FnMut() -> Result<(), Error>| {
            while let Err(error) = call() {
                assert!(error.retry_may_help(), "{error}");
                assert!(error.to_string().contains("io.tmp.dirs"), "{error}");
                disk.make_room(room);
                refusals += 1;
                assert!(refusals < 100_000, "it never fits");
            }
        };
        for count in sizes {
            until_it_fits(&mut || rows.write(&mut writer, first, count));
            first += count;
        }
        until_it_fits(&mut || writer.flush());
        let partition = writer.finish().unwrap();
        rows.check(&partition, &lease);
    }
}

#[test]
fn a_dictionary_keeps_its_words() {
    use arrow_array::cast::AsArray;
    let word = |row: usize| format!("word {}", row % 300);
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("writer", 1 << 20);
    let part = |first: usize| {
        let words: Vec<String> = (first..first + 100).map(word).collect();
        let column: arrow_array::DictionaryArray<Int8Type> =
            words.iter().map(|word| Some(word.as_str())).collect();
        Batch::new(RecordBatch::try_from_iter([("word", Arc::new(column) as _)]).unwrap())
    };
    let mut writer = PartitionWriter::open(spills, Envelope::of(&part(0)), 2, &lease).unwrap();
    for first in (0..1000).step_by(100) {
        let targets: Vec<u32> = (first..first + 100).map(|row| row as u32 % 2).collect();
        writer.write(&part(first), &targets).unwrap();
    }
    let partition = writer.finish().unwrap();
    for target in 0..2 {
        let mut read = Vec::new();
        for batch in partition.read(target, &lease).unwrap() {
            let batch = batch.unwrap();
            let column = batch.columns().column(0).as_dictionary::<Int8Type>();
            let words = column.downcast_dict::<arrow_array::StringArray>().unwrap();
            read.extend(words.into_iter().map(|word| word.unwrap().to_owned()));
        }
        let expected: Vec<String> = (target as usize..1000).step_by(2).map(word).collect();
        assert_eq!(read, expected);
    }
}

#[test]
fn rows_without_columns_are_counted() {
    let none = arrow_array::RecordBatchOptions::new().with_row_count(Some(100));
    let columns =
        RecordBatch::try_new_with_options(arrow_schema::Schema::empty().into(), vec![], &none).unwrap();
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("writer", 1 << 20);
    let batch = Batch::new(columns);
    let mut writer = PartitionWriter::open(spills, Envelope::of(&batch), 3, &lease).unwrap();
    writer.write_to(&batch, 2).unwrap();
    writer.write(&batch.slice(0, 4), &[0, 2, 0, 2]).unwrap();
    let partition = writer.finish().unwrap();
    let rows =
        |target| partition.read(target, &lease).unwrap().map(|batch| batch.unwrap().rows()).sum::<usize>();
    assert_eq!([0, 1, 2].map(rows), [2, 0, 102]);
}

#[test]
fn memory_is_used_before_the_disk_is() {
    let rows = Rows::numbered(20_000, 10);
    let disk = FakeDisk::with_room(usize::MAX);
    let spills = disk.directories(FORMAT);
    let lease = Lease::root("writer", WORKING + (1 << 20));
    let mut writer = rows.open(&spills, &lease);
    let mut runs = 0;
    let mut before = 0;
    for first in (0..20_000).step_by(100) {
        rows.write(&mut writer, first, 100).unwrap();
        let used = lease.figures().used;
        runs += usize::from(used < before);
        before = used;
    }
    let figures = lease.figures();
    assert!(figures.peak > figures.limit / 10 * 9, "{lease}");
    // 20 000 rows with a number, a view, a text of 100 bytes, a target and a place.
    let bytes = 20_000 * (8 + 16 + 100 + 12);
    assert!((bytes >> 20..=(bytes >> 20) + 2).contains(&runs), "{runs} runs of a megabyte");
    rows.check(&writer.finish().unwrap(), &lease);
}

#[test]
fn a_greedy_neighbour_makes_it_slow_not_wrong() {
    let rows = Rows::numbered(3000, 10);
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("slot", WORKING + (1 << 20));
    let mut writer = rows.open(&spills, &lease);
    let neighbour = lease.reserve(1 << 20).unwrap();
    for first in (0..3000).step_by(100) {
        rows.write(&mut writer, first, 100).unwrap();
        assert_eq!(lease.figures().used, WORKING + (1 << 20), "nothing is kept that was not granted");
    }
    drop(neighbour);
    rows.check(&writer.finish().unwrap(), &lease);
}

#[test]
fn what_is_kept_is_a_copy_and_is_counted() {
    let rows = Rows::numbered(10_000, 2);
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("writer", 8 << 20);
    let mut writer = rows.open(&spills, &lease);
    rows.write(&mut writer, 5000, 10).unwrap();
    let kept = lease.figures().used - WORKING;
    let needed = own_rows(rows.source.slice(5000, 10).columns()).get_array_memory_size() as u64;
    assert!((needed..needed + 1000).contains(&kept), "{kept} bytes for {needed} of a large batch");
}

#[test]
fn without_memory_for_a_block_a_writer_is_refused_at_the_start() {
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("slot", WORKING - 1);
    let refused = PartitionWriter::open(spills, Rows::numbered(1, 1).envelope(), 1, &lease);
    let error = refused.err().expect("a refusal");
    assert!(error.retry_may_help());
    assert_eq!(
        error.to_string(),
        "no memory to write the result of a blocking edge; give the job more managed memory, or lower \
         table.exec.spill-compression.block-size: 128kb refused by slot: 0b of 131071b used, 0b guaranteed, peak 0b"
    );
}

#[test]
#[should_panic(expected = "a target that does not exist")]
fn a_target_beyond_the_last_is_a_bug() {
    let rows = Rows::numbered(1, 1);
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let mut writer = rows.open(&spills, &Lease::root("writer", 8 << 20));
    let _refused = writer.write_to(&rows.source, 1);
}

/// Two thousand consumers: one file, little beside the rows on disk, and little to read for one of them.
#[test]
fn many_small_targets_cost_little() {
    let rows = Rows::numbered(40_000, 2000);
    let disk = FakeDisk::with_room(usize::MAX);
    let format = SpillFormat { block_bytes: 256 << 10, compress: false, ..FORMAT };
    let spills = disk.directories(format);
    let lease = Lease::root("writer", 16 << 20);
    let partition = rows.partition(&spills, &lease, 1000);
    assert_eq!(disk.files_created(), 1);

    let mut unsorted = spills.create(rows.envelope()).unwrap();
    unsorted.write(&rows.source).unwrap();
    let unsorted = unsorted.finish().unwrap().bytes();
    let beside = partition.bytes() as f64 / unsorted as f64 - 1.0;
    assert!(beside < 0.08, "{:.1} % more than without targets", beside * 100.0);

    let share = partition.read(1000, &lease).unwrap().count();
    assert_eq!(share, 1);
    assert!(disk.bytes_read() < 32 << 10, "{} bytes read for 20 rows", disk.bytes_read());
    rows.check(&partition, &lease);
}
