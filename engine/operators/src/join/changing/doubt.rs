//! `NOT IN`: which rows of the left are certainly not among those of the right, when a null may be equal to anything.
//!
//! Nothing is certain of a row with a null in its key while the right has a row, and nothing of any row while the right has
//! one with a null. What is in doubt is not out. When that changes, all rows of the left are looked at: it happens with the
//! first null and with the last, and for many rows at a time; so it waits for the end of a batch.

use memory::RowKind;
use state::{KeyTable, Slot};

use super::super::columns::{NONE, nulls_of};
use super::arrival::Arrival;
use super::rules::kind_of;
use super::side::Side;

/// What the right has.
#[derive(Default)]
pub(super) struct Doubt {
    rows: usize,
    /// Those of them that have a null in their key.
    nulls: usize,
    /// Rows of the left that come because it is gone, or go because it is there.
    turning: Vec<u32>,
    is_there: bool,
}

impl Doubt {
    /// Rows of the right have come and gone.
    pub(super) fn count(&mut self, arrival: &Arrival) {
        for (is_added, has_null) in arrival.counts() {
            let change = |count: usize| if is_added { count + 1 } else { count - 1 };
            self.rows = change(self.rows);
            self.nulls = if has_null { change(self.nulls) } else { self.nulls };
        }
    }

    /// Whether rows are in doubt: those with whole keys, and those with a null.
    pub(super) fn of_keys(&self) -> [bool; 2] {
        [self.nulls > 0, self.rows > 0]
    }

    /// Which keys are in doubt was one thing before and is another one now: finds the rows of the left that come or go by it,
    /// which are those that have no pair.
    pub(super) fn turn(&mut self, [before, now]: [[bool; 2]; 2], keys: &KeyTable, [left, right]: &[Side; 2]) {
        let slots: Vec<Slot> = keys.slots().collect();
        let nulls = nulls_of(&keys.columns(&slots));
        for (place, slot) in slots.into_iter().enumerate() {
            let has_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(place));
            if before[usize::from(has_null)] != now[usize::from(has_null)] {
                let no_key = right.first(slot) == NONE;
                let is_lonely = |row: &u32| has_null || left.is_lonely(*row).unwrap_or(no_key);
                self.turning.extend(left.of(slot).filter(is_lonely));
            }
        }
        // It never comes to some while it leaves others.
        self.is_there = now > before;
    }

    /// The next of them, and what is said of it.
    pub(super) fn next(&mut self) -> Option<(u32, RowKind)> {
        self.turning.pop().map(|row| (row, kind_of(!self.is_there)))
    }
}
