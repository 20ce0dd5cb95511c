//! The job as planned: how many subtasks, what each may use, and what they share. And running it.
//!
//! Thin: `plan` will make such a thing from any dataflow, and `cluster` deploy it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use memory::{Envelope, KeyGroups, Lease, MemoryPlan, SpillDirectories};
use options::{MAX_PARALLELISM, PARALLELISM};
use runtime::{Clock, Core, Thread, spawn_on};
use shuffle::{BufferTimeout, Ends, Goal, mesh};

use super::answer::{Answer, Part};
use super::arguments::Arguments;
use super::clicks::Clicks;
use super::exchange;
use super::failure::Failure;
use super::requirements;
use super::subtask::{self, Seat};
use super::table::Table;
use super::wakers::Wakers;

/// What is known of a job before it runs.
pub(crate) struct Job {
    pub(crate) rows: u64,
    pub(crate) clicks: Clicks,
    pub(crate) groups: KeyGroups,
    pub(crate) parallelism: u32,
    pub(crate) plan: MemoryPlan,
    managed: Lease,
    network: Lease,
    pub(crate) spills: Arc<SpillDirectories>,
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) timeout: BufferTimeout,
    pub(crate) goal: Option<Goal>,
    /// The subtasks that each channel joins.
    pub(crate) ends: Arc<[Ends]>,
    /// Whether the answer holds every page and not only the first ones.
    pub(crate) keeps_totals: bool,
    pub(crate) counters: Arc<Counters>,
    receiving: Arc<AtomicUsize>,
}

/// Counts the subtasks that may still hold segments of others, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Receiving(Arc<AtomicUsize>);

impl Receiving {
    fn count(receiving: &Arc<AtomicUsize>) -> Self {
        receiving.fetch_add(1, Ordering::Relaxed);
        Self(receiving.clone())
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        // Release: who sees that nobody receives any more also sees the segments that were returned.
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// How far the job is, for whoever watches.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    rows: AtomicU64,
    spilled_bytes: AtomicU64,
    spilled_files: AtomicU64,
}

impl Counters {
    pub(crate) fn aggregated(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn spilled(&self, bytes: u64) {
        self.spilled_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.spilled_files.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    pub(crate) fn spilled_bytes(&self) -> u64 {
        self.spilled_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn spilled_files(&self) -> u64 {
        self.spilled_files.load(Ordering::Relaxed)
    }
}

impl Job {
    /// Plans the job, or says which option stands in its way.
    pub(crate) fn plan(arguments: &Arguments, plan: MemoryPlan) -> Result<Arc<Self>, Failure> {
        let settings = &arguments.settings;
        let parallelism = settings.get(&PARALLELISM);
        let groups = settings.get(&MAX_PARALLELISM).map_or_else(KeyGroups::default, KeyGroups::new);
        requirements::check(settings, groups, &plan).map_err(Failure::Unmet)?;
        let spills = Arc::new(SpillDirectories::open(settings)?);
        let clicks = Clicks::on(arguments.pages);
        let envelope = Arc::new(Envelope::new(clicks.schema().clone(), false, true));
        Ok(Arc::new(Self {
            rows: arguments.rows,
            clicks,
            groups,
            parallelism,
            managed: plan.managed_lease(),
            network: plan.network_lease(),
            plan,
            spills,
            envelope,
            timeout: BufferTimeout::of(settings),
            goal: BufferTimeout::goal(settings),
            ends: exchange::ends(parallelism),
            keeps_totals: arguments.check,
            counters: Arc::default(),
            receiving: Arc::default(),
        }))
    }

    /// The numbers of the clicks that a subtask makes.
    pub(crate) fn clicks_of(&self, subtask: usize) -> Range<u64> {
        let start = |subtask: usize| {
            self.rows / u64::from(self.parallelism) * subtask as u64
                + (self.rows % u64::from(self.parallelism)).min(subtask as u64)
        };
        start(subtask)..start(subtask + 1)
    }

    /// Whether a subtask may still hold segments of another one.
    pub(crate) fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Acquire) > 0
    }

    /// A seat for each subtask. All that may be refused was granted when the job was planned.
    fn seats(&self) -> Vec<Seat> {
        let subtasks = self.parallelism as usize;
        let wakers = Arc::new(Wakers::of(subtasks));
        let network = requirements::network_share(&self.plan, self.parallelism);
        let managed = self.plan.managed.get() / u64::from(self.parallelism);
        let seat = |(number, links)| {
            let lease =
                |of: &Lease, bytes| of.child(format!("subtask {number}"), bytes, bytes).expect("its share");
            let (network, managed) = (lease(&self.network, network), lease(&self.managed, managed));
            let table = Table::within(&managed).expect("checked when it was planned");
            let receiving = Receiving::count(&self.receiving);
            Seat { number, links, wakers: wakers.clone(), receiving, network, managed, table }
        };
        (0..).zip(mesh(subtasks)).map(seat).collect()
    }
}

/// Runs a subtask on each of `places` and joins what they say. A place may be named twice.
///
/// Not by `run_on`, because a seat must go with its thread: if one cannot be started, its seat is dropped and
/// the siblings end, where otherwise they would wait for it.
pub(crate) fn run(job: &Arc<Job>, places: &[Core]) -> Result<Answer, Failure> {
    let clock = Clock::start();
    let start = |(seat, place): (Seat, &Core)| {
        let (name, job) = (format!("subtask-{}", seat.number), job.clone());
        spawn_on(*place, &name, move || subtask::run(&job, seat))
    };
    let threads: Vec<_> = job.seats().into_iter().zip(places).map(start).collect();
    // First all results, then the first error: a thread that is not joined would run on.
    let ended: Vec<_> = threads.into_iter().map(|thread| thread.and_then(Thread::join)).collect();
    let mut answer = Answer::new(job.keeps_totals);
    for part in in_order_of_blame(ended)? {
        answer.join(part);
    }
    answer.elapsed_ns = clock.now_ns();
    Ok(answer)
}

/// The parts, or the failure that came first in the sense that it caused the others.
fn in_order_of_blame(
    ended: Vec<Result<Result<Part, Failure>, runtime::Error>>,
) -> Result<Vec<Part>, Failure> {
    let mut stopped = None;
    let mut parts = Vec::new();
    for end in ended {
        match end? {
            Ok(part) => parts.push(part),
            Err(Failure::Stopped) => stopped = Some(Failure::Stopped),
            Err(cause) => return Err(cause),
        }
    }
    stopped.map_or(Ok(parts), Err)
}

#[cfg(test)]
mod tests;
