//! Which rows find no session any more.

use state::Slot;

use super::super::late::LateCount;
use crate::accumulators::Accumulators;
use crate::aggregate::keys::Keys;

/// How far time has come, and who was late.
pub(super) struct Lateness {
    pub(super) watermark: i64,
    count: LateCount,
    accumulators: Accumulators,
    /// The keys of rows that were late.
    keys: Vec<Slot>,
}

impl Lateness {
    pub(super) fn new(accumulators: &Accumulators) -> Self {
        let count = LateCount::default();
        Self { watermark: i64::MIN, count, accumulators: accumulators.clone(), keys: Vec::new() }
    }

    /// A row of this key is late.
    pub(super) fn note(&mut self, slot: Slot, time: i64) {
        self.count.note(time, self.watermark, true);
        self.keys.push(slot);
    }

    /// Makes known what was dropped, and forgets keys that have nothing but late rows.
    pub(super) fn publish(&mut self, keys: &mut Keys, has_none: impl Fn(Slot) -> bool) {
        if self.keys.is_empty() {
            return;
        }
        self.count.publish(&self.accumulators);
        forget(keys, std::mem::take(&mut self.keys), has_none);
    }
}

/// Forgets those of these keys that have no session.
pub(super) fn forget(keys: &mut Keys, mut slots: Vec<Slot>, has_none: impl Fn(Slot) -> bool) {
    slots.sort_unstable();
    slots.dedup();
    slots.into_iter().filter(|slot| has_none(*slot)).for_each(|slot| keys.forget(slot));
}
