//! Rows grouped by target: a counting sort of row numbers.
//!
//! ```text
//!   targets   1 0 1 2 0      runs   0 up to 2, 1 up to 4, 2 up to 5
//!   rows      1 4 | 0 2 | 3
//! ```
//!
//! Two passes over the targets, and the rows of a target keep their order. After it every target's
//! rows are one slice, which a builder gathers column by column.

use std::ops::Range;

/// Which rows of a batch go to one target.
#[derive(Clone, Debug)]
pub(crate) enum Chosen<'a> {
    /// Neighbours.
    Range(Range<usize>),
    /// These, ascending.
    Rows(&'a [u32]),
}

impl Chosen<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Rows(rows) => rows.len(),
        }
    }

    /// The first `count` of them.
    pub(crate) fn first(&self, count: usize) -> Self {
        match self {
            Self::Range(range) => Self::Range(range.start..range.start + count),
            Self::Rows(rows) => Self::Rows(&rows[..count]),
        }
    }

    /// Those behind the first `count`.
    pub(crate) fn behind(&self, count: usize) -> Self {
        match self {
            Self::Range(range) => Self::Range(range.start + count..range.end),
            Self::Rows(rows) => Self::Rows(&rows[count..]),
        }
    }

    /// The row at a position.
    pub(crate) fn row(&self, position: usize) -> usize {
        match self {
            Self::Range(range) => range.start + position,
            Self::Rows(rows) => rows[position] as usize,
        }
    }
}

/// The rows of each target. Its memory is used again for the next batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    targets: Vec<u32>,
    rows: Vec<u32>,
    runs: Vec<Run>,
    counts: Vec<u32>,
}

/// Rows of one target, one behind the other.
#[derive(Clone, Copy, Debug)]
struct Run {
    target: u32,
    end: u32,
}

impl Spread {
    /// A place for the target of each row, to be filled before [`Spread::group`].
    pub(crate) fn targets(&mut self) -> &mut Vec<u32> {
        self.targets.clear();
        &mut self.targets
    }

    /// The target of all rows, if they have the same: then nothing has to be grouped.
    pub(crate) fn only_target(&self) -> Option<usize> {
        let first = *self.targets.first()?;
        // Rows of different targets differ early, so the look is short unless it pays.
        self.targets.iter().all(|target| *target == first).then_some(first as usize)
    }

    /// Groups rows by the targets that were filled in: one for each of `selected`, or for every row.
    ///
    /// # Panics
    ///
    /// If a target is not below `count`.
    pub(crate) fn group(&mut self, count: usize, selected: Option<&[u32]>) {
        self.rows.clear();
        self.rows.resize(self.targets.len(), 0);
        self.runs.clear();
        if self.targets.len() < count {
            self.sort_few();
        } else {
            self.sort_many(count);
        }
        if let Some(selected) = selected {
            self.rows.iter_mut().for_each(|row| *row = selected[*row as usize]);
        }
    }

    /// The target of each row, as they were filled in.
    pub(crate) fn targets_of_rows(&self) -> &[u32] {
        &self.targets
    }

    /// How many targets have rows.
    pub(crate) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The target of one of them. They ascend.
    pub(crate) fn target(&self, run: usize) -> usize {
        self.runs[run].target as usize
    }

    /// Its rows.
    pub(crate) fn rows_of(&self, run: usize) -> &[u32] {
        let start = if run == 0 { 0 } else { self.runs[run - 1].end };
        &self.rows[start as usize..self.runs[run].end as usize]
    }

    /// Counting: costs the rows and the targets there are.
    fn sort_many(&mut self, count: usize) {
        self.counts.clear();
        self.counts.resize(count, 0);
        for target in &self.targets {
            self.counts[*target as usize] += 1;
        }
        let mut end = 0;
        for (target, next) in (0..).zip(&mut self.counts) {
            let start = end;
            end += *next;
            *next = start; // From now on where the next row of this target goes.
            if end > start {
                self.runs.push(Run { target, end });
            }
        }
        for (target, row) in self.targets.iter().zip(0..) {
            let next = &mut self.counts[*target as usize];
            self.rows[*next as usize] = row;
            *next += 1;
        }
    }

    /// Comparing: fewer rows than targets, and a thousand idle channels cost nothing.
    fn sort_few(&mut self) {
        let targets = &self.targets;
        self.rows.iter_mut().zip(0..).for_each(|(place, row)| *place = row);
        self.rows.sort_by_key(|row| targets[*row as usize]);
        for (end, row) in (1..).zip(&self.rows) {
            let target = targets[*row as usize];
            match self.runs.last_mut() {
                Some(run) if run.target == target => run.end = end,
                _ => self.runs.push(Run { target, end }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(targets: &[u32], count: usize, selected: Option<&[u32]>) -> Vec<(usize, Vec<u32>)> {
        let mut spread = Spread::default();
        spread.targets().extend(targets);
        spread.group(count, selected);
        runs(&spread)
    }

    fn runs(spread: &Spread) -> Vec<(usize, Vec<u32>)> {
        (0..spread.runs()).map(|run| (spread.target(run), spread.rows_of(run).to_vec())).collect()
    }

    #[test]
    fn rows_of_a_target_keep_their_order() {
        for count in [4, 1000] {
            let runs = spread(&[1, 0, 1, 2, 0], count, None);
            assert_eq!(runs, [(0, vec![1, 4]), (1, vec![0, 2]), (2, vec![3])]);
        }
    }

    #[test]
    fn selected_rows_keep_their_numbers() {
        for count in [2, 1000] {
            assert_eq!(spread(&[1, 0, 1], count, Some(&[3, 5, 9])), [(0, vec![5]), (1, vec![3, 9])]);
        }
    }

    #[test]
    fn one_target_for_all_is_noticed() {
        for (targets, only) in [(&[2, 2][..], Some(2)), (&[0], Some(0)), (&[1, 0], None), (&[], None)] {
            let mut spread = Spread::default();
            spread.targets().extend(targets);
            assert_eq!(spread.only_target(), only);
        }
    }

    #[test]
    fn a_spread_can_be_used_again() {
        let mut spread = Spread::default();
        spread.targets().extend([1, 1, 0]);
        spread.group(2, None);
        spread.targets().extend([2]);
        spread.group(3, None);
        assert_eq!(runs(&spread), [(2, vec![0])]);
    }
}
