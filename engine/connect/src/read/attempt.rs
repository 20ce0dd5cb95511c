//! What the subtasks of a source share while a job is tried once: the list of splits, and who takes which.
//!
//! The first subtask that asks finds the splits, the others wait for it: so all have the same list, whatever happens to
//! the files meanwhile. Then each takes the next split when it is done with the one before; a slow one takes fewer, and
//! none is taken twice. No lock: a split is taken by one addition.
//!
//! Holds within one process. Subtasks in others would read the files again; `cluster` has to bring them the list and
//! the count.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::subtask::{Place, Seat};

use super::split::Split;

/// One try of a job, for one source.
pub(crate) struct Attempt {
    splits: OnceLock<Vec<Arc<Split>>>,
    next: AtomicUsize,
    /// Somebody finds the splits.
    is_sought: AtomicBool,
    /// Who waits for them, by number.
    pokes: Vec<OnceLock<Arc<dyn Poke>>>,
}

impl Attempt {
    fn new(parallelism: u32) -> Self {
        Self {
            splits: OnceLock::new(),
            next: AtomicUsize::new(0),
            is_sought: AtomicBool::new(false),
            pokes: (0..parallelism).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Whether this one is to find the splits: the first that asks.
    pub(crate) fn begins_search(&self) -> bool {
        !self.is_sought.swap(true, Ordering::Relaxed)
    }

    /// The splits, once they are found.
    pub(crate) fn splits(&self) -> Option<&[Arc<Split>]> {
        self.splits.get().map(|splits| &**splits)
    }

    /// The splits are found; who waits for them hears of it.
    pub(crate) fn publish(&self, splits: Vec<Split>) {
        let is_first = self.splits.set(splits.into_iter().map(Arc::new).collect()).is_ok();
        assert!(is_first, "one subtask finds the splits");
        self.pokes.iter().filter_map(OnceLock::get).for_each(|poke| poke.poke());
    }

    /// Takes the next split, if there is one left.
    pub(crate) fn take(&self) -> Option<(u32, Arc<Split>)> {
        let splits = self.splits()?;
        // Nothing else is read on the strength of it, and whoever asks at the end asks a few times more.
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let split = splits.get(number)?.clone();
        Some((u32::try_from(number).expect("fewer splits than a list can hold"), split))
    }
}

/// The attempts that go on, for the maker of a source.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<BTreeMap<(JobId, u32, u32), Weak<Attempt>>>);

impl Attempts {
    /// What this subtask shares with the others. Called when it is made, before any of them begins.
    pub(crate) fn join(&self, seat: &Seat) -> Arc<Attempt> {
        let Place { job, attempt, vertex, number, parallelism, .. } = seat.place;
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, attempt| attempt.strong_count() > 0);
        let key = (job, vertex, attempt);
        let shared = attempts.get(&key).and_then(Weak::upgrade);
        let shared = shared.unwrap_or_else(|| {
            let new = Arc::new(Attempt::new(parallelism));
            attempts.insert(key, Arc::downgrade(&new));
            new
        });
        if let Some(poke) = shared.pokes.get(number as usize) {
            let _ = poke.set(seat.poke.clone()); // A seat is taken once.
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_split_is_taken_once_by_whoever_comes() {
        let attempt = Attempt::new(2);
        assert!(attempt.begins_search() && !attempt.begins_search());
        assert!(attempt.take().is_none(), "before they are found");
        let split = |start| Split {
            path: std::path::Path::new("a").into(),
            length: 9,
            range: start..start + 1,
            rows_done: 0,
            metadata: None,
            constants: Arc::default(),
        };
        attempt.publish((0..9).map(split).collect());
        let taken: Vec<_> = std::iter::from_fn(|| attempt.take())
            .map(|(number, split)| (number, split.range.start))
            .collect();
        assert_eq!(taken, (0..9).map(|number| (number, u64::from(number))).collect::<Vec<_>>());
        assert!(attempt.take().is_none());
    }
}
