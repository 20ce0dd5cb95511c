//! Asks a function about every row and sends what it answers.
//!
//! Keeps as many rows as may be under way, and the rest of the batch that it is at. A full queue holds up whoever is
//! before it; rows that are under way when the state is saved are asked again by a successor.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::vec::IntoIter;

use arrow_buffer::ScalarBuffer;
use memory::Batch;
use record::{Record, RecordReader};
use runtime::plane::bridge::{Answer, Poke, Requests};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::queue::{Due, Leaving, Queue};
use super::retry::nanoseconds;
use super::{AsyncSpec, saved};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector, open, rows_of};
use crate::seat::OperatorSeat;

/// Every row `I` becomes some `O`, by way of a function that waits.
pub struct AsyncIo<I: Record, O: Record> {
    name: Arc<str>,
    input: Layout,
    spec: AsyncSpec<I, O>,
    requests: Requests<I, Result<Vec<O>, String>>,
    poke: Arc<dyn Poke>,
    queue: Queue<I, O>,
    /// The row that each question is about.
    asked: BTreeMap<u64, u64>,
    /// Where it is in a batch.
    at: Option<Place<I>>,
    /// The rest of a result.
    leaving: IntoIter<O>,
    out: Collector<O>,
    has_ended: bool,
    /// Whether rows were loaded and have no deadline yet: there was no clock.
    was_loaded: bool,
}

/// A place in a batch.
struct Place<I: Record> {
    reader: I::Reader,
    times: Option<ScalarBuffer<i64>>,
    rows: IntoIter<usize>,
}

/// Why a job with such a function cannot go on.
#[derive(Debug, thiserror::Error)]
enum AsyncError {
    #[error(
        "{name} has a function that waits, and here is no I/O plane to run it on; run the job on a worker that has one"
    )]
    NoPlane { name: Arc<str> },
    #[error("the asynchronous function of {name} failed for a row{tries}: {words}")]
    Failed { name: Arc<str>, tries: String, words: String },
    #[error(
        "the asynchronous function of {name} took longer than {timeout_ms} ms for a row; raise its timeout, or say with on_timeout what the row becomes"
    )]
    Timeout { name: Arc<str>, timeout_ms: u128 },
}

impl<I: Record, O: Record> AsyncIo<I, O> {
    /// Over a stream of this layout. The function is called on the I/O plane, once for each row and try.
    ///
    /// # Errors
    ///
    /// Without an I/O plane, or when it is full.
    ///
    /// # Panics
    ///
    /// If the capacity is zero, or absurd.
    pub fn new<F, R, E>(
        input: Layout,
        function: F,
        spec: AsyncSpec<I, O>,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure>
    where
        F: Fn(I) -> R + Send + 'static,
        R: Future<Output = Result<Vec<O>, E>> + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let name = seat.name.clone();
        let Some(plane) = &seat.plane else { return Err(Failure::lasting(AsyncError::NoPlane { name })) };
        let serve = move |row: I| {
            let answer = function(row);
            async move { answer.await.map_err(|error| error.into().to_string()) }
        };
        let requests =
            Requests::open(plane, seat.poke.clone(), spec.capacity, serve).map_err(Failure::passing)?;
        Ok(Self {
            name,
            out: Collector::seated(Self::output(&input), seat),
            input,
            requests,
            poke: seat.poke.clone(),
            queue: Queue::new(spec.order),
            spec,
            asked: BTreeMap::new(),
            at: None,
            leaving: Vec::new().into_iter(),
            has_ended: false,
            was_loaded: false,
        })
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.derive(O::fields())
    }

    /// Hears what was answered, lets leave what may, asks what there is room for.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let now_ns = cx.now_ns();
        if std::mem::take(&mut self.was_loaded) {
            self.queue.give_deadlines(self.deadline_ns(now_ns));
        }
        self.hear(now_ns)?;
        self.look_at_the_clock(now_ns)?;
        if !self.send(cx)? {
            return Ok(Flow::Again);
        }
        self.take_rows(now_ns);
        self.ask();
        if let Some(next_ns) = self.queue.next_ns() {
            cx.wake_at_ns(next_ns);
        }
        let is_left = self.at.is_some() || (self.has_ended && !self.queue.is_empty());
        Ok(if is_left { Flow::Wait } else { Flow::Next })
    }

    fn hear(&mut self, now_ns: u64) -> Result<(), Failure> {
        let mut heard = Vec::new();
        self.requests.answers(|question, answer| heard.push((question, answer)));
        for (question, answer) in heard {
            let row = self.asked.remove(&question).expect("a question that was asked");
            let Some(pending) = self.queue.working(row) else { continue };
            match answer {
                Answer::Done(Ok(result)) => self.queue.finish(row, result),
                Answer::Done(Err(words)) => {
                    pending.failures += 1;
                    let failures = pending.failures;
                    match self.spec.retry.delay_ns(failures) {
                        Some(delay_ns) => self.queue.rest(row, now_ns.saturating_add(delay_ns)),
                        None => return Err(self.failed(failures, words)),
                    }
                }
                Answer::Failed(words) => return Err(self.failed(1, words)),
            }
        }
        Ok(())
    }

    fn look_at_the_clock(&mut self, now_ns: u64) -> Result<(), Failure> {
        while let Some((row, due)) = self.queue.due(now_ns) {
            if let Due::Timeout = due {
                let timeout_ms = self.spec.timeout.unwrap_or_default().as_millis();
                let Some(on_timeout) = self.spec.on_timeout.clone() else {
                    let name = self.name.clone();
                    return Err(Failure::passing(AsyncError::Timeout { name, timeout_ms }));
                };
                let row_late = self.queue.get(row).row.clone();
                let result = on_timeout(row_late).map_err(|error| self.failed(1, error.to_string()))?;
                self.queue.finish(row, result);
            }
        }
        Ok(())
    }

    /// Sends what may leave. `false` when there is more, and nobody behind wants it now.
    fn send(&mut self, cx: &mut Cx<'_>) -> Result<bool, Failure> {
        loop {
            for row in self.leaving.by_ref() {
                self.out.emit(row);
                if self.out.len() >= BATCH_ROWS {
                    self.out.flush(false, cx)?;
                    if !cx.may_go_on() {
                        return Ok(false);
                    }
                }
            }
            match self.queue.leave() {
                Leaving::Rows(time, result) => {
                    self.out.set_time(time);
                    self.leaving = result.into_iter();
                }
                Leaving::Mark(now) => {
                    self.out.flush(true, cx)?;
                    cx.time(now)?;
                }
                Leaving::Nothing => break,
            }
        }
        self.out.flush(true, cx)?;
        Ok(true)
    }

    /// Takes rows of the batch that it is at, as long as there is room.
    fn take_rows(&mut self, now_ns: u64) {
        let deadline_ns = self.deadline_ns(now_ns);
        let Some(place) = &mut self.at else { return };
        while self.queue.len() < self.spec.capacity {
            let Some(row) = place.rows.next() else {
                self.at = None;
                return;
            };
            let time = place.times.as_ref().map_or(i64::MIN, |times| times[row]);
            self.queue.push(place.reader.get(row), time, deadline_ns);
        }
        if place.rows.len() == 0 {
            self.at = None;
        }
    }

    /// Asks what was not asked. Questions that were let go may take up room until their futures are gone.
    fn ask(&mut self) {
        while let Some(row) = self.queue.first_unasked() {
            let Ok((question, leash)) = self.requests.ask_on_leash(row.clone()) else { return };
            self.asked.insert(question, self.queue.asked(leash));
        }
    }

    fn deadline_ns(&self, now_ns: u64) -> Option<u64> {
        self.spec.timeout.map(|timeout| now_ns.saturating_add(nanoseconds(timeout)))
    }

    fn failed(&self, failures: u32, words: String) -> Failure {
        let tries = if failures > 1 { format!(" after {failures} tries") } else { String::new() };
        Failure::passing(AsyncError::Failed { name: self.name.clone(), tries, words })
    }
}

impl<I: Record, O: Record> Operator for AsyncIo<I, O> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let times = self.input.time().map(|_| self.input.times(&batch));
        let rows = rows_of(&batch).collect::<Vec<_>>().into_iter();
        self.at = Some(Place { reader: open::<I>(&self.input, &batch)?, times, rows });
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.queue.mark(now);
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended = true;
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        saved::save(self.queue.rows().map(|pending| (pending.row.clone(), pending.time)), to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        saved::load(from, |row, time| self.queue.push(row, time, None))?;
        if !self.queue.is_empty() {
            self.was_loaded = true;
            self.poke.poke(); // They are asked as soon as there is a clock.
        }
        Ok(())
    }
}
