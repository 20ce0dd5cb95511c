//! Rows that come back to the program that has started the job.
//!
//! ```text
//!   subtask 0 ──┐  a queue of some batches,    ┌─ Collected: an iterator of the client
//!   subtask 1 ──┴─ shared by all subtasks ─────┘
//! ```
//!
//! The queue is bounded: a client who reads slowly slows the job down, whose subtasks look again every millisecond
//! whether there is room. One who has dropped his end makes the job fail with words of its own ([`is_unwanted`]).
//!
//! Rows are copied out of the memory of the engine, so the client may keep them. Keeps a batch for which there was no room.
//! Never gives a row twice: a job that is started again after rows were given out fails instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::subtask::{Failure, Seat};

use crate::bound::COLLECT_RETRY_NS;

/// What a sink says whose client has dropped his end.
const UNWANTED: &str = "nobody wants the collected rows any more";

/// The sink. It ends the client's iterator when it is dropped with all of its subtasks: the job has it, and nobody else
/// should.
#[derive(Clone, Debug)]
pub struct Collect {
    to: SyncSender<Batch>,
    has_given: Arc<AtomicBool>,
}

/// The client's end: the batches in the order in which they came, those of one subtask in its order. It ends when the
/// job does, however that ends; whether all rows have come is what the job's outcome tells.
#[derive(Debug)]
pub struct Collected {
    from: Receiver<Batch>,
}

/// A sink and its client's end, with a queue of so many batches between them.
///
/// # Panics
///
/// Without a place in the queue.
pub fn collect(batches: usize) -> (Collect, Collected) {
    assert!(batches > 0, "a queue has a place");
    let (to, from) = sync_channel(batches);
    (Collect { to, has_given: Arc::default() }, Collected { from })
}

/// Whether a job has failed because the client wants no more rows: that was his wish.
pub fn is_unwanted(failure: &Failure) -> bool {
    failure.to_string().ends_with(UNWANTED)
}

impl Collect {
    /// One subtask.
    ///
    /// # Errors
    ///
    /// If an earlier attempt has given rows out already.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Sink>, Failure> {
        if seat.place.attempt > 0 && self.has_given.load(Ordering::Acquire) {
            return Err(Failure::lasting(
                "the job was started again after rows had been collected, and they would come twice; \
                 write them to files, or start the job without restarts",
            ));
        }
        let Self { to, has_given } = self.clone();
        Ok(Box::new(Collecting { to, has_given, waiting: None }))
    }
}

impl Collected {
    /// The next batch, if it comes within `patience`.
    ///
    /// # Errors
    ///
    /// That it has not.
    pub fn next_within(&mut self, patience: Duration) -> Result<Option<Batch>, NotYet> {
        match self.from.recv_timeout(patience) {
            Ok(batch) => Ok(Some(batch)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(NotYet),
        }
    }
}

/// No batch has come in time, and the job has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no row has come in time")]
pub struct NotYet;

impl Iterator for Collected {
    type Item = Batch;

    /// Waits for the next batch.
    fn next(&mut self) -> Option<Batch> {
        self.from.recv().ok()
    }
}

/// A subtask.
struct Collecting {
    to: SyncSender<Batch>,
    has_given: Arc<AtomicBool>,
    /// For which there was no room.
    waiting: Option<Batch>,
}

impl Collecting {
    fn offer(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match self.to.try_send(batch) {
            Ok(()) => {
                self.has_given.store(true, Ordering::Release);
                Ok(Flow::Next)
            }
            Err(TrySendError::Full(batch)) => {
                self.waiting = Some(batch);
                cx.wake_at_ns(cx.now_ns().saturating_add(COLLECT_RETRY_NS));
                Ok(Flow::Wait)
            }
            Err(TrySendError::Disconnected(_)) => Err(Failure::lasting(UNWANTED)),
        }
    }
}

impl Sink for Collecting {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        // The client may keep it for good, and segments have to go home.
        let own = Batch::new(memory::own_rows(batch.columns())).with_kinds(batch.kinds().cloned());
        self.offer(own, cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match self.waiting.take() {
            Some(batch) => self.offer(batch, cx),
            None => Ok(Flow::Next),
        }
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use memory::{RowKind, RowKinds};
    use operators::{Poll, Source};
    use runtime::job::{JobState, Restart};

    use super::*;
    use crate::generator::Generator;
    use crate::trial::{self, number_rows, number_schema, numbers_of};

    fn generator() -> Generator {
        Generator::new(number_schema(), number_rows)
    }

    #[test]
    fn all_rows_come_and_the_end_of_the_job_is_the_end() {
        for (places, parallelism) in [(1, 1), (1, 3), (64, 2)] {
            let (sink, collected) = collect(places);
            let source = generator().count(50_000);
            let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat));
            let worker = trial::worker();
            let job = worker.run(trial::graph(vertex.parallel(parallelism))).unwrap();
            let mut rows: Vec<u64> = collected.flat_map(|batch| numbers_of(batch.columns())).collect();
            rows.sort_unstable();
            assert!(rows == (0..50_000).collect::<Vec<_>>());
            assert_eq!(job.wait().state, JobState::Finished);
        }
    }

    #[test]
    fn a_client_who_does_not_read_holds_up_the_job() {
        let (sink, mut collected) = collect(2);
        let source = generator();
        let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat));
        let worker = trial::worker();
        let job = worker.run(trial::graph(vertex)).unwrap();
        // What waits is bounded: the queue, and one batch at the sink; what comes then goes on from there.
        for batch in 0..10 {
            let rows = numbers_of(collected.next().unwrap().columns());
            assert_eq!(rows, (batch * 1024..(batch + 1) * 1024).collect::<Vec<_>>());
        }
        assert_eq!(job.state(), JobState::Running);
        drop(collected);
        assert!(is_unwanted(job.wait().failure.as_ref().unwrap()));
    }

    #[test]
    fn who_waits_for_too_long_is_told() {
        let (sink, mut collected) = collect(1);
        assert_eq!(collected.next_within(Duration::ZERO), Err(NotYet));
        drop(sink);
        assert_eq!(collected.next_within(Duration::ZERO), Ok(None));
    }

    /// Sends one changelog and ends.
    struct Changes;

    impl Source for Changes {
        fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
            let kinds = RowKinds::new([RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter]);
            let batch = Batch::new(number_rows(0..3)).with_kinds(Some(kinds));
            cx.send(batch.narrow(&vec![false, true, true].into()))?;
            Ok(Poll::End)
        }
    }

    #[test]
    fn kinds_come_along_and_rows_that_do_not_count_stay_behind() {
        let (sink, collected) = collect(8);
        trial::finishes(trial::vertex(|_| Ok(Box::new(Changes)), move |seat| sink.make(seat)));
        let batches: Vec<Batch> = collected.collect();
        let kinds = RowKinds::new([RowKind::UpdateBefore, RowKind::UpdateAfter]);
        assert_eq!(batches, [Batch::new(number_rows(1..3)).with_kinds(Some(kinds))]);
    }

    #[test]
    fn rows_do_not_come_twice_when_a_job_is_started_again() {
        /// Fails behind its first batch.
        struct Failing;

        impl Source for Failing {
            fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
                cx.send(Batch::new(number_rows(0..1)))?;
                Err(Failure::passing("the network was away"))
            }
        }

        let (sink, collected) = collect(8);
        let vertex = trial::vertex(|_| Ok(Box::new(Failing)), move |seat| sink.make(seat));
        let mut graph = trial::graph(vertex);
        graph.restart = Restart::Fixed { attempts: 5, delay: Duration::from_millis(1) };
        let outcome = trial::run(graph);
        let words = outcome.failure.unwrap().to_string();
        assert!(words.contains("started again after rows had been collected"), "{words}");
        assert_eq!(collected.map(|batch| batch.rows()).sum::<usize>(), 1);
    }
}
