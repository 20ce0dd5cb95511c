//! Batches: sorted rows, however they are cut and dealt out, leave with the results of the model.

use std::collections::BTreeMap;

use memory::{Batch, KeyGroups, Lease};
use state::redistribute;

use super::super::{Bound, Frame, Over, OverCall, OverFunction, OverSpec};
use super::{model, random};
use crate::aggregate::Function;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, Row, Value};
use crate::limit::Fetch;
use crate::sort::{Sort, SortColumn};
use crate::stand::{self, Stand};
use crate::{Layout, Mode};

/// What was said, by key.
type Said = BTreeMap<Vec<Value>, Vec<Vec<Value>>>;

fn expected(spec: &OverSpec, rows: &[Row]) -> Said {
    let said = |(row, results): (Row, Vec<Value>)| random::said(&row, &results);
    model::over(spec, rows)
        .into_iter()
        .map(|(key, rows)| (key, rows.into_iter().map(said).collect()))
        .collect()
}

fn drive(spec: &OverSpec, random: &mut Random, lease: &Lease) -> Drive {
    Drive::new(Over::new(spec, &stand::seat(Mode::Batch, lease, None)).unwrap(), random.bits())
}

fn collect(drive: &mut Drive, spec: &OverSpec, said: &mut Said) {
    for sent in drive.sent(0) {
        let Sent::Rows(batch) = sent else { continue };
        for row in row::read(&batch, spec.input.key().len()) {
            said.entry(random::key_of(&row, spec)).or_default().push(row);
        }
    }
}

fn check(seed: u64) {
    let mut random = Random::new(seed);
    let spec = random::spec(&mut random);
    let count = random.below(40);
    let rows = random::rows(&mut random, count);
    let sorted = model::sorted(&spec, &rows);
    let lease = Lease::root("trial", u64::MAX);
    let (mut found, mut restores) = (Said::new(), vec![state::Restore::default(); 1 + random.below(3)]);
    let stages = 1 + random.below(3);
    for stage in 0..stages {
        let mut drives: Vec<Drive> = Vec::new();
        for restore in restores {
            drives.push(drive(&spec, &mut random, &lease));
            drives.last_mut().unwrap().load(restore);
        }
        let part = &sorted[count * stage / stages..count * (stage + 1) / stages];
        for (owner, batch) in row::deal(&spec.input, part, drives.len(), &mut random) {
            drives[owner].batch(batch).unwrap();
        }
        drives.iter_mut().for_each(|drive| drive.time(stage as i64).unwrap());
        if stage + 1 == stages {
            drives.iter_mut().for_each(|drive| drive.time(i64::MAX).unwrap());
            drives.iter_mut().for_each(|drive| drive.end().unwrap());
        }
        drives.iter_mut().for_each(|drive| collect(drive, &spec, &mut found));
        let snapshots: Vec<_> = drives.iter_mut().map(Drive::save).collect();
        let parallelism = random.parallelism();
        restores = redistribute(&snapshots, KeyGroups::default(), parallelism);
    }
    assert_eq!(found, expected(&spec, &rows), "seed {seed}: {:?} {:?}", spec.order, spec.calls);
    assert!(restores.iter().all(state::Restore::is_empty), "seed {seed}: something is left");
    assert_eq!(lease.figures().used, 0, "seed {seed}");
}

#[test]
fn sorted_rows_leave_with_the_results_of_the_model() {
    (0..3_000).for_each(check);
}

fn sum_until_here(order: Vec<SortColumn>, input: Layout) -> OverSpec {
    let function = OverFunction::Aggregate(Function::Sum(1));
    let call = |name: &str, frame| OverCall { function, frame, name: name.into() };
    let last = Frame::rows(Bound::Preceding(2), Bound::CurrentRow);
    OverSpec { input, order, calls: vec![call("sum", Frame::UNTIL_PEERS), call("last", last)], time: None }
}

#[test]
fn a_partition_of_all_rows_takes_little_memory_if_no_function_looks_ahead() {
    let layout = Layout::of(<(i64, i64) as record::Record>::fields());
    let spec = sum_until_here(vec![SortColumn::ascending(0)], layout);
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Batch, &lease, None);
    let mut stand = Stand::new(Over::new(&spec, &seat).unwrap(), 1, Some(1));
    let mut sum = 0;
    for first in (0..200_000_i64).step_by(8_000) {
        let rows = (first..first + 8_000).map(|number| (number / 3, number));
        stand.batch(0, Batch::new(record::batch_of(rows))).unwrap();
        let found = stand::rows_sent::<(i64, i64, i64, Option<i64>)>(&stand.take());
        sum += found.len();
    }
    stand.time(i64::MAX).unwrap();
    let found = stand::rows_sent::<(i64, i64, i64, i64)>(&stand.take());
    let last = found.last().unwrap().1;
    assert_eq!((sum + found.len(), last), (200_000, (66_666, 199_999, 199_999 * 100_000, 599_994)));
    let peak = lease.figures().peak;
    assert!(peak < 1 << 20, "{peak} bytes for three rows");
}

#[test]
fn frames_of_many_rows_are_looked_at_twice_and_not_with_every_batch() {
    let layout = Layout::of(<(i64, i64) as record::Record>::fields());
    let frame = Frame::rows(Bound::Preceding(9_999), Bound::CurrentRow);
    let sum = OverFunction::Aggregate(Function::Sum(1));
    let calls = vec![OverCall { function: sum, frame, name: "sum".into() }];
    let spec = OverSpec { input: layout, order: vec![SortColumn::ascending(0)], calls, time: None };
    let lease = Lease::root("trial", u64::MAX);
    let mut stand = Stand::new(Over::new(&spec, &stand::seat(Mode::Batch, &lease, None)).unwrap(), 1, None);
    let (mut pieces, mut found) = (0, Vec::new());
    for first in (0..40_000_i64).step_by(100) {
        stand
            .batch(0, Batch::new(record::batch_of((first..first + 100).map(|number| (number, 1_i64)))))
            .unwrap();
        let sent = stand.take();
        pieces += usize::from(!sent.is_empty());
        found.extend(stand::rows_sent::<(i64, i64, i64)>(&sent));
    }
    stand.time(i64::MAX).unwrap();
    found.extend(stand::rows_sent::<(i64, i64, i64)>(&stand.take()));
    let expected = (0..40_000).map(|number: i64| (number, 1, (number + 1).min(10_000)));
    assert!(found.into_iter().map(|(_, row)| row).eq(expected));
    assert!(pieces < 20, "the frame was looked at {pieces} times");
}

#[test]
fn behind_a_sort_rows_may_come_in_any_order() {
    let layout = Layout::of(<(i64, i64) as record::Record>::fields()).keyed_by(vec![0]);
    let spec = sum_until_here(vec![SortColumn::descending(1)], layout.clone());
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Batch, &lease, None);
    let sort = Sort::new(&layout, &spec.sorted_by(), Fetch::ALL, &seat).unwrap();
    let mut stand =
        Stand::of_chain(vec![Box::new(sort), Box::new(Over::new(&spec, &seat).unwrap())], Some(3));
    for rows in [[(2, 5), (1, 3)], [(1, 4), (2, 7)], [(1, 3), (2, 6)]] {
        stand
            .batch(0, Batch::new(record::batch_of(rows.map(|(key, number)| (key as i64, number as i64)))))
            .unwrap();
    }
    stand.time(i64::MAX).unwrap();
    stand.end(0).unwrap();
    let sent = stand.take();
    let found = stand::rows_sent::<(i64, i64, i64, i64)>(&sent).into_iter().map(|(_, row)| row);
    let expected =
        [(1, 4, 4, 4), (1, 3, 10, 7), (1, 3, 10, 10), (2, 7, 7, 7), (2, 6, 13, 13), (2, 5, 18, 18)];
    assert!(found.eq(expected));
    assert_eq!(sent.last(), Some(&stand::Sent::Time(i64::MAX)), "time comes behind the rows");
    assert_eq!(lease.figures().used, 0);
}

#[test]
#[should_panic(expected = "rows over which functions run in a batch are sorted before")]
fn rows_that_are_not_sorted_are_not_taken_for_sorted_ones() {
    let layout = Layout::of(<(i64, i64) as record::Record>::fields()).keyed_by(vec![0]);
    let spec = sum_until_here(vec![SortColumn::ascending(1)], layout);
    let lease = Lease::root("trial", u64::MAX);
    let over = Over::new(&spec, &stand::seat(Mode::Batch, &lease, None)).unwrap();
    Stand::new(over, 1, None).batch(0, Batch::new(record::batch_of([(1_i64, 2_i64), (1, 1)]))).unwrap();
}
