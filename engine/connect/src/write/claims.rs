//! What the subtasks of a sink know together: which places are their job's own, and how far each partition is.
//!
//! ```text
//!   the first one with rows of a partition makes it ready, the others wait ─► all write ─► the last one marks what is complete
//! ```
//!
//! Keeps the claims of a job over all of its attempts, the rest for one attempt. Holds within one process: subtasks in
//! others would make ready what these have begun to write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::plane::bridge::Poke;
use runtime::subtask::Place;

/// A directory, and whose files in it: those of a subtask, or everybody's.
pub(super) type Claim = (PathBuf, Option<u32>);

/// What subtasks know together.
#[derive(Default)]
pub(super) struct Claims(Mutex<State>);

#[derive(Default)]
struct State {
    /// What was found free: whatever lies there from then on is of this job.
    own: BTreeSet<Claim>,
    /// Somebody has begun. What is made from then on is of the next attempt, or the next job.
    has_begun: bool,
    partitions: BTreeMap<PathBuf, Partition>,
    /// Those with rows, of subtasks that have ended.
    written: BTreeSet<PathBuf>,
    ended: u32,
}

#[derive(Default)]
struct Partition {
    is_ready: bool,
    waiting: Vec<Arc<dyn Poke>>,
}

/// Who makes a partition ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Who has asked.
    First,
    /// Another one, who pokes when it is done.
    Waits,
    /// It is done.
    Ready,
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("own", &self.lock().own).finish_non_exhaustive()
    }
}

impl Claims {
    /// A subtask is made: all of an attempt are, before any of them begins.
    pub(super) fn join(&self, place: &Place) {
        let mut state = self.lock();
        // The same sink may be used for one job after the other.
        if state.has_begun {
            let own = if place.attempt == 0 { BTreeSet::new() } else { std::mem::take(&mut state.own) };
            *state = State { own, ..State::default() };
        }
    }

    /// Whether a place was found free in this job.
    pub(super) fn holds(&self, claim: &Claim) -> bool {
        self.lock().own.contains(claim)
    }

    /// A place is free, or has become so.
    pub(super) fn add(&self, claim: Claim) {
        let mut state = self.lock();
        state.has_begun = true;
        state.own.insert(claim);
    }

    /// Partitions that earlier attempts have begun.
    pub(super) fn partitions_before(&self) -> Vec<PathBuf> {
        let state = self.lock();
        let partitions = state.own.iter().filter(|(_, whose)| whose.is_none());
        partitions.map(|(directory, _)| directory.clone()).collect()
    }

    /// Whether a partition is ready. Who waits is poked when it is.
    pub(super) fn enter(&self, directory: &Path, poke: &Arc<dyn Poke>) -> Entry {
        let mut state = self.lock();
        state.has_begun = true;
        match state.partitions.get_mut(directory) {
            None => {
                state.partitions.insert(directory.to_owned(), Partition::default());
                Entry::First
            }
            Some(partition) if partition.is_ready => Entry::Ready,
            Some(partition) => {
                partition.waiting.push(poke.clone());
                Entry::Waits
            }
        }
    }

    /// Whether a partition is ready that somebody else makes so.
    pub(super) fn is_ready(&self, directory: &Path) -> bool {
        self.lock().partitions.get(directory).is_some_and(|partition| partition.is_ready)
    }

    /// Who was the first has made it ready.
    pub(super) fn make_ready(&self, directory: &Path) {
        let mut state = self.lock();
        let partition = state.partitions.get_mut(directory).expect("it was entered");
        partition.is_ready = true;
        let waiting = std::mem::take(&mut partition.waiting);
        drop(state);
        waiting.into_iter().for_each(|poke| poke.poke());
    }

    /// One of `parallelism` subtasks has shown all that it has written. The last one is told all partitions with rows.
    pub(super) fn leave(&self, written: Vec<PathBuf>, parallelism: u32) -> BTreeSet<PathBuf> {
        let mut state = self.lock();
        state.has_begun = true;
        state.written.extend(written);
        state.ended += 1;
        if state.ended == parallelism { std::mem::take(&mut state.written) } else { BTreeSet::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nobody falls while holding it; if it happened all the same, the job falls too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
