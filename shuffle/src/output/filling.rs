//! The segment that a lane is filling, and what it costs of the channel's credit.
//!
//! A view costs the bytes that it shows, and the last view of a segment costs what is left of it: by the time the next
//! segment is begun, a segment has cost its whole length. So a flush of one row is cheap, and yet no more segments are on
//! their way than credit says.

use std::sync::Arc;

use memory::{ColumnBuilder, Layout, Pool, Rows, View};

use crate::bound::HEAP_PER_ROW;
use crate::route::Chosen;

use super::Edge;

#[derive(Debug)]
pub(super) struct Filling {
    layout: Arc<Layout>,
    builder: Option<ColumnBuilder>,
    /// Bytes of the open segment that were charged.
    charged: usize,
    /// Bytes of closed segments that were not, and that the next view pays.
    unpaid: usize,
}

impl Filling {
    pub(super) fn open(edge: &Edge) -> Self {
        let layout = Layout::new(edge.envelope.clone(), edge.segment_bytes, HEAP_PER_ROW);
        let layout = layout.or_else(|| Layout::new(edge.envelope.clone(), edge.segment_bytes, 0));
        let layout = layout.expect("the planner has checked that a row fits a segment");
        Self { layout, builder: None, charged: 0, unpaid: 0 }
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Whether rows are in no view yet.
    pub(super) fn has_unviewed(&self) -> bool {
        self.builder.as_ref().is_some_and(|builder| builder.unviewed() > 0)
    }

    /// Whether there is a segment without a row in it.
    pub(super) fn is_fresh(&self) -> bool {
        self.builder.as_ref().is_some_and(|builder| builder.rows() == 0)
    }

    /// Whether no row fits any more.
    pub(super) fn is_full(&self) -> bool {
        self.builder.as_ref().is_some_and(ColumnBuilder::is_full)
    }

    /// Gets a segment, unless there is one. `false` when the pool has none.
    pub(super) fn begin(&mut self, pool: &Pool) -> bool {
        if self.builder.is_none() {
            let segment = pool.take_bytes(self.layout.segment_bytes());
            self.builder = segment.map(|segment| ColumnBuilder::open(&self.layout, segment));
        }
        self.builder.is_some()
    }

    /// Appends as many of the chosen rows as there is room for, and says how many.
    pub(super) fn append(&mut self, rows: &Rows, chosen: &Chosen) -> usize {
        let Some(builder) = &mut self.builder else { return 0 };
        match chosen {
            Chosen::Range(range) => builder.append(rows, range.clone()),
            Chosen::Rows(chosen) => builder.gather(rows, chosen),
        }
    }

    /// A fresh segment that was laid out for shorter strings than the next row has: lays it out again. `false` when no
    /// layout has room for them.
    pub(super) fn refit(&mut self, heap_bytes: usize) -> bool {
        debug_assert!(self.is_fresh());
        let fitting = Layout::new(self.layout.envelope().clone(), self.layout.segment_bytes(), heap_bytes);
        let Some(fitting) = fitting else { return false };
        self.layout = fitting;
        self.builder = None;
        true
    }

    /// The rows that are in no view yet, with what they cost.
    pub(super) fn view(&mut self) -> Option<(View, u32)> {
        let builder = self.builder.as_mut()?;
        let view = builder.view()?;
        let written = builder.bytes_written();
        Some((view, self.charge_up_to(written)))
    }

    /// Closes the segment and hands out its last view, if there are rows that no view has.
    pub(super) fn finish(&mut self) -> Option<(View, u32)> {
        let mut builder = self.builder.take()?;
        self.layout = builder.next_layout();
        let whole = builder.segment_bytes().max(builder.bytes_written());
        let last = builder.view().map(|view| (view, self.charge_up_to(whole)));
        if last.is_none() && builder.rows() > 0 {
            self.unpaid += whole.saturating_sub(self.charged);
        }
        self.charged = 0;
        last
    }

    fn charge_up_to(&mut self, bytes: usize) -> u32 {
        let charge = bytes.saturating_sub(self.charged) + std::mem::take(&mut self.unpaid);
        self.charged = bytes;
        // Rows that take no room (of a table without columns) still cost something, or nothing would bound them.
        u32::try_from(charge.max(1)).unwrap_or(u32::MAX)
    }
}
