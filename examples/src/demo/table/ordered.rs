//! The entries of a table in the order of their pages, found a little at a time.
//!
//! Sorting a full table at once takes longer than a step may. So it is halved around its middle, the halves are halved, and
//! what is short enough is sorted: a quicksort that can stop after any of these. Only the first cuts, which look at most
//! of the table, take some hundred microseconds.
//!
//! Keeps the table and its memory, which it gives back empty.

use std::ops::Range;

use memory::Batch;

use super::{Entry, Table, text_of};
use crate::demo::total;

/// Entries that are sorted at once: some ten microseconds.
const STRETCH: usize = 512;
/// Rows of a batch, for the same reason.
const BATCH_ROWS: usize = 512;

/// A table that is emptied in order. First [`Ordered::sort_some`] until it says no, then the batches.
#[derive(Debug)]
pub(crate) struct Ordered {
    table: Table,
    /// Entries that are not in order among themselves, but as a whole; the first ones are the last here.
    unsorted: Vec<Range<usize>>,
    /// How many were handed out.
    given: usize,
}

impl Ordered {
    /// Nothing is in order yet.
    pub(crate) fn of(mut table: Table) -> Self {
        table.slots.clear(); // They would lead to the wrong entries.
        let all = 0..table.entries.len();
        Self { table, unsorted: vec![all], given: 0 }
    }

    /// Brings some more entries in order. `false` when all are.
    pub(crate) fn sort_some(&mut self) -> bool {
        let Some(range) = self.unsorted.pop() else { return false };
        let Table { entries, texts, .. } = &mut self.table;
        let entries = &mut entries[range.clone()];
        let by_page = |left: &Entry, right: &Entry| text_of(texts, left).cmp(text_of(texts, right));
        if entries.len() <= STRETCH {
            entries.sort_unstable_by(by_page);
        } else {
            let middle = entries.len() / 2;
            entries.select_nth_unstable_by(middle, by_page);
            self.unsorted.push(range.start + middle + 1..range.end);
            self.unsorted.push(range.start..range.start + middle);
        }
        true
    }

    /// The table without entries, and with its memory.
    pub(crate) fn into_empty(mut self) -> Table {
        self.table.entries.clear();
        self.table.texts.clear();
        self.table
    }
}

impl Iterator for Ordered {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        assert!(self.unsorted.is_empty(), "sorted before it is handed out");
        let Table { entries, texts, .. } = &self.table;
        let end = entries.len().min(self.given + BATCH_ROWS);
        let entries = &entries[self.given..end];
        self.given = end;
        let page = |entry| str::from_utf8(text_of(texts, entry)).expect("it came as a `&str`");
        let batch = || total::batch(entries.iter().map(|entry| (page(entry), entry.total)));
        (!entries.is_empty()).then(batch)
    }
}

#[cfg(test)]
mod tests {
    use memory::Lease;

    use super::*;
    use crate::demo::total::{Total, Totals};

    #[test]
    fn every_entry_comes_once_and_in_order_however_many_stretches_there_are() {
        for count in [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, STRETCH * 5 + 7] {
            let mut table = Table::within(&Lease::root("managed", 4 << 20)).unwrap();
            // A step that has no divisor in common with the count: all pages, in no order.
            let names: Vec<String> = (0..count).map(|page| format!("/{:05}", page * 7919 % 65_536)).collect();
            for (hash, name) in (0..).zip(&names) {
                assert!(table.add(hash, name, Total::of(1, 1)));
            }
            let mut ordered = Ordered::of(table);
            let slices = std::iter::from_fn(|| ordered.sort_some().then_some(())).count();
            assert_eq!(slices > 1, count > STRETCH);
            let mut found = Vec::new();
            for batch in &mut ordered {
                let totals = Totals::open(&batch);
                assert!((1..=BATCH_ROWS).contains(&totals.rows()));
                found.extend((0..totals.rows()).map(|row| totals.page(row).to_owned()));
            }
            let mut expected = names;
            expected.sort();
            assert_eq!(found, expected);
            assert!(ordered.into_empty().is_empty());
        }
    }
}
