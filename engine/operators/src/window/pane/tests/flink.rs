//! What Flink's documentation and its tests say, and what follows of restarts.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use memory::KeyGroups;
use state::{Restore, Snapshot, redistribute};

use super::super::{PaneAggregate, WindowedAggregation, Windows};
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, Row};
use crate::aggregate::{Aggregation, Function};

const MINUTE: i64 = 60_000;

/// The count of rows and sum of numbers, by word.
fn spec(windows: Windows, allowed_lateness: i64) -> WindowedAggregation {
    let aggregates = vec![Function::Count.named("rows"), Function::Sum(1).named("numbers")];
    WindowedAggregation {
        aggregation: Aggregation::new(row::layout(&[0]), aggregates),
        windows,
        allowed_lateness,
    }
}

fn drive(spec: &WindowedAggregation, restore: Restore) -> Drive {
    let mut drive = Drive::new(PaneAggregate::new(spec).unwrap(), 1);
    drive.load(restore);
    drive
}

fn rows(drive: &mut Drive, rows: &[(&str, i64, i64)]) {
    let mut random = Random::new(1);
    let row = |(word, number, time): &(&str, i64, i64)| {
        let (word, number) = (Some((*word).to_owned()), Some(*number));
        Row { word, number, ..Row::random(&mut Random::new(1), *time) }
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    drive.batch(row::batch(&row::layout(&[0]), &rows, &mut random)).unwrap();
}

/// Word, rows, numbers, start and end of what was sent.
fn sent(drive: &mut Drive) -> Vec<(String, i64, i64, i64, i64)> {
    let mut results = Vec::new();
    for sent in drive.sent(0) {
        let Sent::Rows(batch) = sent else { continue };
        let columns = batch.columns();
        let number = |column: usize, row| columns.column(column).as_primitive::<Int64Type>().value(row);
        let time =
            |column: usize, row| columns.column(column).as_primitive::<TimestampMillisecondType>().value(row);
        for row in 0..batch.rows() {
            assert_eq!(time(5, row), time(4, row) - 1);
            let word = columns.column(0).as_string_view().value(row).to_owned();
            results.push((word, number(1, row), number(2, row), time(3, row), time(4, row)));
        }
    }
    results.sort_by_key(|(word, .., end)| (*end, word.clone()));
    results
}

fn result(word: &str, count: i64, sum: i64, start: i64, end: i64) -> (String, i64, i64, i64, i64) {
    (word.into(), count, sum, start, end)
}

/// The bids of the documentation of window functions: prices from 8:05 to 8:17.
const BIDS: [(&str, i64, i64); 6] = [
    ("bid", 4, 5 * MINUTE),
    ("bid", 2, 7 * MINUTE),
    ("bid", 5, 9 * MINUTE),
    ("bid", 3, 11 * MINUTE),
    ("bid", 1, 13 * MINUTE),
    ("bid", 6, 17 * MINUTE),
];

fn sums(windows: Windows) -> Vec<(i64, i64, i64)> {
    let mut drive = drive(&spec(windows, 0), Restore::default());
    rows(&mut drive, &BIDS);
    drive.time(i64::MAX).unwrap();
    sent(&mut drive).into_iter().map(|(_, _, sum, start, end)| (start / MINUTE, end / MINUTE, sum)).collect()
}

#[test]
fn the_bids_of_the_documentation_have_its_sums() {
    let (size, offset) = (10 * MINUTE, 0);
    assert_eq!(sums(Windows::Tumbling { size, offset }), [(0, 10, 11), (10, 20, 10)]);
    let sliding = Windows::Sliding { size, slide: 5 * MINUTE, offset };
    assert_eq!(sums(sliding), [(0, 10, 11), (5, 15, 15), (10, 20, 10), (15, 25, 6)]);
    let cumulating = Windows::Cumulating { size, step: 2 * MINUTE, offset };
    let expected = [
        (0, 6, 4),
        (0, 8, 6),
        (0, 10, 11),
        (10, 12, 3),
        (10, 14, 4),
        (10, 16, 4),
        (10, 18, 10),
        (10, 20, 10),
    ];
    assert_eq!(sums(cumulating), expected);
}

#[test]
fn a_late_row_sends_its_windows_again_until_they_are_gone() {
    let mut drive = drive(&spec(Windows::Tumbling { size: 10, offset: 0 }, 5), Restore::default());
    rows(&mut drive, &[("a", 1, 3), ("b", 1, 3)]);
    drive.time(9).unwrap();
    assert_eq!(sent(&mut drive), [result("a", 1, 1, 0, 10), result("b", 1, 1, 0, 10)]);
    drive.time(13).unwrap();
    rows(&mut drive, &[("a", 2, 4), ("c", 7, 4), ("a", 3, 5)]);
    let again = [result("a", 2, 3, 0, 10), result("a", 3, 6, 0, 10), result("c", 1, 7, 0, 10)];
    assert_eq!(sent(&mut drive), again);
    drive.time(14).unwrap();
    rows(&mut drive, &[("a", 2, 4)]);
    assert_eq!(sent(&mut drive), []);
    let late = drive.sent(1);
    assert!(
        matches!(&late[..], [Sent::Time(_), Sent::Time(_), Sent::Time(_), Sent::Rows(batch)] if batch.rows() == 1)
    );
}

#[test]
fn windows_begin_before_1970_too() {
    let mut drive = drive(&spec(Windows::Tumbling { size: 10, offset: 3 }, 0), Restore::default());
    rows(&mut drive, &[("a", 1, -1), ("a", 1, -7), ("a", 1, -8), ("a", 1, 2), ("a", 1, 3)]);
    drive.time(i64::MAX).unwrap();
    let expected = [result("a", 1, 1, -17, -7), result("a", 3, 3, -7, 3), result("a", 1, 1, 3, 13)];
    assert_eq!(sent(&mut drive), expected);
}

#[test]
fn one_takes_up_what_two_have_left_at_different_times() {
    let spec = spec(Windows::Sliding { size: 20, slide: 10, offset: 0 }, 0);
    let mut snapshots: Vec<Snapshot> = Vec::new();
    for (word, watermark) in [("ahead", 29), ("behind", 9)] {
        let mut drive = drive(&spec, Restore::default());
        rows(&mut drive, &[(word, 1, 5), (word, 2, 15), (word, 4, 25), (word, 8, 35)]);
        drive.time(watermark).unwrap();
        snapshots.push(drive.save());
    }
    let mut restores = redistribute(&snapshots, KeyGroups::default(), 1);
    let mut drive = drive(&spec, restores.remove(0));
    rows(&mut drive, &[("behind", 16, 16), ("new", 1, 16)]);
    drive.time(100).unwrap();
    // What was behind goes on from its window, what was ahead does not send one twice.
    let expected = [
        result("behind", 3, 19, 0, 20),
        result("new", 1, 1, 0, 20),
        result("behind", 3, 22, 10, 30),
        result("new", 1, 1, 10, 30),
        result("ahead", 2, 12, 20, 40),
        result("behind", 2, 12, 20, 40),
        result("ahead", 1, 8, 30, 50),
        result("behind", 1, 8, 30, 50),
    ];
    assert_eq!(sent(&mut drive), expected);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_way_out() {
    let refused = |spec: &WindowedAggregation| PaneAggregate::new(spec).err().unwrap().to_string();
    let tumbling = Windows::Tumbling { size: 10, offset: 0 };
    let mut timeless = spec(tumbling, 0);
    timeless.aggregation.input = crate::layout::Layout::of(arrow_schema::Fields::empty());
    timeless.aggregation.aggregates.clear();
    let words = "windows of event time over a stream without one: assign timestamps and watermarks first";
    assert_eq!(refused(&timeless), words);
    assert_eq!(refused(&spec(tumbling, -1)), "the allowed lateness is -1 ms: it must not be negative");
    let mut ordered = spec(Windows::Sliding { size: 10, slide: 5, offset: 0 }, 0);
    ordered.aggregation.aggregates.push(Function::Last(1).named("last"));
    let words =
        "there is no last over windows that share their panes: take tumbling windows or a window function";
    assert_eq!(refused(&ordered), words);
    ordered.windows = tumbling;
    assert!(PaneAggregate::new(&ordered).is_ok());
}
