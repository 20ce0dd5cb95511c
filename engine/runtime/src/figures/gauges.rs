//! Numbers that one core writes and anybody reads.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// A sum since the start. Written by one thread only, so that adding needs no atomic step.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// The sum.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(more), Relaxed);
    }

    pub(crate) fn set(&self, sum: u64) {
        self.0.store(sum, Relaxed);
    }

    pub(crate) fn raise_to(&self, peak: u64) {
        if peak > self.get() {
            self.set(peak);
        }
    }
}

/// A value that goes up and down, or a time.
#[derive(Debug)]
pub struct Level(AtomicI64);

impl Level {
    pub(crate) const fn new(value: i64) -> Self {
        Self(AtomicI64::new(value))
    }

    /// The value.
    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn set(&self, value: i64) {
        self.0.store(value, Relaxed);
    }
}

/// What one subtask has done. Times are nanoseconds, bytes are counted as credit counts them.
///
/// Of the time since it was started, `idle_ns` went by with nothing to do and `blocked_ns` with something that it was
/// not allowed to do; the rest it was busy, or waited for its turn.
#[derive(Debug)]
pub struct SubtaskGauges {
    /// Rows that came in.
    pub rows_in: Count,
    /// In so many batches.
    pub batches_in: Count,
    /// Of so many bytes.
    pub bytes_in: Count,
    /// Rows sent, each output counted.
    pub rows_out: Count,
    /// In so many messages.
    pub messages_out: Count,
    /// Of so many bytes.
    pub bytes_out: Count,
    /// Time in steps, or ready for one.
    pub busy_ns: Count,
    /// Time with nothing to do.
    pub idle_ns: Count,
    /// Time behind a full output, a refused reservation, or an operation that is not over.
    pub blocked_ns: Count,
    /// Steps.
    pub steps: Count,
    /// The longest of them.
    pub step_ns_max: Count,
    /// Those that took far too long.
    pub overruns: Count,
    /// How far event time has come at its input, in milliseconds since 1970.
    pub watermark: Level,
    /// Bytes that have come and wait for it: so much of its senders' credit is used up.
    pub queued_bytes: Count,
    /// Bytes that it has sent and that wait for credit.
    pub waiting_bytes: Count,
    /// File operations under way.
    pub files_in_flight: Count,
}

impl Default for SubtaskGauges {
    fn default() -> Self {
        let zero = Count::default;
        Self {
            rows_in: zero(),
            batches_in: zero(),
            bytes_in: zero(),
            rows_out: zero(),
            messages_out: zero(),
            bytes_out: zero(),
            busy_ns: zero(),
            idle_ns: zero(),
            blocked_ns: zero(),
            steps: zero(),
            step_ns_max: zero(),
            overruns: zero(),
            watermark: Level::new(i64::MIN),
            queued_bytes: zero(),
            waiting_bytes: zero(),
            files_in_flight: zero(),
        }
    }
}

/// What one core has done.
#[derive(Debug, Default)]
pub struct CoreGauges {
    /// Turns of its loop.
    pub turns: Count,
    /// Time in turns in which something was done.
    pub busy_ns: Count,
    /// Time asleep.
    pub parked_ns: Count,
    /// How often it went to sleep.
    pub parks: Count,
    /// How often it woke another core.
    pub wakes: Count,
    /// The longest turn.
    pub turn_ns_max: Count,
    /// Segments of its pool that are out, in bytes.
    pub segment_bytes: Count,
    /// The most that were.
    pub segment_bytes_max: Count,
    /// Subtasks on it.
    pub subtasks: Count,
    /// Messages that came for subtasks which were gone.
    pub strays: Count,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_only_grows() {
        let peak = Count::default();
        [3, 7, 5].into_iter().for_each(|step| peak.raise_to(step));
        assert_eq!(peak.get(), 7);
    }
}
