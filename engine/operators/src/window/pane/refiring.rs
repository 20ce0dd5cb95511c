//! Rows that change windows which were sent: after each of them its windows are sent again.

use std::ops::RangeInclusive;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::ScalarBuffer;
use state::Slot;

use super::content::{Arrived, Content};
use super::firing::{Bench, Step};
use super::runs::Run;
use crate::aggregate::accumulator::Selected;

/// Rows of a batch, in the order in which they came.
pub(super) struct Refiring {
    pub(super) columns: RecordBatch,
    pub(super) key: Vec<ArrayRef>,
    pub(super) hashes: ScalarBuffer<u64>,
    /// Their numbers, and their panes.
    pub(super) rows: Vec<(u32, i64)>,
    /// The first that was not noted yet.
    pub(super) next: usize,
    /// The key of the last that was, and its windows that are to be sent yet.
    pub(super) open: Option<(Slot, RangeInclusive<i64>)>,
}

impl Refiring {
    pub(super) fn step(&mut self, bench: &mut Bench<'_>) -> Step {
        if let Some((key, windows)) = self.open.take() {
            return self.send(key, windows, bench);
        }
        let Some((row, pane)) = self.rows.get(self.next) else {
            return if bench.outbox.is_empty() { Step::Done } else { Step::Full };
        };
        self.next += 1;
        let arrived = Arrived {
            columns: &self.columns,
            key: &self.key,
            hashes: &self.hashes,
            rows: Selected::Only(&[*row]),
            runs: &[Run { pane: *pane, end: 1 }],
        };
        bench.content.note(arrived, &bench.progress.included());
        self.open = Some((bench.content.first_key(), bench.progress.resent(*pane)));
        Step::Worked(1)
    }

    /// Sends as many of these windows as there is room for.
    fn send(&mut self, key: Slot, windows: RangeInclusive<i64>, bench: &mut Bench<'_>) -> Step {
        let room = i64::try_from(bench.outbox.room()).expect("a batch is not that large");
        if room == 0 {
            self.open = Some((key, windows));
            return Step::Full;
        }
        let (first, last) = windows.into_inner();
        let end = last.min(first + room - 1);
        self.open = (end < last).then(|| (key, end + 1..=last));
        let grid = *bench.progress.grid();
        let Content { panes, cells, .. } = &mut *bench.content;
        let copies: Vec<Slot> = (first..=end).map(|_| cells.take()).collect();
        let mut pairs = Vec::new();
        for (pane, cell) in panes.cells_of(key, grid.panes_of(first).start..grid.panes_of(end).end) {
            let windows = grid.windows_of(pane);
            let (from, to) = (first.max(*windows.start()), end.min(*windows.end()));
            let copies =
                (from..=to).zip(copies.iter().skip(usize::try_from(from - first).expect("not before it")));
            pairs.extend(copies.map(|(_, copy)| (cell, *copy)));
        }
        cells.merge(&pairs);
        for (window, copy) in (first..=end).zip(&copies) {
            bench.outbox.give(window, &[key], &[*copy]);
        }
        Step::Worked(pairs.len())
    }
}
