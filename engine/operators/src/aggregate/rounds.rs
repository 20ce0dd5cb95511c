//! When the first half of an aggregation sends what it has combined, and when it only passes rows on.
//!
//! ```text
//!   combining ──── a round has hardly combined anything ────► passing on ─┐
//!       ▲                                                                 │
//!       └───────────────── so many rows later, another try ◄──────────────┘
//! ```
//!
//! A round ends after so many rows, or so many nanoseconds after the first of them, or when its table is full. It is worth the while if
//! it has taken in twice as many rows as it has keys, or as another measure of the operator says; that a short one is worth nothing,
//! its first rows show, where nearly each has a key of its own.

use crate::cx::Cx;

/// Rounds that are passed on as rows before combining is tried again: one in a hundred rows is combined for nothing.
const PASSED: usize = 100;

/// A table pays if it holds so many rows for each key.
const ROWS_A_KEY: usize = 2;

/// Rows that show whether keys come again in a round that is not much longer.
const FIRST_ROWS: usize = 8192;

/// They do if of so many rows one at least has the key of another. Of a key that comes twice in so many times the first rows they
/// show that as well; in longer rounds rarer ones pay, too.
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

    /// Whether the table of so many keys is to be sent. If it was not worth the while, rows are passed on behind it.
    pub(crate) fn ends(&mut self, keys: usize, keys_max: usize) -> bool {
        if keys < keys_max && !self.is_over() && !self.is_in_vain(keys) {
            return false;
        }
        if self.rows < ROWS_A_KEY * keys {
            self.give_up(self.rows);
        }
        true
    }

    /// Whether the round has all of its rows.
    pub(crate) fn is_over(&self) -> bool {
        self.bound.is_some_and(|(rows, _)| self.rows >= rows)
    }

    /// Whether these are so many keys that combining more rows is not worth the while.
    fn is_in_vain(&self, keys: usize) -> bool {
        let is_short = self.bound.is_some_and(|(rows, _)| rows <= ONE_IN * FIRST_ROWS);
        is_short && self.rows >= FIRST_ROWS && keys > self.rows - self.rows / ONE_IN
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_of_a_short_round_show_that_no_key_comes_again() {
        let of =
            |bound: Option<usize>, rows: usize| Rounds { rows, ..Rounds::of(bound.map(|rows| (rows, 1))) };
        assert!(of(Some(65_536), FIRST_ROWS).is_in_vain(FIRST_ROWS));
        assert!(!of(Some(65_536), FIRST_ROWS).is_in_vain(FIRST_ROWS * 15 / 16), "one in sixteen");
        assert!(!of(Some(65_536), FIRST_ROWS - 1).is_in_vain(FIRST_ROWS - 1), "too few to say");
        // Of 100,000 keys that come evenly 8192 rows show hardly one twice, and each comes ten times in a million.
        assert!(!of(Some(1_000_000), FIRST_ROWS).is_in_vain(FIRST_ROWS));
        assert!(!of(None, FIRST_ROWS).is_in_vain(FIRST_ROWS));
    }

    #[test]
    fn what_was_not_worth_it_is_tried_again_a_hundred_rounds_later() {
        let mut rounds = Rounds::default();
        assert!(!rounds.pass(10), "at first it combines");
        rounds.give_up(10);
        assert!((0..PASSED).all(|_| rounds.pass(10)));
        assert!(!rounds.pass(10));
    }
}
