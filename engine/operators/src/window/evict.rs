//! Which rows of a window are dropped when it is sent, before its function is called or after.
//!
//! A window with an evictor holds all of its rows: nothing can be folded as they come.

use super::span::Window;

/// The rows of a window with their event times, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimedRows<T> {
    pub(super) rows: Vec<T>,
    pub(super) times: Vec<i64>,
}

impl<T> TimedRows<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// The event time of each.
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// Drops all rows for which this is false.
    pub fn retain(&mut self, mut stays: impl FnMut(&T, i64) -> bool) {
        let stays: Vec<bool> =
            self.rows.iter().zip(&self.times).map(|(row, time)| stays(row, *time)).collect();
        let (mut of_rows, mut of_times) = (stays.iter(), stays.iter());
        self.rows.retain(|_| *of_rows.next().expect("one for each row"));
        self.times.retain(|_| *of_times.next().expect("one for each row"));
    }

    /// Drops the first `count` rows.
    pub fn drop_first(&mut self, count: usize) {
        self.rows.drain(..count);
        self.times.drain(..count);
    }

    pub(super) fn push(&mut self, row: T, time: i64) {
        self.rows.push(row);
        self.times.push(time);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.times.append(&mut other.times);
    }
}

/// Drops rows of a window that is being sent.
pub trait Evictor<T>: 'static {
    /// Before the function is called.
    fn before(&mut self, _rows: &mut TimedRows<T>, _window: Window) {}

    /// After it was called.
    fn after(&mut self, _rows: &mut TimedRows<T>, _window: Window) {}
}

/// Whether rows are dropped before the function is called or after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum When {
    #[default]
    Before,
    After,
}

/// Leaves the last so many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountEvictor {
    count: usize,
    when: When,
}

impl CountEvictor {
    /// Before the function is called.
    pub const fn of(count: usize) -> Self {
        Self { count, when: When::Before }
    }

    /// The same, after it was called.
    #[must_use]
    pub const fn afterwards(self) -> Self {
        Self { when: When::After, ..self }
    }
}

/// Leaves the rows of the last so many milliseconds, counted back from the latest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeEvictor {
    size: i64,
    when: When,
}

impl TimeEvictor {
    /// Before the function is called.
    pub const fn of(size: i64) -> Self {
        Self { size, when: When::Before }
    }

    /// The same, after it was called.
    #[must_use]
    pub const fn afterwards(self) -> Self {
        Self { when: When::After, ..self }
    }
}

/// Leaves the rows that are nearer to the last one than a threshold.
#[derive(Clone, Debug)]
pub struct DeltaEvictor<F> {
    threshold: f64,
    distance: F,
    when: When,
}

impl<F> DeltaEvictor<F> {
    /// Before the function is called; `distance` measures from a row to the last one.
    pub fn of(threshold: f64, distance: F) -> Self {
        Self { threshold, distance, when: When::Before }
    }

    /// The same, after it was called.
    #[must_use]
    pub fn after(self) -> Self {
        Self { when: When::After, ..self }
    }
}

impl CountEvictor {
    fn evict<T>(self, rows: &mut TimedRows<T>) {
        rows.drop_first(rows.len().saturating_sub(self.count));
    }
}

impl TimeEvictor {
    fn evict<T>(self, rows: &mut TimedRows<T>) {
        let Some(latest) = rows.times.iter().max() else { return };
        let gone = latest.saturating_sub(self.size);
        rows.retain(|_, time| time > gone);
    }
}

impl<F> DeltaEvictor<F> {
    fn evict<T: Clone>(&mut self, rows: &mut TimedRows<T>)
    where
        F: FnMut(&T, &T) -> f64,
    {
        let Some(last) = rows.rows.last().cloned() else { return };
        rows.retain(|row, _| (self.distance)(row, &last) < self.threshold);
    }
}

impl<T> Evictor<T> for CountEvictor {
    fn before(&mut self, rows: &mut TimedRows<T>, _window: Window) {
        if self.when == When::Before {
            self.evict(rows);
        }
    }

    fn after(&mut self, rows: &mut TimedRows<T>, _window: Window) {
        if self.when == When::After {
            self.evict(rows);
        }
    }
}

impl<T> Evictor<T> for TimeEvictor {
    fn before(&mut self, rows: &mut TimedRows<T>, _window: Window) {
        if self.when == When::Before {
            self.evict(rows);
        }
    }

    fn after(&mut self, rows: &mut TimedRows<T>, _window: Window) {
        if self.when == When::After {
            self.evict(rows);
        }
    }
}

impl<T: Clone, F: FnMut(&T, &T) -> f64 + 'static> Evictor<T> for DeltaEvictor<F> {
    fn before(&mut self, rows: &mut TimedRows<T>, _window: Window) {
        if self.when == When::Before {
            self.evict(rows);
        }
    }

    fn after(&mut self, rows: &mut TimedRows<T>, _window: Window) {
        if self.when == When::After {
            self.evict(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window::GLOBAL;

    fn rows() -> TimedRows<f64> {
        TimedRows { rows: vec![1.0, 5.0, 2.0, 3.0], times: vec![10, 40, 20, 30] }
    }

    fn left(mut evictor: impl Evictor<f64>) -> Vec<f64> {
        let mut rows = rows();
        evictor.before(&mut rows, WINDOW);
        assert_eq!(rows.len(), rows.times().len());
        rows.rows
    }

    #[test]
    fn the_last_rows_stay() {
        assert_eq!(left(CountEvictor::of(3)), [5.0, 2.0, 3.0]);
        assert_eq!(left(CountEvictor::of(9)), [1.0, 5.0, 2.0, 3.0]);
    }

    #[test]
    fn the_rows_of_the_last_time_stay() {
        assert_eq!(left(TimeEvictor::of(20)), [5.0, 3.0]);
    }

    #[test]
    fn the_rows_that_are_near_the_last_one_stay() {
        assert_eq!(left(DeltaEvictor::of(2.0, |row: &f64, last: &f64| (row - last).abs())), [2.0, 3.0]);
    }

    #[test]
    fn who_evicts_afterwards_does_not_before() {
        assert_eq!(left(CountEvictor::of(1).afterwards()).len(), 4);
        let mut rows = rows();
        CountEvictor::of(1).afterwards().after(&mut rows, WINDOW);
        assert_eq!(rows.rows(), [3.0]);
    }
}
