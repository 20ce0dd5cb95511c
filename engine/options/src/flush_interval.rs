//! How often an exchange ships what does not fill a segment: a duration, or one of two words for never and by need.
//!
//! Flink spells never `-1` in its API and `execution.buffer-timeout.enabled: false` in a configuration file. Both
//! are understood.

use std::{ops::RangeInclusive, time::Duration};

use crate::{Otherwise, Refusal, Value};

/// The value of `execution.buffer-timeout.interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlushInterval {
    /// `-1`: what is not full waits.
    Never,
    /// A tick so often; zero after each input.
    Every(Duration),
    /// When the receiver has nothing else to do.
    Auto,
}

impl Value for FlushInterval {
    const KIND: &'static str = "duration";
    type Bounds = RangeInclusive<Duration>;

    fn read(text: &str, bounds: &Self::Bounds) -> Result<Self, Refusal> {
        match text.trim().to_lowercase().as_str() {
            "-1" | "-1ms" | "-1 ms" => Ok(Self::Never),
            "auto" => Ok(Self::Auto),
            other => Duration::read(other, bounds).map(Self::Every),
        }
    }

    fn accepted(bounds: &Self::Bounds) -> String {
        format!("{}, -1 for never, or auto", Duration::accepted(bounds))
    }

    fn otherwise(&self, bounds: &Self::Bounds) -> Otherwise {
        match self {
            Self::Never => Otherwise::Is("-1".into()),
            Self::Every(time) => time.otherwise(bounds),
            Self::Auto => Otherwise::Is("auto".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_duration_or_a_word() {
        let bounds = Duration::ZERO..=Duration::from_secs(3600);
        let read = |text| FlushInterval::read(text, &bounds);
        assert_eq!(read("100 ms"), Ok(FlushInterval::Every(Duration::from_millis(100))));
        assert_eq!(read("0"), Ok(FlushInterval::Every(Duration::ZERO)));
        assert_eq!(read(" -1 "), Ok(FlushInterval::Never));
        assert_eq!(read("AUTO"), Ok(FlushInterval::Auto));
        assert_eq!(read("2 h"), Err(Refusal::TooLarge));
        assert!(read("-2").is_err());
        assert!(read("sometimes").is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let bounds = Duration::ZERO..=Duration::from_secs(3600);
        for interval in
            [FlushInterval::Never, FlushInterval::Auto, FlushInterval::Every(Duration::from_micros(1500))]
        {
            let Otherwise::Is(text) = interval.otherwise(&bounds) else { panic!("always a value") };
            assert_eq!(FlushInterval::read(&text, &bounds), Ok(interval));
        }
    }
}
