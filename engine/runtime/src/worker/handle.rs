//! A job, for whoever has started it.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use shuffle::Barrier;

use crate::job::{Event, JobBoard, JobId, JobState, Outcome};
use crate::subtask::Demand;

/// A job of a worker. Dropping it changes nothing for the job.
#[derive(Debug)]
pub struct JobHandle {
    job: JobId,
    board: Arc<JobBoard>,
    ended: Receiver<Outcome>,
    outcome: OnceCell<Outcome>,
    events: Sender<Event>,
}

impl JobHandle {
    pub(super) fn new(
        job: JobId,
        board: Arc<JobBoard>,
        ended: Receiver<Outcome>,
        events: Sender<Event>,
    ) -> Self {
        Self { job, board, ended, outcome: OnceCell::new(), events }
    }

    /// Its number.
    pub fn job(&self) -> JobId {
        self.job
    }

    /// How far it is, and what its subtasks have done.
    pub fn board(&self) -> &Arc<JobBoard> {
        &self.board
    }

    /// Its state.
    pub fn state(&self) -> JobState {
        // A worker that stopped before it heard of the job has written nothing down.
        self.outcome.get().map_or_else(|| self.board.state(), |outcome| outcome.state)
    }

    /// Wants no more of it. Comes back at once; [`JobHandle::wait`] tells when nothing of it is left.
    pub fn cancel(&self) {
        // A worker that is gone has cancelled it already.
        let _ = self.events.send(Event::Cancel(self.job));
    }

    /// Has its sources begin a checkpoint, if it runs.
    pub fn trigger(&self, barrier: Barrier) {
        // A worker that is gone has no source any more.
        let _ = self.events.send(Event::Trigger(self.job, Demand::Checkpoint(barrier)));
    }

    /// Has its sources end, if it runs: what they have read comes to its end, and so does the job. Asked twice is asked once.
    pub fn drain(&self) {
        // A worker that is gone has no source any more.
        let _ = self.events.send(Event::Trigger(self.job, Demand::End));
    }

    /// Waits for its end.
    pub fn wait(&self) -> &Outcome {
        self.outcome.get_or_init(|| self.ended.recv().unwrap_or_else(|_| self.suspended()))
    }

    /// Waits for its end, but not longer than this.
    pub fn wait_for(&self, time: Duration) -> Option<&Outcome> {
        if self.outcome.get().is_none() {
            let outcome = match self.ended.recv_timeout(time) {
                Ok(outcome) => outcome,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => self.suspended(),
            };
            let _ = self.outcome.set(outcome);
        }
        self.outcome.get()
    }

    /// The worker has gone before the job has come to it.
    fn suspended(&self) -> Outcome {
        Outcome::suspended(self.board.attempt() + 1)
    }
}
