//! The buffer timeout: when rows leave that do not fill a segment yet.
//!
//! | value | rows leave | so do watermarks and latency marks |
//! |---|---|---|
//! | `-1` | when a segment is full; before a barrier and the end | when the rows around them do |
//! | `0` | when the input at hand is done with; strictly: each by itself | at once |
//! | `T` | when a segment is full, and with a tick every T: after T at most, T/2 on average | with the rows |
//! | `auto` | when the receiver has nothing to do, and before they are older than a cap | with the rows |
//!
//! At `0` a source that has one row ships one row; one that has a hundred ships them together, and the first of them
//! waits while the others are processed. That is the one difference to shipping each record by itself, and the strict
//! form has not even that.
//!
//! At `auto` a receiver that is busy is sent what there is when the sender has nothing else to do, and one that sleeps is woken
//! as often as the sender can afford (`wakes.rs`).
//!
//! A flush costs what was written since the last one, not what channels there are.

mod steering;
mod wakes;

use std::time::Duration;

use options::{
    BUFFER_TIMEOUT_ENABLED, BUFFER_TIMEOUT_GOAL, BUFFER_TIMEOUT_INTERVAL, BUFFER_TIMEOUT_STRICT,
    FlushInterval, Settings,
};

pub use steering::{Advice, Goal, Observed, Steering};
pub(crate) use wakes::Wakes;

/// When an output ships what does not fill a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferTimeout {
    /// `-1`: only what is full, or what a barrier or the end sends before it.
    Full,
    /// `0`: all that there is, as soon as the input at hand is done with.
    Input,
    /// `0`, to the letter: every row by itself.
    Row,
    /// All that there is, with a tick so often.
    Every(Duration),
    /// What the receiver is hungry for, and what is too old.
    Auto,
}

impl BufferTimeout {
    /// What the user set for all edges.
    pub fn of(settings: &Settings) -> Self {
        if !settings.get(&BUFFER_TIMEOUT_ENABLED) {
            return Self::Full;
        }
        match settings.get(&BUFFER_TIMEOUT_INTERVAL) {
            FlushInterval::Never => Self::Full,
            FlushInterval::Auto => Self::Auto,
            FlushInterval::Every(Duration::ZERO) if settings.get(&BUFFER_TIMEOUT_STRICT) => Self::Row,
            FlushInterval::Every(Duration::ZERO) => Self::Input,
            FlushInterval::Every(time) => Self::Every(time),
        }
    }

    /// What the user wants of `auto`, if anything.
    pub fn goal(settings: &Settings) -> Option<Goal> {
        let p99 = settings.get(&BUFFER_TIMEOUT_GOAL)?;
        Some(Goal { p99_ns: u64::try_from(p99.as_nanos()).expect("the option is bounded") })
    }

    /// How often an output wants [`Output::flush`](crate::Output::flush), if it does.
    pub fn tick(self) -> Option<Duration> {
        match self {
            Self::Every(time) => Some(time),
            Self::Full | Self::Input | Self::Row | Self::Auto => None,
        }
    }

    /// When the first tick comes, for the sender of this number: somewhere within the interval, so that cores do not
    /// flush all at once.
    pub fn phase(self, sender: u32) -> Option<Duration> {
        // The golden ratio spreads consecutive numbers evenly.
        let share = f64::from(sender.wrapping_mul(0x9e37_79b9)) / (f64::from(u32::MAX) + 1.0);
        self.tick().map(|time| time.mul_f64(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> BufferTimeout {
        let mut settings = Settings::new();
        for line in lines {
            settings.define(line).unwrap();
        }
        BufferTimeout::of(&settings)
    }

    #[test]
    fn settings_mean_what_they_mean_in_flink() {
        let ms = Duration::from_millis;
        let interval = |value: &str| of(&[&format!("execution.buffer-timeout.interval = {value}")]);
        assert_eq!(of(&[]), BufferTimeout::Every(ms(100)));
        assert_eq!(interval("10 ms"), BufferTimeout::Every(ms(10)));
        assert_eq!(interval("0"), BufferTimeout::Input);
        assert_eq!(interval("-1"), BufferTimeout::Full);
        assert_eq!(interval("auto"), BufferTimeout::Auto);
        let off = "execution.buffer-timeout.enabled = false";
        assert_eq!(of(&[off, "execution.buffer-timeout.interval = 0"]), BufferTimeout::Full);
        let strict = "execution.buffer-timeout.strict = true";
        assert_eq!(of(&[strict, "execution.buffer-timeout.interval = 0 ms"]), BufferTimeout::Row);
        assert_eq!(of(&[strict]), BufferTimeout::Every(ms(100)));
    }

    #[test]
    fn a_goal_is_a_time() {
        let mut settings = Settings::new();
        assert_eq!(BufferTimeout::goal(&settings), None);
        settings.define("execution.buffer-timeout.goal = 10 ms").unwrap();
        assert_eq!(BufferTimeout::goal(&settings), Some(Goal { p99_ns: 10_000_000 }));
    }

    #[test]
    fn phases_lie_within_the_interval_and_apart() {
        let every = BufferTimeout::Every(Duration::from_millis(100));
        let mut phases: Vec<_> = (0..8).map(|sender| every.phase(sender).unwrap()).collect();
        phases.sort_unstable();
        assert!(phases[7] < Duration::from_millis(100));
        assert!(phases.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(5)), "{phases:?}");
        assert_eq!(BufferTimeout::Full.phase(3), None);
    }
}
