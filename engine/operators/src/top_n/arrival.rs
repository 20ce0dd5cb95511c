//! A batch comes to the rankings, key by key: what each of its keys has had before, and has now.
//!
//! Of a batch all rows are put in their places before anything is told, so a row that another one of the same batch pushes
//! out is neither told of nor copied: where rows only come, the store gets those that are among the first in the end.
//! Keeps the places of the fronts as they were until they are told of. Never sends.

use std::ops::Range;

use arrow_array::UInt32Array;
use arrow_buffer::ScalarBuffer;
use memory::{Batch, KeyRows, RowKinds};
use runtime::subtask::Failure;
use shuffle::Place;
use state::Slot;

use super::front::Ranked;
use super::known::Known;
use super::operator::KeyedTopN;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::hashes_of;

/// What the rows of a batch have changed, as far as it is not told yet.
#[derive(Default)]
pub(super) struct Arrival {
    touched: std::vec::IntoIter<Touched>,
    formers: Vec<Place>,
}

/// A key of the batch.
pub(super) struct Touched {
    pub(super) slot: Slot,
    /// Its front before, among those of all keys.
    former: Range<usize>,
    /// The event time of the last row that has changed something.
    pub(super) time: Option<i64>,
}

/// What is known of the rows of a batch.
struct Rows {
    slots: Vec<Slot>,
    kinds: Option<RowKinds>,
    /// What they say, where that is known.
    records: Option<Vec<Slot>>,
    order: KeyRows,
    times: Option<ScalarBuffer<i64>>,
    ends: Option<ScalarBuffer<i64>>,
}

/// Rows of the batch that have got in, by the number that they have in a chunk of the store.
struct Entered {
    chunk: u32,
    rows: Vec<u32>,
}

impl Arrival {
    /// The next key, and its former front.
    pub(super) fn next(&mut self) -> Option<(Touched, &[Place])> {
        let touched = self.touched.next()?;
        let former = &self.formers[touched.former.clone()];
        Some((touched, former))
    }
}

impl Rows {
    fn adds(&self, row: usize) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.get(row).adds())
    }
}

impl KeyedTopN {
    /// Puts the rows of a batch in their places, if they get in, or takes them back.
    pub(super) fn receive(&mut self, batch: Batch) -> Result<Arrival, Failure> {
        let batch = self.timely(batch).compact();
        let rows = self.open(&batch)?;
        let kept = self.envelope.pack(&batch.with_kinds(None).with_hashes(None));
        let candidates = self.candidates(&rows);
        let mut entered = Entered { chunk: self.store.next_chunk(), rows: Vec::new() };
        let (mut touched, mut formers) = (Vec::new(), Vec::new());
        for of_key in candidates.chunk_by(|one, next| one.0 == next.0) {
            let (slot, start) = (of_key[0].0, formers.len());
            if !self.is_final {
                formers.extend(self.rankings.front(slot));
            }
            let mut time = None;
            for (_, row) in of_key {
                if self.change(&rows, *row as usize, &mut entered) {
                    time = rows.times.as_ref().map(|times| times[*row as usize]);
                }
            }
            touched.push(Touched { slot, former: start..formers.len(), time });
        }
        if self.known.is_none() {
            self.settle(&touched, &mut entered);
        }
        if !entered.rows.is_empty() {
            self.store.add_chosen(&kept, &UInt32Array::from(entered.rows));
        }
        Ok(if self.is_final { Arrival::default() } else { Arrival { touched: touched.into_iter(), formers } })
    }

    fn open(&mut self, batch: &Batch) -> Result<Rows, Failure> {
        let key = self.spec.input.key_columns(batch);
        let hashes = hashes_of(batch, &key)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, Selected::of(batch), &mut slots);
        self.rankings.widen(self.keys.slots_end());
        let records = self.known.as_mut().map(|known| known.resolve(batch.columns())).transpose()?;
        let order = self.order.encode(batch.columns());
        let (times, ends) = (self.times(batch), self.window_ends(batch));
        Ok(Rows { slots, kinds: batch.kinds().cloned(), records, order, times, ends })
    }

    /// The rows that may get in, or are taken back, by the slots of their keys; those of a key as they came.
    fn candidates(&self, rows: &Rows) -> Vec<(Slot, u32)> {
        let is_candidate =
            |row: usize, slot: Slot| !rows.adds(row) || self.rankings.takes(slot, rows.order.get(row));
        let numbered = (0_u32..).zip(&rows.slots);
        let candidate = |(row, slot): (u32, &Slot)| is_candidate(row as usize, *slot).then_some((*slot, row));
        let mut candidates: Vec<(Slot, u32)> = numbered.filter_map(candidate).collect();
        candidates.sort_unstable();
        candidates
    }

    /// Puts a row in its place, if it gets in, or takes it back. Says whether something is other than before.
    fn change(&mut self, rows: &Rows, row: usize, entered: &mut Entered) -> bool {
        let slot = rows.slots[row];
        if let Some(ends) = &rows.ends
            && self.rankings.begins(slot)
        {
            self.ends.entry(ends[row]).or_default().push(slot);
        }
        match rows.adds(row) {
            true => self.enter(rows, row, entered),
            false => self.take_back(rows, row, entered),
        }
    }

    fn enter(&mut self, rows: &Rows, row: usize, entered: &mut Entered) -> bool {
        let (slot, key) = (rows.slots[row], rows.order.get(row));
        if !self.rankings.takes(slot, key) {
            return false;
        }
        let number = self.known.as_mut().map_or(0, Known::number);
        if let (Some(known), Some(records)) = (&mut self.known, &rows.records) {
            known.keep(records[row], number);
            self.store.have();
        }
        let place = (entered.chunk, number_of(entered.rows.len()));
        entered.rows.push(number_of(row));
        let gone = self.rankings.enter(slot, key, Ranked { place, number });
        if let Some(gone) = gone.filter(|gone| gone.place.0 != entered.chunk) {
            self.store.let_go_at(gone.place);
        }
        true
    }

    fn take_back(&mut self, rows: &Rows, row: usize, entered: &Entered) -> bool {
        let (known, records) = (self.known.as_mut(), rows.records.as_ref());
        let number = known.zip(records).and_then(|(known, records)| known.take_back(records[row]));
        self.loose.push(rows.slots[row]);
        let Some(number) = number else { return false };
        let gone = self.rankings.leave(rows.slots[row], rows.order.get(row), number);
        match gone.place {
            (chunk, _) if chunk == entered.chunk => self.store.let_go(), // It is not there yet.
            place => self.store.let_go_at(place),
        }
        true
    }

    /// Only the rows that are among the first now get into the store.
    fn settle(&mut self, touched: &[Touched], entered: &mut Entered) {
        let mut rows = Vec::with_capacity(entered.rows.len());
        for Touched { slot, .. } in touched {
            for (_, in_chunk) in self.rankings.front_mut(*slot).filter(|place| place.0 == entered.chunk) {
                let number = number_of(rows.len());
                rows.push(entered.rows[*in_chunk as usize]);
                *in_chunk = number;
                self.store.have();
            }
        }
        entered.rows = rows;
    }
}

fn number_of(row: usize) -> u32 {
    u32::try_from(row).expect("a batch has fewer than four billion rows")
}
