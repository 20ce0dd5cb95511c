//! What a user says about the time of rows.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;

use crate::layout::Layout;
use crate::rows::map::{selected, selected_kinds};
use crate::rows::{open, rows_of};
use crate::seat::Mode;

/// How rows get their time, and how time goes on.
pub struct WatermarkStrategy<T> {
    progress: Progress<T>,
    timestamp: Option<Timestamp<T>>,
    pub(super) idle_after: Option<Duration>,
    pub(super) alignment: Option<(String, i64)>,
}

type Timestamp<T> = Arc<dyn Fn(&T) -> i64 + Send + Sync>;
type Punctuation<T> = Arc<dyn Fn(&T, i64) -> Option<i64> + Send + Sync>;

enum Progress<T> {
    /// Time is said never to come further.
    Never,
    /// As far as the greatest time so far, less this many milliseconds, less one.
    Behind(i64),
    /// As far as a row says.
    Punctuated(Punctuation<T>),
}

impl<T> Clone for Progress<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Behind(delay_ms) => Self::Behind(*delay_ms),
            Self::Punctuated(function) => Self::Punctuated(function.clone()),
        }
    }
}

impl<T> Clone for WatermarkStrategy<T> {
    fn clone(&self) -> Self {
        Self {
            progress: self.progress.clone(),
            timestamp: self.timestamp.clone(),
            idle_after: self.idle_after,
            alignment: self.alignment.clone(),
        }
    }
}

impl<T: Record> WatermarkStrategy<T> {
    fn new(progress: Progress<T>) -> Self {
        Self { progress, timestamp: None, idle_after: None, alignment: None }
    }

    /// Time never goes on: windows fire at the end alone.
    pub fn no_watermarks() -> Self {
        Self::new(Progress::Never)
    }

    /// Rows come in the order of their times.
    pub fn monotonous() -> Self {
        Self::new(Progress::Behind(0))
    }

    /// No row comes later than this behind one with a greater time.
    pub fn bounded_out_of_orderness(delay: Duration) -> Self {
        let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        Self::new(Progress::Behind(delay_ms))
    }

    /// Rows say how far time has come: `function` gets a row and its time and answers with a watermark, or nothing.
    pub fn punctuated(function: impl Fn(&T, i64) -> Option<i64> + Send + Sync + 'static) -> Self {
        Self::new(Progress::Punctuated(Arc::new(function)))
    }

    /// The time of a row, in milliseconds since 1970. Without it, rows keep the time that they have.
    #[must_use]
    pub fn timestamps<M: Into<i64>>(self, timestamp: impl Fn(&T) -> M + Send + Sync + 'static) -> Self {
        Self { timestamp: Some(Arc::new(move |row| timestamp(row).into())), ..self }
    }

    /// Nobody waits for a split, or an input, that has had no row for so long.
    #[must_use]
    pub fn idleness(self, after: Duration) -> Self {
        Self { idle_after: Some(after), ..self }
    }

    /// Sources of this group wait when they are further ahead than `drift_max` of the one that is last.
    #[must_use]
    pub fn alignment(self, group: impl Into<String>, drift_max: Duration) -> Self {
        let drift_max_ms = i64::try_from(drift_max.as_millis()).unwrap_or(i64::MAX);
        Self { alignment: Some((group.into(), drift_max_ms)), ..self }
    }

    /// The same for a job of this mode: when only the end counts, time comes once, at the end.
    #[must_use]
    pub fn in_mode(&self, mode: Mode) -> Self {
        match mode {
            Mode::Streaming => self.clone(),
            Mode::Batch => {
                Self { progress: Progress::Never, idle_after: None, alignment: None, ..self.clone() }
            }
        }
    }

    /// Whether rows get a time of their own by it.
    pub fn gives_times(&self) -> bool {
        self.timestamp.is_some()
    }

    /// The part of it that looks at rows, over a stream of this layout.
    pub fn stamp(&self, input: &Layout) -> Box<dyn Stamp> {
        assert!(self.gives_times() || input.time().is_some(), "rows without a time need one: .timestamps(…)");
        let output = if self.gives_times() { input.timed() } else { input.clone() };
        let (progress, timestamp) = (self.progress.clone(), self.timestamp.clone());
        Box::new(OfRows { input: input.clone(), output, progress, timestamp })
    }
}

/// A batch that has its times.
pub struct Stamped {
    /// The batch.
    pub batch: Batch,
    /// The watermark that its rows allow, if any.
    pub watermark: Option<i64>,
}

/// Gives rows their times.
pub trait Stamp {
    /// The same rows with their times.
    ///
    /// # Errors
    ///
    /// If the rows cannot be read.
    fn stamp(&mut self, batch: Batch) -> Result<Stamped, Failure>;
}

struct OfRows<T> {
    input: Layout,
    output: Layout,
    progress: Progress<T>,
    timestamp: Option<Timestamp<T>>,
}

impl<T: Record> Stamp for OfRows<T> {
    fn stamp(&mut self, batch: Batch) -> Result<Stamped, Failure> {
        let Some(timestamp) = &self.timestamp else {
            let times = self.input.times(&batch);
            let times: Vec<i64> = rows_of(&batch).map(|row| times[row]).collect();
            let watermark = self.watermark(&batch, &times)?;
            return Ok(Stamped { batch, watermark });
        };
        let reader = open::<T>(&self.input, &batch)?;
        let times: Vec<i64> = rows_of(&batch).map(|row| timestamp(&reader.get(row))).collect();
        let watermark = self.watermark(&batch, &times)?;
        let (rows, time) = (batch.rows(), self.output.time().expect("it has just been given one"));
        let mut columns: Vec<ArrayRef> =
            (0..batch.columns().num_columns()).map(|column| selected(&batch, column)).collect();
        columns.truncate(self.output.schema().fields().len());
        let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(times));
        if time < columns.len() {
            columns[time] = times
        } else {
            columns.push(times)
        }
        let kinds = selected_kinds(&batch);
        Ok(Stamped { batch: self.output.batch(columns, rows).with_kinds(kinds), watermark })
    }
}

impl<T: Record> OfRows<T> {
    fn watermark(&self, batch: &Batch, times: &[i64]) -> Result<Option<i64>, Failure> {
        Ok(match &self.progress {
            Progress::Never => None,
            Progress::Behind(delay_ms) => {
                times.iter().max().map(|most| most.saturating_sub(*delay_ms).saturating_sub(1))
            }
            Progress::Punctuated(function) => {
                let reader = open::<T>(&self.input, batch)?;
                let rows = rows_of(batch).zip(times);
                rows.filter_map(|(row, time)| function(&reader.get(row), *time)).max()
            }
        })
    }
}
