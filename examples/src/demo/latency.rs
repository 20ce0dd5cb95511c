//! How long the way from the source to the pages takes, as marks tell that travel with the rows.

use std::time::Duration;

use options::{LATENCY_INTERVAL, Settings};
use runtime::job::Outcome;

use super::amount;

/// Without a word from the user: a hundred marks a second from each source, enough for a 99th percentile, and no load.
const INTERVAL: Duration = Duration::from_millis(10);

/// How often sources send marks: as often as `metrics.latency.interval` says, or, if that says never, as `asked`.
pub(crate) fn interval(settings: &Settings, asked: bool) -> Option<Duration> {
    let set = Some(settings.get(&LATENCY_INTERVAL)).filter(|interval| !interval.is_zero());
    set.or(asked.then_some(INTERVAL))
}

/// In words, all subtasks together.
pub(crate) fn words(outcome: &Outcome) -> String {
    let all =
        outcome.latencies.iter().flat_map(|(_, sources)| sources).map(|(_, histogram)| histogram.clone());
    let merged = all.reduce(|mut sum, next| {
        sum.add(next).expect("all histograms have the same bounds");
        sum
    });
    let Some(merged) = merged else { return "the job was over before the first mark".to_owned() };
    let [p50, p99, max] =
        [merged.value_at_quantile(0.5), merged.value_at_quantile(0.99), merged.max()].map(amount::time);
    format!("source to pages: p50 {p50}, p99 {p99}, max {max} ({} marks)", amount::grouped(merged.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_comes_before_the_argument() {
        let mut settings = Settings::new();
        assert_eq!([true, false].map(|asked| interval(&settings, asked)), [Some(INTERVAL), None]);
        settings.define("metrics.latency.interval=3ms").unwrap();
        assert_eq!(
            [true, false].map(|asked| interval(&settings, asked)),
            [Some(Duration::from_millis(3)); 2]
        );
    }
}
