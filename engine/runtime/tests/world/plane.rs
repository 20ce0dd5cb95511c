//! Asynchronous look-ups: rows become questions to the I/O plane, and answers become rows, in the order of the rows.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;

use runtime::job::{JobState, Vertex};
use runtime::plane::bridge::{Answer, Requests};
use runtime::subtask::{Failure, Progress, Seat, StepCx, Subtask, Why};
use shuffle::{Arrival, BufferTimeout, Route};

use crate::hosts::on_each_host;
use crate::parts::{
    Count, Gathered, batch_of, chain, counted, finishes, is_cancelled, join, outcome, rows_of, until, vertex,
};

const CAPACITY: usize = 8;

/// Asks about each row, and sends the answers in the order of the rows.
struct LookUp {
    requests: Requests<i64, i64>,
    waiting: VecDeque<i64>,
    answers: BTreeMap<u64, Answer<i64>>,
    next: u64,
    ended: bool,
}

impl LookUp {
    fn vertex<F>(serve: impl Fn(i64) -> F + Clone + Send + Sync + 'static) -> Vertex
    where
        F: Future<Output = i64> + 'static,
    {
        Vertex::new("look-up", move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            let plane = seat.plane.as_ref().expect("a worker has a plane");
            let requests = Requests::open(plane, seat.poke.clone(), CAPACITY, serve.clone());
            let requests = requests.map_err(Failure::passing)?;
            let (waiting, answers) = (VecDeque::new(), BTreeMap::new());
            Ok(Box::new(Self { requests, waiting, answers, next: 0, ended: false }))
        })
    }

    /// Sends what is answered, as far as no earlier answer is missing.
    fn send(&mut self, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Self { requests, answers, next, .. } = self;
        requests.answers(|number, answer| drop(answers.insert(number, answer)));
        let mut rows = Vec::new();
        while let Some(answer) = answers.remove(next) {
            *next += 1;
            match answer {
                Answer::Done(row) => rows.push(row),
                Answer::Failed(words) => return Err(Failure::passing(words)),
            }
        }
        if !rows.is_empty() {
            let _ = cx.send(0, batch_of(rows))?;
        }
        Ok(())
    }

    /// Whether all that is at hand was asked.
    fn ask(&mut self) -> bool {
        while let Some(row) = self.waiting.pop_front() {
            if let Err(row) = self.requests.ask(row) {
                self.waiting.push_front(row);
                return false;
            }
        }
        true
    }
}

impl Subtask for LookUp {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        loop {
            self.send(cx)?;
            if !self.ask() {
                return Ok(Progress::Blocked(Why::Plane));
            }
            match cx.next() {
                Some(Arrival::Batch { batch, .. }) => self.waiting.extend(rows_of(&batch)),
                Some(Arrival::End) => self.ended = true,
                Some(_) => {}
                None if self.ended && self.requests.outstanding() == 0 => return Ok(Progress::Done),
                None if self.ended => return Ok(Progress::Blocked(Why::Plane)),
                None => return Ok(Progress::IDLE),
            }
        }
    }
}

/// Lets others go first, so many times.
async fn give_way(mut times: i64) {
    poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn rows_are_looked_up_and_keep_their_order() {
    on_each_host(|worker| {
        let (gathered, mut graph) = (Gathered::default(), runtime::job::ExecutionGraph::new("look-up"));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let serve = {
            let (now, most) = (now.clone(), most.clone());
            move |row: i64| {
                let (now, most) = (now.clone(), most.clone());
                async move {
                    most.fetch_max(now.fetch_add(1, Relaxed) + 1, Relaxed);
                    give_way(row * 7 % 5).await;
                    now.fetch_sub(1, Relaxed);
                    -row
                }
            }
        };
        let source = graph.vertex(vertex("source", |seat| Count::of(seat, 2_000, 50)).parallel(2));
        let look_up = graph.vertex(LookUp::vertex(serve).parallel(2));
        let sink = graph.vertex(gathered.sink().parallel(2));
        join(&mut graph, source, look_up, Route::Forward, BufferTimeout::Input);
        join(&mut graph, look_up, sink, Route::Forward, BufferTimeout::Input);
        finishes(&worker.run(graph).unwrap());
        for rows in gathered.by_channel().values() {
            assert!(rows.is_sorted_by(|before, after| before > after), "{rows:?}");
        }
        let mut rows: Vec<i64> = gathered.rows().into_iter().map(|row| -row).collect();
        rows.reverse();
        assert!(rows == counted(2, 2_000), "{} rows", rows.len());
        let most = most.load(Relaxed);
        assert!((1..=2 * CAPACITY).contains(&most), "{most} at the same time");
    });
}

/// Counts those of its kind that are alive.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[test]
fn look_ups_that_are_never_answered_hold_up_the_source_and_end_with_the_job() {
    on_each_host(|worker| {
        let under_way = Arc::new(AtomicUsize::new(0));
        let serve = {
            let under_way = under_way.clone();
            move |_row| {
                let alive = Alive::new(&under_way);
                async move {
                    let _alive = alive;
                    std::future::pending().await
                }
            }
        };
        let job = worker
            .run(chain(
                "silent",
                [vertex("source", |_| Count::endless()), LookUp::vertex(serve), Gathered::default().sink()],
            ))
            .unwrap();
        until("as many are asked as may be", || under_way.load(Relaxed) == CAPACITY);
        assert_eq!(job.state(), JobState::Running);
        is_cancelled(&job);
        until("all futures are dropped", || under_way.load(Relaxed) == 0);
    });
}

#[test]
fn a_look_up_that_panics_fails_its_job_and_the_plane_goes_on() {
    on_each_host(|worker| {
        let serve = |row: i64| async move {
            assert!(row != 70, "no answer to {row}");
            row
        };
        let look_up = || {
            let gathered = Gathered::default();
            let rows =
                [vertex("source", |seat| Count::of(seat, 100, 10)), LookUp::vertex(serve), gathered.sink()];
            outcome(&worker.run(chain("panics", rows)).unwrap()).clone()
        };
        for _ in 0..3 {
            let ended = look_up();
            assert_eq!(ended.state, JobState::Failed);
            assert_eq!(ended.failure.unwrap().to_string(), "look-up (1/1): panicked: no answer to 70");
        }
        let gathered = Gathered::default();
        let rows = [vertex("source", |seat| Count::of(seat, 60, 10)), LookUp::vertex(serve), gathered.sink()];
        finishes(&worker.run(chain("goes on", rows)).unwrap());
        gathered.is(&counted(1, 60));
    });
}
