//! Results on their way out: gathered over windows, so that a window of one key is not a batch of one row.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use memory::Batch;
use runtime::subtask::Failure;
use state::Slot;

use super::content::Content;
use super::windows::Grid;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

/// Keys, with a cell each that knows the result, and the windows they are of.
#[derive(Default)]
pub(super) struct Outbox {
    keys: Vec<Slot>,
    cells: Vec<Slot>,
    /// A window, and where its rows end.
    spans: Vec<(i64, usize)>,
    /// Cells that are nobody else's.
    own: Vec<Slot>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Rows that it may still take.
    pub(super) fn room(&self) -> usize {
        BATCH_ROWS - self.keys.len()
    }

    /// Puts results of a window in. The cells must not change before they are sent.
    pub(super) fn lend(&mut self, window: i64, keys: impl IntoIterator<Item = (Slot, Slot)>) {
        for (key, cell) in keys {
            self.keys.push(key);
            self.cells.push(cell);
        }
        debug_assert!(self.keys.len() <= BATCH_ROWS);
        self.spans.push((window, self.keys.len()));
    }

    /// The same, with cells that it gives back when they are sent.
    pub(super) fn give(&mut self, window: i64, keys: &[Slot], cells: &[Slot]) {
        self.own.extend_from_slice(cells);
        self.lend(window, keys.iter().copied().zip(cells.iter().copied()));
    }

    /// All of it as a batch.
    pub(super) fn empty(
        &mut self,
        content: &mut Content,
        grid: &Grid,
        output: &Layout,
    ) -> Result<Batch, Failure> {
        let rows = self.keys.len();
        let mut columns = content.keys.columns(&self.keys);
        columns.extend(content.cells.values(&self.cells)?);
        let (mut starts, mut ends, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (window, end) in self.spans.drain(..) {
            let (window_start, window_end) = grid.times_of(window);
            starts.resize(end, window_start);
            ends.resize(end, window_end);
            times.resize(end, window_end - 1);
        }
        columns.extend(
            [starts, ends, times].map(|times| Arc::new(TimestampMillisecondArray::from(times)) as ArrayRef),
        );
        let batch = output.batch(columns, rows).with_hashes(Some(content.keys.hashes(&self.keys).into()));
        content.cells.give_back(&self.own);
        self.keys.clear();
        self.cells.clear();
        self.own.clear();
        Ok(batch)
    }
}
