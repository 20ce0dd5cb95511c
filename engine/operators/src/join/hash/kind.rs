//! Which rows of a join come out, and what a null in a key means.

/// Which rows come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Pairs.
    Inner,
    /// Pairs, and rows of the left that have none.
    Left,
    /// Pairs, and rows of the right that have none.
    Right,
    /// Pairs, and rows of both sides that have none.
    Full,
    /// Rows of the left that have a pair.
    LeftSemi,
    /// Rows of the left that have none.
    LeftAnti,
    /// All rows of the left, with a column more: whether they have a pair.
    LeftMark,
    /// Rows of the right that have a pair. They leave when all of the left has come: for a right side that is the smaller one.
    RightSemi,
    /// Rows of the right that have none.
    RightAnti,
}

/// What a null in a key means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nulls {
    /// It has no pair.
    #[default]
    Differ,
    /// It is equal to a null: for set operations.
    AreEqual,
    /// It may be equal to anything: for the rows that are certainly `NOT IN` the right side, all of which every subtask has
    /// to see. Only with [`JoinKind::LeftAnti`].
    AreUnknown,
}

impl JoinKind {
    pub(in crate::join) fn keeps_left(self) -> bool {
        matches!(self, Self::Left | Self::Full)
    }

    pub(in crate::join) fn keeps_right(self) -> bool {
        matches!(self, Self::Right | Self::Full)
    }

    pub(super) fn is_about_right(self) -> bool {
        matches!(self, Self::RightSemi | Self::RightAnti)
    }

    pub(in crate::join) fn is_about_left(self) -> bool {
        matches!(self, Self::LeftSemi | Self::LeftAnti | Self::LeftMark)
    }
}
