//! Time that only goes forward, counted from the clock's own start; and, apart from it, what the machine believes the
//! time of day to be.
//!
//! The only reader of the machine's clocks: everywhere else time is an argument, so that the same code can run under a
//! simulated one.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A stopwatch that cannot be stopped. A copy counts from the same start, so cores that share one agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// A clock that shows zero now.
    #[expect(clippy::disallowed_methods, reason = "the clock is what everyone else reads instead")]
    pub fn start() -> Self {
        Self { began: Instant::now() }
    }

    /// Nanoseconds since the start.
    pub fn now_ns(&self) -> u64 {
        // 64 bits of nanoseconds end after 584 years.
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Milliseconds since 1970, as the machine believes. May jump either way.
#[expect(clippy::disallowed_methods, reason = "the clock is what everyone else reads instead")]
pub(crate) fn wall_ms() -> i64 {
    let millis = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_goes_back() {
        let clock = Clock::start();
        let readings: Vec<u64> = (0..1_000).map(|_| clock.now_ns()).collect();
        assert!(readings.is_sorted());
    }

    #[test]
    fn a_copy_counts_from_the_same_start() {
        let clock = Clock::start();
        let (copy, before) = (clock, clock.now_ns());
        assert!(copy.now_ns() >= before);
    }
}
