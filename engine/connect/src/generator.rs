//! Rows that follow from their numbers: for measurements, tests and the first job that somebody writes.
//!
//! A function of columns makes them: what row `n` is follows from `n` alone, so whoever knows the numbers knows the rows,
//! and a subtask that is started again makes the same ones. The numbers are shared out in stripes (`lanes.rs`), and a
//! rate is kept by a schedule (`pace.rs`).
//!
//! Keeps the next number of each lane and how many rows it has sent. Never reads a clock but the runtime's, and draws no
//! random number: a function that wants chance mixes it from the number.

mod lanes;
mod pace;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use memory::Batch;
use operators::{Cx, Poll, Source};
use runtime::subtask::{Failure, Seat};
use state::{Restore, Snapshot};

use crate::bound::GENERATED_ROWS;
pub(crate) use lanes::Lanes;
pub(crate) use pace::Pace;

/// Makes the rows of these numbers.
type MakeRows = dyn Fn(Range<u64>) -> RecordBatch + Send + Sync;

/// The source. It has no end, and is as fast as whoever takes its rows, unless something else is said.
#[derive(Clone)]
pub struct Generator {
    schema: SchemaRef,
    make: Arc<MakeRows>,
    count: Option<u64>,
    rows_per_second: Option<u64>,
}

impl Generator {
    /// The rows that `make` makes: one for each number of its range, in their order.
    pub fn new(schema: SchemaRef, make: impl Fn(Range<u64>) -> RecordBatch + Send + Sync + 'static) -> Self {
        Self { schema, make: Arc::new(make), count: None, rows_per_second: None }
    }

    /// The same with the numbers from 0 to `count`, without `count`, and then an end.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// The same at so many rows a second, of all subtasks together.
    ///
    /// # Panics
    ///
    /// At a rate of none, or of more than one in a nanosecond.
    #[must_use]
    pub fn rows_per_second(self, rows: u64) -> Self {
        assert!((1..=1_000_000_000).contains(&rows), "{rows} rows a second");
        Self { rows_per_second: Some(rows), ..self }
    }

    /// The columns of its rows.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether it ends.
    pub fn is_bounded(&self) -> bool {
        self.count.is_some()
    }

    /// One subtask, with its share of the numbers.
    ///
    /// # Errors
    ///
    /// None; as with every source.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Source>, Failure> {
        let (number, parallelism) = (u64::from(seat.place.number), u64::from(seat.place.parallelism));
        Ok(Box::new(Generating {
            make: self.make.clone(),
            lanes: Lanes::share(number, parallelism, self.count),
            pace: self.rows_per_second.map(|rate| Pace::share(rate, number, parallelism)),
        }))
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, rows_per_second, .. } = self;
        f.debug_struct("Generator")
            .field("count", count)
            .field("rows_per_second", rows_per_second)
            .finish_non_exhaustive()
    }
}

/// A subtask.
struct Generating {
    make: Arc<MakeRows>,
    lanes: Lanes,
    pace: Option<Pace>,
}

impl Generating {
    /// How many rows may leave now. With none, it is woken when there are some.
    fn allowed(&mut self, cx: &mut Cx<'_>) -> u64 {
        let Some(pace) = &mut self.pace else { return GENERATED_ROWS };
        let now_ns = cx.now_ns();
        let allowed = pace.due(now_ns);
        if allowed == 0 {
            cx.wake_at_ns(pace.next_ns(now_ns));
        }
        allowed.min(GENERATED_ROWS)
    }
}

impl Source for Generating {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            if self.lanes.is_empty() {
                return Ok(Poll::End);
            }
            let allowed = self.allowed(cx);
            if allowed == 0 {
                return Ok(Poll::Wait);
            }
            let numbers = self.lanes.take(allowed);
            let count = numbers.end - numbers.start;
            let rows = (self.make)(numbers.clone());
            if rows.num_rows() as u64 != count {
                return Err(Failure::lasting(format!(
                    "the function of a generator has made {} rows for the numbers {numbers:?}; it has to make one for each",
                    rows.num_rows()
                )));
            }
            if let Some(pace) = &mut self.pace {
                pace.sent(count);
            }
            cx.send(Batch::new(rows))?;
        }
        Ok(Poll::More)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.lanes.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.lanes.load(from);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
