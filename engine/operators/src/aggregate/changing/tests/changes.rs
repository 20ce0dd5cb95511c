//! The changelog of a stream comes to what its rows do, after every stage; a batch says the same once.

use std::collections::BTreeMap;

use memory::{KeyGroups, RowKind};
use state::redistribute;

use super::cases::{Case, Live, count};
use super::table::Table;
use crate::Mode;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, KEYS, Value};

/// What there should be now.
fn expected(case: &Case, live: &Live) -> BTreeMap<Vec<Value>, Vec<Value>> {
    let is_there = |(key, rows): &(&Vec<Value>, &Vec<row::Row>)| key.is_empty() || count(rows) > 0;
    let all = live.iter().filter(is_there);
    all.map(|(key, rows)| (key.clone(), case.result(key, rows))).collect()
}

fn times(random: &mut Random, _: usize) -> i64 {
    random.between(-20, 20)
}

#[test]
fn a_changelog_comes_to_the_results_of_the_rows_that_are_there() {
    for seed in 0..4_000 {
        let mut case = Case::new(seed, &KEYS, times);
        let is_by_key = case.random.one_in(3);
        let (mut table, mut live) = (Table::new(is_by_key), Live::new());
        let mut restores = vec![state::Restore::default(); 1 + case.random.below(3)];
        let stages = 1 + case.random.below(4);
        for stage in 0..stages {
            let mut drives: Vec<Drive> = Vec::new();
            for restore in restores {
                drives.push(case.drive(Mode::Streaming, |operator| {
                    let operator = operator.of_nothing_too();
                    if is_by_key { operator.without_former() } else { operator }
                }));
                drives.last_mut().unwrap().load(restore);
            }
            let all = case.rows.len();
            let part = case.rows[all * stage / stages..all * (stage + 1) / stages].to_vec();
            case.apply(&part, &mut live);
            let layout = case.aggregation.input.clone();
            for (owner, batch) in row::deal(&layout, &part, drives.len(), &mut case.random) {
                drives[owner].batch(batch).unwrap();
                for sent in drives[owner].sent(0) {
                    let Sent::Rows(batch) = sent else { panic!("time stands still") };
                    table.apply(row::read_changes(&batch, case.keys()), case.keys());
                }
            }
            assert_eq!(table.rows, expected(&case, &live), "seed {seed}: {:?}", case.aggregation);
            let snapshots: Vec<_> = drives.iter_mut().map(Drive::save).collect();
            restores = redistribute(&snapshots, KeyGroups::default(), case.random.parallelism());
            if stage + 1 == stages {
                for drive in &mut drives {
                    drive.time(i64::MAX).unwrap();
                    drive.end().unwrap();
                    assert!(drive.save().parts().is_empty());
                    assert!(matches!(drive.sent(0)[..], [Sent::Time(i64::MAX)]));
                }
            }
        }
    }
}

#[test]
fn a_batch_says_only_what_is_final() {
    for seed in 0..2_000 {
        let mut case = Case::new(seed, &KEYS, times);
        let mut live = Live::new();
        case.apply(&case.rows, &mut live);
        // No rows have no event time, which these have: that is another test.
        let of_nothing = case.keys() == 0 && !case.rows.is_empty();
        let with = |operator: super::super::ChangingAggregate| match of_nothing {
            true => operator.of_nothing_too(),
            false => operator,
        };
        let mut drive = case.drive(Mode::Batch, with);
        let (rows, layout) = (case.rows.clone(), case.aggregation.input.clone());
        for (_, batch) in row::deal(&layout, &rows, 1, &mut case.random) {
            drive.batch(batch).unwrap();
            if case.random.one_in(4) {
                let mut restores = redistribute(&[drive.save()], KeyGroups::default(), 1);
                drive = case.drive(Mode::Batch, with);
                drive.load(restores.remove(0));
            }
            assert!(drive.sent(0).is_empty());
        }
        drive.time(i64::MAX).unwrap();
        let mut found = BTreeMap::new();
        let mut sent = drive.sent(0);
        assert!(matches!(sent.pop(), Some(Sent::Time(i64::MAX))));
        for sent in sent {
            let Sent::Rows(batch) = sent else { panic!("one watermark") };
            for (kind, mut row) in row::read_changes(&batch, case.keys()) {
                let time = row.pop();
                assert_eq!(kind, RowKind::Insert);
                let of_key = rows.iter().filter(|each| each.key(layout.key()) == row[..case.keys()]);
                let greatest = of_key.map(|row| Value::Number(row.time.into())).max();
                assert_eq!(time, greatest.or(Some(Value::Null)));
                assert_eq!(found.insert(row[..case.keys()].to_vec(), row), None);
            }
        }
        assert_eq!(found, expected(&case, &live), "seed {seed}: {:?}", case.aggregation);
        drive.end().unwrap();
        assert!(drive.sent(0).is_empty() && drive.save().parts().is_empty());
    }
}
