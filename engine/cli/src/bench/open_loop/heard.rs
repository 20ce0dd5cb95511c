//! What a sink hears of rows that say when they were due: how long each took, and whether all have come.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use hdrhistogram::Histogram;
use memory::Batch;
use millstream::DataStream;
use millstream::operators::{Cx, Flow, Sink};
use millstream::record::Record;
use millstream::runtime::subtask::Failure;

use crate::run::CliError;

/// Latencies are told apart from a nanosecond to a minute, in three digits.
const LONGEST_NS: u64 = 60_000_000_000;
const DIGITS: u8 = 3;

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// How long the rows that are recorded took.
    pub(crate) nanoseconds: Histogram<u64>,
    /// Rows in a second: at full load by the job's own time, at a rate from the first row's time to the last one's coming.
    pub(crate) rate: f64,
    pub(crate) rows: u64,
    sum: u64,
    first_due_ns: u64,
    last_ns: u64,
}

/// Which columns are heard: one that is summed, and when the row was due.
#[derive(Clone, Copy, Debug)]
struct Columns {
    summed: usize,
    due: usize,
}

/// What is to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) rows: u64,
    pub(crate) sum: u64,
    /// So many of the first rows are not recorded.
    pub(crate) silent: u64,
}

/// A sink that is told of, until its job has ended.
#[derive(Clone)]
pub(crate) struct Listening {
    wanted: Wanted,
    heard: Arc<Mutex<Option<Heard>>>,
}

/// An empty histogram of nanoseconds.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, DIGITS).expect("bounds in order")
}

impl Listening {
    /// Puts a sink behind a stream whose columns are these: one to be summed, and when a row was due.
    pub(crate) fn to<T: Record>(stream: &DataStream<T>, summed: usize, due: usize, wanted: Wanted) -> Self {
        let this = Self { wanted, heard: Arc::default() };
        let columns = Columns { summed, due };
        let listening = this.clone();
        let _ = stream.sink_to("Latencies", move |_| {
            let ear = Ear { heard: Some(Heard::nothing()), columns, listening: listening.clone() };
            Ok::<Box<dyn Sink>, Failure>(Box::new(ear))
        });
        this
    }

    /// What was heard in a job that took so long, if all has come.
    pub(crate) fn heard(self, elapsed: Duration) -> Result<Heard, CliError> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut heard = heard.ok_or_else(|| CliError::Bench("the sink has heard no end".to_owned()))?;
        let Wanted { rows, sum, silent } = self.wanted;
        if (heard.rows, heard.sum) != (rows, sum) {
            return Err(CliError::Bench(format!(
                "{} rows have come that add up to {}, instead of {rows} and {sum}: no figure counts",
                heard.rows, heard.sum
            )));
        }
        let seconds = match silent == rows {
            true => elapsed.as_secs_f64(),
            false => heard.last_ns.saturating_sub(heard.first_due_ns) as f64 / 1e9,
        };
        heard.rate = heard.rows as f64 / seconds.max(1e-9);
        Ok(heard)
    }
}

impl Heard {
    fn nothing() -> Self {
        Self { nanoseconds: histogram(), rate: 0.0, rows: 0, sum: 0, first_due_ns: 0, last_ns: 0 }
    }

    fn hear(&mut self, batch: &Batch, columns: Columns, now_ns: u64, silent: u64) {
        let column = |number: usize| batch.columns().column(number).as_primitive::<Int64Type>().values();
        let dues = column(columns.due);
        if self.rows == 0 {
            self.first_due_ns = dues.first().map_or(0, |due| due.cast_unsigned());
        }
        self.last_ns = now_ns;
        let summed = column(columns.summed).iter();
        self.sum = summed.fold(self.sum, |sum, number| sum.wrapping_add(number.cast_unsigned()));
        let skipped = usize::try_from(silent.saturating_sub(self.rows)).unwrap_or(usize::MAX);
        for due in dues.iter().skip(skipped) {
            self.nanoseconds.saturating_record(now_ns.saturating_sub(due.cast_unsigned()).max(1));
        }
        self.rows += batch.rows() as u64;
    }
}

/// The sink: notes when each row comes.
struct Ear {
    heard: Option<Heard>,
    columns: Columns,
    listening: Listening,
}

impl Sink for Ear {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let heard = self.heard.as_mut().expect("nothing comes behind the end");
        heard.hear(&batch.compact(), self.columns, cx.now_ns(), self.listening.wanted.silent);
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        *self.listening.heard.lock().unwrap_or_else(PoisonError::into_inner) = self.heard.take();
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_come_leaves_no_figure() {
        let wanted = Wanted { rows: 2, sum: 3, silent: 0 };
        let with = |rows: u64, sum: u64| {
            let heard = Heard { rows, sum, ..Heard::nothing() };
            Listening { wanted, heard: Arc::new(Mutex::new(Some(heard))) }.heard(Duration::from_secs(1))
        };
        assert!(with(2, 3).is_ok());
        let words = with(2, 4).unwrap_err().to_string();
        assert_eq!(words, "2 rows have come that add up to 4, instead of 2 and 3: no figure counts");
        assert!(with(1, 3).is_err());
    }
}
