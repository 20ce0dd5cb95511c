//! The rows of one side of a key that may still find a partner, by time.

use std::collections::VecDeque;
use std::ops::Range;

/// Rows in the order of their times; those of the same time in the order in which they came.
#[derive(Debug)]
pub(super) struct Buffer<T>(VecDeque<(i64, T)>);

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Buffer<T> {
    pub(super) fn insert(&mut self, time: i64, row: T) {
        // Most rows come in order, or nearly so.
        match self.0.back() {
            Some((last, _)) if *last > time => {
                let place = self.0.partition_point(|(each, _)| *each <= time);
                self.0.insert(place, (time, row));
            }
            _ => self.0.push_back((time, row)),
        }
    }

    /// Which rows have a time from `least` to `most`.
    pub(super) fn range(&self, least: i64, most: i64) -> Range<usize> {
        let start = self.0.partition_point(|(time, _)| *time < least);
        start..self.0.partition_point(|(time, _)| *time <= most).max(start)
    }

    pub(super) fn get(&self, place: usize) -> &(i64, T) {
        &self.0[place]
    }

    /// The least time.
    pub(super) fn first(&self) -> Option<i64> {
        self.0.front().map(|(time, _)| *time)
    }

    /// Drops the rows up to this time. Says how many there were.
    pub(super) fn drop_until(&mut self, time: i64) -> usize {
        let gone = self.0.partition_point(|(each, _)| *each <= time);
        self.0.drain(..gone);
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
        gone
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(i64, T)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_and_dropped_by_time() {
        let mut buffer = Buffer::default();
        for (time, row) in [(5, 'a'), (3, 'b'), (5, 'c'), (9, 'd'), (3, 'e')] {
            buffer.insert(time, row);
        }
        let rows: String = buffer.iter().map(|(_, row)| *row).collect();
        assert_eq!(rows, "beacd");
        assert_eq!((buffer.range(3, 5), buffer.range(4, 4), buffer.range(9, 2)), (0..4, 2..2, 4..4));
        assert_eq!((buffer.first(), buffer.drop_until(5), buffer.first()), (Some(3), 4, Some(9)));
    }
}
