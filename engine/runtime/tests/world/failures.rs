//! One subtask that fails ends its job, with its name and the cause, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::{Batch, Envelope};
use runtime::job::{EdgeSpec, ExecutionGraph, JobState, Restart, SubtaskState, Vertex};
use runtime::subtask::{Failure, Mail, Progress, Seat, StepCx, Subtask};
use runtime::{JobHandle, Worker};
use shuffle::{Arrival, BufferTimeout, Partitioner, Route};

use crate::hosts::{Means, on_each_host, on_each_host_with};
use crate::parts::{
    Count, Gathered, Pass, Quiet, Stuck, act, by_number, chain, counted, finishes, is_cancelled, join,
    outcome, until, vertex,
};

const ROWS: u64 = 100_000;

/// A job that has nothing to do with any failure, and runs meanwhile.
fn healthy(worker: &Worker) -> (JobHandle, Gathered) {
    let (gathered, mut graph) = (Gathered::default(), ExecutionGraph::new("healthy"));
    let source = graph.vertex(vertex("source", |seat| Count::of(seat, ROWS, 100)).parallel(2));
    let sink = graph.vertex(gathered.sink().parallel(2));
    join(&mut graph, source, sink, by_number(), BufferTimeout::Input);
    (worker.run(graph).unwrap(), gathered)
}

/// Runs the job, which fails, beside one that does not. Returns the failure.
#[track_caller]
fn fails(worker: &Worker, graph: ExecutionGraph) -> Failure {
    let (beside, gathered) = healthy(worker);
    let job = worker.run(graph).unwrap();
    let ended = outcome(&job).clone();
    assert_eq!((ended.state, ended.attempts), (JobState::Failed, 1));
    finishes(&beside);
    gathered.is(&counted(2, ROWS));
    assert!(job.board().subtasks().all(|(_, state)| state.is_terminal()));
    ended.failure.expect("who has failed says why")
}

/// Endless rows to three sinks that are made like this.
fn into(sink: impl Fn(&Seat) -> Result<Box<dyn Subtask>, Failure> + Send + Sync + 'static) -> ExecutionGraph {
    let source = vertex("source", |_| Count::endless()).parallel(2);
    chain("fails", [source, vertex("map", |_| Pass).parallel(2), Vertex::new("sink", sink).parallel(3)])
}

/// The third sink is made like this, the others take all that comes.
fn third<S: Subtask + 'static>(
    make: impl Fn() -> Result<S, Failure> + Send + Sync + 'static,
) -> ExecutionGraph {
    into(move |seat| if seat.place.number == 2 { Ok(Box::new(make()?)) } else { Ok(Box::new(act(swallow))) })
}

fn swallow(cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
    while cx.next().is_some() {}
    Ok(Progress::IDLE)
}

/// Takes a batch, then does this.
fn after_a_batch(
    mut then: impl FnMut() -> Result<Progress, Failure>,
) -> impl FnMut(&mut StepCx<'_>) -> Result<Progress, Failure> {
    move |cx| if let Some(Arrival::Batch { .. }) = cx.next() { then() } else { Ok(Progress::IDLE) }
}

/// Sets a timer, and does this when it is due.
struct OnMail(fn() -> Result<(), Failure>);

impl Subtask for OnMail {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        cx.set_timer(cx.now_ns());
        Ok(Progress::IDLE)
    }

    fn mail(&mut self, _mail: Mail, _cx: &mut StepCx<'_>) -> Result<(), Failure> {
        (self.0)()
    }
}

/// Sets a timer and does not expect its mail.
struct Surprised;

impl Subtask for Surprised {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        cx.set_timer(cx.now_ns());
        Ok(Progress::IDLE)
    }
}

/// Does as its function says, and panics when it is dropped.
struct Falls<F>(F);

impl<F: FnMut(&mut StepCx<'_>) -> Result<Progress, Failure>> Subtask for Falls<F> {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        (self.0)(cx)
    }
}

impl<F> Drop for Falls<F> {
    fn drop(&mut self) {
        panic!("stone broke while it was put away");
    }
}

#[test]
fn a_failure_names_the_subtask_and_the_cause() {
    on_each_host(|worker| {
        #[track_caller]
        fn check(worker: &Worker, graph: ExecutionGraph, expected: &str, panic: bool) {
            let failure = fails(worker, graph);
            assert!(failure.to_string().starts_with(expected), "{failure}");
            assert_eq!((failure.subtask(), failure.is_panic()), (Some("sink (3/3)"), panic), "{failure}");
        }
        let full = || Err(Failure::passing("the disk is full"));
        check(worker, third(move || Ok(act(after_a_batch(full)))), "sink (3/3): the disk is full", false);
        let falls = || panic!("stone {} broke", std::hint::black_box(7));
        check(
            worker,
            third(move || Ok(act(after_a_batch(falls)))),
            "sink (3/3): panicked: stone 7 broke",
            true,
        );
        let mailed = || third(|| Ok(OnMail(|| Err(Failure::lasting("too late")))));
        check(worker, mailed(), "sink (3/3): too late", false);
        let mailed = || third(|| Ok(OnMail(|| panic!("too late"))));
        check(worker, mailed(), "sink (3/3): panicked: too late", true);
        check(worker, third(|| Ok(Surprised)), "sink (3/3): Timer(", true);
        let unmade = third(|| Err::<Quiet, _>(Failure::lasting("no such table")));
        check(worker, unmade, "sink (3/3): no such table", false);
        let unmade = third(|| -> Result<Quiet, Failure> { panic!("stone broke in the making") });
        check(worker, unmade, "sink (3/3): panicked: stone broke in the making", true);
    });
}

#[test]
fn a_panic_in_drop_ends_a_job_that_was_well_and_hides_no_other_failure() {
    on_each_host(|worker| {
        let done = || Ok(Falls(after_a_batch(|| Ok(Progress::Done))));
        let failure = fails(worker, third(done));
        assert_eq!(failure.to_string(), "sink (3/3): panicked: stone broke while it was put away");
        let failed = || Ok(Falls(after_a_batch(|| Err(Failure::passing("the disk is full")))));
        assert_eq!(fails(worker, third(failed)).to_string(), "sink (3/3): the disk is full");
        let panicked = || Ok(Falls(after_a_batch(|| panic!("stone broke"))));
        assert_eq!(fails(worker, third(panicked)).to_string(), "sink (3/3): panicked: stone broke");
        let job = worker.run(third(|| Ok(Falls(swallow)))).unwrap();
        until("it runs", || job.state() == JobState::Running);
        is_cancelled(&job);
    });
}

#[test]
fn a_partitioner_that_makes_no_sense_fails_the_subtask_that_asks_it() {
    on_each_host(|worker| {
        let check = |partitioner: Partitioner, expected: &str| {
            let mut graph = ExecutionGraph::new("custom");
            let source = graph.vertex(vertex("source", |_| Count::endless()));
            let sink = graph.vertex(Gathered::default().sink().parallel(2));
            join(&mut graph, source, sink, Route::Custom(partitioner), BufferTimeout::Full);
            let failure = fails(worker, graph).to_string();
            assert!(failure.starts_with("source (1/1): ") && failure.contains(expected), "{failure}");
        };
        let far = Partitioner::new("far", |batch, channels, into| into.extend(vec![channels; batch.rows()]));
        check(far, "partitioner far sends row 0 of a batch to channel 2, but there are 2");
        check(
            Partitioner::new("mute", |_, _, _| {}),
            "partitioner mute must name one channel for each of 1000",
        );
        check(Partitioner::new("broken", |_, _, _| panic!("no idea")), "panicked: no idea");
    });
}

#[test]
fn rows_that_fit_no_segment_fail_their_job_and_not_the_core() {
    on_each_host(|worker| {
        // Five thousand numbers of eight bytes, in segments of 32 KiB.
        let wide = (0..5_000).map(|number| Field::new(number.to_string(), DataType::Int64, false));
        let schema = Arc::new(Schema::new(wide.collect::<Vec<_>>()));
        let envelope = Arc::new(Envelope::new(schema.clone(), false, false));
        let mut graph = ExecutionGraph::new("wide");
        let source = vertex("source", move |_| {
            let column: ArrayRef = Arc::new(Int64Array::from(vec![7]));
            let rows = RecordBatch::try_new(schema.clone(), vec![column; 5_000]).unwrap();
            act(move |cx| {
                let _ = cx.send(0, Batch::new(rows.clone()))?;
                Ok(Progress::Worked)
            })
        });
        let (source, sink) = (graph.vertex(source), graph.vertex(vertex("sink", |_| act(swallow))));
        graph.edges.push(EdgeSpec::new(source, sink, envelope, Route::Rebalance, BufferTimeout::Row));
        let failure = fails(worker, graph);
        assert_eq!(failure.subtask(), Some("source (1/1)"), "{failure}");
        let (next, gathered) = healthy(worker);
        finishes(&next);
        gathered.is(&counted(2, ROWS));
    });
}

#[test]
fn managed_memory_that_is_not_there_is_told_with_what_is_missing() {
    on_each_host(|worker| {
        let demands = |bytes: u64| chain("greedy", [vertex("sort", |_| Quiet).parallel(2).managed(bytes)]);
        let failure = fails(worker, demands(33 << 20)).to_string();
        assert!(
            failure.starts_with("sort (") && failure.contains("insufficient managed memory"),
            "{failure}"
        );
        assert!(fails(worker, demands(1 << 40)).to_string().contains("taskmanager.memory.managed.size"));
        // What another job has is not there, and is when that has gone.
        let holder = worker.run(demands(32 << 20)).unwrap();
        until("it has all", || holder.state() == JobState::Running);
        assert!(fails(worker, demands(1)).to_string().contains("insufficient managed memory"));
        is_cancelled(&holder);
        let next = worker.run(demands(32 << 20)).unwrap();
        until("it has all", || next.state() == JobState::Running);
        is_cancelled(&next);
    });
}

#[test]
fn more_channels_than_segments_are_refused_before_they_crawl() {
    let means = Means { network_bytes: 4 << 20, ..Means::default() }; // 64 segments a core.
    on_each_host_with(means, |worker| {
        let wide = |parallelism| {
            let source = vertex("source", |_| Count::endless()).parallel(parallelism);
            let failure = |_: &Seat| -> Result<Box<dyn Subtask>, Failure> { Ok(Box::new(Stuck)) };
            chain("wide", [source, Vertex::new("sink", failure).parallel(parallelism)])
        };
        let job = worker.run(wide(10)).unwrap();
        until("fifty channels a core are not too many", || job.state() == JobState::Running);
        is_cancelled(&job);
        let job = worker.run(wide(16)).unwrap();
        let failure = outcome(&job).failure.as_ref().unwrap().to_string();
        assert!(failure.starts_with("source ("), "{failure}");
        assert!(failure.contains("insufficient network memory on core"), "{failure}");
        let gathered = Gathered::default();
        let source = vertex("source", |seat| Count::of(seat, 10_000, 100)).parallel(2);
        finishes(&worker.run(chain("next", [source, gathered.sink()])).unwrap());
        gathered.is(&counted(2, 10_000));
    });
}

#[test]
fn a_job_begins_again_until_it_succeeds_and_the_last_attempt_is_whole() {
    on_each_host(|worker| {
        let found: Arc<Mutex<BTreeMap<u32, Gathered>>> = Arc::default();
        let source = vertex("source", |seat| {
            let (mut count, fails) = (Count::of(seat, 10_000, 100), seat.place.attempt < 2);
            let mut steps = 0;
            act(move |cx| {
                steps += 1;
                if fails && steps == 3 {
                    return Err(Failure::passing("a peer is gone"));
                }
                count.step(cx).map(|progress| match progress {
                    // However fast it is, it does not end before it has failed.
                    Progress::Done if fails => Progress::Worked,
                    progress => progress,
                })
            })
        });
        let sink = {
            let found = found.clone();
            Vertex::new("sink", move |seat: &Seat| {
                let gathered = found.lock().unwrap().entry(seat.place.attempt).or_default().clone();
                gathered.sink().maker.make(seat)
            })
        };
        let mut graph = chain("again", [source.parallel(2), sink.parallel(2)]);
        graph.restart = Restart::Fixed { attempts: 2, delay: Duration::from_millis(1) };
        let job = worker.run(graph.clone()).unwrap();
        finishes(&job);
        assert_eq!((outcome(&job).attempts, job.board().attempt()), (3, 2));
        assert!(job.board().subtasks().all(|(_, state)| state == SubtaskState::Finished));
        found.lock().unwrap()[&2].is(&counted(2, 10_000));

        graph.restart = Restart::Fixed { attempts: 1, delay: Duration::ZERO };
        let job = worker.run(graph).unwrap();
        let ended = outcome(&job);
        assert_eq!((ended.state, ended.attempts), (JobState::Failed, 2));
        assert!(ended.failure.as_ref().unwrap().to_string().ends_with("/2): a peer is gone"));
    });
}
