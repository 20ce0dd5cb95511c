//! Which values each key has, and how often: what makes an aggregate one of distinct values.
//!
//! ```text
//!   a value ─────────────► its number ─┐
//!   the slot of the key ───────────────┴─► a word ─► the pair ─► how often
//! ```
//!
//! Both steps are tables of keys, which look at many rows at once. A value is kept once, whoever has it, and a pair is eight
//! bytes, whatever the value. Rejected: one table of slots and values together, encoded; it takes an allocation for each pair,
//! and what it compares lies behind a pointer that cannot be fetched early.

use std::slice::from_ref;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, Int64Array, UInt64Array};
use arrow_schema::DataType;
use memory::{RowKinds, hash_key};
use state::{KeyTable, Slot};

use super::super::accumulator::{Selected, adds};
use super::members::Members;
use super::recent::Recent;

/// The pairs of a column.
pub(super) struct Pairs {
    values: KeyTable,
    /// By the number of a value: how many pairs have it.
    holders: Vec<u32>,
    pairs: KeyTable,
    /// By pair: how often it is there; below zero where it was taken back before it came.
    counts: Vec<i64>,
    /// By slot of a key.
    members: Members,
    /// Where rows are only added.
    recent: Option<Recent>,
    seen: Seen,
}

/// Rows of a batch that have a value; kept for their memory.
#[derive(Default)]
struct Seen {
    slots: Vec<Slot>,
    rows: Vec<u32>,
    /// The numbers of their values.
    numbers: Vec<Slot>,
    pairs: Vec<Slot>,
    hashes: Vec<u64>,
    /// Pairs that were there no more at some time.
    gone: Vec<Slot>,
}

/// A slot and the number of a value, together.
fn word(slot: Slot, number: Slot) -> u64 {
    u64::from(slot) << Slot::BITS | u64::from(number)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn apart(word: u64) -> (Slot, Slot) {
    ((word >> Slot::BITS) as Slot, word as Slot)
}

impl Pairs {
    /// Of values of this type. Where rows are only added, it does not matter how often a pair is there.
    pub(super) fn new(data_type: &DataType, only_adds: bool) -> Result<Self, memory::Error> {
        Ok(Self {
            values: KeyTable::new(from_ref(data_type))?,
            holders: Vec::new(),
            pairs: KeyTable::new(&[DataType::UInt64])?,
            counts: Vec::new(),
            members: Members::default(),
            recent: Recent::new(data_type).filter(|_| only_adds),
            seen: Seen::default(),
        })
    }

    /// Counts the values of rows, one after the other, and answers with those rows that have made a pair come, or go: with
    /// their slots and numbers. Without kinds all rows add.
    pub(super) fn note(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        kinds: Option<&RowKinds>,
        column: &ArrayRef,
    ) -> Result<(&[Slot], Selected<'_>), memory::Error> {
        self.find(slots, rows, column, true)?;
        match kinds.map(RowKinds::numbers) {
            None => self.count(|_| true),
            Some(kinds) => self.count(|row| adds(kinds, row)),
        }
        self.drop_gone();
        Ok((&self.seen.slots, Selected::Only(&self.seen.rows)))
    }

    /// The pairs of rows; `may_pass_over` leaves out those that were seen a moment ago.
    fn find(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        column: &ArrayRef,
        may_pass_over: bool,
    ) -> Result<(), memory::Error> {
        let seen = &mut self.seen;
        seen.slots.clear();
        seen.rows.clear();
        seen.numbers.clear();
        seen.pairs.clear();
        hash_key(from_ref(column), column.len(), &mut seen.hashes)?;
        let mut recent = self.recent.as_mut().filter(|_| may_pass_over);
        let mut recent = recent.as_mut().map(|recent| (recent, Recent::numbers(column)));
        rows.each_valid(column.logical_nulls().as_ref(), |position, row| {
            if let Some((recent, numbers)) = &mut recent
                && recent.has(slots[position], numbers, row, seen.hashes[row])
            {
                return;
            }
            seen.slots.push(slots[position]);
            seen.rows.push(u32::try_from(row).expect("a batch has fewer than four billion rows"));
        });
        let rows = seen.rows.iter().map(|row| *row as usize);
        self.values.resolve(from_ref(column), &seen.hashes, rows, |_| {}, &mut seen.numbers);
        let words = seen.slots.iter().zip(&seen.numbers).map(|(slot, number)| word(*slot, *number));
        let words = [Arc::new(UInt64Array::from_iter_values(words)) as ArrayRef];
        hash_key(&words, seen.slots.len(), &mut seen.hashes)?;
        self.pairs.resolve(&words, &seen.hashes, 0..seen.slots.len(), |_| {}, &mut seen.pairs);
        self.holders.resize(self.values.slots_end(), 0);
        self.counts.resize(self.pairs.slots_end(), 0);
        self.members.grow(self.pairs.slots_end());
        Ok(())
    }

    /// Counts what was found, and keeps of it only the rows that have made a pair come or go.
    fn count(&mut self, adds: impl Fn(usize) -> bool) {
        let mut kept = 0;
        for at in 0..self.seen.pairs.len() {
            let (slot, row) = (self.seen.slots[at], self.seen.rows[at]);
            let (before, now) = self.change(at, if adds(row as usize) { 1 } else { -1 });
            if (before > 0) != (now > 0) {
                (self.seen.slots[kept], self.seen.rows[kept]) = (slot, row);
                kept += 1;
            }
        }
        self.seen.slots.truncate(kept);
        self.seen.rows.truncate(kept);
    }

    /// The pair of the row in this place is there so much more often. How often it was, and is.
    #[inline(always)]
    fn change(&mut self, at: usize, by: i64) -> (i64, i64) {
        let Self { holders, counts, members, seen, .. } = self;
        let pair = seen.pairs[at];
        let count = &mut counts[pair as usize];
        let before = *count;
        if before == 0 && !members.is_in(pair) {
            members.enter(seen.slots[at], pair);
            holders[seen.numbers[at] as usize] += 1;
        }
        *count += by;
        if *count == 0 {
            seen.gone.push(pair);
        }
        (before, *count)
    }

    fn drop_gone(&mut self) {
        if self.seen.gone.is_empty() {
            return;
        }
        let mut gone = std::mem::take(&mut self.seen.gone);
        gone.retain(|pair| self.counts[*pair as usize] == 0); // It may have come again.
        gone.sort_unstable();
        gone.dedup();
        self.drop_pairs(&gone);
        gone.clear();
        self.seen.gone = gone;
    }

    fn drop_pairs(&mut self, pairs: &[Slot]) {
        self.recent.iter_mut().for_each(Recent::forget);
        for (pair, (slot, number)) in pairs.iter().zip(self.apart(pairs)) {
            self.members.leave(slot, *pair);
            self.counts[*pair as usize] = 0;
            self.pairs.forget(*pair);
            let holders = &mut self.holders[number as usize];
            *holders -= 1;
            if *holders == 0 {
                self.values.forget(number);
            }
        }
    }

    /// The slots of these pairs, and the numbers of their values.
    fn apart(&self, pairs: &[Slot]) -> Vec<(Slot, Slot)> {
        let words = self.pairs.columns(pairs);
        words[0].as_primitive::<UInt64Type>().values().iter().map(|word| apart(*word)).collect()
    }

    /// Forgets the pairs of these slots.
    pub(super) fn forget(&mut self, slots: &[Slot]) {
        let pairs: Vec<Slot> = slots.iter().flat_map(|slot| self.members.of(*slot)).collect();
        self.drop_pairs(&pairs);
    }

    /// All pairs.
    pub(super) fn all(&self) -> Vec<Slot> {
        self.pairs.slots().collect()
    }

    /// Pairs as columns: the slots of their keys, their values, and how often each is there.
    pub(super) fn save(&self, pairs: &[Slot]) -> (Vec<Slot>, ArrayRef, ArrayRef) {
        let (slots, numbers): (Vec<_>, Vec<_>) = self.apart(pairs).into_iter().unzip();
        let values = self.values.columns(&numbers).remove(0);
        let counts = pairs.iter().map(|pair| self.counts[*pair as usize]);
        (slots, values, Arc::new(Int64Array::from_iter_values(counts)))
    }

    /// Takes over what was saved.
    pub(super) fn take_over(
        &mut self,
        slots: &[Slot],
        values: &ArrayRef,
        counts: &ArrayRef,
    ) -> Result<(), memory::Error> {
        self.find(slots, Selected::All(slots.len()), values, false)?;
        for (at, count) in counts.as_primitive::<Int64Type>().values().iter().enumerate() {
            self.change(at, *count);
        }
        self.drop_gone();
        Ok(())
    }

    /// Forgets all pairs and keeps their memory.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.holders.clear();
        self.pairs.clear();
        self.counts.clear();
        self.members.clear();
        self.recent.iter_mut().for_each(Recent::forget);
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let own = size_of_val(&self.holders[..]) + size_of_val(&self.counts[..]);
        self.values.bytes() + self.pairs.bytes() + self.members.bytes() + own
    }
}
