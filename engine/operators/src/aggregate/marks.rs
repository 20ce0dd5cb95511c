//! Which values each key has had, and for which filters, where rows are only added: sets that only grow.
//!
//! ```text
//!   entry   ├── the value, or its number ──┼── slot of the key ──┼── mask ──┤     16 bytes; no mask: nothing is here
//! ```
//!
//! One table for all keys, of open addressing: a look at a value that is known costs one line of memory, whatever the number of
//! filters, and so does a new one. Values up to eight bytes are their own numbers; others get one from a table of keys. The
//! entries of many rows are fetched before the first of them is compared.
//!
//! Never counts how often a value came: what was seen twice cannot be taken back. Rejected: numbers for all values, and pairs
//! of numbers in a table of keys; a new pair touches six places of memory then.

use std::slice::from_ref;

use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use memory::hash_key;
use state::{KeyTable, Slot, Words};

use super::accumulator::Selected;
use super::apart::{Mask, column_of_masks, masks_in};

/// The sets of a column.
pub(super) struct Marks {
    table: Entries,
    numbers: Option<Numbers>,
    data_type: DataType,
    /// By slot: its values, where slots are forgotten.
    members: Option<Vec<Vec<u64>>>,
    /// Rows that are looked for; kept for their memory.
    sought: Vec<Sought>,
}

/// Values and their numbers.
struct Numbers {
    values: KeyTable,
    /// By number: in how many sets it is.
    holders: Vec<u32>,
    hashes: Vec<u64>,
    found: Vec<Slot>,
}

/// A value that is looked for.
#[derive(Clone, Copy)]
struct Sought {
    word: u64,
    slot: Slot,
    mask: Mask,
    position: u32,
}

/// A value of a key, and for which filters it was seen.
#[derive(Clone, Copy, Default)]
struct Entry {
    word: u64,
    slot: Slot,
    mask: Mask,
}

/// Open addressing over entries; at most five eighths of the places are taken.
#[derive(Default)]
struct Entries {
    /// None at all, or a power of two of them.
    places: Vec<Entry>,
    taken: usize,
}

/// For how many rows entries are fetched together.
const LOOK_AHEAD: usize = 64;
const LEAST: usize = 16;

impl Marks {
    /// Of values of this type.
    pub(super) fn new(data_type: &DataType) -> Result<Self, memory::Error> {
        let numbers = match Words::are(data_type) {
            true => None,
            false => Some(Numbers {
                values: KeyTable::new(from_ref(data_type))?,
                holders: Vec::new(),
                hashes: Vec::new(),
                found: Vec::new(),
            }),
        };
        let (table, data_type) = (Entries::default(), data_type.clone());
        Ok(Self { table, numbers, data_type, members: None, sought: Vec::new() })
    }

    /// The same for slots that are forgotten one by one.
    pub(super) fn forgetting(self) -> Self {
        Self { members: Some(Vec::new()), ..self }
    }

    /// Adds the values of rows, one after the other. Masks count rows as the column does. Calls `came` with the position of a
    /// row and with those filters for which its slot has not had its value before, if there are some.
    pub(super) fn note(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        (column, masks): (&ArrayRef, &[Mask]),
        mut came: impl FnMut(usize, Mask),
    ) -> Result<(), memory::Error> {
        let nulls = column.logical_nulls();
        let mut sought = std::mem::take(&mut self.sought);
        sought.clear();
        let mut seek = |word: u64, position: usize, row: usize| {
            let mask = masks[row];
            if mask != 0 {
                let position = u32::try_from(position).expect("a batch has fewer than four billion rows");
                sought.push(Sought { word, slot: slots[position as usize], mask, position });
            }
        };
        match &mut self.numbers {
            Some(numbers) => numbers.resolve((rows, masks), column, nulls.as_ref(), &mut seek)?,
            None => match Words::of(column) {
                Words::Eight(values) => {
                    rows.each_valid(nulls.as_ref(), |at, row| seek(values[row], at, row));
                }
                words => rows.each_valid(nulls.as_ref(), |at, row| seek(words.at(row), at, row)),
            },
        }
        for some in sought.chunks(LOOK_AHEAD) {
            self.add(some, &mut came);
        }
        self.sought = sought;
        Ok(())
    }

    /// Adds a few values, whose entries are fetched together.
    #[inline(always)]
    fn add(&mut self, sought: &[Sought], came: &mut impl FnMut(usize, Mask)) {
        let mut ahead = [(Entry::default(), 0); LOOK_AHEAD];
        for (sought, seen) in sought.iter().zip(&mut ahead) {
            let hash = hash(sought.slot, sought.word);
            *seen = (self.table.first(hash), hash);
        }
        for (sought, (seen, hash)) in sought.iter().zip(&ahead) {
            // What was there is there still, and masks only grow.
            let is_it = seen.word == sought.word && seen.slot == sought.slot;
            if is_it && seen.mask & sought.mask == sought.mask {
                continue;
            }
            let former = self.table.mark(*hash, sought);
            if former == 0 {
                self.enter(sought.slot, sought.word);
            }
            let new = sought.mask & !former;
            if new != 0 {
                came(sought.position as usize, new);
            }
        }
    }

    /// A slot has a value that it did not have.
    fn enter(&mut self, slot: Slot, word: u64) {
        if let Some(numbers) = &mut self.numbers {
            numbers.holders[number(word) as usize] += 1;
        }
        if let Some(members) = &mut self.members {
            members.resize_with(members.len().max(slot as usize + 1), Vec::new);
            members[slot as usize].push(word);
        }
    }

    /// Forgets the values of these slots.
    ///
    /// # Panics
    ///
    /// If it was not made to forget.
    pub(super) fn forget(&mut self, slots: &[Slot]) {
        let members = self.members.as_mut().expect("it is known which values a slot has that is forgotten");
        for slot in slots {
            let Some(words) = members.get_mut(*slot as usize) else { continue };
            for word in std::mem::take(words) {
                self.table.remove(*slot, word);
                self.numbers.iter_mut().for_each(|numbers| numbers.release(number(word)));
            }
        }
    }

    /// How many values all slots have.
    pub(super) fn len(&self) -> usize {
        self.table.taken
    }

    /// All values in pieces of so many, as columns: their slots, the values, their masks.
    pub(super) fn pieces(&self, rows: usize) -> impl Iterator<Item = (Vec<Slot>, ArrayRef, ArrayRef)> {
        let all: Vec<Entry> = self.table.places.iter().copied().filter(|entry| entry.mask != 0).collect();
        let starts = (0..all.len()).step_by(rows);
        starts.map(move |start| {
            let entries = &all[start..all.len().min(start + rows)];
            let slots = entries.iter().map(|entry| entry.slot).collect();
            let words = entries.iter().map(|entry| entry.word);
            let values = match &self.numbers {
                Some(numbers) => numbers.values.columns(&words.map(number).collect::<Vec<_>>()).remove(0),
                None => Words::column(&self.data_type, words, None),
            };
            (slots, values, column_of_masks(entries.iter().map(|entry| entry.mask)))
        })
    }

    /// Takes over what was saved.
    pub(super) fn take_over(
        &mut self,
        slots: &[Slot],
        (values, masks): (&ArrayRef, &ArrayRef),
    ) -> Result<(), memory::Error> {
        self.note(slots, Selected::All(slots.len()), (values, &masks_in(masks)), |_, _| {})
    }

    /// Forgets all values and keeps their memory.
    pub(super) fn clear(&mut self) {
        self.table.places.fill(Entry::default());
        self.table.taken = 0;
        if let Some(numbers) = &mut self.numbers {
            numbers.values.clear();
            numbers.holders.clear();
        }
        self.members.iter_mut().for_each(Vec::clear);
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let numbers = self.numbers.as_ref();
        let numbers = numbers.map_or(0, |own| own.values.bytes() + size_of_val(&own.holders[..]));
        let members = self.members.as_ref();
        let members = members.map_or(0, |own| size_of_val(&own[..]) + self.table.taken * size_of::<u64>());
        size_of_val(&self.table.places[..]) + numbers + members
    }
}

impl Numbers {
    /// Shows the number of the value of each row that has one and passes a filter.
    fn resolve(
        &mut self,
        (rows, masks): (Selected<'_>, &[Mask]),
        column: &ArrayRef,
        nulls: Option<&NullBuffer>,
        seek: &mut impl FnMut(u64, usize, usize),
    ) -> Result<(), memory::Error> {
        hash_key(from_ref(column), column.len(), &mut self.hashes)?;
        let mut some = Vec::new();
        rows.each_valid(nulls, |position, row| {
            if masks[row] != 0 {
                some.push((position, row));
            }
        });
        self.found.clear();
        let of_some = some.iter().map(|(_, row)| *row);
        self.values.resolve(from_ref(column), &self.hashes, of_some, |_| {}, &mut self.found);
        self.holders.resize(self.values.slots_end(), 0);
        for ((position, row), number) in some.into_iter().zip(&self.found) {
            seek(u64::from(*number), position, row);
        }
        Ok(())
    }

    /// One slot less has this value.
    fn release(&mut self, number: Slot) {
        let holders = &mut self.holders[number as usize];
        *holders -= 1;
        if *holders == 0 {
            self.values.forget(number);
        }
    }
}

/// The number of a value, where values have numbers.
#[expect(clippy::cast_possible_truncation, reason = "it was widened")]
fn number(word: u64) -> Slot {
    word as Slot
}

/// All bits of both, in all bits.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
fn hash(slot: Slot, word: u64) -> u64 {
    let mixed = word ^ u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let wide = u128::from(mixed) * u128::from(0xd6e8_feb8_6659_fd93_u64);
    (wide as u64) ^ (wide >> u64::BITS) as u64
}

impl Entries {
    /// What stands where this hash is looked for first.
    #[inline(always)]
    fn first(&self, hash: u64) -> Entry {
        match self.places.is_empty() {
            true => Entry::default(),
            false => self.places[self.home(hash)],
        }
    }

    /// Adds a mask to that of a value, and answers with the former one: none where it is new.
    #[inline]
    fn mark(&mut self, hash: u64, sought: &Sought) -> Mask {
        if (self.taken + 1) * 8 > self.places.len() * 5 {
            self.grow();
        }
        let mut at = self.home(hash);
        loop {
            let entry = &mut self.places[at];
            if entry.mask == 0 {
                *entry = Entry { word: sought.word, slot: sought.slot, mask: sought.mask };
                self.taken += 1;
                return 0;
            }
            if entry.word == sought.word && entry.slot == sought.slot {
                let former = entry.mask;
                entry.mask |= sought.mask;
                return former;
            }
            at = self.behind(at);
        }
    }

    /// Takes a value out, which is there. What stands behind it moves up.
    fn remove(&mut self, slot: Slot, word: u64) {
        let mut gap = self.home(hash(slot, word));
        while (self.places[gap].word, self.places[gap].slot) != (word, slot) || self.places[gap].mask == 0 {
            assert!(self.places[gap].mask != 0, "a value of slot {slot} is there");
            gap = self.behind(gap);
        }
        let mut next = self.behind(gap);
        while self.places[next].mask != 0 {
            let entry = self.places[next];
            let home = self.home(hash(entry.slot, entry.word));
            // It may move to the gap, if the gap is not before where it is looked for first.
            if self.distance(home, next) >= self.distance(gap, next) {
                self.places[gap] = entry;
                gap = next;
            }
            next = self.behind(next);
        }
        self.places[gap] = Entry::default();
        self.taken -= 1;
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of places")]
    fn home(&self, hash: u64) -> usize {
        let bits = self.places.len().trailing_zeros();
        (hash >> (u64::BITS - bits)) as usize
    }

    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.places.len() - 1)
    }

    fn grow(&mut self) {
        let places = vec![Entry::default(); (self.places.len() * 2).max(LEAST)];
        for entry in std::mem::replace(&mut self.places, places) {
            if entry.mask != 0 {
                let mut at = self.home(hash(entry.slot, entry.word));
                while self.places[at].mask != 0 {
                    at = self.behind(at);
                }
                self.places[at] = entry;
            }
        }
    }
}
