//! Rows grouped by target: a counting sort of row numbers.
//!
//! ```text
//!   targets   1 0 1 2 0      ends   2 4 5
//!   rows      1 4 | 0 2 | 3
//! ```
//!
//! Two passes over the targets, no comparison, and the rows of a target keep their order. After it every target's
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
    /// Where the rows of each target end.
    ends: Vec<u32>,
}

impl Spread {
    /// A place for the target of each row, to be filled before [`Spread::group`].
    pub(crate) fn targets(&mut self) -> &mut Vec<u32> {
        self.targets.clear();
        &mut self.targets
    }

    /// Groups rows by the targets that were filled in: one for each of `selected`, or for every row.
    ///
    /// # Panics
    ///
    /// If a target is not below `count`.
    pub(crate) fn group(&mut self, count: usize, selected: Option<&[u32]>) {
        self.ends.clear();
        self.ends.resize(count, 0);
        for target in &self.targets {
            self.ends[*target as usize] += 1;
        }
        let mut start = 0;
        for end in &mut self.ends {
            // For now where the next row of this target goes; once all are there, that is the end.
            (*end, start) = (start, start + *end);
        }
        self.rows.clear();
        self.rows.resize(self.targets.len(), 0);
        match selected {
            Some(selected) => place(&self.targets, selected.iter().copied(), &mut self.ends, &mut self.rows),
            None => place(&self.targets, 0.., &mut self.ends, &mut self.rows),
        }
    }

    /// How many targets there are.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The rows of one target.
    pub(crate) fn rows_of(&self, target: usize) -> &[u32] {
        let start = if target == 0 { 0 } else { self.ends[target - 1] };
        &self.rows[start as usize..self.ends[target] as usize]
    }

    /// The target of all rows, if they have the same.
    pub(crate) fn only_target(&self) -> Option<usize> {
        let all = u32::try_from(self.rows.len()).expect("row numbers have 32 bits");
        let target = self.ends.partition_point(|end| *end == 0);
        (self.ends.get(target) == Some(&all)).then_some(target)
    }
}

fn place(targets: &[u32], rows: impl Iterator<Item = u32>, next: &mut [u32], placed: &mut [u32]) {
    for (target, row) in targets.iter().zip(rows) {
        let at = &mut next[*target as usize];
        placed[*at as usize] = row;
        *at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(targets: &[u32], count: usize, selected: Option<&[u32]>) -> Spread {
        let mut spread = Spread::default();
        spread.targets().extend(targets);
        spread.group(count, selected);
        spread
    }

    #[test]
    fn rows_of_a_target_keep_their_order() {
        let spread = spread(&[1, 0, 1, 2, 0], 4, None);
        let rows: Vec<_> = (0..4).map(|target| spread.rows_of(target).to_vec()).collect();
        assert_eq!(rows, [vec![1, 4], vec![0, 2], vec![3], vec![]]);
        assert_eq!(spread.only_target(), None);
    }

    #[test]
    fn selected_rows_keep_their_numbers() {
        let spread = spread(&[1, 0, 1], 2, Some(&[3, 5, 9]));
        assert_eq!([spread.rows_of(0), spread.rows_of(1)], [&[5][..], &[3, 9]]);
    }

    #[test]
    fn one_target_for_all_is_noticed() {
        assert_eq!(spread(&[2, 2], 4, None).only_target(), Some(2));
        assert_eq!(spread(&[0], 1, None).only_target(), Some(0));
    }

    #[test]
    fn a_spread_can_be_used_again() {
        let mut spread = spread(&[1, 1, 1], 2, None);
        spread.targets().extend([0]);
        spread.group(3, None);
        assert_eq!([spread.rows_of(0), spread.rows_of(1), spread.rows_of(2)], [&[0][..], &[], &[]]);
    }
}
