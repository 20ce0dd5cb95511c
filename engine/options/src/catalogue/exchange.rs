//! When rows leave for the next subtask.

use std::time::Duration;

use super::{Group, Key};
use crate::{FlushInterval, Optional, Whose};

group! {
    /// Between two subtasks rows travel in segments. The buffer timeout decides when a segment leaves that is not
    /// full: the choice between latency and throughput.
    "Buffer timeout"

    /// How often segments leave that are not full: a duration, `0` for after each input, `-1` for never (only full
    /// ones, and all of them before a barrier and at the end), or `auto` for when the receiver has nothing to do.
    BUFFER_TIMEOUT_INTERVAL: FlushInterval = "execution.buffer-timeout.interval" {
        whose: Whose::Flink,
        bounds: Duration::ZERO..=Duration::from_secs(60 * 60),
        default: FlushInterval::Every(Duration::from_millis(100)),
    }

    /// Whether segments leave by time at all; `false` is the interval `-1`.
    BUFFER_TIMEOUT_ENABLED: bool = "execution.buffer-timeout.enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: true,
    }

    /// At an interval of `0`, whether every row leaves by itself. Otherwise the rows of an input that came together
    /// leave together, which is much cheaper.
    BUFFER_TIMEOUT_STRICT: bool = "execution.buffer-timeout.strict" {
        whose: Whose::Ours,
        bounds: (),
        default: false,
    }

    /// At an interval of `auto`, in what time ninety-nine of a hundred rows should have come from a source to a sink.
    /// Rows wait for company as long as this allows.
    BUFFER_TIMEOUT_GOAL: Option<Duration> = "execution.buffer-timeout.goal" {
        whose: Whose::Ours,
        bounds: Optional {
            bounds: Duration::from_micros(1)..=Duration::from_secs(60),
            unset: "a row waits 10ms at most",
            such_as: "5ms",
        },
        default: None,
    }
}
