//! The master of a worker's jobs: hears what cores report and users want, and says what is to be done.
//!
//! ```text
//!   submit ─► Deploy ─► all Deployed ─► Start ─► all Finished ─┐
//!                │            │            │                   ├─► Close ─► all Closed ─► the outcome
//!                └────────────┴─ Failed ───┴─ cancel ──────────┘                 └─► after a while: Deploy
//! ```
//!
//! However an attempt ends, its cores are told to close it and have answered before anything follows: so no two
//! attempts of a job run at the same time, and when a job is over nothing of it is left. Reports of an attempt that is
//! over are dropped.
//!
//! A state machine: it has no thread, no clock and no queue of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Attempt, ExecutionGraph, GraphError, JobBoard, JobId, JobState, Outcome, Restart, Slots, SubtaskState,
    TaskPlan, Topology,
};
use crate::figures::Latencies;
use crate::seam::ConnectionId;
use crate::subtask::{Demand, Failure};
use crate::threads::words;

/// What a master hears.
pub(crate) enum Event {
    Submit(Submission),
    Cancel(JobId),
    /// The sources of a job are asked for something.
    Trigger(JobId, Demand),
    Report(usize, Report),
    /// A core is gone, in these words.
    CoreLost(usize, String),
    /// It is there again, and knows nothing.
    CoreFound(usize),
    /// The worker stops: what runs is suspended.
    Stop,
}

/// A job on its way in. `ended` is called once.
pub(crate) struct Submission {
    pub(crate) job: JobId,
    pub(crate) graph: Arc<ExecutionGraph>,
    pub(crate) board: Arc<JobBoard>,
    pub(crate) ended: Box<dyn FnOnce(Outcome) + Send>,
}

/// What a core says.
#[derive(Debug)]
pub(crate) enum Report {
    /// All of the attempt's subtasks of this core are made.
    Deployed(Attempt),
    /// What latency marks have told a subtask that is about to leave.
    Measured(Attempt, usize, Latencies),
    /// A subtask has come to its end.
    Finished(Attempt, usize),
    /// A subtask could not be made, or go on.
    Failed(Attempt, usize, Failure),
    /// Nothing of the attempt is left on this core.
    Closed(Attempt),
}

/// What is to be done.
pub(crate) enum Order {
    /// Make these subtasks.
    Deploy { core: usize, deploy: Deploy },
    /// Step them from now on.
    Start { core: usize, attempt: Attempt },
    /// Ask the sources among them for this.
    Trigger { core: usize, attempt: Attempt, demand: Demand },
    /// Drop what is left of them.
    Close { core: usize, attempt: Attempt },
}

/// A core's part of an attempt.
pub(crate) struct Deploy {
    pub(crate) attempt: Attempt,
    pub(crate) graph: Arc<ExecutionGraph>,
    pub(crate) board: Arc<JobBoard>,
    pub(crate) part: Topology,
    /// The connections to cores of other hosts that have channels with this one. Whoever carries the order adds them.
    pub(crate) wires: Vec<(usize, ConnectionId)>,
}

/// All jobs of a worker.
pub(crate) struct Master {
    cores: usize,
    lost: BTreeMap<usize, String>,
    slots: Slots,
    jobs: BTreeMap<JobId, Job>,
    /// Subtasks on each core.
    load: Vec<usize>,
    stopped: bool,
    now_ns: u64,
}

struct Job {
    graph: Arc<ExecutionGraph>,
    board: Arc<JobBoard>,
    ended: Box<dyn FnOnce(Outcome) + Send>,
    attempt: u32,
    topology: Topology,
    /// Cores that have not answered yet: to Deploy, or to Close.
    awaited: BTreeSet<usize>,
    /// Cores on which something of the attempt may be.
    involved: Vec<usize>,
    unfinished: usize,
    failure: Option<Failure>,
    /// By subtask.
    latencies: Vec<(usize, Latencies)>,
    /// When the next attempt begins.
    due_ns: Option<u64>,
}

impl Master {
    pub(crate) fn new(cores: usize) -> Self {
        Self {
            cores,
            lost: BTreeMap::new(),
            slots: Slots::new(),
            jobs: BTreeMap::new(),
            load: vec![0; cores],
            stopped: false,
            now_ns: 0,
        }
    }

    /// Something has happened. Adds to `orders` what follows.
    pub(crate) fn hear(&mut self, event: Event, now_ns: u64, orders: &mut Vec<Order>) {
        self.now_ns = now_ns;
        match event {
            Event::Submit(submission) => self.submit(submission, orders),
            Event::Cancel(job) => self.cancel(job, orders),
            Event::Trigger(job, demand) => self.trigger(job, demand, orders),
            Event::Report(core, report) => self.report(core, report, orders),
            Event::CoreFound(core) => _ = self.lost.remove(&core),
            Event::CoreLost(core, words) => self.lose(core, words, orders),
            Event::Stop => self.stop(),
        }
    }

    /// When [`Master::tick`] wants to be called.
    pub(crate) fn due_ns(&self) -> Option<u64> {
        self.jobs.values().filter_map(|job| job.due_ns).min()
    }

    /// Starts the jobs again whose time has come.
    pub(crate) fn tick(&mut self, now_ns: u64, orders: &mut Vec<Order>) {
        self.now_ns = now_ns;
        let is_due = |job: &Job| job.due_ns.is_some_and(|due_ns| due_ns <= now_ns);
        let due: Vec<JobId> = self.jobs.iter().filter(|(_, job)| is_due(job)).map(|(id, _)| *id).collect();
        for id in due {
            let job = self.job(id);
            (job.due_ns, job.attempt, job.failure) = (None, job.attempt + 1, None);
            job.latencies.clear();
            job.board.set(JobState::Created);
            job.board.begin(job.attempt);
            self.deploy(id, orders);
        }
    }

    /// Whether every job has ended.
    #[cfg(test)]
    fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }

    fn job(&mut self, id: JobId) -> &mut Job {
        self.jobs.get_mut(&id).expect("a job that is asked for is there")
    }

    fn submit(&mut self, submission: Submission, orders: &mut Vec<Order>) {
        let Submission { job: id, graph, board, ended } = submission;
        let unfinished = graph.subtasks();
        let job = Job {
            graph,
            board,
            ended,
            attempt: 0,
            topology: Topology::default(),
            awaited: BTreeSet::new(),
            involved: Vec::new(),
            unfinished,
            failure: None,
            latencies: Vec::new(),
            due_ns: None,
        };
        let former = self.jobs.insert(id, job);
        assert!(former.is_none(), "{id} is there already");
        self.deploy(id, orders);
    }

    /// Places the job and has its subtasks made.
    fn deploy(&mut self, id: JobId, orders: &mut Vec<Order>) {
        let job = self.jobs.get_mut(&id).expect("it was just there");
        // A job of few slots begins where there is least to do.
        let first = (0..self.cores).min_by_key(|core| self.load[*core]).expect("a worker has a core");
        let placed = match (self.stopped, self.lost.first_key_value()) {
            (true, _) => Err(Failure::lasting(GraphError::Stopped)),
            (false, Some((core, words))) => {
                Err(Failure::passing(format!("core {core} of the worker is gone: {words}")))
            }
            (false, None) => {
                Topology::of(&job.graph, self.cores, first, &mut self.slots).map_err(Failure::passing)
            }
        };
        let topology = match placed {
            Ok(topology) => topology,
            Err(failure) => {
                job.failure = Some(failure);
                job.board.set(JobState::Failing);
                return self.closed(id);
            }
        };
        for task in &topology.tasks {
            self.load[task.core] += 1;
            job.board.set_subtask(task.subtask, SubtaskState::Scheduled);
            job.board.set_subtask(task.subtask, SubtaskState::Deploying);
        }
        job.topology = topology;
        job.unfinished = job.topology.tasks.len();
        job.involved = job.topology.cores();
        job.awaited = job.involved.iter().copied().collect();
        let attempt = Attempt { job: id, number: job.attempt };
        for core in job.involved.clone() {
            let part = job.topology.of_core(core);
            let (graph, board) = (job.graph.clone(), job.board.clone());
            orders.push(Order::Deploy {
                core,
                deploy: Deploy { attempt, graph, board, part, wires: Vec::new() },
            });
        }
    }

    fn cancel(&mut self, id: JobId, orders: &mut Vec<Order>) {
        let Some(job) = self.jobs.get_mut(&id) else { return }; // It has ended meanwhile.
        match job.board.state() {
            JobState::Created | JobState::Running => {
                job.board.set(JobState::Canceling);
                self.close(id, orders);
            }
            // Its cores are closing already.
            JobState::Failing => {
                job.board.set(JobState::Canceling);
                job.failure = None;
            }
            JobState::Restarting => {
                job.board.set(JobState::Canceling);
                self.closed(id);
            }
            _ => {}
        }
    }

    /// One that does not run has nothing to save and reads nothing; whoever waits for a checkpoint hears of its end.
    fn trigger(&self, id: JobId, demand: Demand, orders: &mut Vec<Order>) {
        let running = self.jobs.get(&id).filter(|job| job.board.state() == JobState::Running);
        let Some(job) = running else { return };
        let attempt = Attempt { job: id, number: job.attempt };
        orders.extend(job.involved.iter().map(|core| Order::Trigger { core: *core, attempt, demand }));
    }

    fn report(&mut self, core: usize, report: Report, orders: &mut Vec<Order>) {
        let attempt = match &report {
            Report::Deployed(attempt)
            | Report::Measured(attempt, ..)
            | Report::Finished(attempt, _)
            | Report::Failed(attempt, ..)
            | Report::Closed(attempt) => *attempt,
        };
        let Some(job) = self.jobs.get_mut(&attempt.job).filter(|job| job.attempt == attempt.number) else {
            return;
        };
        match report {
            Report::Deployed(_) if job.board.state() == JobState::Created => {
                job.awaited.remove(&core);
                if job.awaited.is_empty() {
                    job.start(attempt, orders);
                }
            }
            Report::Deployed(_) => {} // It is being closed.
            Report::Measured(_, subtask, latencies) => job.latencies.push((subtask, latencies)),
            // It was given up with its core, and speaks from the core's next life.
            Report::Failed(_, subtask, _) | Report::Finished(_, subtask)
                if job.board.subtask(subtask).is_terminal() => {}
            Report::Finished(_, subtask) => {
                job.board.set_subtask(subtask, SubtaskState::Finished);
                job.unfinished -= 1;
                if job.unfinished == 0 && job.board.state() == JobState::Running {
                    self.close(attempt.job, orders);
                }
            }
            Report::Failed(_, subtask, failure) => {
                job.board.set_subtask(subtask, SubtaskState::Failed);
                self.fail(attempt.job, failure, orders);
            }
            Report::Closed(_) => {
                // One that was told twice answers twice, and the first answer was the one that counts.
                if job.awaited.remove(&core) && job.awaited.is_empty() {
                    self.closed(attempt.job);
                }
            }
        }
    }

    /// The first failure is the one that counts: those behind it usually follow from it.
    fn fail(&mut self, id: JobId, failure: Failure, orders: &mut Vec<Order>) {
        let job = self.job(id);
        if matches!(job.board.state(), JobState::Created | JobState::Running) {
            tracing::info!(job = %job.graph.name, attempt = job.attempt, "{failure}");
            job.failure = Some(failure);
            job.board.set(JobState::Failing);
            self.close(id, orders);
        }
    }

    /// Has all cores drop what they have of the attempt. One that was lost is told too, should it be there again and have
    /// heard of the attempt; but nobody waits for it.
    fn close(&mut self, id: JobId, orders: &mut Vec<Order>) {
        let job = self.jobs.get_mut(&id).expect("a job that is asked for is there");
        let ending = job.board.state() != JobState::Running;
        for TaskPlan { subtask, .. } in &job.topology.tasks {
            if ending && !job.board.subtask(*subtask).is_terminal() {
                job.board.set_subtask(*subtask, SubtaskState::Canceling);
            }
        }
        let attempt = Attempt { job: id, number: job.attempt };
        orders.extend(job.involved.iter().map(|core| Order::Close { core: *core, attempt }));
        job.awaited = job.involved.iter().copied().filter(|core| !self.lost.contains_key(core)).collect();
        if job.awaited.is_empty() {
            self.closed(id);
        }
    }

    /// Nothing of the attempt is left: the job ends, or waits for its next attempt.
    fn closed(&mut self, id: JobId) {
        let job = self.jobs.get_mut(&id).expect("it was just there");
        let topology = std::mem::take(&mut job.topology);
        topology.tasks.iter().for_each(|task| self.load[task.core] -= 1);
        // All of them, those too for which there was no place.
        for subtask in 0..job.graph.subtasks() {
            if !job.board.subtask(subtask).is_terminal() {
                job.board.set_subtask(subtask, SubtaskState::Canceled);
            }
        }
        self.slots.give_back(topology.channels.iter().map(|(channel, _)| *channel));
        match job.board.state() {
            JobState::Running => self.end(id, JobState::Finished),
            JobState::Canceling => self.end(id, JobState::Canceled),
            JobState::Failing => match job.graph.restart {
                Restart::Fixed { attempts, delay }
                    if job.attempt < attempts
                        && !self.stopped
                        && job.failure.as_ref().is_none_or(Failure::is_worth_another_try) =>
                {
                    job.board.set(JobState::Restarting);
                    let delay_ns = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
                    job.due_ns = Some(self.now_ns.saturating_add(delay_ns));
                }
                _ => self.end(id, JobState::Failed),
            },
            state => unreachable!("nothing is closed of a job that is {state}"),
        }
    }

    fn end(&mut self, id: JobId, state: JobState) {
        let job = self.jobs.remove(&id).expect("it was just there");
        job.board.set(state);
        let failure = job.failure.filter(|_| state == JobState::Failed);
        // What the user's makers hold is dropped here, by the user's code.
        let graph = std::panic::AssertUnwindSafe(job.graph);
        if let Err(panic) = std::panic::catch_unwind(move || drop(graph)) {
            tracing::warn!("{id}: panicked while its graph was dropped: {}", words(panic.as_ref()));
        }
        let name = |(subtask, latencies): (usize, _)| (job.board.name_of(subtask), latencies);
        let latencies = job.latencies.into_iter().map(name).collect();
        (job.ended)(Outcome { state, failure, attempts: job.attempt + 1, latencies });
    }

    /// A core is gone: what ran there has failed.
    fn lose(&mut self, core: usize, words: String, orders: &mut Vec<Order>) {
        let failure = Failure::passing(format!("core {core} of the worker is gone: {words}"));
        self.lost.insert(core, words);
        let here: Vec<JobId> =
            self.jobs.iter().filter(|(_, job)| job.involved.contains(&core)).map(|(id, _)| *id).collect();
        for id in here {
            self.fail(id, failure.clone(), orders);
            // It was being closed already, and this core will not answer any more.
            if let Some(job) = self.jobs.get_mut(&id)
                && job.awaited.remove(&core)
                && job.awaited.is_empty()
            {
                self.closed(id);
            }
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
        for (_, job) in std::mem::take(&mut self.jobs) {
            job.board.set(JobState::Suspended);
            (job.ended)(Outcome::suspended(job.attempt + 1));
        }
    }
}

impl Job {
    /// All subtasks are made, so nothing can be sent to one that is not there.
    fn start(&self, attempt: Attempt, orders: &mut Vec<Order>) {
        for TaskPlan { subtask, .. } in &self.topology.tasks {
            self.board.set_subtask(*subtask, SubtaskState::Running);
        }
        self.board.set(JobState::Running);
        orders.extend(self.involved.iter().map(|core| Order::Start { core: *core, attempt }));
    }
}

#[cfg(test)]
mod tests;
