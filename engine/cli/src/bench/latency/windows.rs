//! Counts by key in sliding windows, as in Jet's benchmark: when the results of a window begin to come, and when the last of them
//! has come, against the time at which it was over.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use hdrhistogram::Histogram;
use memory::Batch;
use millstream::operators::window::pane::Windows;
use millstream::operators::{Cx, Flow, Sink, Source};
use millstream::prelude::{DataStream, Environment, Function, RuntimeMode, Timestamp, WatermarkStrategy};
use millstream::runtime::subtask::Failure;
use options::Settings;

use crate::bench::open_loop::{KEYS, Load, Stamp, histogram, run as run_on_stage};
use crate::run::CliError;

/// From one window to the next.
pub(super) const SLIDE_MS: u64 = 20;
const MS_NS: u64 = 1_000_000;

/// The columns of a result.
const COUNT: usize = 1;
const END: usize = 3;

/// One run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sliding {
    load: Load,
    size_ms: u64,
}

/// What came of it.
pub(super) struct Heard {
    pub(super) first: Histogram<u64>,
    pub(super) last: Histogram<u64>,
}

/// What is left at the end: when the results of each window came, how many, and what their counts add up to.
#[derive(Default)]
struct Results {
    windows: BTreeMap<u64, Came>,
    rows: u64,
    sum: u64,
}

struct Came {
    first_ns: u64,
    last_ns: u64,
}

impl Sliding {
    /// Windows of so many seconds, which are whole slides.
    pub(super) fn of(load: Load, seconds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
        let slides = (seconds * 1e3 / SLIDE_MS as f64).round() as u64;
        Self { load, size_ms: slides.max(1) * SLIDE_MS }
    }

    /// Runs it, and looks whether all results have come.
    pub(super) fn run(self, settings: &Settings) -> Result<Heard, CliError> {
        let (began_ns, results) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Results::default())));
        let env = Environment::with(settings.clone());
        env.parallelism(1).mode(RuntimeMode::Streaming);
        let (load, stamp) = (self.load, Stamp::EventTime(began_ns.clone()));
        let rows: DataStream<(i64, i64)> = env
            .from_source("Source: Due", true, move |_| Ok::<Box<dyn Source>, Failure>(load.source(&stamp)));
        let times = WatermarkStrategy::monotonous().timestamps(|row: &(i64, i64)| row.1);
        let rows = rows.assign_timestamps_and_watermarks(times);
        let (size, slide) = (self.size_ms.cast_signed(), SLIDE_MS.cast_signed());
        let counts = rows.key_by_columns::<i64>(&["f0"]).window_columns::<(i64, i64, Timestamp, Timestamp)>(
            Windows::Sliding { size, slide, offset: 0 },
            [Function::Count.named("count")],
        );
        let _ = {
            let results = results.clone();
            counts.sink_to("Results", move |_| {
                Ok::<Box<dyn Sink>, Failure>(Box::new(Ear { results: results.clone() }))
            })
        };
        run_on_stage(&env.job_graph("windows")?, settings)?;
        let results = std::mem::take(&mut *results.lock().unwrap_or_else(PoisonError::into_inner));
        self.heard(&results, began_ns.load(Ordering::Relaxed))
    }

    fn heard(self, results: &Results, began_ns: u64) -> Result<Heard, CliError> {
        let (rows, sum) = self.wanted();
        if (results.rows, results.sum) != (rows, sum) {
            return Err(CliError::Bench(format!(
                "{} rows of windows have come whose counts add up to {}, instead of {rows} and {sum}: no figure counts",
                results.rows, results.sum
            )));
        }
        let mut heard = Heard { first: histogram(), last: histogram() };
        // Windows behind the last row are over when the stream is.
        let recorded = self.load.due_ms(self.load.silent)..self.load.due_ms(self.load.rows - 1);
        for (end_ms, came) in results.windows.range(recorded) {
            let over_ns = began_ns + end_ms * MS_NS;
            heard.first.saturating_record(came.first_ns.saturating_sub(over_ns).max(1));
            heard.last.saturating_record(came.last_ns.saturating_sub(over_ns).max(1));
        }
        Ok(heard)
    }

    /// How many results there are, and what their counts add up to: window by window. Keys come in turn.
    fn wanted(self) -> (u64, u64) {
        let (mut rows, mut sum) = (0, 0);
        let until = self.load.due_ms(self.load.rows - 1) + self.size_ms;
        for end in (1..=until / SLIDE_MS).map(|slides| slides * SLIDE_MS) {
            let count = self.load.first_row(end) - self.load.first_row(end.saturating_sub(self.size_ms));
            rows += count.min(KEYS);
            sum += count;
        }
        (rows, sum)
    }
}

/// The sink: notes when the results of each window come.
struct Ear {
    results: Arc<Mutex<Results>>,
}

impl Sink for Ear {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let (batch, now_ns) = (batch.compact(), cx.now_ns());
        let columns = batch.columns();
        let counts = columns.column(COUNT).as_primitive::<Int64Type>().values();
        let ends = columns.column(END).as_primitive::<TimestampMillisecondType>().values();
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.rows += counts.len() as u64;
        results.sum = counts.iter().fold(results.sum, |sum, count| sum + count.cast_unsigned());
        for window in ends.chunk_by(|one, other| one == other) {
            let came = results.windows.entry(window[0].cast_unsigned());
            came.or_insert(Came { first_ns: now_ns, last_ns: now_ns }).last_ns = now_ns;
        }
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_results_come_and_those_of_whole_windows_are_recorded() {
        let mut settings = Settings::new();
        settings.define("taskmanager.memory.process.size=256mb").unwrap();
        let sliding = Sliding::of(Load::paced(2_000, 0.2, 0.2), 0.1);
        let heard = sliding.run(&settings).unwrap();
        // One every 20 ms, from 200 to 380 ms.
        assert_eq!((heard.first.len(), heard.last.len()), (10, 10));
        assert!(heard.first.max() <= heard.last.max());
    }

    #[test]
    fn what_is_wanted_is_what_counting_row_by_row_comes_to() {
        let sliding = Sliding::of(Load::paced(300, 0.0, 0.5), 0.06);
        let mut cells = BTreeMap::new();
        for row in 0..sliding.load.rows {
            let time = sliding.load.due_ms(row).cast_signed();
            let first = time.div_euclid(20) - 2;
            for window in first..first + 3 {
                *cells.entry((window, row % KEYS)).or_insert(0_u64) += 1;
            }
        }
        assert_eq!(sliding.wanted(), (cells.len() as u64, cells.values().sum()));
    }
}
