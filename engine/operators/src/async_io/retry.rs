//! What follows an error: another try after a while, or none.

use std::time::Duration;

/// How often a function is tried again that has failed for a row, and after which pause.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Retry {
    /// The job fails with the first error.
    #[default]
    Never,
    /// After the same pause each time.
    Fixed {
        /// How often it is tried again.
        times: u32,
        /// The pause before each of them.
        delay: Duration,
    },
    /// After pauses that grow.
    Exponential {
        /// How often it is tried again.
        times: u32,
        /// The pause before the first of them.
        first: Duration,
        /// How much longer each is than the one before.
        factor: f64,
        /// No pause is longer.
        most: Duration,
    },
}

impl Retry {
    /// The pause after so many failures; `None` when there is no other try.
    pub(super) fn delay_ns(&self, failures: u32) -> Option<u64> {
        let delay = match *self {
            Self::Fixed { times, delay } if failures <= times => delay,
            Self::Exponential { times, first, factor, most } if failures <= times => {
                let grown = first.as_secs_f64() * factor.powf(f64::from(failures - 1));
                // What is too long for a duration is longer than the longest pause, too.
                Duration::try_from_secs_f64(grown).map_or(most, |grown| grown.min(most))
            }
            _ => return None,
        };
        Some(nanoseconds(delay))
    }
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_as_long_as_said_and_then_there_are_no_more() {
        let pauses =
            |retry: Retry| -> Vec<_> { (1..7).map_while(|failures| retry.delay_ns(failures)).collect() };
        assert_eq!(pauses(Retry::Never), [0; 0]);
        assert_eq!(pauses(Retry::Fixed { times: 2, delay: Duration::from_nanos(5) }), [5, 5]);
        let (first, most) = (Duration::from_nanos(100), Duration::from_nanos(500));
        assert_eq!(pauses(Retry::Exponential { times: 4, first, factor: 2.0, most }), [100, 200, 400, 500]);
        let endless = Retry::Exponential { times: u32::MAX, first, factor: 1e300, most };
        assert_eq!(endless.delay_ns(u32::MAX), Some(500));
    }
}
