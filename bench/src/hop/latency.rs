//! How long a row takes, in an open loop: each has a time at which it is due, fixed before the first was sent.
//!
//! ```text
//!   due        │    │    │    │    │    │          whatever happens
//!   sent       │    │        ▒▒▒▒▒▒││││ │          late, all at once: nobody waits for an answer
//!   at sink      │    │             ││││  │
//!   latency     ─┤   ─┤   ────────────┤             from due to sink, so the hole counts for each of its rows
//! ```
//!
//! A loop that sends the next row when it has time would send fewer rows while the engine is slow, and measure the
//! slowness once where it hit hundreds of rows. What is due together goes together, in one batch.

use std::time::Duration;

use hdrhistogram::Histogram;
use memory::Batch;
use runtime::Worker;
use runtime::job::{ExecutionGraph, Vertex};
use runtime::subtask::{Failure as StepFailure, Progress, Seat, StepCx, Subtask};
use shuffle::{Arrival, BufferTimeout};

use super::failure::Failure;
use super::handover::Handover;
use super::{rows, stage};

/// From a nanosecond to a minute, in three digits: less than a thousandth is an error, more than a minute is one.
const NANOSECONDS: std::ops::RangeInclusive<u64> = 1..=60_000_000_000;
const DIGITS: u8 = 3;

/// Between the first step of a source and its first row, so that it does not begin behind its own schedule.
const LEAD_NS: u64 = 1_000_000;

/// The most rows of one batch; after a hole there are several.
const BATCH_ROWS: u64 = 4096;

/// A second has so many nanoseconds.
const SECOND_NS: u64 = 1_000_000_000;

/// The most rows in a second, and seconds: a product of a time and a rate stays below 64 bits.
pub const RATE_MAX: u64 = 10_000_000;
/// See [`RATE_MAX`].
pub const SECONDS_MAX: u64 = 600;

/// The rate at which the machine still counts as keeping up: what a hole in the last moment costs, and no more.
const KEPT_SHARE: f64 = 0.99;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Rows in a second.
    pub rate: u64,
    /// Rows of this time are not recorded: caches are cold, and processors slow.
    pub warm_up: Duration,
    /// Rows of this time are.
    pub time: Duration,
    /// When they leave.
    pub timeout: BufferTimeout,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// Nanoseconds of the rows after the warm-up.
    pub nanoseconds: Histogram<u64>,
    /// All rows that have arrived.
    pub rows: u64,
    /// Rows in a second, from the first one's due time to the last one's arrival.
    pub rate: f64,
    /// Whether that is the rate that was asked for.
    pub kept: bool,
}

impl Schedule {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.rows_in(self.warm_up) + self.rows_in(self.time)
    }

    fn rows_in(&self, time: Duration) -> u64 {
        nanoseconds(time) * self.rate / SECOND_NS
    }

    /// When a row is due, counted from the first one.
    fn due_ns(&self, row: u64) -> u64 {
        row * SECOND_NS / self.rate
    }

    /// How many rows are due after so long.
    fn due_rows(&self, passed_ns: u64) -> u64 {
        passed_ns * self.rate / SECOND_NS + 1
    }
}

/// Sends what the schedule says, and listens.
///
/// # Errors
///
/// If a row has not come, or not in its turn.
pub fn measure(worker: &Worker, schedule: Schedule) -> Result<Latencies, Failure> {
    let heard = Handover::new();
    let mut graph = ExecutionGraph::new("hop: latency");
    let source = move |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> {
        Ok(Box::new(Metronome { schedule, began_ns: None, next: 0 }))
    };
    let source = graph.vertex(Vertex::new("source", source).on([stage::FROM]));
    let sink = {
        let (heard, silent) = (heard.clone(), schedule.rows_in(schedule.warm_up));
        move |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> {
            let listening = Heard { nanoseconds: histogram(), rows: 0, first_due_ns: 0, last_ns: 0 };
            Ok(Box::new(Listener { heard: Some(listening), silent, goes_to: heard.clone() }))
        }
    };
    let sink = graph.vertex(Vertex::new("sink", sink).on([stage::TO]));
    graph.edges.push(rows::edge(source, sink, schedule.timeout));
    stage::finish(&worker.run(graph)?)?;
    heard.take()?.told(&schedule)
}

/// An empty histogram of nanoseconds.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(*NANOSECONDS.start(), *NANOSECONDS.end(), DIGITS).expect("bounds in order")
}

/// Sends each row when it is due, or as soon after as it is let.
struct Metronome {
    schedule: Schedule,
    /// When the first row is due.
    began_ns: Option<u64>,
    next: u64,
}

impl Subtask for Metronome {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        let rows = self.schedule.rows();
        while cx.may_go_on() {
            if self.next == rows {
                return Ok(Progress::Done);
            }
            let now_ns = cx.now_ns();
            let began_ns = *self.began_ns.get_or_insert(now_ns + LEAD_NS);
            let due = match now_ns.checked_sub(began_ns) {
                Some(passed_ns) => self.schedule.due_rows(passed_ns).min(rows).min(self.next + BATCH_ROWS),
                None => 0,
            };
            if due <= self.next {
                return Ok(Progress::Idle { wake_at_ns: Some(began_ns + self.schedule.due_ns(self.next)) });
            }
            let scheduled = (self.next..due).map(|row| signed(began_ns + self.schedule.due_ns(row)));
            let columns = rows::batch(scheduled.collect(), (self.next..due).map(signed).collect());
            self.next = due;
            let _ = cx.send(0, Batch::new(columns))?;
        }
        Ok(Progress::Worked)
    }
}

/// Notes when each row comes, and that each comes in its turn.
struct Listener {
    heard: Option<Heard>,
    /// So many rows are not recorded.
    silent: u64,
    goes_to: Handover<Heard>,
}

struct Heard {
    nanoseconds: Histogram<u64>,
    rows: u64,
    first_due_ns: u64,
    last_ns: u64,
}

impl Subtask for Listener {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        while let Some(arrival) = cx.next() {
            let heard = self.heard.as_mut().expect("nothing comes behind the end");
            match arrival {
                Arrival::Batch { batch, .. } => heard.hear(&batch, cx.now_ns(), self.silent)?,
                Arrival::End => {
                    self.goes_to.leave(self.heard.take().expect("there is one end"));
                    return Ok(Progress::Done);
                }
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}

impl Heard {
    fn hear(&mut self, batch: &Batch, now_ns: u64, silent: u64) -> Result<(), StepFailure> {
        self.last_ns = now_ns;
        for (due_ns, number) in rows::scheduled_ns(batch).iter().zip(rows::numbers(batch)) {
            if signed(self.rows) != *number {
                let words = format!("row {number} has come where {} should have", self.rows);
                return Err(StepFailure::lasting(words));
            }
            let due_ns = due_ns.cast_unsigned();
            if self.rows == 0 {
                self.first_due_ns = due_ns;
            }
            if self.rows >= silent {
                self.nanoseconds.saturating_record(now_ns.saturating_sub(due_ns).max(1));
            }
            self.rows += 1;
        }
        Ok(())
    }

    fn told(self, schedule: &Schedule) -> Result<Latencies, Failure> {
        if self.rows != schedule.rows() {
            let words = format!("{} rows were sent, and {} have come", schedule.rows(), self.rows);
            return Err(Failure::Answer(words));
        }
        let went_ns = self.last_ns.saturating_sub(self.first_due_ns).max(1);
        // The time of n rows has n - 1 gaps; the last row's own time is granted.
        let rate =
            self.rows as f64 * SECOND_NS as f64 / (went_ns as f64 + SECOND_NS as f64 / schedule.rate as f64);
        let kept = rate >= schedule.rate as f64 * KEPT_SHARE;
        Ok(Latencies { nanoseconds: self.nanoseconds, rows: self.rows, rate, kept })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).expect("rates and times are bounded")
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("times are bounded")
}
