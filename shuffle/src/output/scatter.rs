//! A batch on its way into lanes, and how far it has come.
//!
//! Owns what it needs to go on later: when segments run out it waits as it is.

use arrow_array::RecordBatch;
use memory::{Batch, Envelope, Layout, Rows, Selection};

use crate::route::{Chosen, Routed, Spread};

#[derive(Debug)]
pub(super) struct Scatter {
    pub(super) source: Source,
    pub(super) cursor: Cursor,
}

/// The rows, and where each goes.
#[derive(Debug)]
pub(super) struct Source {
    batch: Batch,
    /// The batch as columns.
    packed: RecordBatch,
    routed: Routed,
}

/// Whose turn it is, counting only lanes that get rows, and how many of its rows are placed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    turn: usize,
    placed: usize,
}

impl Scatter {
    /// # Panics
    ///
    /// If the batch does not fit the envelope.
    pub(super) fn new(batch: Batch, routed: Routed, envelope: &Envelope) -> Self {
        let packed = envelope.pack(&batch);
        let source = Source { batch, packed, routed };
        Self { source, cursor: Cursor::default() }
    }

    /// What each lane still gets.
    pub(super) fn rest(&self) -> impl Iterator<Item = (usize, Batch)> {
        let turns = self.cursor.turn..self.source.turns();
        let rest = turns.map(|turn| {
            let placed = if turn == self.cursor.turn { self.cursor.placed } else { 0 };
            (self.source.lane(turn), self.source.chosen(Cursor { turn, placed }))
        });
        rest.filter(|(_, chosen)| chosen.len() > 0)
            .map(|(lane, chosen)| (lane, self.source.batch_of(&chosen)))
    }

    /// The memory of the spread, to be used again.
    pub(super) fn into_spread(self) -> Option<Spread> {
        match self.source.routed {
            Routed::Spread(spread) => Some(spread),
            Routed::Whole(_) => None,
        }
    }
}

impl Source {
    /// The next lane that gets rows, or `None` when all are placed.
    pub(super) fn next_lane(&self, cursor: &mut Cursor) -> Option<usize> {
        while cursor.turn < self.turns() {
            if self.chosen(*cursor).len() > 0 {
                return Some(self.lane(cursor.turn));
            }
            *cursor = Cursor { turn: cursor.turn + 1, placed: 0 };
        }
        None
    }

    /// The rows that the lane whose turn it is still gets.
    pub(super) fn chosen(&self, cursor: Cursor) -> Chosen<'_> {
        let all = match &self.routed {
            Routed::Spread(spread) => Chosen::Rows(spread.rows_of(cursor.turn)),
            Routed::Whole(_) => match self.batch.selection() {
                Some(selection) => Chosen::Rows(selection.rows()),
                None => Chosen::Range(0..self.batch.rows()),
            },
        };
        all.behind(cursor.placed)
    }

    fn turns(&self) -> usize {
        match &self.routed {
            Routed::Whole(_) => 1,
            Routed::Spread(spread) => spread.runs(),
        }
    }

    fn lane(&self, turn: usize) -> usize {
        match &self.routed {
            Routed::Whole(lane) => *lane,
            Routed::Spread(spread) => spread.target(turn),
        }
    }

    /// The columns, opened for copying.
    ///
    /// # Panics
    ///
    /// If a null is where the envelope has no place for one. Whether one is does not change: what was opened once can
    /// be opened again.
    pub(super) fn rows(&self, layout: &Layout) -> Rows<'_> {
        Rows::open(layout, &self.packed)
    }

    /// The batch, if all of it goes one way, most of its columns' rows count, and they take at least `bytes`.
    pub(super) fn large(&self, rows: &Rows, cursor: Cursor, bytes: usize) -> Option<&Batch> {
        let whole = matches!(self.routed, Routed::Whole(_)) && cursor.placed == 0;
        let dense = self.batch.rows() * 2 >= rows.len();
        (whole && dense && rows.bytes(0..rows.len()) >= bytes).then_some(&self.batch)
    }

    /// These rows as a batch of their own.
    pub(super) fn batch_of(&self, chosen: &Chosen) -> Batch {
        match chosen {
            Chosen::Range(range) => self.batch.slice(range.start, range.len()),
            Chosen::Rows(rows) => self.batch.clone().with_selection(Selection::new(rows.to_vec())).compact(),
        }
    }
}

impl Cursor {
    /// So many more of the lane's rows are placed.
    pub(super) fn advance(&mut self, count: usize) {
        self.placed += count;
    }
}
