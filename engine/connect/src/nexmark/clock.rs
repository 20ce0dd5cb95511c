//! When events happen: so many in a second, from two minutes before a midnight on.

/// 2025-01-01T23:58:20Z: the first window of two or of ten seconds begins with the first event, and days change soon.
const BEGIN_MS: u64 = 1_735_775_900_000;

/// The clock of a corpus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Events of all kinds in a second.
    rate: u64,
    /// Whole milliseconds from one event to the next, and what is left, so many of which are a millisecond as events a second.
    step: u64,
    step_part: u64,
}

impl Clock {
    /// That of a rate of one event a second, or more.
    pub(super) fn new(rate: u64) -> Self {
        Self { rate, step: 1000 / rate, step_part: 1000 % rate }
    }

    /// When event `number` happens, in milliseconds.
    #[inline]
    pub(super) fn at(self, number: u64) -> i64 {
        (BEGIN_MS + 1000 * number / self.rate).cast_signed()
    }

    /// When the events from `number` on happen. One division for all of them: it costs more than all else of an event.
    #[inline]
    pub(super) fn fill(self, number: u64, times: &mut [i64]) {
        let (mut time, mut parts) = (1000 * number / self.rate, 1000 * number % self.rate);
        for each in times {
            *each = (BEGIN_MS + time).cast_signed();
            parts += self.step_part;
            let is_whole = parts >= self.rate;
            time += self.step + u64::from(is_whole);
            parts -= if is_whole { self.rate } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::NEXMARK_EVENTS_MAX;

    #[test]
    fn a_run_of_events_has_the_times_of_its_events() {
        for rate in [1, 7, 999, 1000, 1001, 100_000, 1_000_000_000] {
            for number in [0, 1, 6, 12_345, NEXMARK_EVENTS_MAX - 100] {
                let (clock, mut times) = (Clock::new(rate), [0; 99]);
                clock.fill(number, &mut times);
                let expected: Vec<i64> = (number..number + 99).map(|number| clock.at(number)).collect();
                assert_eq!(times.to_vec(), expected, "{rate}, {number}");
            }
        }
    }
}
