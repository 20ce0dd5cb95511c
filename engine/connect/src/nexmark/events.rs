//! Which events the rows of a batch are.
//!
//! ```text
//!   numbers    100 ──────────────────────────── 150 ─────
//!   stretches  P │ A A A │ B B B … B           │ P │ A …       one for each kind and epoch
//!   rows       0   1 2 3   4 5 6 … 49            50  51
//! ```
//!
//! A column is made stretch by stretch: what follows from the epoch is found out once, and what is left is a loop over
//! neighbouring numbers that decides nothing.
//!
//! Keeps the stretches of each kind, and the times once somebody has asked for them.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use arrow_buffer::{BooleanBufferBuilder, NullBuffer, ScalarBuffer};
use memory::{Letters, Part, Texts};

use super::clock::Clock;
use super::kind::{EPOCH, NexmarkKind};

/// What all events of a source have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corpus {
    pub(super) clock: Clock,
    /// The first bidder's number.
    pub(super) first_bidder: i64,
}

/// The events of a batch.
#[derive(Debug)]
pub(super) struct Events<'a> {
    pub(super) corpus: &'a Corpus,
    kinds: &'a BTreeSet<NexmarkKind>,
    /// Those of each kind.
    stretches: [Vec<Stretch>; 3],
    rows: usize,
    times: OnceCell<ScalarBuffer<i64>>,
}

/// Neighbouring events of one kind and one epoch, and their rows.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    epoch: u64,
    /// The number of the first one.
    first: u64,
    /// The row of the first one.
    row: usize,
    length: usize,
}

impl<'a> Events<'a> {
    /// None yet.
    pub(super) fn new(corpus: &'a Corpus, kinds: &'a BTreeSet<NexmarkKind>) -> Self {
        Self { corpus, kinds, stretches: Default::default(), rows: 0, times: OnceCell::new() }
    }

    /// And those of these numbers, as far as they are of a kind that is wanted.
    pub(super) fn push(&mut self, numbers: Range<u64>) {
        debug_assert!(self.times.get().is_none(), "all events are there before the first column");
        let mut next = numbers.start;
        while next < numbers.end {
            let epoch = next / EPOCH;
            let begin = epoch * EPOCH;
            let end = numbers.end.min(begin + EPOCH);
            for kind in self.kinds {
                let places = kind.places();
                let (first, last) = (next.max(begin + places.start), end.min(begin + places.end));
                if first < last {
                    let length = usize::try_from(last - first).expect("no more than an epoch has");
                    self.stretches[kind.position()].push(Stretch { epoch, first, row: self.rows, length });
                    self.rows += length;
                }
            }
            next = end;
        }
    }

    /// How many rows they are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// A value for each row of this kind. `of_epoch` is told the number of an epoch, and answers what makes the value of
    /// an event by its number. Rows of other kinds have the default.
    pub(super) fn each<T, F>(&self, kind: NexmarkKind, of_epoch: impl Fn(u64) -> F) -> Vec<T>
    where
        T: Clone + Default,
        F: Fn(u64) -> T,
    {
        let mut values = vec![T::default(); self.rows];
        for stretch in &self.stretches[kind.position()] {
            let value = of_epoch(stretch.epoch);
            let rows = &mut values[stretch.row..][..stretch.length];
            for (row, number) in rows.iter_mut().zip(stretch.first..) {
                *row = value(number);
            }
        }
        values
    }

    /// A text for each row of this kind, by the number of its event. Those of other rows are empty.
    pub(super) fn texts(&self, kind: NexmarkKind, letters: &Letters, part: impl Fn(u64) -> Part) -> Texts {
        let mut texts = letters.texts(self.rows);
        for stretch in &self.stretches[kind.position()] {
            for (row, number) in (stretch.row..stretch.row + stretch.length).zip(stretch.first..) {
                texts.put(row, part(number));
            }
        }
        texts
    }

    /// Row and number of each event of this kind.
    pub(super) fn of(&self, kind: NexmarkKind) -> impl Iterator<Item = (usize, u64)> {
        let stretches = self.stretches[kind.position()].iter();
        stretches.flat_map(|stretch| (stretch.row..stretch.row + stretch.length).zip(stretch.first..))
    }

    /// The number of each event.
    pub(super) fn numbers(&self) -> Vec<i64> {
        let mut numbers = vec![0; self.rows];
        for stretch in self.stretches.iter().flatten() {
            let rows = &mut numbers[stretch.row..][..stretch.length];
            for (row, number) in rows.iter_mut().zip(stretch.first..) {
                *row = number.cast_signed();
            }
        }
        numbers
    }

    /// When each event happens.
    pub(super) fn times(&self) -> ScalarBuffer<i64> {
        let make = || {
            let mut times = vec![0; self.rows];
            for stretch in self.stretches.iter().flatten() {
                self.corpus.clock.fill(stretch.first, &mut times[stretch.row..][..stretch.length]);
            }
            times.into()
        };
        self.times.get_or_init(make).clone()
    }

    /// Which kind each event is.
    pub(super) fn types(&self) -> Vec<i32> {
        let mut types = vec![0; self.rows];
        for kind in NexmarkKind::ALL {
            for stretch in &self.stretches[kind.position()] {
                types[stretch.row..][..stretch.length].fill(kind.event_type());
            }
        }
        types
    }

    /// Which rows are of another kind than this one. With no other one: none.
    pub(super) fn others(&self, kind: NexmarkKind) -> Option<NullBuffer> {
        if self.kinds.len() == 1 && self.kinds.contains(&kind) {
            return None;
        }
        let mut is_of_kind = BooleanBufferBuilder::new(self.rows);
        for stretch in &self.stretches[kind.position()] {
            is_of_kind.append_n(stretch.row - is_of_kind.len(), false);
            is_of_kind.append_n(stretch.length, true);
        }
        is_of_kind.append_n(self.rows - is_of_kind.len(), false);
        Some(NullBuffer::new(is_of_kind.finish()))
    }
}
