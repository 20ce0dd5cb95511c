//! Where everybody can read how far a job is.
//!
//! One writer, the master; readers look whenever they like. The outcome does not stand here: it is sent, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use super::{ExecutionGraph, JobState, SubtaskState};
use crate::figures::{Latencies, SubtaskGauges};
use crate::subtask::Failure;

/// The states of a job and of its subtasks, and what the subtasks have done in all attempts.
#[derive(Debug)]
pub struct JobBoard {
    state: AtomicU8,
    attempt: AtomicU32,
    subtasks: Box<[Row]>,
}

#[derive(Debug)]
struct Row {
    vertex: u32,
    name: Arc<str>,
    state: AtomicU8,
    gauges: Arc<SubtaskGauges>,
}

/// How a job has ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One of the states that nothing follows.
    pub state: JobState,
    /// The first failure of the last attempt, if that failed.
    pub failure: Option<Failure>,
    /// How often it was started.
    pub attempts: u32,
    /// What latency marks have told its subtasks in the last attempt: for each of them its name, and for each source
    /// operator a histogram.
    pub latencies: Vec<(Arc<str>, Latencies)>,
}

impl Outcome {
    pub(crate) fn suspended(attempts: u32) -> Self {
        Self { state: JobState::Suspended, failure: None, attempts, latencies: Vec::new() }
    }
}

impl JobBoard {
    pub(crate) fn of(graph: &ExecutionGraph) -> Self {
        let subtasks = (0..).zip(&graph.vertices).flat_map(|(vertex, spec)| {
            (0..spec.parallelism).map(move |number| (vertex, spec.name_of(number)))
        });
        let row = |(vertex, name)| Row {
            vertex,
            name,
            state: AtomicU8::new(SubtaskState::Created as u8),
            gauges: Arc::default(),
        };
        Self {
            state: AtomicU8::new(JobState::Created as u8),
            attempt: AtomicU32::new(0),
            subtasks: subtasks.map(row).collect(),
        }
    }

    /// The state of the job.
    pub fn state(&self) -> JobState {
        JobState::of_number(self.state.load(Ordering::Acquire))
    }

    /// How often it was started again.
    pub fn attempt(&self) -> u32 {
        self.attempt.load(Ordering::Acquire)
    }

    /// The states of its subtasks, in the order of vertices and numbers.
    pub fn subtasks(&self) -> impl ExactSizeIterator<Item = (&str, SubtaskState)> {
        self.subtasks.iter().map(|row| (&*row.name, row.state()))
    }

    /// What its subtasks have done, over all attempts, with the vertex they belong to.
    pub fn gauges(&self) -> impl ExactSizeIterator<Item = (u32, &str, &SubtaskGauges)> {
        self.subtasks.iter().map(|row| (row.vertex, &*row.name, &*row.gauges))
    }

    pub(crate) fn gauges_of(&self, subtask: usize) -> Arc<SubtaskGauges> {
        self.subtasks[subtask].gauges.clone()
    }

    pub(super) fn name_of(&self, subtask: usize) -> Arc<str> {
        self.subtasks[subtask].name.clone()
    }

    pub(super) fn subtask(&self, subtask: usize) -> SubtaskState {
        self.subtasks[subtask].state()
    }

    /// # Panics
    ///
    /// If the job may not come to this state from the present one.
    pub(super) fn set(&self, next: JobState) {
        let state = self.state();
        assert!(state.may_become(next), "a job that is {state} does not become {next}");
        self.state.store(next as u8, Ordering::Release);
    }

    /// # Panics
    ///
    /// If the subtask may not come to this state from the present one.
    pub(super) fn set_subtask(&self, subtask: usize, next: SubtaskState) {
        let row = &self.subtasks[subtask];
        let state = row.state();
        assert!(state.may_become(next), "{}, which is {state}, does not become {next}", row.name);
        row.state.store(next as u8, Ordering::Release);
    }

    /// A new attempt: all of its subtasks are as good as new.
    pub(super) fn begin(&self, attempt: u32) {
        self.attempt.store(attempt, Ordering::Release);
        let created = SubtaskState::Created as u8;
        self.subtasks.iter().for_each(|row| row.state.store(created, Ordering::Release));
    }
}

impl Row {
    fn state(&self) -> SubtaskState {
        SubtaskState::of_number(self.state.load(Ordering::Acquire))
    }
}
