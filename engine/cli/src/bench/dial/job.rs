//! The plan that is run at each timeout, and what its sink hears of it.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use hdrhistogram::Histogram;
use memory::Batch;
use millstream::operators::{Cx, Flow, Sink, Source};
use millstream::prelude::{DataStream, Environment, Function, RuntimeMode};
use millstream::runtime::subtask::Failure;
use options::Settings;

use crate::run::CliError;

use super::source::Load;
use super::stage;

/// Latencies are told apart from a nanosecond to a minute, in three digits.
const LONGEST_NS: u64 = 60_000_000_000;
const DIGITS: u8 = 3;

/// The columns of an update.
const COUNT: usize = 1;
const DUE: usize = 2;

/// One run.
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) load: Load,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// How long the rows that are recorded took.
    pub(super) nanoseconds: Histogram<u64>,
    /// Rows in a second: at full load by the job's own time, at a rate from the first row's time to the last one's coming.
    pub(super) rate: f64,
    rows: u64,
    sum: u64,
    first_due_ns: u64,
    last_ns: u64,
}

impl Plan {
    /// Runs it, and looks whether all updates have come.
    pub(super) fn run(self) -> Result<Heard, CliError> {
        let Self { settings, load } = self;
        let heard = Arc::new(Mutex::new(None));
        let env = Environment::with(settings.clone());
        // Before there is a program: a batch would show the last update of each key only.
        env.parallelism(1).mode(RuntimeMode::Streaming);
        let rows: DataStream<(i64, i64)> =
            env.from_source("Source: Due", true, move |_| Ok::<Box<dyn Source>, Failure>(load.source()));
        let updates = rows.key_by_columns::<i64>(&["f0"]).aggregate_columns::<(i64, i64, i64)>([
            Function::Count.named("count"),
            Function::Max(1).named("due"),
        ]);
        let _ = {
            let heard = heard.clone();
            updates.sink_to("Latencies", move |_| {
                let ear =
                    Ear { heard: Some(Heard::nothing()), silent: load.silent(), goes_to: heard.clone() };
                Ok::<Box<dyn Sink>, Failure>(Box::new(ear))
            })
        };
        let elapsed = stage::run(&env.job_graph("dial")?, &settings)?;
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut heard: Heard =
            heard.ok_or_else(|| CliError::Bench("the sink has heard no end".to_owned()))?;
        let wanted = (load.rows, load.sum_of_counts());
        if (heard.rows, heard.sum) != wanted {
            return Err(CliError::Bench(format!(
                "{} updates have come whose counts add up to {}, instead of {} and {}: no figure counts",
                heard.rows, heard.sum, wanted.0, wanted.1
            )));
        }
        let seconds = match load.silent() {
            0 => elapsed.as_secs_f64(),
            _ => heard.last_ns.saturating_sub(heard.first_due_ns) as f64 / 1e9,
        };
        heard.rate = heard.rows as f64 / seconds.max(1e-9);
        Ok(heard)
    }
}

impl Heard {
    fn nothing() -> Self {
        let nanoseconds = Histogram::new_with_bounds(1, LONGEST_NS, DIGITS).expect("bounds in order");
        Self { nanoseconds, rate: 0.0, rows: 0, sum: 0, first_due_ns: 0, last_ns: 0 }
    }

    fn hear(&mut self, batch: &Batch, now_ns: u64, silent: u64) {
        let column = |number: usize| batch.columns().column(number).as_primitive::<Int64Type>().values();
        if self.rows == 0 {
            self.first_due_ns = column(DUE).first().map_or(0, |due| due.cast_unsigned());
        }
        self.last_ns = now_ns;
        self.sum = column(COUNT).iter().fold(self.sum, |sum, count| sum.wrapping_add(count.cast_unsigned()));
        // At full load nothing is due, and nothing is recorded.
        if silent > 0 {
            let skipped = usize::try_from(silent.saturating_sub(self.rows)).unwrap_or(usize::MAX);
            for due in column(DUE).iter().skip(skipped) {
                self.nanoseconds.saturating_record(now_ns.saturating_sub(due.cast_unsigned()).max(1));
            }
        }
        self.rows += batch.rows() as u64;
    }
}

/// The sink: notes when each update comes.
struct Ear {
    heard: Option<Heard>,
    silent: u64,
    goes_to: Arc<Mutex<Option<Heard>>>,
}

impl Sink for Ear {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let heard = self.heard.as_mut().expect("nothing comes behind the end");
        heard.hear(&batch.compact(), cx.now_ns(), self.silent);
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        *self.goes_to.lock().unwrap_or_else(PoisonError::into_inner) = self.heard.take();
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_updates_come_at_full_load_and_at_a_rate() {
        let mut settings = Settings::new();
        settings.define("taskmanager.memory.process.size=256mb").unwrap();
        for load in [Load::full(50_000), Load::paced(2_000, 0.1)] {
            let heard = Plan { settings: settings.clone(), load }.run().unwrap();
            assert_eq!(heard.rows, load.rows);
            assert_eq!(heard.nanoseconds.len(), if load.silent() > 0 { 200 } else { 0 });
            assert!(heard.rate > 0.0);
        }
    }
}
