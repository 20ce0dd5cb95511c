//! Windows in two phases against the model: rows combined before an exchange, every cut, other subtasks on the way.

use memory::KeyGroups;
use state::{Restore, redistribute};

use super::super::super::Late;
use super::super::{LocalPanes, PaneAggregate, WindowedAggregation};
use super::cases::{Event, by_window, events, windows};
use super::model::{Model, Result};
use crate::aggregate::Aggregation;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row;
use crate::aggregate::tests::two_phase::exchange;

struct Case {
    spec: WindowedAggregation,
    keys_max: usize,
    /// Rows of a round, if there are rounds.
    round: Option<usize>,
    random: Random,
    locals: Vec<Drive>,
    globals: Vec<Drive>,
    late: Vec<Late>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let windows = windows(&mut random);
        let layout = row::layout(row::KEYS[random.below(row::KEYS.len())]);
        // Which of two rows came first is nobody's business here.
        let aggregation = Aggregation::new(layout, row::aggregates(&mut random, false));
        let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 0 };
        let keys_max = 1 + random.below(12);
        let round = random.one_in(2).then(|| 1 + random.below(9));
        let (locals, globals) = (Vec::new(), Vec::new());
        let mut case = Self { spec, keys_max, round, random, locals, globals, late: Vec::new() };
        case.start(vec![Restore::default()], vec![Restore::default()]);
        case
    }

    fn start(&mut self, locals: Vec<Restore>, globals: Vec<Restore>) {
        self.locals.clear();
        for restore in locals {
            let local = LocalPanes::new(&self.spec, self.keys_max).unwrap();
            let local = match self.round {
                Some(rows) => local.in_rounds(rows, 1_000_000),
                None => local,
            };
            let mut drive = Drive::new(local, self.random.bits());
            drive.load(restore);
            self.locals.push(drive);
        }
        self.globals.clear();
        for restore in globals {
            let global = PaneAggregate::merging(&self.spec).unwrap();
            self.late.push(global.late());
            let mut drive = Drive::new(global, self.random.bits());
            drive.load(restore);
            self.globals.push(drive);
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Rows(rows) => {
                let input = self.spec.aggregation.input.clone();
                for part in rows.chunks(1 + self.random.below(4)) {
                    let batch = row::batch(&input, part, &mut self.random);
                    let local = self.random.below(self.locals.len());
                    self.locals[local].batch(batch).unwrap();
                }
                self.travel();
            }
            Event::Time(now) => {
                self.locals.iter_mut().for_each(|drive| drive.time(*now).unwrap());
                self.travel();
                self.globals.iter_mut().for_each(|drive| drive.time(*now).unwrap());
            }
            Event::Reload(parallelism) => {
                let others = |drives: &mut [Drive], many: u32| {
                    let snapshots: Vec<_> = drives.iter_mut().map(Drive::save).collect();
                    redistribute(&snapshots, KeyGroups::default(), many)
                };
                let locals = others(&mut self.locals, 1 + parallelism % 3);
                let globals = others(&mut self.globals, *parallelism);
                self.start(locals, globals);
            }
        }
    }

    /// What locals have sent comes to whom it belongs.
    fn travel(&mut self) {
        let keys = self.spec.aggregation.input.key().len();
        for local in &mut self.locals {
            for sent in local.sent(0) {
                let Sent::Rows(batch) = sent else { continue };
                for (owner, part) in exchange(&batch, keys, self.globals.len()).into_iter().enumerate() {
                    self.globals[owner].batch(part).unwrap();
                }
            }
        }
    }

    fn results(&mut self) -> Vec<Result> {
        let keys = self.spec.aggregation.input.key().len();
        let mut results = Vec::new();
        for sent in self.globals.iter_mut().flat_map(|drive| drive.sent(0)) {
            if let Sent::Rows(batch) = sent {
                results.extend(row::read(&batch, keys));
            }
        }
        results
    }
}

fn check(seed: u64) {
    let mut case = Case::new(seed);
    let all = events(&mut case.random);
    let keys = case.spec.aggregation.input.key().len();
    let mut model = Model::new(case.spec.clone());
    for (number, event) in all.iter().enumerate() {
        let expected: Vec<Result> = match event {
            Event::Rows(rows) => rows.iter().flat_map(|row| model.row(row)).collect(),
            Event::Time(now) => model.time(*now),
            Event::Reload(_) => Vec::new(),
        };
        case.happen(event);
        let found = case.results();
        assert_eq!(
            by_window(found, keys),
            by_window(expected, keys),
            "seed {seed}, event {number}: {:?}\n{all:#?}",
            case.spec
        );
    }
    let late: u64 = case.late.iter().map(Late::rows).sum();
    assert_eq!(late, model.late.len() as u64, "seed {seed}: late rows");
    for drive in case.locals.iter_mut().chain(&mut case.globals) {
        assert!(drive.save().parts().is_empty(), "something is left at the end");
        drive.end().unwrap();
        assert!(drive.sent(0).is_empty());
    }
}

#[test]
fn windows_in_two_phases_are_those_of_the_model() {
    (0..6000).for_each(check);
}
