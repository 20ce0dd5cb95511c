//! A source and a sink as one subtask, on a worker or in a simulated world: what the tests of this crate run.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use memory::Batch;
use operators::chain::{Chain, Link, NodePoke, Role, Target};
use operators::{Cx, Flow, Poll, Sink, Source};
use options::Settings;
use runtime::job::{ExecutionGraph, JobState, Outcome, Vertex};
use runtime::sim::{Leftovers, SimOptions, Simulation};
use runtime::subtask::{Failure, Seat, Subtask};
use runtime::{Worker, WorkerSpec};
use state::Snapshot;

use crate::collection::Collection;

/// A test that hangs fails after this.
const PATIENCE: Duration = Duration::from_secs(60);
/// And a simulated one after this virtual time.
const ENDS_NS: u64 = 3_600_000_000_000;

pub(crate) type MadeSource = Result<Box<dyn Source>, Failure>;
pub(crate) type MadeSink = Result<Box<dyn Sink>, Failure>;

/// Subtasks that are a source and a sink, each with a poke of its own.
pub(crate) fn vertex(
    source: impl Fn(&Seat) -> MadeSource + Send + Sync + 'static,
    sink: impl Fn(&Seat) -> MadeSink + Send + Sync + 'static,
) -> Vertex {
    Vertex::new("trial", move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
        let [(source_poked, source_seat), (sink_poked, sink_seat)] = [own_seat(seat), own_seat(seat)];
        let head = Link {
            role: Role::Source(source(&source_seat)?),
            ports: 0,
            exits: vec![vec![Target::Node(1)]],
            poked: Some(source_poked),
        };
        let end =
            Link { role: Role::Sink(sink(&sink_seat)?), ports: 1, exits: vec![], poked: Some(sink_poked) };
        Ok(Box::new(Chain::new(vec![head, end], vec![])))
    })
}

/// The seat of one operator of a chain.
fn own_seat(seat: &Seat) -> (Arc<AtomicBool>, Seat) {
    let poked = Arc::new(AtomicBool::new(false));
    let poke = Arc::new(NodePoke::new(poked.clone(), seat.poke.clone()));
    (poked, Seat { poke, ..seat_of(seat) })
}

/// The same seat, to be changed.
pub(crate) fn seat_of(seat: &Seat) -> Seat {
    Seat {
        place: seat.place.clone(),
        managed: seat.managed.clone(),
        plane: seat.plane.clone(),
        poke: seat.poke.clone(),
    }
}

pub(crate) fn graph(vertex: Vertex) -> ExecutionGraph {
    let mut graph = ExecutionGraph::new("trial");
    graph.vertex(vertex);
    graph
}

pub(crate) fn worker() -> Worker {
    let mut settings = Settings::new();
    settings.define("taskmanager.memory.process.size=256mb").unwrap();
    Worker::start(WorkerSpec::on_this_machine(&settings).unwrap()).unwrap()
}

/// Runs a job on a worker to its end. All memory has to come home.
pub(crate) fn run(graph: ExecutionGraph) -> Outcome {
    let worker = worker();
    let job = worker.run(graph).unwrap();
    let outcome =
        job.wait_for(PATIENCE).unwrap_or_else(|| panic!("it does not end: {:#?}", job.board())).clone();
    drop(job);
    assert_eq!(worker.stop().unwrap().segment_bytes_out, 0);
    outcome
}

/// Runs a job of this vertex, which has to finish.
#[track_caller]
pub(crate) fn finishes(vertex: Vertex) {
    let Outcome { state, failure, .. } = run(graph(vertex));
    assert_eq!(state, JobState::Finished, "{failure:?}");
}

/// Runs a job of this vertex, which has to fail, and says in which words.
#[track_caller]
pub(crate) fn fails(vertex: Vertex) -> Failure {
    let Outcome { state, failure, .. } = run(graph(vertex));
    assert_eq!(state, JobState::Failed);
    failure.expect("a job that has failed says why")
}

/// Runs a job in a simulated world. Nothing may be left of it.
pub(crate) fn simulate(seed: u64, options: SimOptions, graph: ExecutionGraph) -> Outcome {
    let mut simulation = Simulation::new(seed, options);
    let (job, _) = simulation.run(graph).unwrap();
    simulation.run_until_idle(ENDS_NS).unwrap();
    let outcome = simulation.outcome(job).unwrap().clone();
    let left = simulation.shut_down();
    let nothing = Leftovers { segment_bytes: 0, managed_bytes: 0, open_files: 0, open_connections: 0 };
    assert_eq!(left, nothing, "seed {seed}");
    outcome
}

pub(crate) fn number_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("number", DataType::Int64, false),
        Field::new("text", DataType::Utf8View, true),
    ]))
}

/// Rows of a number and a text; every seventh has none.
pub(crate) fn number_rows(numbers: std::ops::Range<u64>) -> RecordBatch {
    let numbers: Vec<i64> = numbers.map(|number| i64::try_from(number).unwrap()).collect();
    let text = |number: &i64| (number % 7 != 3).then(|| format!("row, number {number}"));
    let texts: StringViewArray = numbers.iter().map(text).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(numbers)), Arc::new(texts)];
    RecordBatch::try_new(number_schema(), columns).unwrap()
}

/// The numbers of rows that [`number_rows`] has made.
pub(crate) fn numbers_of(rows: &RecordBatch) -> Vec<u64> {
    let numbers = rows.column(0).as_primitive::<Int64Type>().values();
    numbers.iter().map(|number| u64::try_from(*number).unwrap()).collect()
}

/// A source of so many such rows.
pub(crate) fn numbers(rows: u64, batch_rows: usize) -> Collection {
    Collection::of(number_schema(), [number_rows(0..rows)]).batch_rows(batch_rows)
}

/// Keeps what has come, with the subtask and the time.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<(u32, u64, Batch)>>>);

impl Kept {
    pub(crate) fn make(&self, seat: &Seat) -> MadeSink {
        Ok(Box::new(Keeping { subtask: seat.place.number, into: self.clone() }))
    }

    /// Subtask, nanoseconds and rows of each batch.
    pub(crate) fn batches(&self) -> Vec<(u32, u64, Batch)> {
        self.0.lock().unwrap().clone()
    }
}

struct Keeping {
    subtask: u32,
    into: Kept,
}

impl Sink for Keeping {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let kept = Batch::new(memory::own_rows(batch.columns()));
        self.into.0.lock().unwrap().push((self.subtask, cx.now_ns(), kept));
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

/// Where sources are that were stopped in their midst.
#[derive(Clone, Default)]
pub(crate) struct Stopped(Arc<Mutex<Vec<Snapshot>>>);

impl Stopped {
    /// This source, which ends after so many polls more than the first one, and has written down where it is.
    pub(crate) fn after(&self, polls: usize, source: Box<dyn Source>) -> Box<dyn Source> {
        Box::new(Stopping { source, polls, into: self.clone() })
    }

    pub(crate) fn snapshots(&self) -> Vec<Snapshot> {
        self.0.lock().unwrap().clone()
    }
}

struct Stopping {
    source: Box<dyn Source>,
    polls: usize,
    into: Stopped,
}

impl Source for Stopping {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        let poll = self.source.poll(cx)?;
        if self.polls > 0 && poll != Poll::End {
            self.polls -= 1;
            return Ok(poll);
        }
        let mut snapshot = Snapshot::default();
        self.source.save(&mut snapshot)?;
        self.into.0.lock().unwrap().push(snapshot);
        Ok(Poll::End)
    }
}
