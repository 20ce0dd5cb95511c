//! Streams whose results change: after every batch, what was said comes to what the model says of all rows that are there.

use std::collections::BTreeMap;

use memory::{Batch, KeyGroups, Lease, RowKind, RowKinds};
use state::{Restore, redistribute};

use super::super::Over;
use super::super::changing::NOT_FOUND;
use super::{model, random};
use crate::accumulators::{Accumulator, JobAccumulators};
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, COLUMNS, Row, Value};
use crate::{Mode, stand};

/// What was said and not taken back: how often.
type Table = BTreeMap<Vec<Value>, usize>;

/// Takes what was said into a table. Says how many rows of each kind there were.
fn apply(table: &mut Table, batch: &Batch, counts: &mut [usize; 4]) {
    let mut before: Option<Vec<Value>> = None;
    let kinds = batch.kinds().cloned();
    for (number, mut row) in row::read(batch, 0).into_iter().enumerate() {
        row.truncate(row.len() - 1); // Its time may be that of another one.
        let kind = kinds.as_ref().map_or(RowKind::Insert, |kinds| kinds.get(number));
        counts[kind as usize] += 1;
        if kind == RowKind::UpdateAfter {
            let before = before.take().expect("behind what it updates");
            assert_eq!(before[..COLUMNS], row[..COLUMNS]);
            assert_ne!(before, row, "said again, and nothing has changed");
        }
        if kind.adds() {
            *table.entry(row).or_default() += 1;
        } else {
            let count = table.get_mut(&row).filter(|count| **count > 0).expect("what is taken back is there");
            *count -= 1;
            before = (kind == RowKind::UpdateBefore).then_some(row);
        }
    }
}

fn is_same(one: &Row, other: &Row) -> bool {
    (0..COLUMNS).all(|column| one.value(column) == other.value(column))
}

/// The next batch: rows by chance, some of which take back one that is there.
fn changes(there: &mut Vec<Row>, takes: bool, random: &mut Random) -> Vec<(RowKind, Row)> {
    let count = random.below(8);
    let change = |_| {
        if takes && !there.is_empty() && random.one_in(3) {
            let gone = there[random.below(there.len())].clone();
            // Of several that say the same the one that is sorted first goes; they are the same to everybody else.
            there.remove(there.iter().position(|row| is_same(row, &gone)).unwrap());
            let kind = if random.one_in(2) { RowKind::Delete } else { RowKind::UpdateBefore };
            return (kind, gone);
        }
        let time = random.between(0, 9);
        let row = Row::random(random, time);
        there.push(row.clone());
        (if random.one_in(4) { RowKind::UpdateAfter } else { RowKind::Insert }, row)
    };
    (0..count).map(change).collect::<Vec<_>>()
}

fn check(seed: u64) {
    let mut random = Random::new(seed);
    let mut spec = random::spec(&mut random);
    // Rows that say the same must be the same: their times are no part of what they say.
    if spec.order.iter().any(|column| column.column >= COLUMNS) {
        spec.order[0].column = 1;
    }
    let takes = random.one_in(2);
    if takes {
        spec.input = spec.input.changing();
    }
    let lease = Lease::root("trial", u64::MAX);
    let make = |random: &mut Random, restore: Restore| {
        let mut drive =
            Drive::new(Over::new(&spec, &stand::seat(Mode::Streaming, &lease, None)).unwrap(), random.bits());
        drive.load(restore);
        drive
    };
    let mut drive = make(&mut random, Restore::default());
    let (mut there, mut table) = (Vec::new(), Table::new());
    for _ in 0..random.below(12) {
        let changes = changes(&mut there, takes, &mut random);
        let rows: Vec<Row> = changes.iter().map(|(_, row)| row.clone()).collect();
        // Without rows that do not count: kinds are of all.
        let batch = row::batch(&spec.input, &rows, &mut random).compact();
        let kinds = takes.then(|| RowKinds::new(changes.iter().map(|(kind, _)| *kind)));
        drive.batch(batch.with_kinds(kinds)).unwrap();
        let mut counts = [0; 4];
        for sent in drive.sent(0) {
            let Sent::Rows(batch) = sent else { panic!("nobody has told the time") };
            apply(&mut table, &batch, &mut counts);
        }
        let given = |adds: bool| changes.iter().filter(|(kind, _)| kind.adds() == adds).count();
        assert!(counts[RowKind::Insert as usize] <= given(true), "seed {seed}");
        assert!(counts[RowKind::Delete as usize] <= given(false), "seed {seed}");
        let mut expected = Table::new();
        for (row, results) in model::over(&spec, &there).into_values().flatten() {
            let mut said = random::said(&row, &results);
            said.pop();
            *expected.entry(said).or_default() += 1;
        }
        table.retain(|_, count| *count > 0);
        assert_eq!(table, expected, "seed {seed}: {:?} {:?}", spec.order, spec.calls);
        if random.one_in(4) {
            let restore = redistribute(&[drive.save()], KeyGroups::default(), 1).pop().unwrap();
            drop(drive);
            assert_eq!(lease.figures().used, 0);
            drive = make(&mut random, restore);
            assert!(drive.sent(0).is_empty(), "it was said before");
        }
    }
    drive.time(4).unwrap();
    assert!(matches!(drive.sent(0)[..], [Sent::Time(4)]));
    drive.end().unwrap();
    assert!(drive.save().parts().is_empty(), "seed {seed}");
    assert_eq!(lease.figures().used, 0, "seed {seed}");
}

#[test]
fn what_was_said_comes_to_the_model_after_every_batch() {
    (0..2_000).for_each(check);
}

#[test]
fn a_row_that_takes_back_what_is_not_there_is_passed_over_and_counted() {
    let (lease, job) = (Lease::root("trial", u64::MAX), JobAccumulators::default());
    let mut seat = stand::seat(Mode::Streaming, &lease, None);
    seat.accumulators = job.of(&seat.place);
    let mut random = Random::new(1);
    let mut spec = random::spec(&mut random);
    spec.input = row::layout(&[]).changing();
    spec.order = vec![crate::sort::SortColumn::ascending(2)];
    let mut drive = Drive::new(Over::new(&spec, &seat).unwrap(), 1);
    let row = |small: i32, word: &str| Row {
        word: Some(word.into()),
        number: None,
        small,
        unsigned: 0,
        ratio: None,
        time: 0,
        kind: RowKind::Insert,
    };
    let rows = [row(1, "a"), row(2, "a"), row(1, "b"), row(1, "b")];
    let kinds = RowKinds::new([RowKind::Insert, RowKind::Delete, RowKind::Delete, RowKind::UpdateBefore]);
    let batch = row::batch(&spec.input, &rows, &mut random).compact();
    drive.batch(batch.with_kinds(Some(kinds))).unwrap();
    let sent = drive.sent(0);
    assert!(matches!(&sent[..], [Sent::Rows(batch)] if batch.rows() == 1));
    let counted = job.totals().unwrap();
    assert_eq!(NOT_FOUND.map(|name| counted[name].clone()), [Accumulator::Long(1), Accumulator::Long(2)]);
}

#[test]
fn what_has_changed_is_said_at_the_time_of_what_has_changed_it() {
    let mut random = Random::new(5);
    let mut spec = random::spec(&mut random);
    spec.input = row::layout(&[]);
    spec.order = vec![crate::sort::SortColumn::ascending(1)];
    spec.calls.truncate(1);
    spec.calls[0].function = super::super::OverFunction::RowNumber;
    let lease = Lease::root("trial", u64::MAX);
    let mut drive = Drive::new(Over::new(&spec, &stand::seat(Mode::Streaming, &lease, None)).unwrap(), 1);
    let mut said = Vec::new();
    for (number, time) in [(5, 10), (3, 12), (9, 11)] {
        let row = Row {
            word: None,
            number: Some(number),
            small: 0,
            unsigned: 0,
            ratio: None,
            time,
            kind: RowKind::Insert,
        };
        drive.batch(row::batch(&spec.input, &[row], &mut random)).unwrap();
        for sent in drive.sent(0) {
            let Sent::Rows(batch) = sent else { panic!("no time") };
            let kinds = batch.kinds().cloned();
            for (number, row) in row::read(&batch, 0).into_iter().enumerate() {
                let kind = kinds.as_ref().map_or(RowKind::Insert, |kinds| kinds.get(number));
                let number = |column: usize| match row[column] {
                    Value::Number(number) => number,
                    _ => panic!("a number"),
                };
                said.push(format!("{kind} {} {} @{}", number(1), number(COLUMNS), number(COLUMNS + 1)));
            }
        }
    }
    assert_eq!(said, ["+I 5 1 @10", "+I 3 1 @12", "-U 5 1 @12", "+U 5 2 @12", "+I 9 3 @11"]);
}
