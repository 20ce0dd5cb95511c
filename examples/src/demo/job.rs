//! The job as planned: its graph, what each subtask may use, and what they share.
//!
//! Thin: `plan` will make such a graph from any dataflow.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use memory::{Envelope, KeyGroups, MemoryPlan, SpillDirectories};
use options::{MAX_PARALLELISM, PARALLELISM};
use runtime::job::{EdgeSpec, ExecutionGraph, Vertex};
use runtime::subtask::{Failure as SubtaskFailure, Seat, Subtask};
use shuffle::{BufferTimeout, Goal, HashKey, Route, Steering};

use super::aggregation::{Aggregation, Means};
use super::answer::Part;
use super::arguments::Arguments;
use super::clicks::{Clicks, PAGE};
use super::failure::Failure;
use super::generator::{self, Generator};
use super::latency;
use super::requirements;
use super::runs::Runs;
use super::table::Table;

/// The vertex that makes clicks.
pub(crate) const SOURCE: u32 = 0;
/// The vertex that counts them.
pub(crate) const PAGES: u32 = 1;

/// What is known of a job before it runs.
pub(crate) struct Job {
    pub(crate) rows: u64,
    pub(crate) clicks: Clicks,
    pub(crate) groups: KeyGroups,
    pub(crate) parallelism: u32,
    /// Cores of the worker.
    pub(crate) cores: u32,
    pub(crate) plan: MemoryPlan,
    pub(crate) spills: Arc<SpillDirectories>,
    pub(crate) timeout: BufferTimeout,
    goal: Option<Goal>,
    /// Whether the answer holds every page and not only the first ones.
    pub(crate) keeps_totals: bool,
    /// Whether marks travel with the rows.
    pub(crate) latency_interval: Option<Duration>,
    pub(crate) counters: Arc<Counters>,
}

/// What has gone to disk, for whoever watches.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    spilled_bytes: AtomicU64,
    spilled_files: AtomicU64,
}

impl Counters {
    pub(crate) fn spilled(&self, bytes: u64) {
        self.spilled_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.spilled_files.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn spilled_bytes(&self) -> u64 {
        self.spilled_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn spilled_files(&self) -> u64 {
        self.spilled_files.load(Ordering::Relaxed)
    }
}

impl Job {
    /// Plans the job for a worker of so many cores, or says which option stands in its way.
    pub(crate) fn plan(arguments: &Arguments, plan: MemoryPlan, cores: usize) -> Result<Arc<Self>, Failure> {
        let settings = &arguments.settings;
        let parallelism = settings.get(&PARALLELISM);
        let cores = u32::try_from(cores).expect("a machine has fewer");
        let groups = settings.get(&MAX_PARALLELISM).map_or_else(KeyGroups::default, KeyGroups::new);
        requirements::check(settings, cores, groups, &plan).map_err(Failure::Unmet)?;
        Ok(Arc::new(Self {
            rows: arguments.rows,
            clicks: Clicks::on(arguments.pages),
            groups,
            parallelism,
            cores,
            plan,
            spills: Arc::new(SpillDirectories::open(settings)?),
            timeout: BufferTimeout::of(settings),
            goal: BufferTimeout::goal(settings),
            keeps_totals: arguments.check,
            latency_interval: latency::interval(settings, arguments.latency),
            counters: Arc::default(),
        }))
    }

    /// What is to run. The parts of the answer are sent to `parts`.
    pub(crate) fn graph(self: &Arc<Self>, parts: Sender<Part>) -> ExecutionGraph {
        let mut graph = ExecutionGraph::new("clicks per page");
        graph.latency_interval = self.latency_interval;
        let job = self.clone();
        let make = move |seat: &Seat| -> Result<Box<dyn Subtask>, SubtaskFailure> {
            Ok(Box::new(Generator::new(&job, seat)))
        };
        let source = graph.vertex(Vertex::new("Source: clicks", make).parallel(self.parallelism));
        let job = self.clone();
        let make = move |seat: &Seat| -> Result<Box<dyn Subtask>, SubtaskFailure> {
            Ok(Box::new(Aggregation::new(job.means(seat, parts.clone()))))
        };
        let pages = Vertex::new("pages", make).parallel(self.parallelism).managed(self.managed_share());
        let pages = graph.vertex(pages);
        assert_eq!((source, pages), (SOURCE, PAGES));
        let envelope = Arc::new(Envelope::new(self.clicks.schema().clone(), false, true));
        let route = Route::Hash { key: HashKey::Columns(vec![PAGE]), groups: self.groups };
        // One hop, and nobody measures yet.
        let age_cap_ns = Steering::toward(self.goal, 1).advice().age_cap_ns;
        graph
            .edges
            .push(EdgeSpec { age_cap_ns, ..EdgeSpec::new(source, pages, envelope, route, self.timeout) });
        graph
    }

    /// The numbers of the clicks that a subtask makes.
    pub(crate) fn clicks_of(&self, subtask: u32) -> Range<u64> {
        let start = |subtask: u32| {
            self.rows / u64::from(self.parallelism) * u64::from(subtask)
                + (self.rows % u64::from(self.parallelism)).min(subtask.into())
        };
        start(subtask)..start(subtask + 1)
    }

    /// How many batches the clicks are made in.
    pub(crate) fn batches(&self) -> u64 {
        (0..self.parallelism).map(|subtask| generator::batches_of(&self.clicks_of(subtask))).sum()
    }

    /// What each subtask that counts may have of managed memory.
    fn managed_share(&self) -> u64 {
        self.plan.managed.get() / u64::from(self.parallelism)
    }

    fn means(&self, seat: &Seat, parts: Sender<Part>) -> Means {
        // No more than its share, though a sibling that has ended would leave some: runs are then as even as pages.
        let share = self.managed_share();
        let managed = seat.managed.child("table", share, share).expect("what it is sure of");
        Means {
            table: Table::within(&managed).expect("checked when it was planned"),
            managed,
            runs: Runs::new(self.spills.clone(), self.counters.clone()),
            part: Part::new(self.keeps_totals),
            parts,
        }
    }
}

#[cfg(test)]
mod tests;
