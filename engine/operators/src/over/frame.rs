//! Which rows of its partition a row's function sees: plain data.

/// The rows from one bound to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// In what bounds are counted.
    pub unit: Unit,
    /// The first row.
    pub start: Bound,
    /// The last row.
    pub end: Bound,
}

/// In what the bounds of a frame are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// In rows.
    Rows,
    /// In the values of the one column by which rows are sorted: numbers as they are, times in milliseconds. The current
    /// row stands for all that are sorted like it.
    Range,
    /// In groups of rows that are sorted alike.
    Groups,
}

/// Where a frame begins or ends, in the order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// With the first row.
    UnboundedPreceding,
    /// So much before the current row.
    Preceding(i64),
    /// With the current row.
    CurrentRow,
    /// So much behind it.
    Following(i64),
    /// With the last row.
    UnboundedFollowing,
}

impl Frame {
    /// All rows of the partition.
    pub const WHOLE: Self =
        Self { unit: Unit::Rows, start: Bound::UnboundedPreceding, end: Bound::UnboundedFollowing };

    /// The rows until the current one and those that are sorted like it: what SQL takes where an order is named and no frame.
    pub const UNTIL_PEERS: Self =
        Self { unit: Unit::Range, start: Bound::UnboundedPreceding, end: Bound::CurrentRow };

    /// Counted in rows.
    pub const fn rows(start: Bound, end: Bound) -> Self {
        Self { unit: Unit::Rows, start, end }
    }

    /// Counted in values.
    pub const fn range(start: Bound, end: Bound) -> Self {
        Self { unit: Unit::Range, start, end }
    }

    /// Counted in groups.
    pub const fn groups(start: Bound, end: Bound) -> Self {
        Self { unit: Unit::Groups, start, end }
    }

    /// Whether a row is in its own frame.
    pub(super) fn has_its_row(self) -> bool {
        !matches!(self.start, Bound::Following(1..)) && !matches!(self.end, Bound::Preceding(1..))
    }

    /// Whether one must know which rows are sorted alike.
    pub(super) fn needs_peers(self) -> bool {
        let is_bound = |bound| !matches!(bound, Bound::UnboundedPreceding | Bound::UnboundedFollowing);
        self.unit != Unit::Rows && (is_bound(self.start) || is_bound(self.end))
    }

    /// Whether its bounds are distances of values.
    pub(super) fn measures(self) -> bool {
        self.unit == Unit::Range && [self.start, self.end].into_iter().any(|bound| bound.offset().is_some())
    }

    /// Whether it begins with the first row.
    pub(super) fn is_running(self) -> bool {
        self.start == Bound::UnboundedPreceding
    }

    /// Whether it ends with the current row, and those that are sorted like it.
    pub(super) fn ends_here(self) -> bool {
        self.end == Bound::CurrentRow
    }

    /// Whether it ends before the current row or with it.
    pub(super) fn looks_back(self) -> bool {
        matches!(self.end, Bound::Preceding(_) | Bound::CurrentRow)
    }
}

impl Bound {
    /// How far it is from the current row, forwards or backwards.
    pub(super) fn offset(self) -> Option<i64> {
        match self {
            Self::Preceding(offset) => Some(-offset),
            Self::Following(offset) => Some(offset),
            Self::UnboundedPreceding | Self::CurrentRow | Self::UnboundedFollowing => None,
        }
    }

    /// A place in `first..end`, from the place of the current row.
    #[inline(always)]
    pub(super) fn place(self, current: usize, first: usize, end: usize) -> usize {
        let steps = |offset: i64| usize::try_from(offset).unwrap_or(usize::MAX);
        match self {
            Self::UnboundedPreceding => first,
            Self::Preceding(offset) => current.saturating_sub(steps(offset)).max(first),
            Self::CurrentRow => current,
            Self::Following(offset) => current.saturating_add(steps(offset)).min(end),
            Self::UnboundedFollowing => end,
        }
    }
}
