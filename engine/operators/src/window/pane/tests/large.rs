//! Cases that are larger than a batch, and windows of very many panes.

use std::collections::BTreeMap;

use super::super::{PaneAggregate, WindowedAggregation, Windows};
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, Row, Value};
use crate::aggregate::{Aggregation, Function};

/// The key and the greatest number of each row that is sent.
fn run(windows: Windows, functions: &[Function], rows: &[Row], times: &[i64]) -> Vec<Vec<Value>> {
    let aggregates = functions.iter().map(|function| function.named("n")).collect();
    let layout = row::layout(&[1]);
    let aggregation = Aggregation::new(layout.clone(), aggregates);
    let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 0 };
    let mut drive = Drive::new(PaneAggregate::new(&spec).unwrap(), 7);
    let mut random = Random::new(1);
    let mut rest = rows;
    for time in times {
        let (due, behind) = rest.split_at(rest.partition_point(|row| row.time <= *time));
        for part in due.chunks(1000) {
            drive.batch(row::batch(&layout, part, &mut random)).unwrap();
        }
        rest = behind;
        drive.time(*time).unwrap();
    }
    let mut results = Vec::new();
    for sent in drive.sent(0) {
        if let Sent::Rows(batch) = sent {
            results.extend(row::read(&batch, 1));
        }
    }
    results.sort();
    results
}

#[test]
fn a_window_of_many_keys_leaves_in_pieces() {
    let mut random = Random::new(3);
    let rows: Vec<Row> =
        (0..20_000).map(|n| Row { number: Some(n), ..Row::random(&mut random, n % 10) }).collect();
    for windows in [
        Windows::Tumbling { size: 10, offset: 0 },
        Windows::Sliding { size: 20, slide: 10, offset: 0 },
        Windows::Cumulating { size: 20, step: 10, offset: 0 },
    ] {
        let mut sorted = rows.clone();
        sorted.sort_by_key(|row| row.time);
        let found = run(windows, &[Function::Count, Function::Max(2)], &sorted, &[9, i64::MAX]);
        let windows_of_row = if matches!(windows, Windows::Tumbling { .. }) { 1 } else { 2 };
        assert_eq!(found.len(), 20_000 * windows_of_row, "{windows:?}");
    }
}

#[test]
fn a_window_of_five_hundred_panes_is_exact() {
    let mut random = Random::new(5);
    let rows: Vec<Row> = (0..3000)
        .map(|n| Row { number: Some(random.between(0, 4)), ..Row::random(&mut random, n / 2) })
        .collect();
    let times: Vec<i64> = (0..60).map(|n| n * 37).chain([i64::MAX]).collect();
    let windows = Windows::Sliding { size: 500, slide: 1, offset: 0 };
    let functions = [Function::Count, Function::Sum(2), Function::Max(4)];
    for functions in [&functions[..2], &functions[..]] {
        let found = run(windows, functions, &rows, &times);
        // Each key has a window for each end at which it had a row in the last five hundred.
        let mut expected: Vec<Vec<Value>> = Vec::new();
        let mut by_key: BTreeMap<Option<i64>, Vec<&Row>> = BTreeMap::new();
        rows.iter().for_each(|row| by_key.entry(row.number).or_default().push(row));
        for (key, rows) in by_key {
            for end in 1..2001_i64 {
                let start = end - 500;
                let first = rows.partition_point(|row| row.time < start);
                let last = rows.partition_point(|row| row.time < end);
                if first < last {
                    let values =
                        functions.iter().map(|function| row::evaluate(*function, &rows[first..last]));
                    let times = [start, end, end - 1].map(|time| Value::Number(time.into()));
                    expected.push(
                        [Value::Number(key.unwrap().into())].into_iter().chain(values).chain(times).collect(),
                    );
                }
            }
        }
        expected.sort();
        assert!(found == expected, "{functions:?}");
    }
}

#[test]
fn windows_without_rows_cost_nothing() {
    let mut random = Random::new(9);
    let times = [0, 1 << 45, 1 << 50];
    let rows: Vec<Row> = times.map(|time| Row { number: Some(1), ..Row::random(&mut random, time) }).to_vec();
    for functions in [&[Function::Count][..], &[Function::Min(2)]] {
        let windows = Windows::Sliding { size: 2, slide: 1, offset: 0 };
        assert_eq!(run(windows, functions, &rows, &[1 << 46, i64::MAX]).len(), 6, "{functions:?}");
    }
}

#[test]
fn a_late_row_of_very_many_windows_sends_them_in_pieces() {
    let layout = row::layout(&[1]);
    let aggregation = Aggregation::new(layout.clone(), vec![Function::Count.named("n")]);
    let windows = Windows::Sliding { size: 20_000, slide: 1, offset: 0 };
    let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 100_000 };
    let mut drive = Drive::new(PaneAggregate::new(&spec).unwrap(), 7);
    let mut random = Random::new(1);
    let mut arrive = |drive: &mut Drive, time: i64| {
        let row = Row { number: Some(1), ..Row::random(&mut Random::new(1), time) };
        drive.batch(row::batch(&layout, &[row], &mut random)).unwrap();
        let sent = drive.sent(0).into_iter();
        let rows = sent
            .flat_map(|sent| if let Sent::Rows(batch) = sent { row::read(&batch, 1) } else { Vec::new() });
        let rows: Vec<_> = rows.collect();
        assert!(rows.is_sorted_by_key(|row| row[3].clone()), "windows out of order");
        rows.iter().filter(|row| row[1] == Value::Number(2)).count() * 100_000 + rows.len()
    };
    assert_eq!(arrive(&mut drive, 10_000), 0);
    drive.time(50_000).unwrap();
    drive.sent(0);
    // In 15,000 windows there are two rows now, in 5,000 only this one.
    assert_eq!(arrive(&mut drive, 15_000), 15_000 * 100_000 + 20_000);
}
