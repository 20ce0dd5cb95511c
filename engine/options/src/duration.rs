//! Durations, written as Flink writes them: `100ms`, `10 s`, `1 min`, `2h`.
//!
//! A bare number is milliseconds. `m` is a minute, never a month.

use std::{ops::RangeInclusive, time::Duration};

use crate::{
    Refusal,
    measure::{Scale, Unit},
    value::{Otherwise, Value},
};

const SECOND: u128 = 1_000_000_000;

const SCALE: Scale = Scale {
    units: &[
        Unit { size: 24 * 60 * 60 * SECOND, names: &["d", "day", "days"] },
        Unit { size: 60 * 60 * SECOND, names: &["h", "hour", "hours"] },
        Unit { size: 60 * SECOND, names: &["min", "m", "minute", "minutes"] },
        Unit { size: SECOND, names: &["s", "sec", "secs", "second", "seconds"] },
        Unit { size: SECOND / 1_000, names: &["ms", "milli", "millis", "millisecond", "milliseconds"] },
        Unit {
            size: SECOND / 1_000_000,
            // The micro sign and the Greek letter look the same and are two characters.
            names: &["us", "\u{b5}s", "\u{3bc}s", "micro", "micros", "microsecond", "microseconds"],
        },
        Unit { size: 1, names: &["ns", "nano", "nanos", "nanosecond", "nanoseconds"] },
    ],
    bare: "ms",
};

/// Reads a duration.
///
/// ```
/// use std::time::Duration;
///
/// use options::duration;
///
/// assert_eq!(duration::read("1 min")?, Duration::from_secs(60));
/// assert_eq!(duration::read("100")?, Duration::from_millis(100));
/// # Ok::<(), options::Refusal>(())
/// ```
pub fn read(text: &str) -> Result<Duration, Refusal> {
    let nanoseconds = SCALE.read(text)?;
    if nanoseconds > Duration::MAX.as_nanos() {
        return Err(Refusal::TooLarge);
    }
    Ok(Duration::from_nanos_u128(nanoseconds))
}

/// Writes a duration in the largest unit that divides it exactly.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(options::duration::write(Duration::from_millis(90_000)), "90s");
/// ```
pub fn write(duration: Duration) -> String {
    SCALE.write(duration.as_nanos())
}

impl Value for Duration {
    const KIND: &'static str = "duration";
    type Bounds = RangeInclusive<Duration>;

    fn read(text: &str, bounds: &RangeInclusive<Duration>) -> Result<Duration, Refusal> {
        match read(text)? {
            duration if duration < *bounds.start() => Err(Refusal::TooSmall),
            duration if duration > *bounds.end() => Err(Refusal::TooLarge),
            duration => Ok(duration),
        }
    }

    fn accepted(bounds: &RangeInclusive<Duration>) -> String {
        format!("a duration from {} to {}", write(*bounds.start()), write(*bounds.end()))
    }

    fn otherwise(&self, _bounds: &RangeInclusive<Duration>) -> Otherwise {
        Otherwise::Is(write(*self))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: Result<Duration, Refusal>) {
        assert_eq!(read(text), expect, "{text:?}");
    }

    #[test]
    fn every_spelling_of_a_unit_reads_the_same() {
        for (seconds, spellings) in [
            (86_400, "1d 1day 1days 1D"),
            (3_600, "1h 1hour 1hours"),
            (60, "1min 1m 1minute 1minutes 1MIN"),
            (1, "1s 1sec 1secs 1second 1seconds 1000 1000ms 1000millis 1000milli 1000millisecond"),
            (1, "1000000us 1000000µs 1000000μs 1000000micros 1000000000ns 1000000000nanos"),
        ] {
            for text in spellings.split(' ') {
                check(text, Ok(Duration::from_secs(seconds)));
            }
        }
        check(" 10 s ", Ok(Duration::from_secs(10)));
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_its_reason() {
        check("", Err(Refusal::Empty));
        check("s", Err(Refusal::NoAmount));
        check("-1", Err(Refusal::NoAmount));
        check("0.5s", Err(Refusal::Fraction));
        let known = "ns, us, ms, s, min, h, d".into();
        check("1 week", Err(Refusal::UnknownUnit { unit: "week".into(), known }));
    }

    #[test]
    fn the_last_duration_that_fits_is_read_and_the_next_refused() {
        check("18446744073709551615s", Ok(Duration::from_secs(u64::MAX)));
        check("18446744073709551616s", Err(Refusal::TooLarge));
        check(&format!("{} d", u128::MAX), Err(Refusal::TooLarge));
    }

    #[test]
    fn bounds_hold_at_both_ends_and_not_beyond() {
        let bounds = Duration::from_millis(1)..=Duration::from_secs(1);
        let read = |text| <Duration as Value>::read(text, &bounds);
        assert_eq!(read("1ms"), Ok(Duration::from_millis(1)));
        assert_eq!(read("1s"), Ok(Duration::from_secs(1)));
        assert_eq!(read("999us"), Err(Refusal::TooSmall));
        assert_eq!(read("1001ms"), Err(Refusal::TooLarge));
        assert_eq!(Duration::accepted(&bounds), "a duration from 1ms to 1s");
    }

    #[test]
    fn nothing_is_written_in_milliseconds() {
        assert_eq!(write(Duration::ZERO), "0ms");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds: u64, nanoseconds in 0_u32..1_000_000_000) {
            for duration in [Duration::new(seconds, nanoseconds), Duration::from_secs(seconds)] {
                prop_assert_eq!(read(&write(duration)), Ok(duration));
            }
        }
    }
}
