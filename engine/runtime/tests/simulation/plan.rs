//! A random dataflow, drawn from a seed: what is to be computed, how it is spread, and what goes wrong.

use std::time::Duration;

use memory::KeyGroups;
use runtime::random::Random;
use shuffle::{BufferTimeout, HashKey, Route};

use crate::row::KEY;

/// What is drawn. Vertices stand in the order in which rows pass them.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) vertices: Vec<Node>,
    pub(crate) joins: Vec<Join>,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) work: Work,
    pub(crate) parallelism: u32,
    /// In which attempts a subtask of it fails, and after how many batches.
    pub(crate) fails: Option<Fails>,
}

/// What a vertex does.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// Makes rows.
    Source(Source),
    /// Changes each row.
    Map,
    /// Keeps some rows.
    Filter,
    /// Makes several rows of each.
    Explode(i64),
    /// Holds rows for a while, by timers.
    Delay(u64),
    /// Takes all rows to disk, and reads them again at the end.
    Spill,
    /// One row for each key, at the end.
    Sum,
    /// Collects.
    Sink,
}

impl Work {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::Map => "map",
            Self::Filter => "filter",
            Self::Explode(_) => "explode",
            Self::Delay(_) => "delay",
            Self::Spill => "spill",
            Self::Sum => "sum",
            Self::Sink => "sink",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Of each subtask.
    pub(crate) rows: u64,
    pub(crate) batch: u64,
    pub(crate) keys: u64,
    /// Between batches, if it does not send as fast as it may.
    pub(crate) pause_ns: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fails {
    /// The attempts before this one.
    pub(crate) attempts: u32,
    pub(crate) after_batches: u64,
    pub(crate) panics: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) route: Route,
    pub(crate) timeout: BufferTimeout,
}

/// Attempts that failures in a plan use up, at most; trouble with the disk uses more.
pub(crate) const FAILS_MAX: u32 = 2;

impl Plan {
    /// A dataflow without faults of its own.
    pub(crate) fn drawn(random: &mut Random) -> Self {
        let mut plan = Self { vertices: Vec::new(), joins: Vec::new() };
        let few = |random: &mut Random, most: u64| u32::try_from(random.within(1, most)).expect("a few");
        for _ in 0..random.within(1, 3) {
            let parallelism = few(random, 3);
            let work = Work::Source(Source::drawn(random));
            plan.vertices.push(Node { work, parallelism, fails: None });
        }
        for _ in 0..random.below(5) {
            let (work, parallelism) = (draw_work(random), few(random, 4));
            plan.vertices.push(Node { work, parallelism, fails: None });
            plan.connect(plan.vertices.len() - 1, random);
            if random.chance(250) {
                plan.connect(plan.vertices.len() - 1, random);
            }
        }
        // What nobody takes goes to a sink; and sinks may share what others take.
        for from in 0..plan.vertices.len() {
            if plan.joins.iter().all(|join| join.from != from) || random.chance(100) {
                let parallelism = few(random, 3);
                plan.vertices.push(Node { work: Work::Sink, parallelism, fails: None });
                plan.join(from, plan.vertices.len() - 1, random);
            }
        }
        plan
    }

    /// The same, but some subtasks fail in the first attempts.
    pub(crate) fn with_failures(mut self, random: &mut Random) -> Self {
        for node in &mut self.vertices {
            if random.chance(150) {
                let attempts = u32::try_from(random.within(1, FAILS_MAX.into())).expect("few");
                let (after_batches, panics) = (random.below(20), random.chance(500));
                node.fails = Some(Fails { attempts, after_batches, panics });
            }
        }
        self
    }

    fn connect(&mut self, to: usize, random: &mut Random) {
        let from = usize::try_from(random.below(to as u64)).expect("a vertex");
        self.join(from, to, random);
    }

    fn join(&mut self, from: usize, to: usize, random: &mut Random) {
        let (senders, receivers) = (self.vertices[from].parallelism, self.vertices[to].parallelism);
        let hash = Route::Hash { key: HashKey::Columns(vec![KEY]), groups: KeyGroups::default() };
        let keyed = matches!(self.vertices[to].work, Work::Sum);
        let route = match random.below(6) {
            _ if keyed => hash,
            0 if senders == receivers => Route::Forward,
            1 => Route::Broadcast,
            2 => Route::Rebalance,
            3 => Route::Rescale,
            4 => Route::Global,
            _ => hash,
        };
        let timeout = match random.below(5) {
            0 => BufferTimeout::Full,
            1 => BufferTimeout::Input,
            2 => BufferTimeout::Row,
            3 => BufferTimeout::Every(Duration::from_micros(random.within(50, 50_000))),
            _ => BufferTimeout::Auto,
        };
        self.joins.push(Join { from, to, route, timeout });
    }
}

impl Source {
    fn drawn(random: &mut Random) -> Self {
        Self {
            rows: *random.pick(&[0, 1, 50, 300, 2_000]),
            batch: *random.pick(&[1, 7, 64, 500]),
            keys: *random.pick(&[1, 3, 100]),
            pause_ns: random.chance(400).then(|| random.within(1_000, 3_000_000)),
        }
    }
}

fn draw_work(random: &mut Random) -> Work {
    match random.below(7) {
        0 => Work::Map,
        1 => Work::Filter,
        2 => Work::Explode(i64::try_from(random.within(1, 3)).expect("a few")),
        3 => Work::Delay(random.within(10_000, 5_000_000)),
        4 => Work::Spill,
        5 => Work::Sum,
        _ => Work::Map,
    }
}
