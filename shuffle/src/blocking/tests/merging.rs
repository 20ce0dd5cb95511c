//! Several producers, one consumer: one after the other, or in the order of a key.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Int32Array, Int64Array};
use arrow_schema::SortOptions;
use proptest::prelude::*;

use super::*;

const NULLS_FIRST: SortOptions = SortOptions { descending: false, nulls_first: true };

/// A key, and who has written it as which row.
type Row = (Option<i64>, i32, i32);

fn batch_of(rows: &[Row]) -> Batch {
    let keys: Int64Array = rows.iter().map(|row| row.0).collect();
    let producers: Int32Array = rows.iter().map(|row| Some(row.1)).collect();
    let numbers: Int32Array = rows.iter().map(|row| Some(row.2)).collect();
    let columns: [(&str, arrow_array::ArrayRef, bool); 3] = [
        ("key", Arc::new(keys), true),
        ("producer", Arc::new(producers), false),
        ("number", Arc::new(numbers), false),
    ];
    Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap())
}

fn rows_of(batch: &Batch) -> Vec<Row> {
    let columns = batch.columns();
    let keys = columns.column(0).as_primitive::<Int64Type>();
    let [producers, numbers] =
        [1, 2].map(|column| columns.column(column).as_primitive::<Int32Type>().values());
    let of_others = producers.iter().zip(numbers);
    keys.iter().zip(of_others).map(|(key, (producer, number))| (key, *producer, *number)).collect()
}

/// A partition for each producer, its rows sorted and all for target 1 of 2.
fn partitions(producers: &[Vec<Row>], memory: u64, cut: usize) -> Vec<Partition> {
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let write = |rows: &Vec<Row>| {
        let lease = Lease::root("writer", WORKING + memory);
        let envelope = Envelope::of(&batch_of(&[]));
        let mut writer = PartitionWriter::open(spills.clone(), envelope, 2, &lease).unwrap();
        for part in rows.chunks(cut) {
            writer.write_to(&batch_of(part), 1).unwrap();
            writer.write_to(&batch_of(&part[..1]), 0).unwrap(); // In the way.
        }
        writer.finish().unwrap()
    };
    producers.iter().map(write).collect()
}

/// The rows of each producer, sorted by key, from keys in any order.
fn producers(keys: &[Vec<Option<i64>>]) -> Vec<Vec<Row>> {
    let sorted = |(producer, keys): (i32, &Vec<Option<i64>>)| {
        let mut keys = keys.clone();
        keys.sort();
        (0..).zip(keys).map(|(number, key)| (key, producer, number)).collect()
    };
    (0..).zip(keys).map(sorted).collect()
}

fn by_key() -> SortKey {
    SortKey::new(&batch_of(&[]).schema(), &[(0, NULLS_FIRST)]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn merged_rows_are_sorted_and_equal_keys_keep_the_order_of_producers(
        keys in prop::collection::vec(prop::collection::vec(prop::option::of(-20i64..20), 0..2500), 1..6),
        memory in 0u64..40_000,
        cut in 1usize..1000,
    ) {
        let producers = producers(&keys);
        let partitions = partitions(&producers, memory, cut);
        let lease = Lease::root("reader", u64::MAX);

        let one_by_one: Vec<Row> = producers.concat();
        let gathered = Gathered::new(partitions.clone(), 1, &lease);
        let gathered: Vec<Row> = gathered.flat_map(|batch| rows_of(&batch.unwrap())).collect();
        prop_assert_eq!(&gathered, &one_by_one);

        let mut expected = one_by_one;
        expected.sort_by_key(|row| row.0); // Stable, and none comes before some.
        let merged = Merged::open(&partitions, 1, by_key(), &lease).unwrap();
        let merged: Vec<Row> = merged.flat_map(|batch| rows_of(&batch.unwrap())).collect();
        prop_assert_eq!(merged, expected);
        prop_assert_eq!(lease.figures().used, 0);
    }
}

#[test]
fn kinds_and_hashes_are_merged_with_their_rows() {
    let rows = Rows::numbered(3000, 1).into_changelog();
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("both", 8 << 20);
    // Every third row to one of three producers.
    let partition = |producer: usize| {
        let mut writer = rows.open(&spills, &lease);
        let mine: Vec<bool> = (0..3000).map(|row| row % 3 == producer).collect();
        writer.write_to(&rows.source.clone().narrow(&mine.into()), 0).unwrap();
        writer.finish().unwrap()
    };
    let partitions: Vec<Partition> = (0..3).map(partition).collect();
    let key = SortKey::new(&rows.source.schema(), &[(0, NULLS_FIRST)]).unwrap();
    let merged = Merged::open(&partitions, 0, key, &lease).unwrap();
    assert_eq!(rows.joined(merged), rows.expected(0, |_| true));
}

#[test]
fn without_memory_for_keys_it_waits_and_loses_nothing() {
    let producers = producers(&[(0..3000).map(Some).collect(), (1000..4000).map(Some).collect()]);
    let partitions = partitions(&producers, 1 << 20, 500);
    let lease = Lease::root("slot", 1 << 20);
    let mut merged = Merged::open(&partitions, 1, by_key(), &lease).unwrap();
    let mut rows = Vec::new();
    loop {
        // A neighbour takes all there is, and goes.
        let neighbour = lease.reserve((1 << 20) - lease.figures().used).unwrap();
        let refused = merged.next();
        drop(neighbour);
        match refused {
            Some(Ok(batch)) => rows.extend(rows_of(&batch)),
            Some(Err(error)) => {
                assert!(matches!(error, Error::NoMemory { action: "merge", .. }), "{error}");
                rows.extend(rows_of(&merged.next().unwrap().unwrap()));
            }
            None => break,
        }
    }
    let mut expected = producers.concat();
    expected.sort_by_key(|row| row.0);
    assert_eq!(rows, expected);
}

#[test]
fn without_memory_for_the_next_producer_it_waits() {
    let producers = producers(&[vec![Some(1)], (0..500).map(Some).collect()]);
    let partitions = partitions(&producers, 1 << 20, 500);
    let lease = Lease::root("slot", 1 << 20);
    let mut gathered = Gathered::new(partitions, 1, &lease);
    let mut rows = rows_of(&gathered.next().unwrap().unwrap());
    let neighbour = lease.reserve((1 << 20) - lease.figures().used).unwrap();
    assert!(matches!(gathered.next(), Some(Err(Error::NoMemory { action: "read", .. }))));
    drop(neighbour);
    rows.extend(gathered.flat_map(|batch| rows_of(&batch.unwrap())));
    assert_eq!(rows, producers.concat());
}

/// Where producers do not overlap, batches go through as they are.
#[test]
fn one_producer_after_the_other_is_not_copied() {
    let producers = producers(&[(0..1000).map(Some).collect(), (1000..2000).map(Some).collect()]);
    let partitions = partitions(&producers, 1 << 20, 500);
    let lease = Lease::root("slot", 1 << 20);
    let sizes = |batches: &mut dyn Iterator<Item = Result<Batch, Error>>| -> Vec<usize> {
        batches.map(|batch| batch.unwrap().rows()).collect()
    };
    let merged = sizes(&mut Merged::open(&partitions, 1, by_key(), &lease).unwrap());
    assert_eq!(merged, sizes(&mut Gathered::new(partitions, 1, &lease)));
}

#[test]
fn a_key_of_a_type_that_cannot_be_compared_is_refused() {
    let map = arrow_schema::DataType::new_list(arrow_schema::DataType::Float64, true);
    let schema = arrow_schema::Schema::new(vec![arrow_schema::Field::new("list", map, true)]);
    let error = SortKey::new(&schema, &[(0, NULLS_FIRST)]).expect_err("no order");
    assert!(!error.retry_may_help());
}
