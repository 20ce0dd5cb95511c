//! What the subtasks of a source share while a job is tried once: the list of splits, and who takes which.
//!
//! The first subtask that asks finds the splits, the others wait for it: so all have the same list, whatever happens to
//! the files meanwhile. Then each takes the next split when it is done with the one before; a slow one takes fewer, and
//! none is taken twice. Who looks again and again adds what it finds to the list. The lock is taken once a split.
//!
//! Holds within one process. Subtasks in others would read the files again; `cluster` has to bring them the list and
//! the count.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::subtask::{Place, Seat};

use super::split::Split;

/// One try of a job, for one source.
pub(crate) struct Attempt {
    list: Mutex<List>,
    /// Somebody finds the splits.
    is_sought: AtomicBool,
    /// Who waits for them, by number.
    pokes: Vec<OnceLock<Arc<dyn Poke>>>,
}

/// Splits that nobody has taken.
#[derive(Default)]
struct List {
    splits: VecDeque<Arc<Split>>,
    /// The number of the first of them.
    next: u32,
    /// There will be no others.
    is_over: bool,
}

/// What is there for a subtask.
#[derive(Clone, Debug)]
pub(crate) enum Taken {
    /// A split, and its number.
    Split(u32, Arc<Split>),
    /// There may be some later: who asks is poked.
    NotYet,
    /// There are no more.
    Over,
}

impl Attempt {
    fn new(parallelism: u32) -> Self {
        Self {
            list: Mutex::default(),
            is_sought: AtomicBool::new(false),
            pokes: (0..parallelism).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Whether this one is to find the splits: the first that asks.
    pub(crate) fn begins_search(&self) -> bool {
        !self.is_sought.swap(true, Ordering::Relaxed)
    }

    /// Splits are found; who waits for them hears of it. Nobody looks for others if it `is_over`.
    pub(crate) fn publish(&self, splits: Vec<Split>, is_over: bool) {
        let mut list = self.list();
        list.splits.extend(splits.into_iter().map(Arc::new));
        list.is_over = is_over;
        drop(list);
        self.pokes.iter().filter_map(OnceLock::get).for_each(|poke| poke.poke());
    }

    /// Takes the next split, if there is one left.
    pub(crate) fn take(&self) -> Taken {
        let mut list = self.list();
        match list.splits.pop_front() {
            Some(split) => {
                let number = list.next;
                list.next = number.checked_add(1).expect("fewer splits than a number can count");
                Taken::Split(number, split)
            }
            None if list.is_over => Taken::Over,
            None => Taken::NotYet,
        }
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert!(matches!(attempt.take(), Taken::NotYet), "before they are found");
        let split = |start| Split {
            path: std::path::Path::new("a").into(),
            length: 9,
            units: 9,
            range: start..start + 1,
            rows_done: 0,
            metadata: None,
            constants: Arc::default(),
        };
        let taken = || {
            let next = || match attempt.take() {
                Taken::Split(number, split) => Some((number, split.range.start)),
                Taken::NotYet | Taken::Over => None,
            };
            std::iter::from_fn(next).collect::<Vec<_>>()
        };
        attempt.publish((0..5).map(split).collect(), false);
        assert_eq!(taken(), (0..5).map(|number| (number, u64::from(number))).collect::<Vec<_>>());
        assert!(matches!(attempt.take(), Taken::NotYet), "more may come");
        attempt.publish((5..9).map(split).collect(), true);
        assert_eq!(taken(), (5..9).map(|number| (number, u64::from(number))).collect::<Vec<_>>());
        assert!(matches!(attempt.take(), Taken::Over));
    }
}
