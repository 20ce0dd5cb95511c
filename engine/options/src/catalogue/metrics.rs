//! What a job tells about itself.

use std::time::Duration;

use super::{Group, Key};
use crate::Whose;

group! {
    /// Counters cost nothing that could be seen, and are always kept. What costs something is asked for.
    "Metrics"

    /// How often each source sends a mark that travels with the rows and tells every operator how long the way has taken;
    /// `0` for never.
    LATENCY_INTERVAL: Duration = "metrics.latency.interval" {
        whose: Whose::Flink,
        bounds: Duration::ZERO..=Duration::from_secs(60 * 60),
        default: Duration::ZERO,
    }
}
