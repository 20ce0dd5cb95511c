//! Rows in order, partition after partition, and which of them are sorted alike.
//!
//! ```text
//!   partition    a  a  a  a  b  b
//!   order        1  1  2  3  1  1
//!   groups      ├────┤──┤──┤├────┤
//!                ▲     ▲
//!                start fresh          rows before `fresh` are only seen, those from there have results
//! ```

use arrow_array::RecordBatch;

/// Rows of some partitions.
pub(super) struct Stretch {
    /// The columns that functions read.
    pub(super) columns: RecordBatch,
    /// Where each partition is, one behind the other.
    pub(super) parts: Vec<Part>,
    /// Unless nobody asks for them.
    pub(super) groups: Option<Groups>,
}

/// The rows of a partition, none of which is missing from its stretch but at its front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) start: usize,
    /// The first row that has results.
    pub(super) fresh: usize,
    pub(super) end: usize,
}

/// Which rows are sorted alike.
pub(super) struct Groups {
    /// Where each begins, and the end.
    starts: Vec<usize>,
    /// By row: the number of its group.
    of: Vec<usize>,
}

impl Part {
    /// One whose rows all have results.
    pub(super) fn whole(start: usize, end: usize) -> Self {
        Self { start, fresh: start, end }
    }

    /// How many of its rows have results.
    pub(super) fn results(self) -> usize {
        self.end - self.fresh
    }
}

impl Groups {
    /// As this says of a row and the one before it, in the same partition.
    pub(super) fn new(parts: &[Part], are_alike: impl Fn(usize) -> bool) -> Self {
        let rows = parts.last().map_or(0, |part| part.end);
        let (mut starts, mut of) = (Vec::new(), Vec::with_capacity(rows));
        for part in parts {
            for row in part.start..part.end {
                if row == part.start || !are_alike(row) {
                    starts.push(row);
                }
                of.push(starts.len() - 1);
            }
        }
        starts.push(rows);
        Self { starts, of }
    }

    /// The number of a row's group.
    #[inline]
    pub(super) fn of(&self, row: usize) -> usize {
        self.of[row]
    }

    /// Where a group begins.
    #[inline]
    pub(super) fn start(&self, group: usize) -> usize {
        self.starts[group]
    }

    /// Where a group ends.
    #[inline]
    pub(super) fn end(&self, group: usize) -> usize {
        self.starts[group + 1]
    }

    /// The groups of a partition, from the first until before the last.
    pub(super) fn range(&self, first: usize, end: usize) -> (usize, usize) {
        (self.of[first], self.of[end - 1] + 1)
    }
}

impl Stretch {
    /// How many rows have results.
    pub(super) fn results(&self) -> usize {
        self.parts.iter().map(|part| part.results()).sum()
    }

    /// The rows that have results.
    pub(super) fn fresh(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().flat_map(|part| part.fresh..part.end)
    }

    /// Which rows are sorted alike.
    ///
    /// # Panics
    ///
    /// If nobody was to ask.
    pub(super) fn groups(&self) -> &Groups {
        self.groups.as_ref().expect("a plan that needs them says so")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_end_with_their_partition() {
        let order = [1, 1, 2, 3, 3, 3];
        let parts = [Part { start: 0, fresh: 2, end: 4 }, Part::whole(4, 6)];
        let groups = Groups::new(&parts, |row| order[row - 1] == order[row]);
        let spans: Vec<_> = (0..4).map(|group| (groups.start(group), groups.end(group))).collect();
        assert_eq!(spans, [(0, 2), (2, 3), (3, 4), (4, 6)]);
        assert_eq!((groups.range(0, 4), groups.range(4, 6), groups.of(5)), ((0, 3), (3, 4), 3));
    }
}
