//! Where the rows of a target are: a range of row numbers in each run.
//!
//! The file knows which blocks hold a row, so the index needs no block numbers, and targets may share blocks. Only
//! targets with rows are listed, 8 bytes each: never more than the rows themselves take, and for a run of 64 MiB with
//! two thousand targets 16 KiB.

use std::ops::Range;

/// The runs of a partition, in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Index {
    runs: Vec<(u64, RunIndex)>,
    rows: u64,
}

/// One run.
#[derive(Debug)]
pub(super) struct RunIndex {
    /// Targets with rows, ascending, and where theirs begin.
    starts: Vec<(u32, u32)>,
    rows: u32,
}

impl Index {
    /// Adds the next run of the file.
    pub(super) fn push(&mut self, mut run: RunIndex) {
        let first = self.rows;
        self.rows += u64::from(run.rows);
        run.starts.shrink_to_fit();
        self.runs.push((first, run));
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The rows of `target`: ranges of row numbers, ascending, none of them empty.
    pub(super) fn rows_of(&self, target: u32) -> impl Iterator<Item = Range<u64>> {
        self.runs.iter().filter_map(move |(first, run)| {
            let rows = run.rows_of(target)?;
            Some(first + u64::from(rows.start)..first + u64::from(rows.end))
        })
    }
}

impl RunIndex {
    /// A run with so many rows of each target.
    pub(super) fn of_counts(counts: &[u32]) -> Self {
        let mut starts = Vec::new();
        let mut rows = 0;
        for (target, count) in (0..).zip(counts) {
            if *count > 0 {
                starts.push((target, rows));
                rows += count;
            }
        }
        Self { starts, rows }
    }

    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// The rows of each target that has some.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<u32>> {
        (0..self.starts.len()).map(|at| self.range(at))
    }

    fn rows_of(&self, target: u32) -> Option<Range<u32>> {
        let at = self.starts.binary_search_by_key(&target, |(target, _)| *target).ok()?;
        Some(self.range(at))
    }

    fn range(&self, at: usize) -> Range<u32> {
        self.starts[at].1..self.starts.get(at + 1).map_or(self.rows, |(_, start)| *start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_a_range_in_each_run_that_has_its_rows() {
        let mut index = Index::default();
        for counts in [[2, 0, 3], [0, 0, 0], [0, 4, 1]] {
            index.push(RunIndex::of_counts(&counts));
        }
        let rows_of = |target| index.rows_of(target).map(|rows| (rows.start, rows.end)).collect::<Vec<_>>();
        assert_eq!(rows_of(0), [(0, 2)]);
        assert_eq!(rows_of(1), [(5, 9)]);
        assert_eq!(rows_of(2), [(2, 5), (9, 10)]);
        assert_eq!(rows_of(3), []);
        assert_eq!(index.rows(), 10);
    }
}
