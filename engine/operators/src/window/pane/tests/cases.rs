//! Random cases: disorder, late rows, lateness that is allowed, every cut, other subtasks on the way.

use memory::KeyGroups;
use state::{Restore, redistribute};

use super::super::super::Late;
use super::super::{PaneAggregate, WindowedAggregation, Windows};
use super::model::{Model, Result};
use crate::aggregate::Aggregation;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, Row, Value};

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Rows(Vec<Row>),
    Time(i64),
    /// All subtasks are saved, and so many go on.
    Reload(u32),
}

struct Case {
    spec: WindowedAggregation,
    events: Vec<Event>,
    random: Random,
    drives: Vec<Drive>,
    late: Vec<Late>,
}

pub(super) fn windows(random: &mut Random) -> Windows {
    let size = random.between(1, 20);
    match random.below(4) {
        0 => Windows::Tumbling { size, offset: random.between(1 - size, size - 1) },
        1 | 2 => {
            let longest = if random.one_in(3) { 24 } else { size };
            let slide = random.between(1, longest);
            Windows::Sliding { size, slide, offset: random.between(1 - slide, slide - 1) }
        }
        _ => {
            let step = random.between(1, 6);
            let size = step * random.between(1, 5);
            Windows::Cumulating { size, step, offset: random.between(1 - size, size - 1) }
        }
    }
}

pub(super) fn events(random: &mut Random) -> Vec<Event> {
    let (mut now, mut watermark) = (random.between(-40, 10), -1000);
    let disorder = random.between(0, 25);
    let mut events = Vec::new();
    for _ in 0..random.below(12) {
        events.push(match random.below(8) {
            0..4 => {
                now += if random.one_in(8) { random.between(0, 60) } else { random.between(0, 8) };
                let rows = random.below(6);
                let times: Vec<i64> = (0..rows).map(|_| now - random.between(0, disorder)).collect();
                Event::Rows(times.into_iter().map(|time| Row::random(random, time)).collect())
            }
            4..7 if now > watermark => {
                watermark = now - random.between(0, (now - watermark - 1).min(10));
                Event::Time(watermark)
            }
            _ => Event::Reload(random.parallelism()),
        });
    }
    events.push(Event::Time(i64::MAX));
    events
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let windows = windows(&mut random);
        let layout = row::layout(row::KEYS[random.below(row::KEYS.len())]);
        let is_single = windows.grid().unwrap().is_single();
        let aggregation = Aggregation::new(layout, row::aggregates(&mut random, is_single));
        let allowed_lateness = if random.one_in(2) { random.between(0, 30) } else { 0 };
        let spec = WindowedAggregation { aggregation, windows, allowed_lateness };
        let events = events(&mut random);
        let mut case = Self { spec, events, random, drives: Vec::new(), late: Vec::new() };
        case.start(vec![Restore::default()]);
        case
    }

    fn start(&mut self, restores: Vec<Restore>) {
        self.drives.clear();
        for restore in restores {
            let operator = PaneAggregate::new(&self.spec).unwrap();
            self.late.push(operator.late());
            self.drives.push(Drive::new(operator, self.random.bits()));
            self.drives.last_mut().unwrap().load(restore);
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Rows(rows) => {
                let input = &self.spec.aggregation.input;
                for (owner, batch) in row::deal(input, rows, self.drives.len(), &mut self.random) {
                    self.drives[owner].batch(batch).unwrap();
                }
            }
            Event::Time(now) => {
                self.drives.iter_mut().for_each(|drive| drive.time(*now).unwrap());
            }
            Event::Reload(parallelism) => {
                let snapshots: Vec<_> = self.drives.iter_mut().map(Drive::save).collect();
                self.start(redistribute(&snapshots, KeyGroups::default(), *parallelism));
            }
        }
    }

    /// What all subtasks have sent, in the order of window ends within each.
    fn results(&mut self, event: &Event) -> Vec<Result> {
        let keys = self.spec.aggregation.input.key().len();
        let mut results = Vec::new();
        for drive in &mut self.drives {
            let mut sent = drive.sent(0);
            if let Event::Time(now) = event {
                assert!(matches!(sent.pop(), Some(Sent::Time(time)) if time == *now), "no time at the end");
            }
            let mut own = Vec::new();
            for each in sent {
                let Sent::Rows(batch) = each else { panic!("time among rows") };
                own.extend(row::read(&batch, keys));
            }
            let is_sorted = own.is_sorted_by_key(|result: &Result| result[result.len() - 1].clone());
            assert!(is_sorted || matches!(event, Event::Rows(_)), "windows out of order: {own:?}");
            results.extend(own);
        }
        results
    }

    fn late_rows(&mut self) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        for sent in self.drives.iter_mut().flat_map(|drive| drive.sent(1)) {
            if let Sent::Rows(batch) = sent {
                rows.extend(row::read(&batch.with_hashes(None), 0));
            }
        }
        rows
    }
}

fn shown(row: &Row) -> Vec<Value> {
    (0..=row::COLUMNS).map(|column| row.value(column)).collect()
}

/// Stays in order within a key and a window, and only there.
pub(super) fn by_window(mut results: Vec<Result>, keys: usize) -> Vec<Result> {
    let of_window = |result: &Result| (result[result.len() - 2..].to_vec(), result[..keys].to_vec());
    results.sort_by_key(of_window);
    results
}

fn check(seed: u64) {
    let mut case = Case::new(seed);
    let keys = case.spec.aggregation.input.key().len();
    let mut model = Model::new(case.spec.clone());
    let mut late = Vec::new();
    for (number, event) in case.events.clone().iter().enumerate() {
        let expected: Vec<Result> = match event {
            Event::Rows(rows) => rows.iter().flat_map(|row| model.row(row)).collect(),
            Event::Time(now) => model.time(*now),
            Event::Reload(_) => Vec::new(),
        };
        case.happen(event);
        let found = case.results(event);
        let context = || format!("seed {seed}, event {number}: {:?}\n{:#?}", case.spec, case.events);
        assert_eq!(by_window(found, keys), by_window(expected, keys), "{}", context());
        late.extend(case.late_rows());
        if model.is_empty() {
            let keyed =
                case.drives.iter_mut().map(Drive::save).filter(|saved| saved.parts().len() > 1).count();
            assert_eq!(keyed, 0, "windows that are gone");
        }
    }
    let mut expected: Vec<_> = model.late.iter().map(shown).collect();
    expected.sort();
    late.sort();
    assert_eq!(late, expected, "seed {seed}: late rows");
    assert_eq!(case.late.iter().map(Late::rows).sum::<u64>(), late.len() as u64);
    let lateness_max = case.late.iter().map(Late::lateness_max_ms).max();
    assert_eq!(lateness_max, Some(model.lateness_max), "seed {seed}");
    for drive in &mut case.drives {
        assert!(drive.save().parts().is_empty(), "something is left at the end");
        drive.end().unwrap();
        assert!(drive.sent(0).is_empty());
    }
}

#[test]
fn windows_of_panes_are_those_of_the_model() {
    (0..6000).for_each(check);
}
