//! Rows that a route sends: each is read by whoever the route leads to, and by nobody else.

use memory::{KeyGroups, Selection, hash_key};

use super::*;
use crate::route::{HashKey, Partitioner, Route};

const SENDERS: u32 = 3;
const RECEIVERS: u32 = 5;
const ROWS: usize = 20_000;

/// What each receiver reads of one sender's rows, as numbers of rows.
fn read(route: &Route, sender: u32, batches: &[Batch]) -> Vec<Vec<i64>> {
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let lease = Lease::root("trial", 4 << 20);
    let envelope = Envelope::new(batches[0].schema().clone(), false, route.sends_hashes());
    let ends = (sender, SENDERS, RECEIVERS);
    let mut writer = RoutedWriter::open(spills, envelope, route, ends, &lease).unwrap();
    batches.iter().for_each(|batch| writer.write(batch.clone()).unwrap());
    let partition = writer.finish().unwrap();
    let rows = |receiver| {
        let (target, targets) = route.target_of(receiver, RECEIVERS);
        assert_eq!(partition.targets(), targets);
        let read = partition.read(target, &lease).unwrap();
        read.flat_map(|batch| {
            let batch = batch.unwrap();
            assert_eq!(
                batch.hashes().map(|hashes| hashes.to_vec()),
                hashes_of(route, &batch),
                "a hash goes along"
            );
            numbers(&batch)
        })
        .collect()
    };
    (0..RECEIVERS).map(rows).collect()
}

/// The hashes that rows of this route have with them.
fn hashes_of(route: &Route, batch: &Batch) -> Option<Vec<u64>> {
    let mut hashes = Vec::new();
    hash_key(&batch.columns().columns()[..1], batch.rows(), &mut hashes).unwrap();
    route.sends_hashes().then_some(hashes)
}

fn numbers(batch: &Batch) -> Vec<i64> {
    use arrow_array::cast::AsArray;
    let compact = batch.clone().compact();
    compact.columns().column(0).as_primitive::<arrow_array::types::Int64Type>().values().to_vec()
}

/// Numbered rows, of which every third does not count in every second batch.
fn batches() -> (Vec<Batch>, Vec<i64>) {
    let rows = Rows::numbered(ROWS, 1);
    let batches = (0..ROWS).step_by(4096).zip(0..).map(|(first, number)| {
        let batch = rows.source.slice(first, 4096.min(ROWS - first));
        match number % 2 {
            0 => batch,
            _ => {
                let some = (0..batch.rows() as u32).filter(|row| row % 3 != 0).collect();
                batch.with_selection(Selection::new(some))
            }
        }
    });
    let batches: Vec<Batch> = batches.collect();
    let all = batches.iter().flat_map(numbers).collect();
    (batches, all)
}

#[test]
fn a_key_goes_to_its_owner_and_its_hash_goes_along() {
    let (batches, all) = batches();
    let groups = KeyGroups::new(128);
    let route = Route::Hash { key: HashKey::Columns(vec![0]), groups };
    let columns: Vec<arrow_array::ArrayRef> =
        vec![Arc::new(arrow_array::Int64Array::from_iter_values(0..ROWS as i64))];
    let mut hashes = Vec::new();
    hash_key(&columns, ROWS, &mut hashes).unwrap();
    let owner = |row: i64| groups.owner(groups.of(hashes[row as usize]), RECEIVERS) as usize;
    let mut expected = vec![Vec::new(); RECEIVERS as usize];
    all.iter().for_each(|row| expected[owner(*row)].push(*row));
    assert_eq!(read(&route, 1, &batches), expected);
}

#[test]
fn what_is_broadcast_is_written_once_and_read_by_all() {
    let (batches, all) = batches();
    assert_eq!(read(&Route::Broadcast, 0, &batches), vec![all; RECEIVERS as usize]);
}

#[test]
fn global_rows_go_to_the_first() {
    let (batches, all) = batches();
    let mut expected = vec![Vec::new(); RECEIVERS as usize];
    expected[0] = all;
    assert_eq!(read(&Route::Global, 2, &batches), expected);
}

#[test]
fn rows_are_dealt_out_evenly_to_the_receivers_of_a_sender() {
    let (batches, all) = batches();
    for route in [Route::Rebalance, Route::Rescale] {
        for sender in 0..SENDERS {
            let read = read(&route, sender, &batches);
            let connected = route.connects(sender, SENDERS, RECEIVERS);
            let share = all.len() / connected.len();
            for (receiver, rows) in (0..).zip(&read) {
                match connected.contains(&receiver) {
                    true => {
                        assert!(rows.len().abs_diff(share) <= 4096, "{route:?}: {} of {share}", rows.len())
                    }
                    false => assert!(rows.is_empty()),
                }
            }
            let mut together = read.concat();
            together.sort_unstable();
            assert_eq!(together, all);
        }
    }
}

#[test]
fn a_function_of_the_user_is_asked_and_its_mistakes_are_told() {
    let (batches, all) = batches();
    let by_number = |batch: &Batch, channels: u32, targets: &mut Vec<u32>| {
        targets.extend(numbers(batch).iter().map(|number| *number as u32 % channels));
    };
    let mut expected = vec![Vec::new(); RECEIVERS as usize];
    all.iter().for_each(|row| expected[*row as usize % RECEIVERS as usize].push(*row));
    assert_eq!(read(&Route::Custom(Partitioner::new("by number", by_number)), 0, &batches), expected);

    let beyond =
        Partitioner::new("beyond", |batch, channels, targets| targets.resize(batch.rows(), channels));
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let envelope = Envelope::of(&batches[0]);
    let lease = Lease::root("trial", 4 << 20);
    let mut writer = RoutedWriter::open(spills, envelope, &Route::Custom(beyond), (0, 1, 2), &lease).unwrap();
    let error = writer.write(batches[0].clone()).unwrap_err().to_string();
    assert!(error.contains("partitioner beyond sends row 0 of a batch to channel 2"), "{error}");
}
