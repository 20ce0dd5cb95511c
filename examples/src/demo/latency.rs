//! How long the way from the source to the pages takes, as marks tell that travel with the rows.
//!
//! A subtask's histogram goes with it when it ends, so the cores are asked while the job runs and the last answer of each
//! subtask is kept: the marks of its last moments may be missing.

use std::collections::BTreeMap;
use std::time::Duration;

use runtime::Worker;
use runtime::figures::Latencies;

use super::amount;

/// A hundred marks a second from each source: enough for a 99th percentile, and no load.
pub(crate) const INTERVAL: Duration = Duration::from_millis(10);

/// The last answer of each subtask, by vertex and number.
#[derive(Debug, Default)]
pub(crate) struct Latency(BTreeMap<(u32, u32), Latencies>);

impl Latency {
    /// Asks all cores.
    pub(crate) fn look(&mut self, worker: &Worker) {
        for (place, latencies) in worker.figures().into_iter().flat_map(|core| core.latencies) {
            self.0.insert((place.vertex, place.number), latencies);
        }
    }

    /// In words, all subtasks together.
    pub(crate) fn words(&self) -> String {
        let all = self.0.values().flatten().map(|(_, histogram)| histogram.clone());
        let merged = all.reduce(|mut sum, next| {
            sum.add(next).expect("all histograms have the same bounds");
            sum
        });
        let Some(merged) = merged else { return "the job was over before anybody had looked".to_owned() };
        let [p50, p99, max] =
            [merged.value_at_quantile(0.5), merged.value_at_quantile(0.99), merged.max()].map(amount::time);
        format!("source to pages: p50 {p50}, p99 {p99}, max {max} ({} marks)", amount::grouped(merged.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_never_asked_says_so() {
        assert_eq!(Latency::default().words(), "the job was over before anybody had looked");
    }
}
