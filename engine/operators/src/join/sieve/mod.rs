//! What a join of a batch tells those who read its left side, before they begin: which keys its right side has.
//!
//! ```text
//!   right ─► build ─► all of it has come: tell ─┐ hashes of its keys
//!                                               ▼
//!                                             sieve ─► a set of keys ─► source: begins, and leaves out other rows
//!   left ◄── source: waits ◄────────────────────────────────────────────────┘
//! ```
//!
//! So rows that will have no pair are not read in full, do not travel and are not looked up; and none has to be kept
//! because it comes too early. Who reads the left side waits, whatever comes of it: the planner puts a sieve only where the
//! right side needs nothing that waits here.
//!
//! Rows may be let through that have no pair; none is held back that has one. Holds within one process, like the list of
//! splits of a source.

mod key_set;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::subtask::Place;

use crate::bound::SIEVED_KEYS_MAX;
pub use key_set::KeySet;

/// Between a join and those who read its left side, in all attempts of a job.
#[derive(Debug, Default)]
pub struct Sieve(Mutex<BTreeMap<(JobId, u32), Weak<Shared>>>);

/// The end of a subtask of the join.
#[derive(Debug)]
pub(crate) struct Teller {
    shared: Arc<Shared>,
    /// How many of them have to tell before all is told.
    tellers: u32,
}

/// The end of who reads the left side.
#[derive(Debug)]
pub struct Sifter(Arc<Shared>);

/// Of one attempt.
#[derive(Debug, Default)]
struct Shared {
    told: Mutex<Told>,
    /// Nothing, if there are too many keys.
    keys: OnceLock<Option<Arc<KeySet>>>,
}

#[derive(Default)]
struct Told {
    hashes: Vec<Vec<u64>>,
    waiting: Vec<Arc<dyn Poke>>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("parts", &self.hashes.len()).finish_non_exhaustive()
    }
}

/// Which rows have to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sifted {
    /// Nobody knows yet: who asks is poked.
    NotYet,
    /// All.
    All,
    /// Those with these keys.
    Keys(Arc<KeySet>),
}

impl Sieve {
    /// For a subtask of the join. All subtasks of an attempt are made before one begins.
    pub(crate) fn teller(&self, place: &Place, has_all: bool) -> Teller {
        Teller { shared: self.shared(place), tellers: if has_all { 1 } else { place.parallelism } }
    }

    /// For a subtask that reads the left side. It is poked when the keys are known.
    pub fn sifter(&self, place: &Place, poke: Arc<dyn Poke>) -> Sifter {
        let shared = self.shared(place);
        shared.told().waiting.push(poke);
        Sifter(shared)
    }

    fn shared(&self, place: &Place) -> Arc<Shared> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, shared| shared.strong_count() > 0);
        let key = (place.job, place.attempt);
        let known = attempts.get(&key).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let new = Arc::<Shared>::default();
            attempts.insert(key, Arc::downgrade(&new));
            new
        })
    }
}

impl Teller {
    /// All of the right side has come to this subtask: its keys have these hashes. The last one to tell makes the set.
    pub(crate) fn tell(self, hashes: Vec<u64>) {
        let mut told = self.shared.told();
        told.hashes.push(hashes);
        if told.hashes.len() < self.tellers as usize {
            return;
        }
        let (hashes, waiting) = (std::mem::take(&mut told.hashes), std::mem::take(&mut told.waiting));
        drop(told);
        let keys: usize = hashes.iter().map(Vec::len).sum();
        let set = (keys <= SIEVED_KEYS_MAX).then(|| KeySet::of(hashes.iter().map(Vec::as_slice)));
        // Where each has all of them, the first one has said it.
        let _ = self.shared.keys.set(set.map(Arc::new));
        waiting.iter().for_each(|poke| poke.poke());
    }
}

impl Sifter {
    /// What is known.
    pub fn sifted(&self) -> Sifted {
        match self.0.keys.get() {
            None => Sifted::NotYet,
            Some(None) => Sifted::All,
            Some(Some(keys)) => Sifted::Keys(keys.clone()),
        }
    }
}

impl Shared {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[derive(Default)]
    struct Pokes(AtomicU32);

    impl Poke for Pokes {
        fn poke(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn place(number: u32, parallelism: u32, attempt: u32) -> Place {
        Place { job: JobId(1), attempt, vertex: 0, number, parallelism, name: "join".into() }
    }

    #[test]
    fn keys_are_known_when_all_have_told() {
        let (sieve, pokes) = (Sieve::default(), Arc::new(Pokes::default()));
        let sifter = sieve.sifter(&place(0, 1, 0), pokes.clone());
        let [one, other] = [0, 1].map(|number| sieve.teller(&place(number, 2, 0), false));
        one.tell(vec![7]);
        assert_eq!((sifter.sifted(), pokes.0.load(Ordering::Relaxed)), (Sifted::NotYet, 0));
        other.tell(vec![8, 9]);
        assert_eq!(sifter.sifted(), Sifted::Keys(Arc::new(KeySet::of([&[7, 8, 9][..]]))));
        assert_eq!(pokes.0.load(Ordering::Relaxed), 1, "it is told once");
        let later = sieve.sifter(&place(0, 1, 1), pokes);
        assert_eq!(later.sifted(), Sifted::NotYet, "another attempt has keys of its own");
    }

    #[test]
    fn one_that_has_all_of_them_is_enough() {
        let (sieve, pokes) = (Sieve::default(), Arc::new(Pokes::default()));
        let sifter = sieve.sifter(&place(0, 1, 0), pokes.clone());
        let tellers = [0, 1].map(|number| sieve.teller(&place(number, 2, 0), true));
        tellers.into_iter().for_each(|teller| teller.tell(vec![7]));
        assert_eq!(sifter.sifted(), Sifted::Keys(Arc::new(KeySet::of([&[7][..]]))));
        assert_eq!(pokes.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn of_too_many_keys_nothing_is_said() {
        let (sieve, pokes) = (Sieve::default(), Arc::new(Pokes::default()));
        let sifter = sieve.sifter(&place(0, 1, 0), pokes);
        sieve.teller(&place(0, 1, 0), false).tell(vec![7; SIEVED_KEYS_MAX + 1]);
        assert_eq!(sifter.sifted(), Sifted::All);
    }
}
