//! The latencies of one program at one rate, and the gaps of the machine beside them.

use hdrhistogram::Histogram;
use runtime::hiccups::Hiccups;
use serde_json::{Value, json};

use crate::bench::open_loop::histogram;

/// The percentiles that are told; the last one is the most.
pub(super) const PERCENTILES: [(&str, f64); 5] =
    [("p50", 50.0), ("p99", 99.0), ("p99.9", 99.9), ("p99.99", 99.99), ("max", 100.0)];
/// From here on as many rows have come as were due.
const KEPT: f64 = 0.95;

/// One program at one rate.
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) rate: u64,
    pub(super) nanoseconds: Histogram<u64>,
    /// Gaps of all cores, when nobody worked on them.
    pub(super) gaps: Histogram<u64>,
    /// The part of its time that the worst core lost in long ones.
    pub(super) lost: f64,
    pub(super) keeps_up: bool,
}

impl Measured {
    /// `came`: rows a second at the other end.
    pub(super) fn of(name: &str, rate: u64, nanoseconds: Histogram<u64>, came: f64) -> Self {
        let keeps_up = came >= KEPT * rate as f64;
        Self { name: name.to_owned(), rate, nanoseconds, gaps: histogram(), lost: 0.0, keeps_up }
    }

    /// With what the machine did just before.
    pub(super) fn beside(mut self, watched: &[Hiccups]) -> Self {
        for core in watched {
            self.gaps.add(&core.nanoseconds).expect("both have the same bounds");
            self.lost = self.lost.max(core.lost);
        }
        self
    }

    /// For other programs.
    pub(super) fn json(&self) -> Value {
        let named = |nanoseconds: &Histogram<u64>| {
            let values = microseconds(nanoseconds).into_iter();
            let values =
                PERCENTILES.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value.into()));
            values.collect::<serde_json::Map<String, Value>>()
        };
        json!({
            "workload": self.name, "rate": self.rate, "samples": self.nanoseconds.len(),
            "microseconds": named(&self.nanoseconds), "keeps_up": self.keeps_up,
            "machine_alone": {"microseconds": named(&self.gaps), "lost": self.lost},
        })
    }
}

/// The percentiles.
pub(super) fn microseconds(nanoseconds: &Histogram<u64>) -> [f64; 5] {
    PERCENTILES.map(|(_, percentile)| nanoseconds.value_at_percentile(percentile) as f64 / 1e3)
}
