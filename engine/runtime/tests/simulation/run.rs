//! One seed, one run: draws a machine, a dataflow and its troubles, runs it, and judges what came of it.
//!
//! Everything follows from the seed and the planted mistake, if any. What is checked beyond "it ends": each row arrives
//! once, in order where order is promised, nothing is left behind, and failures are those that were planned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use runtime::job::{EdgeSpec, ExecutionGraph, JobId, JobState, Restart, Vertex};
use runtime::random::Random;
use runtime::sim::{Leftovers, Loss, SimOptions, Simulation, Standstill};
use runtime::subtask::{Failure, Seat, Subtask};

use crate::oracle;
use crate::parts::{self, Planted, Taken};
use crate::plan::{FAILS_MAX, Plan, Work};
use crate::row::{self, Row};

/// The virtual time after which nothing goes wrong any more, and that after which everything must have ended.
const HEALS_NS: u64 = 20_000_000_000;
const ENDS_NS: u64 = 600_000_000_000;

/// Attempts for trouble with the disk, beside those that were planned. After the disk is healed one is enough.
const TROUBLES_MAX: u32 = 200;

/// What a run has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The hash of its trace.
    pub(crate) hash: u64,
    pub(crate) events: u64,
    /// Rows that sinks have taken.
    pub(crate) rows: u64,
    /// Attempts of all jobs.
    pub(crate) attempts: u64,
    /// Times that the disk did something wrong.
    pub(crate) disk_faults: u64,
    /// Times that a connection broke, or was clogged.
    pub(crate) cuts: u64,
    pub(crate) clogs: u64,
    /// Times that a machine lost its power.
    pub(crate) crashes: u64,
    /// Jobs that were cancelled.
    pub(crate) cancelled: u64,
}

/// What is wrong, and what happened last.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) words: String,
    pub(crate) hash: u64,
    pub(crate) story: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.words)?;
        write!(f, "{}", self.story)
    }
}

/// What a seed draws.
pub(crate) struct Drawn {
    options: SimOptions,
    plans: Vec<Plan>,
    /// What befalls it, and when.
    troubles: Vec<(u64, Trouble)>,
}

/// What befalls a run at a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The first job is cancelled.
    Cancel,
    /// A machine loses its power.
    Crash(usize, Loss),
    /// The connections between two machines break.
    Cut(usize, usize),
    /// One machine does not hear another one, for so long.
    Clog(usize, usize, u64),
    /// Nothing goes wrong any more.
    Heal,
}

impl Drawn {
    pub(crate) fn of(seed: u64) -> Self {
        let random = Random::new(seed);
        let options = SimOptions::drawn(&mut random.branch("machine"));
        let mut drawn = random.branch("dataflow");
        let jobs = if drawn.chance(300) { 2 } else { 1 };
        let plan = |drawn: &mut Random| Plan::drawn(drawn).with_failures(drawn);
        let plans = (0..jobs).map(|_| plan(&mut drawn)).collect();
        let mut troubles = draw_troubles(&mut random.branch("trouble"), options.machines);
        troubles.push((HEALS_NS, Trouble::Heal));
        troubles.sort_by_key(|(at_ns, _)| *at_ns);
        Self { options, plans, troubles }
    }

    fn cancels(&self) -> bool {
        self.troubles.iter().any(|(_, trouble)| *trouble == Trouble::Cancel)
    }
}

fn draw_troubles(random: &mut Random, machines: usize) -> Vec<(u64, Trouble)> {
    let mut troubles = Vec::new();
    let mut befall =
        |random: &mut Random, trouble| troubles.push((random.within(10_000, 30_000_000), trouble));
    if random.chance(150) {
        befall(random, Trouble::Cancel);
    }
    let machine = |random: &mut Random| usize::try_from(random.below(machines as u64)).expect("a few");
    for _ in 0..random.below(3) {
        let (one, other) = (machine(random), machine(random));
        let trouble = match random.below(3) {
            0 => Trouble::Crash(one, *random.pick(&[Loss::Nothing, Loss::All, Loss::Some])),
            _ if one == other => continue,
            1 => Trouble::Cut(one, other),
            _ => Trouble::Clog(one, other, random.within(100_000, 500_000_000)),
        };
        befall(random, trouble);
    }
    troubles
}

/// All that the seed says, for who reads a failure.
impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "machine: {:?}", self.options)?;
        writeln!(f, "troubles: {:?}", self.troubles)?;
        for (number, plan) in self.plans.iter().enumerate() {
            writeln!(f, "job {number}:")?;
            for (vertex, node) in plan.vertices.iter().enumerate() {
                writeln!(f, "  {vertex}: {node:?}")?;
            }
            for join in &plan.joins {
                writeln!(f, "  {} -> {}: {:?}, {:?}", join.from, join.to, join.route, join.timeout)?;
            }
        }
        Ok(())
    }
}

/// Runs a seed.
pub(crate) fn run(seed: u64, planted: Option<Planted>) -> Result<Verdict, Fault> {
    parts::keep_planned_panics_quiet();
    Run::begin(seed, planted).finish()
}

struct Run {
    drawn: Drawn,
    planted: Option<Planted>,
    simulation: Simulation,
    jobs: Vec<Started>,
    crashes: u64,
}

struct Started {
    job: JobId,
    plan: Plan,
    taken: Taken,
}

impl Run {
    fn begin(seed: u64, planted: Option<Planted>) -> Self {
        let drawn = Drawn::of(seed);
        let simulation = Simulation::new(seed, drawn.options.clone());
        let mut run = Self { drawn, planted, simulation, jobs: Vec::new(), crashes: 0 };
        run.submit();
        run
    }

    fn submit(&mut self) {
        for plan in self.drawn.plans.clone() {
            let taken = Taken::default();
            let graph = graph(&plan, &taken, self.planted);
            let (job, _) = self.simulation.run(graph).expect("a graph that can run");
            self.jobs.push(Started { job, plan, taken });
        }
    }

    fn finish(mut self) -> Result<Verdict, Fault> {
        let mut ended = Err(Standstill::OutOfTime);
        for (at_ns, trouble) in self.drawn.troubles.clone() {
            ended = self.simulation.run_until_idle(at_ns);
            if ended != Err(Standstill::OutOfTime) {
                break;
            }
            self.befall(trouble);
        }
        if ended == Err(Standstill::OutOfTime) {
            ended = self.simulation.run_until_idle(ENDS_NS);
        }
        if let Err(standstill) = ended {
            return Err(self.fault(format!("the jobs do not end: {standstill:?}")));
        }
        let mut verdict = self.judge()?;
        let hash = self.simulation.trace().hash();
        let story = self.simulation.trace().to_string();
        (verdict.hash, verdict.events) = (hash, self.simulation.trace().steps());
        verdict.disk_faults = self.simulation.disk_faults();
        let wires = self.simulation.wire_counts();
        (verdict.cuts, verdict.clogs) = (wires.cuts, wires.clogs);
        self.jobs.clear();
        let left = self.simulation.shut_down();
        let nothing = Leftovers { segment_bytes: 0, managed_bytes: 0, open_files: 0, open_connections: 0 };
        if left != nothing {
            let words = format!("something is left: {left:?}");
            return Err(Fault { words, hash, story });
        }
        Ok(verdict)
    }

    fn befall(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Cancel => self.simulation.cancel(self.jobs[0].job),
            Trouble::Crash(machine, loss) => {
                self.simulation.crash(machine, loss);
                self.crashes += 1;
            }
            Trouble::Cut(one, other) => self.simulation.cut(one, other),
            Trouble::Clog(one, other, for_ns) => {
                self.simulation.clog(one, other, self.simulation.now_ns() + for_ns);
            }
            Trouble::Heal => self.simulation.heal(),
        }
    }

    /// Compares what sinks have taken with what they should have.
    fn judge(&self) -> Result<Verdict, Fault> {
        let mut verdict = Verdict {
            hash: 0,
            events: 0,
            rows: 0,
            attempts: 0,
            disk_faults: 0,
            cuts: 0,
            clogs: 0,
            crashes: self.crashes,
            cancelled: 0,
        };
        for (number, started) in self.jobs.iter().enumerate() {
            let outcome = self.simulation.outcome(started.job).expect("it has ended");
            verdict.attempts += u64::from(outcome.attempts);
            match outcome.state {
                JobState::Finished => {}
                JobState::Canceled if number == 0 && self.drawn.cancels() => {
                    verdict.cancelled += 1;
                    continue;
                }
                state => {
                    return Err(self.fault(format!("job {number} is {state}: {:?}", outcome.failure)));
                }
            }
            verdict.rows += self.judge_job(number, started, outcome.attempts - 1)?;
        }
        Ok(verdict)
    }

    fn judge_job(&self, number: usize, started: &Started, attempt: u32) -> Result<u64, Fault> {
        let (expected, ordered) = (oracle::taken(&started.plan), oracle::in_order(&started.plan));
        let taken = started.taken.lock().expect("no subtask panics here");
        let mut count = 0;
        for (vertex, node) in started.plan.vertices.iter().enumerate() {
            if !matches!(node.work, Work::Sink) {
                continue;
            }
            let parts = taken.iter().filter(|((of, at, _), _)| (*of, *at) == (vertex, attempt));
            let mut rows = Vec::new();
            for ((.., subtask), part) in parts {
                if ordered[vertex]
                    && let Some(row) = out_of_order(part)
                {
                    let words =
                        format!("job {number}, sink {vertex}, subtask {subtask}: {row:?} came too late");
                    return Err(self.fault(words));
                }
                rows.extend_from_slice(part);
            }
            rows.sort_unstable();
            if rows != expected[vertex] {
                let words = difference(&rows, &expected[vertex]);
                return Err(self.fault(format!("job {number}, sink {vertex}: {words}")));
            }
            count += rows.len() as u64;
        }
        Ok(count)
    }

    fn fault(&self, words: String) -> Fault {
        let trace = self.simulation.trace();
        Fault { words, hash: trace.hash(), story: format!("{}\nthe end of the trace:\n{trace}", self.drawn) }
    }
}

/// The first row of its origin and key that comes behind a later one.
fn out_of_order(rows: &[Row]) -> Option<Row> {
    let mut last: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    rows.iter().copied().find(|row| {
        let before = last.insert((row.origin, row.key), row.number);
        before.is_some_and(|before| before > row.number)
    })
}

fn difference(rows: &[Row], expected: &[Row]) -> String {
    let count = |rows: &[Row]| {
        let mut counts: BTreeMap<Row, i64> = BTreeMap::new();
        rows.iter().for_each(|row| *counts.entry(*row).or_default() += 1);
        counts
    };
    let (mut counts, expected_counts) = (count(rows), count(expected));
    for (row, times) in expected_counts {
        *counts.entry(row).or_default() -= times;
    }
    let lost: i64 = counts.values().filter(|times| **times < 0).map(|times| -times).sum();
    let twice: i64 = counts.values().filter(|times| **times > 0).sum();
    let first = counts.iter().find(|(_, times)| **times != 0);
    format!("{} rows of {}: {lost} lost, {twice} too many, such as {first:?}", rows.len(), expected.len())
}

/// The drawn dataflow as a job.
pub(crate) fn graph(plan: &Plan, taken: &Taken, planted: Option<Planted>) -> ExecutionGraph {
    let mut graph = ExecutionGraph::new("drawn");
    for (number, node) in plan.vertices.iter().enumerate() {
        let (node, taken) = (Arc::new(node.clone()), taken.clone());
        let parallelism = node.parallelism;
        let name = format!("{number} {}", node.work.name());
        let maker = move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            Ok(parts::make(&node, number, &taken, planted, seat))
        };
        graph.vertex(Vertex::new(name, maker).parallel(parallelism).managed(1 << 10));
    }
    for join in &plan.joins {
        let (from, to) = (u32::try_from(join.from).expect("a few"), u32::try_from(join.to).expect("a few"));
        graph.edges.push(EdgeSpec::new(from, to, row::envelope(), join.route.clone(), join.timeout));
    }
    graph.restart = Restart::Fixed { attempts: FAILS_MAX + TROUBLES_MAX, delay: Duration::from_millis(100) };
    graph
}
