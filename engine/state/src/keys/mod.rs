//! The keys that a subtask knows, each with a slot: a small number by which all that is remembered of it is found.
//!
//! ```text
//!   key, hash ──► table of slots ──► slot 3       keys    slot → key, in the form that suits its type
//!                                                 hashes  slot → hash: the key group, and a second look
//! ```
//!
//! Slots are dense and given out again, so what belongs to a key lies in plain columns, indexed by slot, wherever an
//! operator wants it. Never keeps a value; never computes a hash, which came with the batch.

mod encoded;
mod keyless;
mod numbers;
mod slot_table;
mod texts;
mod tuples;

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use memory::Error;

use encoded::Encoded;
use keyless::Keyless;
use numbers::Numbers;
use slot_table::{Place, SlotTable};
use texts::Texts;
use tuples::Tuples;

use crate::words::Words;

/// The number of a key, while it is known.
pub type Slot = u32;

/// The keys of a subtask and their slots.
pub struct KeyTable {
    table: SlotTable,
    /// By slot; those of free slots mean nothing.
    hashes: Vec<u64>,
    keys: Keys,
    free: Vec<Slot>,
    /// Memory of the keys themselves, beside their slots.
    key_bytes: usize,
}

/// Keys by slot, in the form that suits their type.
enum Keys {
    Keyless(Keyless),
    Numbers(Numbers),
    Pairs(Tuples<3>),
    Triples(Tuples<4>),
    Texts(Texts),
    Encoded(Encoded),
}

/// The same for each form.
macro_rules! with {
    ($keys:expr, $form:ident => $do:expr) => {
        match $keys {
            Keys::Keyless($form) => $do,
            Keys::Numbers($form) => $do,
            Keys::Pairs($form) => $do,
            Keys::Triples($form) => $do,
            Keys::Texts($form) => $do,
            Keys::Encoded($form) => $do,
        }
    };
}

/// What a form of keys can do. A probe is a batch of key columns, opened for looking at rows.
trait Store {
    /// Comparing two keys costs no more than comparing their hashes.
    const CHEAP: bool;

    type Mark: Copy + Default;
    type Probe<'a>;
    fn open<'a>(&self, columns: &'a [ArrayRef]) -> Self::Probe<'a>;
    /// What tells most keys from another one, to be fetched early.
    fn mark(&self, slot: Slot) -> Self::Mark;
    /// Whether the key of a slot, which has this mark, is that of a row.
    fn is(&self, slot: Slot, mark: Self::Mark, probe: &Self::Probe<'_>, row: usize) -> bool;
    /// Puts a key into a slot, which may be the next one. Says how much memory it takes.
    fn put(&mut self, slot: Slot, probe: &Self::Probe<'_>, row: usize) -> usize;
    /// Forgets the key of a slot. Says how much memory it gives back.
    fn forget(&mut self, slot: Slot) -> usize;
    /// Forgets all keys.
    fn clear(&mut self);
    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef>;
}

impl KeyTable {
    /// A table for keys of these types.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key.
    pub fn new(types: &[DataType]) -> Result<Self, Error> {
        let keys = match types {
            [] => Keys::Keyless(Keyless),
            [one] if Words::are(one) => Keys::Numbers(Numbers::new(one.clone())),
            [one] if Texts::takes(one) => Keys::Texts(Texts::new(one.clone())),
            types if Tuples::<3>::takes(types) => Keys::Pairs(Tuples::new(types)),
            types if Tuples::<4>::takes(types) => Keys::Triples(Tuples::new(types)),
            types => Keys::Encoded(Encoded::new(types)?),
        };
        Ok(Self { table: SlotTable::default(), hashes: Vec::new(), keys, free: Vec::new(), key_bytes: 0 })
    }

    /// The slot of the key of each of `rows`; keys that are new get one. Calls `fresh` with every slot that was given
    /// out, before the next row is looked at.
    ///
    /// # Panics
    ///
    /// If the columns are of other types than the table, or there are fewer hashes than rows.
    #[expect(
        clippy::too_many_arguments,
        reason = "what a batch has, what is told of it, and where the answer goes"
    )]
    pub fn resolve(
        &mut self,
        columns: &[ArrayRef],
        hashes: &[u64],
        rows: impl Iterator<Item = usize>,
        mut fresh: impl FnMut(Slot),
        slots: &mut Vec<Slot>,
    ) {
        let mut index = Index {
            table: &mut self.table,
            hashes: &mut self.hashes,
            free: &mut self.free,
            key_bytes: &mut self.key_bytes,
        };
        with!(&mut self.keys, keys => index.resolve(keys, columns, hashes, rows, &mut fresh, slots));
    }

    /// The slot of the key of each of `rows`, where it is known. No key gets a new one.
    ///
    /// # Panics
    ///
    /// If the columns are of other types than the table, or there are fewer hashes than rows.
    pub fn look_up(
        &mut self,
        columns: &[ArrayRef],
        hashes: &[u64],
        rows: impl Iterator<Item = usize>,
        slots: &mut Vec<Option<Slot>>,
    ) {
        let mut index = Index {
            table: &mut self.table,
            hashes: &mut self.hashes,
            free: &mut self.free,
            key_bytes: &mut self.key_bytes,
        };
        let batch = (columns, hashes);
        with!(&mut self.keys, keys => index.each(keys, batch, rows, |_, _, _, _, found| slots.push(found)));
    }

    /// The slot of the key of one row, if it is known.
    pub fn find(&self, columns: &[ArrayRef], hash: u64, row: usize) -> Option<Slot> {
        fn find<S: Store>(
            (table, hashes): (&SlotTable, &[u64]),
            keys: &S,
            (columns, hash, row): (&[ArrayRef], u64, usize),
        ) -> Option<Slot> {
            let probe = keys.open(columns);
            table.find(hash, |slot| {
                (S::CHEAP || hashes[slot as usize] == hash) && keys.is(slot, keys.mark(slot), &probe, row)
            })
        }
        let (wanted, known) = ((columns, hash, row), (&self.table, &self.hashes[..]));
        with!(&self.keys, keys => find(known, keys, wanted))
    }

    /// Forgets a key. Its slot will be given to another one.
    ///
    /// # Panics
    ///
    /// If the slot is free.
    pub fn forget(&mut self, slot: Slot) {
        let was_there = self.table.remove(self.hashes[slot as usize], slot);
        assert!(was_there, "slot {slot} has no key");
        self.key_bytes -= with!(&mut self.keys, keys => keys.forget(slot));
        self.free.push(slot);
    }

    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.table.clear();
        self.hashes.clear();
        self.free.clear();
        self.key_bytes = 0;
        with!(&mut self.keys, keys => keys.clear());
    }

    /// The keys of these slots as columns.
    pub fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        with!(&self.keys, keys => keys.columns(slots))
    }

    /// The hash of the key of a slot.
    pub fn hash(&self, slot: Slot) -> u64 {
        self.hashes[slot as usize]
    }

    /// Whether a slot has a key.
    pub fn is_known(&self, slot: Slot) -> bool {
        let hash = self.hashes.get(slot as usize);
        hash.is_some_and(|hash| self.table.find(*hash, |each| each == slot).is_some())
    }

    /// All slots that have a key, in the order in which they were given out first.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        let mut taken = vec![true; self.hashes.len()];
        self.free.iter().for_each(|slot| taken[*slot as usize] = false);
        (0..).zip(taken).filter_map(|(slot, taken)| taken.then_some(slot))
    }

    /// How many keys are known.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no key is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more than the highest slot that was given out: how long columns are that are indexed by slot.
    pub fn slots_end(&self) -> usize {
        self.hashes.len()
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        self.table.bytes() + self.hashes.capacity() * 8 + self.free.capacity() * 4 + self.key_bytes
    }
}

/// For how many rows places are fetched together: more than a processor can wait for at once, and few enough to stay at
/// hand.
const LOOK_AHEAD: usize = 128;

/// A row that is looked for next: where it is looked for first, and what marks the key there.
#[derive(Clone, Copy, Default)]
struct Ahead<M> {
    row: usize,
    place: Place,
    mark: M,
}

/// The parts of a table that do not depend on the form of its keys.
struct Index<'a> {
    table: &'a mut SlotTable,
    hashes: &'a mut Vec<u64>,
    free: &'a mut Vec<Slot>,
    key_bytes: &'a mut usize,
}

impl Index<'_> {
    #[expect(clippy::too_many_arguments, reason = "as above, with the form of the keys")]
    fn resolve<S: Store>(
        &mut self,
        keys: &mut S,
        columns: &[ArrayRef],
        hashes: &[u64],
        rows: impl Iterator<Item = usize>,
        fresh: &mut impl FnMut(Slot),
        slots: &mut Vec<Slot>,
    ) {
        self.each(keys, (columns, hashes), rows, |index, keys, probe, row, found| {
            slots.push(found.unwrap_or_else(|| {
                let slot = index.give(hashes[row]);
                *index.key_bytes += keys.put(slot, probe, row);
                fresh(slot);
                slot
            }));
        });
    }

    /// Calls `then` with each row and the slot of its key, if that is known by then.
    fn each<S: Store>(
        &mut self,
        keys: &mut S,
        (columns, hashes): (&[ArrayRef], &[u64]),
        rows: impl Iterator<Item = usize>,
        mut then: impl FnMut(&mut Self, &mut S, &S::Probe<'_>, usize, Option<Slot>),
    ) {
        let probe = keys.open(columns);
        // Some rows at a time: all their places come from memory together, and then all marks of their keys.
        let mut rows = rows.fuse();
        let mut ahead = [Ahead::default(); LOOK_AHEAD];
        loop {
            let mut count = 0;
            for (row, seen) in rows.by_ref().take(LOOK_AHEAD).zip(&mut ahead) {
                *seen = Ahead { row, place: self.table.first(hashes[row]), mark: S::Mark::default() };
                count += 1;
            }
            if count == 0 {
                return;
            }
            let ahead = &mut ahead[..count];
            for seen in &mut *ahead {
                if let Some(slot) = seen.place.candidate(hashes[seen.row]) {
                    seen.mark = keys.mark(slot);
                }
            }
            for seen in ahead {
                let found = self.found(keys, &probe, (seen, hashes[seen.row]));
                then(self, keys, &probe, seen.row, found);
            }
        }
    }

    /// The slot of a row's key, whose first place was seen before: what was there is there still, but more may be.
    #[inline(always)]
    fn found<S: Store>(
        &self,
        keys: &S,
        probe: &S::Probe<'_>,
        (seen, hash): (&Ahead<S::Mark>, u64),
    ) -> Option<Slot> {
        let (known, row) = (self.hashes.as_slice(), seen.row);
        let is = |slot: Slot, mark: S::Mark| {
            (S::CHEAP || known[slot as usize] == hash) && keys.is(slot, mark, probe, row)
        };
        let first = seen.place.candidate(hash).filter(|slot| is(*slot, seen.mark));
        first.or_else(|| self.table.find(hash, |slot| is(slot, keys.mark(slot))))
    }

    fn give(&mut self, hash: u64) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.hashes.push(0);
            Slot::try_from(self.hashes.len() - 1).expect("a subtask has fewer than four billion keys")
        });
        self.hashes[slot as usize] = hash;
        self.table.insert(hash, slot);
        slot
    }
}

/// Whether a row is null in a column that has these.
#[inline(always)]
fn is_null(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(row))
}

#[cfg(test)]
mod tests;
