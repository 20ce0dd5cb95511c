//! From hashes to slots: open addressing over eight bytes a place, which is all that a look costs.
//!
//! ```text
//!   place   ├── upper half of the hash ──┼── slot ──┤        all ones: nothing is here
//! ```
//!
//! A place says by itself, but for one in four billion, whether it is the one. So the places of many rows can be fetched
//! before the first of their keys is compared, and the processor waits for all of them at once: with more keys than its
//! caches hold, that is the difference between this and a table that is asked row by row.
//!
//! Places follow each other until one is free. At most five eighths are taken; what is removed is closed up behind. Where a
//! hash is looked for first its upper half says, which is in the place: to grow and to close up reads nothing but places. Knows
//! no key: who asks says whether a slot is the right one.

use super::Slot;

/// A place that was looked at: nothing, or a slot and half of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u64);

/// Slots by hash.
#[derive(Clone, Debug, Default)]
pub(super) struct SlotTable {
    /// None at all, or a power of two of them.
    places: Vec<Place>,
    taken: usize,
}

const FREE: Place = Place(u64::MAX);
const LEAST: usize = 16;

/// The golden ratio: places come from all bits of the upper half, though those of a subtask have some in common.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Default for Place {
    /// Nothing.
    fn default() -> Self {
        FREE
    }
}

impl Place {
    fn of(hash: u64, slot: Slot) -> Self {
        assert!(slot < Slot::MAX, "a subtask has fewer than four billion keys");
        Self(hash & !u64::from(Slot::MAX) | u64::from(slot))
    }

    /// The slot, if it may be that of this hash.
    #[inline(always)]
    pub(super) fn candidate(self, hash: u64) -> Option<Slot> {
        ((self.0 ^ hash) >> Slot::BITS == 0 && self != FREE).then(|| self.slot())
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    fn slot(self) -> Slot {
        self.0 as Slot
    }
}

impl SlotTable {
    /// What stands where this hash is looked for first.
    #[inline(always)]
    pub(super) fn first(&self, hash: u64) -> Place {
        match self.places.is_empty() {
            true => FREE,
            false => self.places[self.home(hash)],
        }
    }

    /// The slot of this hash for which `is` is true.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl FnMut(Slot) -> bool) -> Option<Slot> {
        self.at(hash, is).map(|at| self.places[at].slot())
    }

    /// Adds a slot that is not there.
    pub(super) fn insert(&mut self, hash: u64, slot: Slot) {
        if (self.taken + 1) * 8 > self.places.len() * 5 {
            self.grow();
        }
        self.place(Place::of(hash, slot));
        self.taken += 1;
    }

    /// Takes a slot out; whether it was there.
    pub(super) fn remove(&mut self, hash: u64, slot: Slot) -> bool {
        let Some(mut gap) = self.at(hash, |each| each == slot) else { return false };
        let mut next = self.behind(gap);
        while self.places[next] != FREE {
            let home = self.home(self.places[next].0);
            // It may move to the gap, if the gap is not before where it is looked for first.
            if self.distance(home, next) >= self.distance(gap, next) {
                self.places[gap] = self.places[next];
                gap = next;
            }
            next = self.behind(next);
        }
        self.places[gap] = FREE;
        self.taken -= 1;
        true
    }

    /// Takes all slots out, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.places.fill(FREE);
        self.taken = 0;
    }

    /// How many slots there are.
    pub(super) fn len(&self) -> usize {
        self.taken
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.places[..])
    }

    #[inline]
    fn at(&self, hash: u64, mut is: impl FnMut(Slot) -> bool) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            match self.places[at] {
                FREE => return None,
                place if place.candidate(hash).is_some_and(&mut is) => return Some(at),
                _ => at = self.behind(at),
            }
        }
    }

    /// Where a hash is looked for first: a place has the half of it that counts.
    #[inline(always)]
    fn home(&self, hash: u64) -> usize {
        let bits = self.places.len().trailing_zeros();
        ((hash >> Slot::BITS).wrapping_mul(SPREAD) >> (u64::BITS - bits)) as usize
    }

    #[inline(always)]
    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    #[inline(always)]
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.places.len() - 1)
    }

    fn place(&mut self, place: Place) {
        let mut at = self.home(place.0);
        while self.places[at] != FREE {
            at = self.behind(at);
        }
        self.places[at] = place;
    }

    fn grow(&mut self) {
        let places = vec![FREE; (self.places.len() * 2).max(LEAST)];
        for place in std::mem::replace(&mut self.places, places) {
            if place != FREE {
                self.place(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Hashes that collide: in all bits, in those of a place, in those that say where it is.
    fn hash_of(slot: Slot) -> u64 {
        match slot % 4 {
            0 => 7,
            1 => u64::from(slot) << 32,
            2 => u64::from(slot),
            _ => u64::from(slot).wrapping_mul(0xd6e8_feb8_6659_fd93),
        }
    }

    proptest! {
        #[test]
        fn what_was_put_in_is_found_until_it_is_taken_out(
            steps in prop::collection::vec((any::<bool>(), 0_u32..60), 0..300)
        ) {
            let (mut table, mut model) = (SlotTable::default(), BTreeMap::new());
            for (puts, slot) in steps {
                let hash = hash_of(slot);
                if puts && !model.contains_key(&slot) {
                    table.insert(hash, slot);
                    model.insert(slot, hash);
                } else if !puts {
                    prop_assert_eq!(table.remove(hash, slot), model.remove(&slot).is_some());
                }
                prop_assert_eq!(table.len(), model.len());
                for slot in 0..60 {
                    let found = table.find(hash_of(slot), |each| each == slot);
                    prop_assert_eq!(found, model.contains_key(&slot).then_some(slot));
                }
            }
            table.clear();
            prop_assert!((0..60).all(|slot| table.find(hash_of(slot), |each| each == slot).is_none()));
        }
    }

    #[test]
    fn the_first_place_tells_a_slot_from_none() {
        let mut table = SlotTable::default();
        assert_eq!(table.first(5).candidate(5), None);
        table.insert(5, 9);
        assert_eq!(table.first(5).candidate(5), Some(9));
        assert_eq!(table.first(5).candidate(5 | 1 << 40), None);
        // All ones in the upper half are a hash like any other.
        assert_eq!(FREE.candidate(u64::MAX), None);
    }

    #[test]
    fn places_are_not_too_many_and_not_too_few() {
        let mut table = SlotTable::default();
        for slot in 0..10_000 {
            table.insert(hash_of(slot * 4 + 3), slot);
            let (taken, places) = (table.len(), table.bytes() / 8);
            assert!(taken * 8 <= places * 5 && (places <= taken * 4 || places == LEAST));
        }
    }
}
