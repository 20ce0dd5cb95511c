//! How many bytes should be in flight: as many as the receiver takes in a second.
//!
//! ```text
//!   average ← average · 19/21 + (bytes taken / time · 1 s) · 2/21        a moving average over 20 samples
//!   in flight ← average, if that is a quarter or more away from it
//! ```
//!
//! Rows in flight are what a barrier waits behind. A fixed credit is right for one speed only: a fast receiver
//! would starve, a slow one would keep minutes of rows before every barrier.
//!
//! It never goes below the least nor above the full credit, and knows no clock: who calls it measures.

use crate::bound::{IN_FLIGHT_NS, IN_FLIGHT_PERCENT, IN_FLIGHT_SAMPLES};

/// Follows the speed of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BytesInFlight {
    least: u64,
    full: u64,
    average: u64,
    /// What was answered last.
    chosen: u64,
}

impl BytesInFlight {
    /// Begins with the full credit: too much for a moment is better than a start at a crawl.
    pub(crate) fn open(least: u64, full: u64) -> Self {
        assert!(least <= full);
        Self { least, full, average: full, chosen: full }
    }

    /// So many bytes were taken in so many nanoseconds. Answers how many should be in flight, if that has changed.
    ///
    /// Time in which there was nothing to take must not be counted: it says nothing about how fast rows would be
    /// taken, and a quiet hour would leave a burst with the least credit.
    pub(crate) fn observe(&mut self, bytes: u64, elapsed_ns: u64) -> Option<u64> {
        if elapsed_ns == 0 {
            return None;
        }
        let sample = u128::from(bytes) * u128::from(IN_FLIGHT_NS) / u128::from(elapsed_ns);
        // No more than the full credit counts, or a burst would be remembered long after it is over.
        let sample = u64::try_from(sample).unwrap_or(u64::MAX).min(self.full);
        self.average = blend(self.average, sample);
        // Whole numbers come to rest a few bytes short of the full credit.
        let is_full = self.full - self.average < IN_FLIGHT_SAMPLES;
        let wish = if is_full { self.full } else { self.average.max(self.least) };
        // The two ends are reached, although the last step to them is a small one.
        let at_an_end = is_full || wish == self.least;
        let far = u128::from(wish.abs_diff(self.chosen)) * 100
            >= u128::from(self.chosen) * u128::from(IN_FLIGHT_PERCENT);
        if wish == self.chosen || !(far || at_an_end) {
            return None;
        }
        self.chosen = wish;
        Some(wish)
    }
}

/// The average with one more sample: 2 parts of the new one among one more than there are samples.
fn blend(average: u64, sample: u64) -> u64 {
    let (all, new) = (u128::from(IN_FLIGHT_SAMPLES + 1), 2);
    let sum = u128::from(average) * (all - new) + u128::from(sample) * new;
    u64::try_from(sum / all).expect("an average is no larger than what it is of")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// What is chosen in the end, and how often it changed on the way.
    fn settle(state: &mut BytesInFlight, bytes_per_second: u64) -> (u64, usize) {
        let changes: Vec<u64> =
            (0..500).filter_map(|_| state.observe(bytes_per_second / 5, SECOND / 5)).collect();
        (state.chosen, changes.len())
    }

    #[test]
    fn it_comes_close_to_what_a_second_takes() {
        for speed in [20_000, 100_000, 300_000, 700_000] {
            let mut state = BytesInFlight::open(10_000, 1_000_000);
            let (chosen, changes) = settle(&mut state, speed);
            // A quarter of what is chosen: a third of the speed, when that is the smaller of the two.
            assert!(chosen.abs_diff(speed) <= speed / 3, "{chosen} for {speed}");
            assert!(changes <= 20, "{changes} changes for {speed}");
        }
    }

    #[test]
    fn it_stays_between_the_least_and_the_full_credit_and_reaches_both() {
        let mut state = BytesInFlight::open(10_000, 1_000_000);
        assert_eq!(settle(&mut state, 50).0, 10_000);
        assert_eq!(settle(&mut state, u64::MAX / 2).0, 1_000_000);
        assert_eq!(settle(&mut state, 0).0, 10_000);
    }

    #[test]
    fn less_than_a_quarter_changes_nothing() {
        let mut state = BytesInFlight::open(1, 1_000_000_000);
        let (chosen, _) = settle(&mut state, 1_000_000);
        let (same, changes) = settle(&mut state, chosen * 5 / 4 - 100);
        assert_eq!((same, changes), (chosen, 0));
        assert_ne!(settle(&mut state, chosen * 13 / 10).0, chosen);
    }

    #[test]
    fn one_odd_sample_among_twenty_changes_nothing() {
        let mut state = BytesInFlight::open(1, 1_000_000);
        assert_eq!(state.observe(0, SECOND / 5), None);
        assert_eq!(settle(&mut state, 1_000_000), (1_000_000, 0));
    }

    #[test]
    fn no_time_says_nothing() {
        let mut state = BytesInFlight::open(1, 1000);
        assert_eq!(state.observe(u64::MAX, 0), None);
        assert_eq!(state, BytesInFlight::open(1, 1000));
    }
}
