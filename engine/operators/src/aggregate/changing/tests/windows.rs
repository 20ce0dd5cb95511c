//! Rows of windows leave once, when these end, and what comes later never does.

use std::collections::BTreeMap;

use memory::{KeyGroups, RowKind};
use state::redistribute;

use super::cases::{Case, Live, count};
use crate::Mode;
use crate::accumulators::{Accumulator, JobAccumulators};
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, COLUMNS, Row, Value};
use crate::aggregate::{Aggregation, ChangingAggregate, Function};
use crate::window::DROPPED;

/// Keys with the column of time among them: here it says when a window ends.
const KEYS: [&[usize]; 3] = [&[COLUMNS], &[COLUMNS, 0], &[2, COLUMNS]];

fn ends(random: &mut Random, number: usize) -> i64 {
    let number = i64::try_from(number).unwrap();
    (1 + number / 20 + random.between(0, 2)) * 10
}

/// The results of windows that have ended, with event time; the others stay.
fn ended(case: &Case, live: &mut Live, now: i64) -> BTreeMap<Vec<Value>, Vec<Value>> {
    let mut results = BTreeMap::new();
    let place = case.aggregation.input.key().iter().position(|column| *column == COLUMNS).unwrap();
    let all = std::mem::take(live);
    for (key, rows) in all {
        let Value::Number(end) = key[place] else { panic!("a time") };
        if end - 1 > now.into() {
            live.insert(key, rows);
        } else if count(&rows) > 0 {
            let mut row = case.result(&key, &rows);
            row.push(Value::Number(end - 1));
            results.insert(key, row);
        }
    }
    results
}

#[test]
fn the_results_of_a_window_leave_when_it_ends_and_late_rows_count_nowhere() {
    let mut late = 0;
    for seed in 0..2_000 {
        let mut case = Case::new(seed, &KEYS, ends);
        let mode = if case.random.one_in(2) { Mode::Streaming } else { Mode::Batch };
        let (mut live, mut now) = (Live::new(), i64::MIN);
        let mut restores = vec![state::Restore::default(); 1 + case.random.below(3)];
        let stages = 1 + case.random.below(4);
        for stage in 0..stages {
            let mut drives: Vec<Drive> = Vec::new();
            for restore in restores {
                let mut drive = case.drive(mode, |operator| operator.windowed(COLUMNS));
                drive.load(restore);
                drive.time(now).unwrap();
                assert!(matches!(drive.sent(0)[..], [Sent::Time(_)]));
                drives.push(drive);
            }
            let all = case.rows.len();
            let part = case.rows[all * stage / stages..all * (stage + 1) / stages].to_vec();
            let layout = case.aggregation.input.clone();
            let timely: Vec<Row> = part.iter().filter(|row| row.time - 1 > now).cloned().collect();
            late += part.len() - timely.len();
            case.apply(&timely, &mut live);
            for (owner, batch) in row::deal(&layout, &part, drives.len(), &mut case.random) {
                drives[owner].batch(batch).unwrap();
                assert!(drives[owner].sent(0).is_empty());
            }
            let is_last = stage + 1 == stages;
            now = if is_last { i64::MAX } else { now.max(case.random.between(0, 45)) };
            let expected = ended(&case, &mut live, now);
            let mut found = BTreeMap::new();
            for drive in &mut drives {
                drive.time(now).unwrap();
                let mut sent = drive.sent(0);
                assert!(matches!(sent.pop(), Some(Sent::Time(passed)) if passed == now));
                for sent in sent {
                    let Sent::Rows(batch) = sent else { panic!("one watermark") };
                    for (kind, row) in row::read_changes(&batch, case.keys()) {
                        assert_eq!(kind, RowKind::Insert);
                        assert_eq!(found.insert(row[..case.keys()].to_vec(), row), None);
                    }
                }
            }
            assert_eq!(found, expected, "seed {seed}: {:?}", case.aggregation);
            let snapshots: Vec<_> = drives.iter_mut().map(Drive::save).collect();
            restores = redistribute(&snapshots, KeyGroups::default(), case.random.parallelism());
            for drive in drives.iter_mut().filter(|_| is_last) {
                assert!(drive.save().parts().is_empty());
                drive.end().unwrap();
                assert!(drive.sent(0).is_empty());
            }
        }
    }
    assert!(late > 1_000, "only {late} rows were late");
}

#[test]
fn rows_that_are_dropped_are_counted() {
    let lease = memory::Lease::root("trial", u64::MAX);
    let job = JobAccumulators::default();
    let seat = crate::stand::seat(Mode::Streaming, &lease, None);
    let seat = crate::OperatorSeat { accumulators: job.of(&seat.place), ..seat };
    let aggregation = Aggregation::new(row::layout(&[COLUMNS]), vec![Function::Count.named("rows")]);
    let windowed = ChangingAggregate::new(&aggregation, &seat).unwrap().windowed(COLUMNS);
    let mut drive = Drive::new(windowed, 1);
    let random = &mut Random::new(1);
    drive.time(19).unwrap();
    for end in [20, 21, 20, 30] {
        let rows = [Row::random(random, end)];
        drive.batch(row::batch(&aggregation.input, &rows, random)).unwrap();
    }
    assert_eq!(job.totals().unwrap()[DROPPED], Accumulator::Long(2));
}
