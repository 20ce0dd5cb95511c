//! What goes one way and has not left yet.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use memory::{Batch, Layout, Pool, Rows};

use super::Carrier;
use super::Edge;
use super::event::Event;
use super::filling::Filling;
use super::outlets::Outlets;
use super::scatter::{Cursor, Source};
use crate::bound::STAGED_EVENTS;
use crate::item::Item;
use crate::route::pieces;

/// Rows and events in order: `staged`, then what the open segment holds in no view yet.
#[derive(Debug)]
pub(super) struct Lane {
    filling: Filling,
    staged: VecDeque<(Item, u32)>,
    /// The outlets that all of this goes to.
    outlets: Range<usize>,
    /// At `auto`: when it was first seen that something waits.
    since_ns: Option<u64>,
}

/// How far a lane came with its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filled {
    /// All of them are placed.
    pub(super) done: bool,
    /// A segment was filled, and should leave.
    pub(super) full: bool,
    /// The pool had no segment.
    pub(super) starved: bool,
}

impl Lane {
    pub(super) fn open(edge: &Edge, outlets: Range<usize>) -> Self {
        Self { filling: Filling::open(edge), staged: VecDeque::new(), outlets, since_ns: None }
    }

    pub(super) fn outlets(&self) -> Range<usize> {
        self.outlets.clone()
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        self.filling.layout()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.staged.is_empty() && !self.filling.has_unviewed()
    }

    /// Whether so many events are staged that they should leave without a flush.
    pub(super) fn is_overlong(&self) -> bool {
        self.staged.len() >= STAGED_EVENTS
    }

    /// At `auto`: since when something waits here, which is `now_ns` if nobody has asked before.
    pub(super) fn mark_age(&mut self, now_ns: u64) -> u64 {
        *self.since_ns.get_or_insert(now_ns)
    }

    /// When somebody has asked first.
    pub(super) fn since_ns(&self) -> Option<u64> {
        self.since_ns
    }

    /// Places rows of the cursor's lane, at most so many, until they are placed or segments run out.
    pub(super) fn fill(
        &mut self,
        (source, rows): (&Source, &Rows),
        cursor: &mut Cursor,
        most: usize,
        pool: &Pool,
    ) -> Filled {
        let mut filled = Filled::default();
        let mut left = most;
        loop {
            let chosen = source.chosen(*cursor);
            filled.done = chosen.len() == 0;
            if filled.done || left == 0 {
                return filled;
            }
            if !self.filling.begin(pool) {
                filled.starved = true;
                return filled;
            }
            let wanted = chosen.first(chosen.len().min(left));
            let taken = self.filling.append(rows, &wanted);
            cursor.advance(taken);
            left -= taken;
            if taken == 0 && self.filling.is_fresh() {
                let row = chosen.row(0);
                if !self.filling.refit(rows.heap_of(row..row + 1)) {
                    self.stage_wide(source.batch_of(&chosen.first(1)), rows.bytes(row..row + 1));
                    cursor.advance(1);
                    left -= 1;
                    filled.full = true;
                }
            } else if taken == 0 && self.filling.has_unviewed() {
                // Perhaps only a view cannot join them: two dictionaries of one column.
                self.stage_view();
            } else if taken < wanted.len() || self.filling.is_full() {
                self.close();
                filled.full = true;
            }
        }
    }

    /// Stages a batch as it is, in pieces that do not use up a channel's credit each, behind all that is here.
    pub(super) fn stage_whole(&mut self, batch: &Batch, bytes: usize, segment_bytes: usize) {
        self.stage_view();
        let rows = batch.rows();
        let count = bytes.div_ceil(segment_bytes);
        for piece in pieces(batch.clone(), rows.div_ceil(count)) {
            let charge = (bytes as u64 * piece.rows() as u64).div_ceil(rows as u64);
            self.staged.push_back((Item::Batch(Box::new(piece)), u32::try_from(charge).unwrap_or(u32::MAX)));
        }
    }

    /// Stages an event behind all that is here.
    pub(super) fn stage_event(&mut self, event: &Event) {
        self.stage_view();
        match (event, self.staged.back_mut()) {
            // With no row between them the later watermark says it all.
            (Event::Watermark(later), Some((Item::Watermark(watermark), _))) => *watermark = *later,
            _ => self.staged.push_back((event.item(), 0)),
        }
    }

    /// Releases all that is here.
    pub(super) fn release(&mut self, outlets: &mut Outlets, carrier: &mut impl Carrier) {
        self.stage_view();
        self.release_staged(outlets, carrier);
    }

    /// Releases what is staged, and not the rows behind it.
    pub(super) fn release_staged(&mut self, outlets: &mut Outlets, carrier: &mut impl Carrier) {
        for (item, charge) in self.staged.drain(..) {
            outlets.give(self.outlets.clone(), item, charge, carrier);
        }
        if !self.filling.has_unviewed() {
            self.since_ns = None;
        }
    }

    /// Lets go of the segment; its rows are staged.
    pub(super) fn close(&mut self) {
        if let Some((view, charge)) = self.filling.finish() {
            self.staged.push_back((Item::View(view), charge));
        }
    }

    fn stage_view(&mut self) {
        if let Some((view, charge)) = self.filling.view() {
            self.staged.push_back((Item::View(view), charge));
        }
    }

    /// A row that no segment has room for travels with memory of its own.
    fn stage_wide(&mut self, row: Batch, bytes: usize) {
        self.close();
        let charge = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.staged.push_back((Item::Batch(Box::new(row)), charge));
    }
}
