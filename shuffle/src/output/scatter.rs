//! A batch on its way into lanes, and how far it has come.
//!
//! Owns what it needs to go on later: when segments run out it waits as it is.

use std::cell::OnceCell;
use std::sync::Arc;

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
    /// The batch as columns, made when the first row is looked at.
    packed: OnceCell<RecordBatch>,
    envelope: Arc<Envelope>,
    routed: Routed,
}

/// The lane whose turn it is, and how many of its rows are placed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    lane: usize,
    placed: usize,
}

impl Scatter {
    pub(super) fn new(batch: Batch, routed: Routed, envelope: &Arc<Envelope>) -> Self {
        let lane = if let Routed::Whole(lane) = routed { lane } else { 0 };
        let source = Source { batch, packed: OnceCell::new(), envelope: envelope.clone(), routed };
        Self { source, cursor: Cursor { lane, placed: 0 } }
    }

    /// What `lane` still gets, if anything.
    pub(super) fn rest_of(&self, lane: usize) -> Option<Batch> {
        let placed = match lane.cmp(&self.cursor.lane) {
            std::cmp::Ordering::Less => return None,
            std::cmp::Ordering::Equal => self.cursor.placed,
            std::cmp::Ordering::Greater => 0,
        };
        let rest = self.source.chosen(Cursor { lane, placed });
        (rest.len() > 0).then(|| self.source.batch_of(&rest))
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
        let lanes = match &self.routed {
            Routed::Whole(lane) => lane + 1,
            Routed::Spread(spread) => spread.count(),
        };
        while cursor.lane < lanes {
            if self.chosen(*cursor).len() > 0 {
                return Some(cursor.lane);
            }
            *cursor = Cursor { lane: cursor.lane + 1, placed: 0 };
        }
        None
    }

    /// The rows that the cursor's lane still gets.
    pub(super) fn chosen(&self, cursor: Cursor) -> Chosen<'_> {
        let all = match &self.routed {
            Routed::Spread(spread) => Chosen::Rows(spread.rows_of(cursor.lane)),
            Routed::Whole(lane) if *lane != cursor.lane => Chosen::Range(0..0),
            Routed::Whole(_) => match self.batch.selection() {
                Some(selection) => Chosen::Rows(selection.rows()),
                None => Chosen::Range(0..self.batch.rows()),
            },
        };
        all.behind(cursor.placed)
    }

    /// The columns, opened for copying.
    pub(super) fn rows(&self, layout: &Layout) -> Rows<'_> {
        Rows::open(layout, self.packed.get_or_init(|| self.envelope.pack(&self.batch)))
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
