//! Many ordered runs of totals as one: each page once, in order.
//!
//! Runs are opened one by one and pages handed out one by one, so whoever merges can stop after any of them: the first
//! batch of a run on disk is a read, and sixteen of them would be a long step.
//!
//! Thin: the merge of `operators`. A run is anything that gives batches in the order of their pages.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fmt;

use memory::{Batch, Error};

use super::total::{PageTotal, Totals};

/// A run that is read.
type Run<'run> = Box<dyn Iterator<Item = Result<Batch, Error>> + 'run>;

/// The front of one run.
struct Front<'run> {
    batches: Run<'run>,
    totals: Totals,
    row: usize,
}

impl<'run> Front<'run> {
    /// The first row of a run, unless it has none.
    fn open(mut batches: Run<'run>) -> Result<Option<Self>, Error> {
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
    /// Not opened yet.
    waiting: Vec<Run<'run>>,
    fronts: BinaryHeap<Front<'run>>,
}

impl fmt::Debug for Merge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge")
            .field("waiting", &self.waiting.len())
            .field("open", &self.fronts.len())
            .finish()
    }
}

impl<'run> Merge<'run> {
    /// Nothing to merge yet.
    pub(crate) fn new() -> Self {
        Self { waiting: Vec::new(), fronts: BinaryHeap::new() }
    }

    /// Adds a run; its batches must not be empty. Nothing of it is read yet.
    pub(crate) fn add(&mut self, batches: impl Iterator<Item = Result<Batch, Error>> + 'run) {
        self.waiting.push(Box::new(batches));
    }

    /// Opens one more run. `false` when all are open.
    pub(crate) fn open_one(&mut self) -> Result<bool, Error> {
        let Some(run) = self.waiting.pop() else { return Ok(false) };
        self.fronts.extend(Front::open(run)?);
        Ok(true)
    }

    /// The next page with all that the runs know of it; those that are not open are opened first.
    pub(crate) fn next(&mut self) -> Result<Option<PageTotal>, Error> {
        while self.open_one()? {}
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
            merge.add(batches);
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
    fn runs_are_opened_one_by_one() {
        let mut merge = Merge::new();
        for page in ["b", "a"] {
            merge.add([Ok(total::batch([(page, Total::of(1, 1))].into_iter()))].into_iter());
        }
        let opened = [(); 3].map(|()| merge.open_one().unwrap());
        assert_eq!(opened, [true, true, false]);
        assert_eq!(merge.next().unwrap().unwrap().0, "a");
    }

    #[test]
    fn a_run_that_fails_fails_the_merge() {
        let trouble = || Error::Unsupported { operation: "x", type_name: String::new() };
        let first = total::batch([("a", Total::of(1, 1))].into_iter());
        let mut merge = Merge::new();
        merge.add([Ok(first), Err(trouble())].into_iter());
        assert!(merge.next().is_err());
        let mut merge = Merge::new();
        merge.add([Err(trouble())].into_iter());
        assert!(merge.open_one().is_err());
    }
}
