//! One run of an operator through a script, in one way or another, and what has come of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::BooleanArray;
use memory::{Batch, KeyGroups, Lease, hash_key};
use shuffle::Watermark;
use state::{Snapshot, redistribute};

use super::Subject;
use super::cells;
use super::chance::Chance;
use super::instance::{Instance, Seating};
use super::outcome::Outcome;
use super::script::{Item, Row};
use super::steps::{Cut, Step, steps_of};
use super::trial::Fault;
use super::world::Refusal;
use crate::Mode;
use crate::chain::Delivery;

/// How many instances there are after each restart, in turn, when state is dealt out again.
const REDEALS: [u32; 3] = [2, 3, 1];

/// When all instances are saved, dropped, and built anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    Never,
    /// Before each step.
    Always,
    /// Before the step of this number only.
    Before(usize),
    ByChance,
}

/// In which way a script is run.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) mode: Mode,
    pub(super) cut: Cut,
    /// Whether rows that do not count stand among the others.
    pub(super) strewn: bool,
    pub(super) refusal: Refusal,
    pub(super) restart: Restart,
    pub(super) instances: u32,
    /// Whether their number changes with each restart.
    pub(super) redealt: bool,
    pub(super) managed_bytes: u64,
    /// No more rows are given when so many were sent.
    pub(super) rows_max: usize,
    pub(super) seed: u64,
}

impl Way {
    /// The one that others are held against.
    pub(super) fn plain(mode: Mode) -> Self {
        Self {
            mode,
            cut: Cut::Whole,
            strewn: false,
            refusal: Refusal::Never,
            restart: Restart::Never,
            instances: 1,
            redealt: false,
            managed_bytes: u64::MAX,
            rows_max: usize::MAX,
            seed: 0,
        }
    }
}

/// Runs a script. An operator that panics has a fault.
pub(super) fn run(subject: &Subject, items: &[Item], way: &Way) -> Result<Outcome, Fault> {
    let lease = Lease::root("probe", way.managed_bytes);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut runner = Runner::new(subject, way, &lease)?;
        runner.all(items)?;
        Ok(runner.outcome)
    }));
    let outcome = ran.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
        Err(Fault::plain(format!("the operator has panicked: {text}")))
    });
    outcome.map_err(|fault| Fault { says: format!("{}\nway     {way:?}", fault.says), ..fault })
}

struct Runner<'a> {
    subject: &'a Subject,
    way: &'a Way,
    lease: &'a Lease,
    chance: Chance,
    instances: Vec<Instance>,
    restarts: usize,
    now: Option<Watermark>,
    now_ns: u64,
    outcome: Outcome,
}

impl<'a> Runner<'a> {
    fn new(subject: &'a Subject, way: &'a Way, lease: &'a Lease) -> Result<Self, Fault> {
        let mut runner = Self {
            subject,
            way,
            lease,
            chance: Chance(way.seed),
            instances: Vec::new(),
            restarts: 0,
            now: None,
            now_ns: 0,
            outcome: Outcome::new(subject.outputs()),
        };
        runner.instances = runner.build(way.instances)?;
        Ok(runner)
    }

    fn all(&mut self, items: &[Item]) -> Result<(), Fault> {
        let mut steps = steps_of(items, self.way, &mut self.chance);
        steps.push(Step::Time(Watermark::MAX.0));
        for (number, step) in steps.iter().enumerate() {
            self.restart_if_due(number)?;
            match step {
                Step::Rows(..) if self.outcome.rows_sent() > self.way.rows_max => {}
                Step::Rows(port, rows) => self.rows(*port, rows)?,
                Step::Time(now) => self.time(Watermark(*now))?,
                Step::Wait(passed_ms) => {
                    self.now_ns += passed_ms * 1_000_000;
                    self.each(|instance| instance.pass_ms(*passed_ms))?;
                }
            }
        }
        self.restart_if_due(steps.len())?;
        for port in 0..self.subject.inputs.len() {
            self.each(|instance| instance.give(port, Delivery::End))?;
        }
        for instance in &mut self.instances {
            self.outcome.keep_left(&instance.save()?);
        }
        Ok(())
    }

    fn time(&mut self, now: Watermark) -> Result<(), Fault> {
        self.now = Some(now);
        self.each(|instance| instance.give(0, Delivery::Time(now)))
    }

    fn rows(&mut self, port: usize, rows: &[Row]) -> Result<(), Fault> {
        let batch = self.batch(port, rows);
        if self.instances.len() == 1 {
            self.instances[0].give(port, Delivery::Batch(batch))?;
            self.outcome.collect(&mut self.instances[0]);
            return Ok(());
        }
        let batch = batch.compact();
        let owners = self.owners(port, &batch);
        for (number, instance) in (0..).zip(&mut self.instances) {
            let keep: Vec<bool> = owners.iter().map(|owner| *owner == number).collect();
            if keep.contains(&true) {
                instance.give(port, Delivery::Batch(batch.clone().narrow(&BooleanArray::from(keep))))?;
                self.outcome.collect(instance);
            }
        }
        Ok(())
    }

    /// A batch of these rows, perhaps with copies of them that do not count, and with the hashes of their keys.
    fn batch(&mut self, port: usize, rows: &[Row]) -> Batch {
        let layout = &self.subject.inputs[port];
        if !self.way.strewn {
            return cells::batch_of(layout, rows);
        }
        let (mut all, mut keep) = (Vec::new(), Vec::new());
        for row in rows {
            for _ in 0..self.chance.below(3) {
                all.push(rows[self.chance.below(rows.len())].clone());
                keep.push(false);
            }
            all.push(row.clone());
            keep.push(true);
        }
        let batch = cells::batch_of(layout, &all);
        let hashes =
            (!layout.key().is_empty() && self.chance.one_in(2)).then(|| hashes_of(layout, &batch).into());
        batch.with_hashes(hashes).narrow(&BooleanArray::from(keep))
    }

    fn owners(&self, port: usize, batch: &Batch) -> Vec<u32> {
        let groups = KeyGroups::default();
        let parallelism = u32::try_from(self.instances.len()).expect("few instances");
        let hashes = hashes_of(&self.subject.inputs[port], batch);
        hashes.into_iter().map(|hash| groups.owner(groups.of(hash), parallelism)).collect()
    }

    fn each(&mut self, mut call: impl FnMut(&mut Instance) -> Result<(), Fault>) -> Result<(), Fault> {
        for instance in &mut self.instances {
            call(instance)?;
            self.outcome.collect(instance);
        }
        Ok(())
    }

    fn restart_if_due(&mut self, step: usize) -> Result<(), Fault> {
        let is_due = match self.way.restart {
            Restart::Never => false,
            Restart::Always => true,
            Restart::Before(number) => number == step,
            Restart::ByChance => self.chance.one_in(3),
        };
        if !is_due {
            return Ok(());
        }
        let snapshots: Vec<Snapshot> =
            self.instances.iter_mut().map(Instance::save).collect::<Result<_, _>>()?;
        let count =
            if self.way.redealt { REDEALS[self.restarts % REDEALS.len()] } else { self.way.instances };
        self.restarts += 1;
        self.instances.clear();
        self.instances = self.build(count)?;
        for (instance, restore) in
            self.instances.iter_mut().zip(redistribute(&snapshots, KeyGroups::default(), count))
        {
            instance.load(&restore)?;
        }
        // Time is not saved. Those before it say it again, here at once, so that the same rows are late.
        self.now.map_or(Ok(()), |now| self.time(now))
    }

    fn build(&self, parallelism: u32) -> Result<Vec<Instance>, Fault> {
        let build = |number| {
            let seating = Seating {
                mode: self.way.mode,
                refusal: self.way.refusal,
                lease: self.lease,
                number,
                parallelism,
                now_ns: self.now_ns,
                seed: self.way.seed ^ u64::from(number),
            };
            Instance::new(self.subject, &seating).map_err(Fault::failure)
        };
        (0..parallelism).map(build).collect()
    }
}

fn hashes_of(layout: &crate::Layout, batch: &Batch) -> Vec<u64> {
    let mut hashes = Vec::new();
    hash_key(&layout.key_columns(batch), batch.columns().num_rows(), &mut hashes).expect("a key");
    hashes
}
