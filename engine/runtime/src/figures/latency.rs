//! How long the way from a source to here takes, as latency marks tell.
//!
//! One histogram for each source operator, in three digits. It belongs to the core that records; others get copies.

use hdrhistogram::Histogram;
use shuffle::LatencyMark;

use crate::bound::LATENCY_NS_MAX;

/// For each source operator, in nanoseconds.
pub type Latencies = Vec<(u32, Histogram<u64>)>;

/// What a subtask has learnt from latency marks.
#[derive(Clone, Debug, Default)]
pub struct Latency(Latencies);

impl Latency {
    /// A mark has come.
    pub(crate) fn record(&mut self, mark: LatencyMark, now_ns: u64) {
        let known = self.0.iter().position(|(source, _)| *source == mark.source);
        let place = known.unwrap_or_else(|| {
            self.0.push((mark.source, histogram()));
            self.0.len() - 1
        });
        self.0[place].1.saturating_record(now_ns.saturating_sub(mark.emitted_ns).max(1));
    }

    /// A copy.
    pub(crate) fn copy(&self) -> Latencies {
        self.0.clone()
    }
}

/// An empty histogram for times from a nanosecond to a minute.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3).expect("bounds that a histogram accepts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_its_own_histogram() {
        let mut latency = Latency::default();
        let mark = |source, emitted_ns| LatencyMark { source, subtask: 0, emitted_ns };
        for (source, emitted_ns) in [(1, 0), (2, 900), (1, 500), (2, 2_000)] {
            latency.record(mark(source, emitted_ns), 1_000);
        }
        let told: Vec<_> =
            latency.copy().iter().map(|(source, times)| (*source, times.len(), times.max())).collect();
        assert_eq!(told, [(1, 2, 1_000), (2, 2, 100)]);
    }
}
