//! Many ordered runs of totals as one: each page once, in order.
//!
//! Thin: the merge of `operators`. A run is anything that gives batches in the order of their pages.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use memory::{Batch, Error};

use super::total::{PageTotal, Totals};

/// The front of one run.
struct Front<'run> {
    batches: Box<dyn Iterator<Item = Result<Batch, Error>> + 'run>,
    totals: Totals,
    row: usize,
}

impl<'run> Front<'run> {
    /// The first row of a run, unless it has none.
    fn open(batches: Box<dyn Iterator<Item = Result<Batch, Error>> + 'run>) -> Result<Option<Self>, Error> {
        let mut batches = batches;
        let first = batches.next().transpose()?;
        Ok(first.map(|batch| Self { batches, totals: Totals::open(&batch), row: 0 }))
    }

    /// Goes to the next row. `false` at the end of the run.
    fn advance(&mut self) -> Result<bool, Error> {
        self.row += 1;
        if self.row < self.totals.rows() {
            return Ok(true);
        }
        let Some(batch) = self.batches.next().transpose()? else { return Ok(false) };
        (self.totals, self.row) = (Totals::open(&batch), 0);
        Ok(true)
    }

    fn page(&self) -> &str {
        self.totals.page(self.row)
    }
}

// The heap gives the greatest first; the least page is the one we want.
impl Ord for Front<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.page().cmp(self.page())
    }
}

impl PartialOrd for Front<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Front<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.page() == other.page()
    }
}

impl Eq for Front<'_> {}

/// The totals of all runs, in the order of their pages.
pub(crate) struct Merge<'run> {
    fronts: BinaryHeap<Front<'run>>,
}

impl<'run> Merge<'run> {
    /// Nothing to merge yet.
    pub(crate) fn new() -> Self {
        Self { fronts: BinaryHeap::new() }
    }

    /// Adds a run; its batches must not be empty.
    pub(crate) fn add(
        &mut self,
        batches: impl Iterator<Item = Result<Batch, Error>> + 'run,
    ) -> Result<(), Error> {
        self.fronts.extend(Front::open(Box::new(batches))?);
        Ok(())
    }

    /// The next page with all that the runs know of it.
    pub(crate) fn next(&mut self) -> Result<Option<PageTotal>, Error> {
        let Some((page, mut total)) = self.take()? else { return Ok(None) };
        while self.fronts.peek().is_some_and(|front| front.page() == page) {
            let more = self.take()?.expect("there is a front");
            total.add(more.1);
        }
        Ok(Some((page, total)))
    }

    /// The least row of all fronts.
    fn take(&mut self) -> Result<Option<PageTotal>, Error> {
        let Some(mut front) = self.fronts.peek_mut() else { return Ok(None) };
        let row = (front.page().to_owned(), front.totals.total(front.row));
        if !front.advance()? {
            PeekMut::pop(front);
        }
        Ok(Some(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::total::{self, Total};

    /// Each text is a run, each letter a page, each word a batch.
    fn check(runs: &[&str], expected: &[(&str, i64)]) {
        let mut merge = Merge::new();
        for run in runs {
            let batches = run.split_whitespace().map(|word| {
                let pages: Vec<String> = word.chars().map(String::from).collect();
                Ok(total::batch(pages.iter().map(|page| (page.as_str(), Total::of(1, 1)))))
            });
            merge.add(batches).unwrap();
        }
        let mut merged = Vec::new();
        while let Some((page, total)) = merge.next().unwrap() {
            merged.push((page, total.clicks));
        }
        let expected: Vec<_> = expected.iter().map(|(page, clicks)| ((*page).to_owned(), *clicks)).collect();
        assert_eq!(merged, expected);
    }

    #[test]
    fn pages_come_once_and_in_order() {
        check(&["ac", "b d", "c e"], &[("a", 1), ("b", 1), ("c", 2), ("d", 1), ("e", 1)]);
        check(&["a b c", "abc", "ab c"], &[("a", 3), ("b", 3), ("c", 3)]);
    }

    #[test]
    fn no_runs_and_empty_runs_give_nothing() {
        check(&[], &[]);
        check(&["", ""], &[]);
        check(&["", "a"], &[("a", 1)]);
    }

    #[test]
    fn a_run_that_fails_fails_the_merge() {
        let trouble = || Error::Unsupported { operation: "x", type_name: String::new() };
        let first = total::batch([("a", Total::of(1, 1))].into_iter());
        let mut merge = Merge::new();
        merge.add([Ok(first), Err(trouble())].into_iter()).unwrap();
        assert!(merge.next().is_err());
        assert!(Merge::new().add([Err(trouble())].into_iter()).is_err());
    }
}
