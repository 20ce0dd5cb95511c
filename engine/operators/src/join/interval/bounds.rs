//! How far two rows may be apart.

/// How far the right row may be behind the left one, in milliseconds: before it, if that is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub(super) lower: i64,
    pub(super) upper: i64,
}

impl Interval {
    /// From `lower` to `upper`, both included.
    pub const fn between(lower: i64, upper: i64) -> Self {
        Self { lower, upper }
    }

    /// The same without its lower bound.
    #[must_use]
    pub const fn lower_exclusive(self) -> Self {
        Self { lower: self.lower.saturating_add(1), ..self }
    }

    /// The same without its upper bound.
    #[must_use]
    pub const fn upper_exclusive(self) -> Self {
        Self { upper: self.upper.saturating_sub(1), ..self }
    }

    /// When no partner of a left row of this time can come any more.
    pub(super) const fn left_until(self, time: i64) -> i64 {
        if self.upper > 0 { time.saturating_add(self.upper) } else { time }
    }

    /// When no partner of a right row of this time can come any more.
    pub(super) const fn right_until(self, time: i64) -> i64 {
        if self.lower < 0 { time.saturating_sub(self.lower) } else { time }
    }
}

/// What is wrong with an interval join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    /// Nothing is between.
    #[error(
        "an interval from {lower} to {upper} ms has nothing in it: the lower bound must not be above the upper one"
    )]
    Empty {
        /// From.
        lower: i64,
        /// To.
        upper: i64,
    },
    /// It is about event time.
    #[error("an interval join of a stream without event time: assign timestamps and watermarks first")]
    Timeless,
}
