//! Rows that may be the best of their window: none that is gets lost, whatever the batches, and what is beaten goes.

use std::collections::BTreeMap;
use std::ops::Range;

use memory::KeyGroups;
use state::redistribute;

use super::super::{Best, Contenders, ContendersSpec, InWindow, Windows};
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, Row, Value};

/// The column of the values that are compared, of those of [`Row`].
const VALUE: usize = 2;

fn drive(best: Best, size: i64, within: Range<i64>, seed: u64) -> Drive {
    let layout = row::layout(&[]);
    let time = layout.time().unwrap();
    let windows = Windows::Tumbling { size, offset: 0 };
    let spec = ContendersSpec { value: VALUE, best, window: InWindow::At { time, windows, within } };
    let types: Vec<_> = layout.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    Drive::new(Contenders::new(&spec, &types).unwrap(), seed)
}

fn passed(drive: &mut Drive) -> Vec<Vec<Value>> {
    let rows = drive.sent(0).into_iter().filter_map(|sent| match sent {
        Sent::Rows(batch) => Some(row::read(&batch, 0)),
        Sent::Time(_) => None,
    });
    rows.flatten().collect()
}

/// What a naive observer knows: the best of each window, of the rows that were not late.
struct Model {
    best: Best,
    size: i64,
    within: Range<i64>,
    watermark: i64,
    bests: BTreeMap<i64, i32>,
}

impl Model {
    fn start(&self, row: &Row) -> i64 {
        row.time - row.time.rem_euclid(self.size)
    }

    fn is_late(&self, row: &Row) -> bool {
        self.start(row) + self.size - 1 <= self.watermark
    }

    fn note(&mut self, row: &Row) {
        if self.is_late(row) {
            return;
        }
        let start = self.start(row);
        let best = self.bests.entry(start).or_insert(row.small);
        *best = match self.best {
            Best::Greatest => row.small.max(*best),
            Best::Least => row.small.min(*best),
        };
    }

    /// Whether it may not be left out, as far as this is known by now.
    fn wants(&self, row: &Row, was_late: bool) -> bool {
        let is_beaten = self.bests.get(&self.start(row)).is_some_and(|known| match self.best {
            Best::Greatest => row.small < *known,
            Best::Least => row.small > *known,
        });
        was_late || !is_beaten || !self.within.contains(&(row.time - self.start(row)))
    }
}

fn value(row: &Row) -> Vec<Value> {
    (0..=row::COLUMNS).map(|column| row.value(column)).collect()
}

/// Rows one after the other, in batches of so many at most, with time in between, and perhaps a restart.
fn check(seed: u64, batch_max: usize) {
    let mut random = Random::new(seed);
    let best = *random.pick(&[Best::Greatest, Best::Least]);
    let size = random.between(1, 20);
    let within = match random.one_in(2) {
        true => random.between(0, 2)..random.between(0, 2) + size,
        false => i64::MIN / 4..i64::MAX / 4,
    };
    let mut model = Model { best, size, within: within.clone(), watermark: i64::MIN, bests: BTreeMap::new() };
    let mut operator = drive(best, size, within.clone(), seed);
    let (mut now, mut all, mut found) = (0, Vec::new(), Vec::new());
    for _ in 0..12 {
        let rows: Vec<Row> = (0..1 + random.below(batch_max))
            .map(|_| {
                now += random.between(0, 4);
                let time = now - random.between(0, 12);
                let small = i32::try_from(random.between(-9, 9)).unwrap();
                Row { small, ..Row::random(&mut random, time) }
            })
            .collect();
        let may_pass = |model: &Model| -> Vec<_> {
            rows.iter().filter(|row| model.wants(row, model.is_late(row))).map(value).collect()
        };
        let unbeaten_before = may_pass(&model);
        for row in &rows {
            all.push((row.clone(), model.is_late(row)));
            model.note(row);
        }
        let unbeaten = may_pass(&model);
        operator.batch(row::batch(&row::layout(&[]), &rows, &mut random)).unwrap();
        let now_found = passed(&mut operator);
        let context = || format!("seed {seed}: {best:?} of {size} ms, {rows:?}");
        assert!(is_among(&unbeaten, &now_found), "something was left out: {}", context());
        assert!(is_among(&now_found, &unbeaten_before), "something was not: {}", context());
        found.extend(now_found);
        if random.one_in(3) {
            model.watermark = model.watermark.max(now - random.between(0, 9));
            operator.time(model.watermark).unwrap();
            assert!(passed(&mut operator).is_empty(), "time makes no rows");
        }
        if random.one_in(6) {
            let mut snapshots = redistribute(&[operator.save()], KeyGroups::default(), 1);
            operator = drive(best, size, within.clone(), seed);
            operator.load(snapshots.remove(0));
            // What was the best is not known any more, and more rows pass.
            (found, all) = (Vec::new(), Vec::new());
            model.bests.clear();
        }
    }
    // What is the best in the end has passed, though it was not known to be the best by then.
    let wanted = all.iter().filter(|(row, was_late)| model.wants(row, *was_late));
    let wanted: Vec<_> = wanted.map(|(row, _)| value(row)).collect();
    assert!(is_among(&wanted, &found), "seed {seed}: {best:?} of {size} ms: {wanted:?} of {found:?}");
}

/// Whether all of these are there, in their order.
fn is_among(some: &[Vec<Value>], all: &[Vec<Value>]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|wanted| rest.any(|found| found == wanted))
}

#[test]
fn only_what_nobody_has_beaten_passes() {
    (0..2000).for_each(|seed| check(seed, 1));
    (0..2000).for_each(|seed| check(seed, 9));
}
