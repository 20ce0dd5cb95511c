//! A job of a worker: a source, the function, a sink, as one chain on a core.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use memory::{Batch, KeyGroups};
use options::Settings;
use runtime::job::{ExecutionGraph, JobState, Vertex};
use runtime::subtask::{Failure, Seat, Subtask};
use runtime::{JobHandle, Worker, WorkerSpec};
use shuffle::Watermark;
use tokio::sync::{Barrier, oneshot};

use crate::accumulators::Accumulators;
use crate::async_io::{AsyncIo, AsyncOrder, AsyncSpec};
use crate::chain::{Chain, Link, NodePoke, Role, Target};
use crate::layout::Layout;
use crate::stand::rows_in;
use crate::{Cx, Flow, Mode, OperatorSeat, Poll, Sink, Source};

/// The numbers up to an end, ten at a time, each time with a watermark behind them.
struct Numbers {
    next: i64,
    end: i64,
}

impl Source for Numbers {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            if self.next == self.end {
                return Ok(Poll::End);
            }
            let rows = self.next..self.end.min(self.next + 10);
            self.next = rows.end;
            cx.send(Batch::new(record::batch_of(rows)))?;
            cx.time(Watermark(self.next))?;
        }
        Ok(Poll::More)
    }
}

/// What came.
struct Collected(Arc<Mutex<Vec<i64>>>);

impl Sink for Collected {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.0.lock().unwrap().extend(rows_in::<i64>(&batch).into_iter().map(|(_, row)| row));
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

fn worker() -> Worker {
    let mut settings = Settings::new();
    settings.define("taskmanager.memory.process.size=256mb").unwrap();
    Worker::start(WorkerSpec::on_this_machine(&settings).unwrap()).unwrap()
}

fn run<F, R>(
    worker: &Worker,
    end: i64,
    spec: AsyncSpec<i64, i64>,
    function: F,
) -> (JobHandle, Arc<Mutex<Vec<i64>>>)
where
    F: Fn(i64) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Vec<i64>, String>> + 'static,
{
    let collected = Arc::new(Mutex::new(Vec::new()));
    let found = collected.clone();
    let make =
        move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            let poked = Arc::new(AtomicBool::new(false));
            let operator_seat = OperatorSeat {
                place: seat.place.clone(),
                name: "look-up".into(),
                mode: Mode::Streaming,
                groups: KeyGroups::default(),
                managed: seat.managed.clone(),
                spills: None,
                plane: seat.plane.clone(),
                poke: Arc::new(NodePoke::new(poked.clone(), seat.poke.clone())),
                accumulators: Accumulators::default(),
                sides: Arc::new([]),
            };
            let layout = Layout::of(<i64 as record::Record>::fields());
            let function = AsyncIo::new(layout, function.clone(), spec.clone(), &operator_seat)?;
            let link = |role: Role, ports: usize, exits: Vec<Vec<Target>>, poked: Option<Arc<AtomicBool>>| {
                Link { role, ports, exits, poked }
            };
            let source = Role::Source(Box::new(Numbers { next: 0, end }));
            let links = vec![
                link(source, 0, vec![vec![Target::Node(1)]], None),
                link(Role::Operator(Box::new(function)), 1, vec![vec![Target::Node(2)]], Some(poked)),
                link(Role::Sink(Box::new(Collected(found.clone()))), 1, vec![], None),
            ];
            Ok(Box::new(Chain::new(links, vec![])))
        };
    let mut graph = ExecutionGraph::new("look-ups");
    graph.vertex(Vertex::new("look-up", make));
    (worker.run(graph).unwrap(), collected)
}

#[test]
fn a_thousand_look_ups_go_a_hundred_at_a_time() {
    let worker = worker();
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // Nobody is answered before a hundred have asked: with fewer at a time this would never end.
    let hundred = Arc::new(Barrier::new(100));
    for order in [AsyncOrder::Ordered, AsyncOrder::Unordered] {
        let (under_way, most, hundred) = (under_way.clone(), most.clone(), hundred.clone());
        let function = move |row: i64| {
            let (under_way, most, hundred) = (under_way.clone(), most.clone(), hundred.clone());
            async move {
                most.fetch_max(under_way.fetch_add(1, SeqCst) + 1, SeqCst);
                hundred.wait().await;
                under_way.fetch_sub(1, SeqCst);
                Ok(vec![row, -row])
            }
        };
        let (job, found) = run(&worker, 1_000, AsyncSpec::new(order), function);
        assert_eq!(job.wait().state, JobState::Finished);
        let mut found = found.lock().unwrap().clone();
        let wanted: Vec<i64> = (0..1_000).flat_map(|row| [row, -row]).collect();
        if order == AsyncOrder::Unordered {
            found.sort_by_key(|row| row.abs() / 10); // Ten rows are between two watermarks.
            found.chunks_mut(20).for_each(|part| part.sort_by_key(|row| (row.abs(), -row)));
        }
        assert_eq!(found, wanted);
    }
    assert_eq!(most.load(SeqCst), 100);
    assert_eq!(worker.stop().unwrap().segment_bytes_out, 0);
}

#[test]
fn a_failure_names_the_operator_and_says_what_was_said() {
    let worker = worker();
    let spec = || AsyncSpec::new(AsyncOrder::Ordered);
    let answer = |row: i64| if row == 7 { Err("no such user".to_owned()) } else { Ok(vec![row]) };
    let (job, _) = run(&worker, 100, spec(), move |row| async move { answer(row) });
    let failed = job.wait().failure.clone().unwrap().to_string();
    assert_eq!(failed, "look-up (1/1): the asynchronous function of look-up failed for a row: no such user");
    let (job, _) = run(&worker, 100, spec(), |row| async move {
        assert!(row != 7, "stone {row} broke");
        Ok(vec![row])
    });
    let failed = job.wait().failure.clone().unwrap().to_string();
    assert_eq!(
        failed,
        "look-up (1/1): the asynchronous function of look-up failed for a row: panicked: stone 7 broke"
    );
    worker.stop().unwrap();
}

#[test]
fn a_timeout_comes_by_the_clock_of_the_core() {
    let worker = worker();
    let spec = AsyncSpec::<i64, i64>::new(AsyncOrder::Unordered).timeout(std::time::Duration::from_millis(1));
    let never = |row: i64| async move {
        if row % 10 == 3 {
            std::future::pending::<()>().await;
        }
        Ok(vec![row])
    };
    let spec = spec.on_timeout(|row| Ok::<_, String>(vec![-row])).capacity(5);
    let (job, found) = run(&worker, 30, spec, never);
    assert_eq!(job.wait().state, JobState::Finished);
    let found = found.lock().unwrap().clone();
    assert!([-3, -13, -23].iter().all(|row| found.contains(row)), "{found:?}");
    assert_eq!(found.len(), 30);
    worker.stop().unwrap();
}

/// Says when it is dropped.
struct Tombstone(Sender<()>);

impl Drop for Tombstone {
    fn drop(&mut self) {
        let _nobody_listens = self.0.send(());
    }
}

#[test]
fn a_job_that_is_cancelled_drops_what_is_under_way() {
    let worker = worker();
    let (say, gone): (_, Receiver<()>) = channel();
    let (begin, begun) = channel();
    let never = move |_row: i64| {
        let (tombstone, begin) = (Tombstone(say.clone()), begin.clone());
        async move {
            begin.send(()).unwrap();
            let (_keep, never) = oneshot::channel::<Vec<i64>>();
            let answer = never.await;
            drop(tombstone);
            answer.map_err(|error| error.to_string())
        }
    };
    let never = {
        let never = Arc::new(Mutex::new(never));
        move |row: i64| (never.lock().unwrap())(row)
    };
    let (job, _) = run(&worker, 1_000, AsyncSpec::new(AsyncOrder::Ordered).capacity(20), never);
    (0..20).for_each(|_| begun.recv().unwrap());
    assert!(gone.try_recv().is_err());
    job.cancel();
    assert_eq!(job.wait().state, JobState::Canceled);
    (0..20).for_each(|_| gone.recv().unwrap());
    worker.stop().unwrap();
}
