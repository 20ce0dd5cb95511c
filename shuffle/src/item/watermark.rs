//! How far event time has come.

/// No row with this event time or an earlier one will follow, but for late ones. Milliseconds since 1970, as in
/// `TIMESTAMP(3)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Watermark(pub i64);

impl Watermark {
    /// Before the first row: nothing is known yet.
    pub const MIN: Self = Self(i64::MIN);
    /// Behind the last row: all windows close.
    pub const MAX: Self = Self(i64::MAX);
}
