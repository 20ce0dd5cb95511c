//! A window: from when to when.

/// The rows of a span of time, in milliseconds since 1970. It has its start and has not its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first time that it has.
    pub start: i64,
    /// The first time behind it.
    pub end: i64,
}

impl Window {
    /// The window of all rows. It has no end, not even that of time.
    pub const GLOBAL: Self = Self { start: i64::MIN, end: i64::MAX };

    /// From `start` until before `end`.
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }

    /// The last time that it has: that of its results.
    pub const fn max_time(self) -> i64 {
        if self.is_global() { i64::MAX } else { self.end.saturating_sub(1) }
    }

    /// Whether it is the one of all rows.
    pub const fn is_global(self) -> bool {
        self.start == i64::MIN && self.end == i64::MAX
    }

    /// Whether there is no time between the two.
    pub const fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// The least window that has all of both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_before_its_end() {
        assert_eq!(Window::new(0, 10).max_time(), 9);
        assert_eq!(Window::GLOBAL.max_time(), i64::MAX);
    }

    #[test]
    fn windows_that_follow_each_other_touch() {
        let (first, second, third) = (Window::new(0, 10), Window::new(10, 20), Window::new(11, 12));
        assert!(first.touches(second) && second.touches(first));
        assert!(!first.touches(third) && !third.touches(first));
        assert_eq!(first.cover(third), Window::new(0, 12));
    }
}
