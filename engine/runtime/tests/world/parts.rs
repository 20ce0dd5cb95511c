//! Subtasks to put together: a source that counts, a sink that collects, and some that misbehave.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::{Batch, Envelope, KeyGroups};
use runtime::job::{EdgeSpec, ExecutionGraph, JobState, Outcome, Vertex};
use runtime::subtask::{Failure, Progress, Seat, StepCx, Subtask, Why};
use runtime::{Clock, JobHandle};
use shuffle::{Arrival, BufferTimeout, Event, HashKey, Route};

/// A test that hangs fails after this.
const PATIENCE: Duration = Duration::from_secs(30);
/// And so does one that waits for what never is.
const UNTIL_NS_MAX: u64 = 15_000_000_000;

/// Rows with one number.
fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![Field::new("number", DataType::Int64, false)]))
}

/// With the hash of the key, where it travels along.
pub(crate) fn envelope(route: &Route) -> Arc<Envelope> {
    Arc::new(Envelope::new(schema(), false, route.sends_hashes()))
}

pub(crate) fn batch_of(numbers: impl IntoIterator<Item = i64>) -> Batch {
    let column = Arc::new(numbers.into_iter().collect::<Int64Array>());
    Batch::new(RecordBatch::try_new(schema(), vec![column]).unwrap())
}

pub(crate) fn rows_of(batch: &Batch) -> Vec<i64> {
    batch.columns().column(0).as_primitive::<Int64Type>().values().to_vec()
}

/// A vertex whose subtasks can always be made.
pub(crate) fn vertex<S: Subtask + 'static>(
    name: &str,
    make: impl Fn(&Seat) -> S + Send + Sync + 'static,
) -> Vertex {
    Vertex::new(name, move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> { Ok(Box::new(make(seat))) })
}

/// Adds an edge.
pub(crate) fn join(graph: &mut ExecutionGraph, from: u32, to: u32, route: Route, timeout: BufferTimeout) {
    graph.edges.push(EdgeSpec::new(from, to, envelope(&route), route, timeout));
}

/// A job of these vertices, each rebalanced to the next one; rows leave as soon as there are any.
pub(crate) fn chain(name: &str, vertices: impl IntoIterator<Item = Vertex>) -> ExecutionGraph {
    let mut graph = ExecutionGraph::new(name);
    for vertex in vertices {
        let number = graph.vertex(vertex);
        if number > 0 {
            join(&mut graph, number - 1, number, Route::Rebalance, BufferTimeout::Input);
        }
    }
    graph
}

/// By the number.
pub(crate) fn by_number() -> Route {
    Route::Hash { key: HashKey::Columns(vec![0]), groups: KeyGroups::default() }
}

/// The outcome of a job that is about to end.
#[track_caller]
pub(crate) fn outcome(job: &JobHandle) -> &Outcome {
    let ended = job.wait_for(PATIENCE);
    ended.unwrap_or_else(|| panic!("it is {} and does not end: {:#?}", job.state(), job.board()))
}

#[track_caller]
pub(crate) fn finishes(job: &JobHandle) {
    let Outcome { state, failure, .. } = outcome(job);
    assert_eq!(*state, JobState::Finished, "{failure:?}");
}

#[track_caller]
pub(crate) fn is_cancelled(job: &JobHandle) {
    job.cancel();
    let Outcome { state, failure, .. } = outcome(job);
    assert_eq!(*state, JobState::Canceled, "{failure:?}");
}

/// Looks until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let clock = Clock::start();
    while !is_so() {
        assert!(clock.now_ns() < UNTIL_NS_MAX, "never: {what}");
        std::thread::yield_now();
    }
}

/// Sends the numbers from one to another, in batches.
pub(crate) struct Count {
    next: u64,
    end: u64,
    batch: u64,
}

impl Count {
    pub(crate) fn new(first: u64, rows: u64, batch: u64) -> Self {
        Self { next: first, end: first + rows, batch }
    }

    /// The numbers from a million times its own number on.
    pub(crate) fn of(seat: &Seat, rows: u64, batch: u64) -> Self {
        Self::new(u64::from(seat.place.number) * 1_000_000, rows, batch)
    }

    /// Goes on for longer than anybody waits.
    pub(crate) fn endless() -> Self {
        Self::new(0, 1 << 60, 1000)
    }
}

impl Subtask for Count {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while cx.may_go_on() {
            if self.next == self.end {
                return Ok(Progress::Done);
            }
            let end = self.end.min(self.next + self.batch);
            let numbers = (self.next..end).map(|number| number as i64);
            self.next = end;
            let _ = cx.send(0, batch_of(numbers))?;
        }
        Ok(Progress::Worked)
    }
}

/// What sources that count have sent in all, in order.
pub(crate) fn counted(sources: u64, rows: u64) -> Vec<i64> {
    (0..sources)
        .flat_map(|source| source * 1_000_000..source * 1_000_000 + rows)
        .map(|row| row as i64)
        .collect()
}

/// Keeps all that comes, as it came.
#[derive(Clone, Default)]
pub(crate) struct Collect(pub(crate) Arc<Mutex<Vec<Batch>>>);

impl Subtask for Collect {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    let own = Batch::new(memory::own_rows(batch.columns()));
                    self.0.lock().unwrap().push(own);
                }
                Arrival::End => return Ok(Progress::Done),
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}

/// What receivers have got: by receiver and channel, in the order in which it came.
#[derive(Clone, Default)]
pub(crate) struct Gathered(Arc<Mutex<ByChannel>>);

type ByChannel = BTreeMap<(u32, usize), Vec<i64>>;

impl Gathered {
    /// The sink that belongs to it.
    pub(crate) fn sink(&self) -> Vertex {
        let into = self.clone();
        vertex("sink", move |seat| Gather { receiver: seat.place.number, into: into.clone() })
    }

    pub(crate) fn by_channel(&self) -> ByChannel {
        self.0.lock().unwrap().clone()
    }

    /// All rows, sorted.
    pub(crate) fn rows(&self) -> Vec<i64> {
        let mut rows: Vec<i64> = self.0.lock().unwrap().values().flatten().copied().collect();
        rows.sort_unstable();
        rows
    }

    /// Whether these rows have come, each once.
    #[track_caller]
    pub(crate) fn is(&self, expected: &[i64]) {
        let rows = self.rows();
        let at = rows.iter().zip(expected).position(|(row, expected)| row != expected);
        assert!(
            rows == expected,
            "{} rows instead of {}, which differ at {at:?}",
            rows.len(),
            expected.len()
        );
    }
}

struct Gather {
    receiver: u32,
    into: Gathered,
}

impl Subtask for Gather {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, channel, .. } => {
                    let mut gathered = self.into.0.lock().unwrap();
                    gathered.entry((self.receiver, channel)).or_default().extend(rows_of(&batch));
                }
                Arrival::End => return Ok(Progress::Done),
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}

/// Sends on what comes.
pub(crate) struct Pass;

impl Subtask for Pass {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    let _ = cx.send(0, batch)?;
                }
                Arrival::Watermark(watermark) => cx.event(Event::Watermark(watermark)),
                Arrival::End => return Ok(Progress::Done),
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}

/// Waits for an answer that nobody gives, and takes nothing meanwhile.
pub(crate) struct Stuck;

impl Subtask for Stuck {
    fn step(&mut self, _cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        Ok(Progress::Blocked(Why::Plane))
    }
}

/// A source that has nothing.
pub(crate) struct Quiet;

impl Subtask for Quiet {
    fn step(&mut self, _cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        Ok(Progress::IDLE)
    }
}

/// A step as a function.
pub(crate) struct Act<F>(pub(crate) F);

impl<F: FnMut(&mut StepCx<'_>) -> Result<Progress, Failure>> Subtask for Act<F> {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        (self.0)(cx)
    }
}

/// Helps the compiler to see what sort of function it is.
pub(crate) fn act<F: FnMut(&mut StepCx<'_>) -> Result<Progress, Failure>>(step: F) -> Act<F> {
    Act(step)
}

/// Keeps its core busy for so long, in one step.
pub(crate) fn burn(cx: &StepCx<'_>, nanoseconds: u64) {
    let began_ns = cx.now_ns();
    while cx.now_ns() - began_ns < nanoseconds {
        std::hint::spin_loop();
    }
}
