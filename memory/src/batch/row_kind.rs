//! What a row of a changelog says: that something is new, gone, or other than before.

use std::fmt;

use arrow_buffer::ScalarBuffer;

use super::{Selection, pick};

/// The kind of a changelog row, with Flink's names and numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RowKind {
    /// `+I`: a new row.
    Insert = 0,
    /// `-U`: the former content of a row that changes.
    UpdateBefore = 1,
    /// `+U`: the new content of a row that changed.
    UpdateAfter = 2,
    /// `-D`: a row that is gone.
    Delete = 3,
}

impl RowKind {
    const ALL: [Self; 4] = [Self::Insert, Self::UpdateBefore, Self::UpdateAfter, Self::Delete];

    /// The kind with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether the row adds to an aggregate (`+I`, `+U`) or takes away from it (`-U`, `-D`).
    pub fn adds(self) -> bool {
        matches!(self, Self::Insert | Self::UpdateAfter)
    }
}

/// `+I`, `-U`, `+U` or `-D`.
impl fmt::Display for RowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Insert => "+I",
            Self::UpdateBefore => "-U",
            Self::UpdateAfter => "+U",
            Self::Delete => "-D",
        })
    }
}

/// The kinds of the rows of a batch, a byte for each row, shared on clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKinds(ScalarBuffer<u8>);

impl RowKinds {
    /// The kinds as given.
    pub fn new(kinds: impl IntoIterator<Item = RowKind>) -> Self {
        Self(kinds.into_iter().map(|kind| kind as u8).collect())
    }

    /// The kinds as numbers, or `None` if one of them is no kind.
    pub fn from_numbers(numbers: ScalarBuffer<u8>) -> Option<Self> {
        // The largest tells: a loop without an exit, which looks at many at once.
        let largest = numbers.iter().fold(0, |largest, number| largest.max(*number));
        RowKind::from_number(largest).map(|_| Self(numbers))
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kind of row `row`.
    pub fn get(&self, row: usize) -> RowKind {
        RowKind::from_number(self.0[row]).expect("kinds are checked when they are made")
    }

    /// The kinds as numbers, for loops over a whole batch.
    pub fn numbers(&self) -> &ScalarBuffer<u8> {
        &self.0
    }

    pub(super) fn pick(&self, selection: &Selection) -> Self {
        Self(pick(&self.0, selection))
    }

    pub(super) fn slice(&self, offset: usize, length: usize) -> Self {
        Self(self.0.slice(offset, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_those_of_flink() {
        let text: Vec<String> = (0..4).map(|n| RowKind::from_number(n).unwrap().to_string()).collect();
        assert_eq!(text, ["+I", "-U", "+U", "-D"]);
        assert_eq!(RowKind::from_number(4), None);
    }

    #[test]
    fn a_byte_that_is_no_kind_is_refused() {
        assert!(RowKinds::from_numbers(vec![0, 3].into()).is_some());
        assert!(RowKinds::from_numbers(vec![0, 4].into()).is_none());
    }
}
