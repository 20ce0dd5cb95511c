//! When the first half of an aggregation sends what it has combined, and when it only passes rows on.
//!
//! ```text
//!   combining ──── a round has hardly combined anything ────► passing on ─┐
//!       ▲                                                                 │
//!       └───────────────── so many rows later, another try ◄──────────────┘
//! ```
//!
//! A round ends after so many rows, or so many nanoseconds after the first of them. What it is worth is for the operator to say;
//! where nearly each row has a key of its own, the first rows show it.

use crate::cx::Cx;

/// Rounds that are passed on as rows before combining is tried again: one in a hundred rows is combined for nothing.
const PASSED: usize = 100;

/// Rows that show whether keys come again at all.
const FIRST_ROWS: usize = 8192;

/// They do if of so many rows one at least has the key of another.
const ONE_IN: usize = 16;

/// The rows that are combined, or passed on.
#[derive(Default)]
pub(crate) struct Rounds {
    /// Rows of a round, and for how long the first of them waits. Without it there is one round.
    bound: Option<(usize, u64)>,
    /// In the round.
    rows: usize,
    /// To pass on before combining is tried again.
    passing: usize,
}

impl Rounds {
    pub(crate) fn of(bound: Option<(usize, u64)>) -> Self {
        Self { bound, ..Self::default() }
    }

    /// So many rows have come. Whether they are to be passed on.
    pub(crate) fn pass(&mut self, rows: usize) -> bool {
        let passes = self.passing > 0;
        self.passing = self.passing.saturating_sub(rows);
        passes
    }

    /// So many rows are combined. The operator is woken when the first one has waited for long enough.
    pub(crate) fn take_in(&mut self, rows: usize, cx: &mut Cx<'_>) {
        if let Some((_, wait_ns)) = self.bound.filter(|_| self.rows == 0) {
            cx.wake_at_ns(cx.now_ns().saturating_add(wait_ns));
        }
        self.rows += rows;
    }

    /// In the round.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the round has all of its rows.
    pub(crate) fn is_over(&self) -> bool {
        self.bound.is_some_and(|(rows, _)| self.rows >= rows)
    }

    /// Whether these are so many keys that combining more rows is not worth the while.
    pub(crate) fn is_in_vain(&self, keys: usize) -> bool {
        self.rows >= FIRST_ROWS && keys > self.rows - self.rows / ONE_IN
    }

    /// Whether what waits is sent when its time has come.
    pub(crate) fn has_bound(&self) -> bool {
        self.bound.is_some()
    }

    /// Combining so many rows was not worth it.
    pub(crate) fn give_up(&mut self, rows: usize) {
        self.passing = PASSED * rows;
    }

    /// What was combined has left.
    pub(crate) fn begin_anew(&mut self) {
        self.rows = 0;
    }
}
