//! Which values each key has, and how often, where rows may be taken back: what makes an aggregate one of distinct values.
//!
//! ```text
//!   a value ─────────────► its number ─┐
//!   the slot of the key ───────────────┴─► a word ─► the pair ─► how often, for each filter
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
use super::super::apart::Mask;
use super::members::Members;

/// The pairs of a column.
pub(super) struct Pairs {
    values: KeyTable,
    /// By the number of a value: how many pairs have it.
    holders: Vec<u32>,
    pairs: KeyTable,
    /// So many of them for each pair: how often it is there for a filter; below zero where it was taken back before it came.
    counts: Vec<i64>,
    filters: usize,
    /// By slot of a key.
    members: Members,
    seen: Seen,
}

/// Rows of a batch that have a value and pass a filter; kept for their memory.
#[derive(Default)]
struct Seen {
    slots: Vec<Slot>,
    /// The position of each, and the row.
    rows: Vec<(usize, usize)>,
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
    /// Of values of this type, for so many filters.
    pub(super) fn new(data_type: &DataType, filters: usize) -> Result<Self, memory::Error> {
        Ok(Self {
            values: KeyTable::new(from_ref(data_type))?,
            holders: Vec::new(),
            pairs: KeyTable::new(&[DataType::UInt64])?,
            counts: Vec::new(),
            filters,
            members: Members::default(),
            seen: Seen::default(),
        })
    }

    /// Counts the values of rows, one after the other. Masks and kinds count rows as the column does. Calls `changed` with the
    /// position of a row and with those filters for which it has made its pair come, or go.
    pub(super) fn note(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        (column, masks, kinds): (&ArrayRef, &[Mask], &RowKinds),
        mut changed: impl FnMut(usize, Mask),
    ) -> Result<(), memory::Error> {
        self.find(slots, rows, column, |row| masks[row] != 0)?;
        let kinds = kinds.numbers();
        for at in 0..self.seen.pairs.len() {
            let (position, row) = self.seen.rows[at];
            let by = if adds(kinds, row) { 1 } else { -1 };
            let mut crossed = 0;
            for bit in bits_of(masks[row]) {
                let (before, now) = self.change(at, bit, by);
                crossed |= Mask::from((before > 0) != (now > 0)) << bit;
            }
            self.settle(at);
            if crossed != 0 {
                changed(position, crossed);
            }
        }
        self.drop_gone();
        Ok(())
    }

    /// The pairs of those rows that have a value and count.
    fn find(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        column: &ArrayRef,
        counts: impl Fn(usize) -> bool,
    ) -> Result<(), memory::Error> {
        let seen = &mut self.seen;
        seen.slots.clear();
        seen.rows.clear();
        seen.numbers.clear();
        seen.pairs.clear();
        hash_key(from_ref(column), column.len(), &mut seen.hashes)?;
        rows.each_valid(column.logical_nulls().as_ref(), |position, row| {
            if counts(row) {
                seen.slots.push(slots[position]);
                seen.rows.push((position, row));
            }
        });
        let rows = seen.rows.iter().map(|(_, row)| *row);
        self.values.resolve(from_ref(column), &seen.hashes, rows, |_| {}, &mut seen.numbers);
        let words = seen.slots.iter().zip(&seen.numbers).map(|(slot, number)| word(*slot, *number));
        let words = [Arc::new(UInt64Array::from_iter_values(words)) as ArrayRef];
        hash_key(&words, seen.slots.len(), &mut seen.hashes)?;
        self.pairs.resolve(&words, &seen.hashes, 0..seen.slots.len(), |_| {}, &mut seen.pairs);
        self.holders.resize(self.values.slots_end(), 0);
        self.counts.resize(self.pairs.slots_end() * self.filters, 0);
        self.members.grow(self.pairs.slots_end());
        Ok(())
    }

    /// The pair of the row in this place is there so much more often for a filter. How often it was, and is.
    #[inline(always)]
    fn change(&mut self, at: usize, bit: usize, by: i64) -> (i64, i64) {
        let Self { holders, counts, members, seen, filters, .. } = self;
        let pair = seen.pairs[at];
        if !members.is_in(pair) {
            members.enter(seen.slots[at], pair);
            holders[seen.numbers[at] as usize] += 1;
        }
        let count = &mut counts[pair as usize * *filters + bit];
        let before = *count;
        *count += by;
        (before, *count)
    }

    /// The pair of the row in this place has changed: it may be there no more.
    #[inline(always)]
    fn settle(&mut self, at: usize) {
        let pair = self.seen.pairs[at];
        if self.is_gone(pair) {
            self.seen.gone.push(pair);
        }
    }

    fn counts_of(&self, pair: Slot) -> &[i64] {
        &self.counts[pair as usize * self.filters..][..self.filters]
    }

    fn is_gone(&self, pair: Slot) -> bool {
        self.counts_of(pair).iter().all(|count| *count == 0)
    }

    fn drop_gone(&mut self) {
        if self.seen.gone.is_empty() {
            return;
        }
        let mut gone = std::mem::take(&mut self.seen.gone);
        gone.retain(|pair| self.is_gone(*pair)); // It may have come again.
        gone.sort_unstable();
        gone.dedup();
        self.drop_pairs(&gone);
        gone.clear();
        self.seen.gone = gone;
    }

    fn drop_pairs(&mut self, pairs: &[Slot]) {
        for (pair, (slot, number)) in pairs.iter().zip(self.apart(pairs)) {
            self.members.leave(slot, *pair);
            self.counts[*pair as usize * self.filters..][..self.filters].fill(0);
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

    /// Pairs as columns: the slots of their keys, their values, and how often each is there for each filter.
    pub(super) fn save(&self, pairs: &[Slot]) -> (Vec<Slot>, ArrayRef, Vec<ArrayRef>) {
        let (slots, numbers): (Vec<_>, Vec<_>) = self.apart(pairs).into_iter().unzip();
        let values = self.values.columns(&numbers).remove(0);
        let counts = |bit: usize| {
            let counts = pairs.iter().map(|pair| self.counts_of(*pair)[bit]);
            Arc::new(Int64Array::from_iter_values(counts)) as ArrayRef
        };
        (slots, values, (0..self.filters).map(counts).collect())
    }

    /// Takes over what was saved.
    pub(super) fn take_over(
        &mut self,
        slots: &[Slot],
        values: &ArrayRef,
        counts: &[ArrayRef],
    ) -> Result<(), memory::Error> {
        self.find(slots, Selected::All(slots.len()), values, |_| true)?;
        for (bit, counts) in counts.iter().enumerate() {
            for (at, count) in counts.as_primitive::<Int64Type>().values().iter().enumerate() {
                self.change(at, bit, *count);
            }
        }
        (0..slots.len()).for_each(|at| self.settle(at));
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
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let own = size_of_val(&self.holders[..]) + size_of_val(&self.counts[..]);
        self.values.bytes() + self.pairs.bytes() + self.members.bytes() + own
    }
}

/// The filters of a mask.
#[inline(always)]
pub(super) fn bits_of(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros() as usize;
        (mask != 0).then(|| {
            mask &= mask - 1;
            bit
        })
    })
}
