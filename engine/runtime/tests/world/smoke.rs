//! The first thing that must work.

use std::sync::{Arc, Mutex};

use memory::{Batch, Lease};
use runtime::job::{EdgeSpec, ExecutionGraph, JobState, Vertex};
use runtime::subtask::{Failure, Seat, Subtask};
use runtime::{Backend, Cores, Worker, WorkerSpec};
use shuffle::{BufferTimeout, HashKey, Route};

use crate::parts::{Collect, Count, envelope, rows_of};

#[test]
fn rows_arrive_on_threads() {
    rows_arrive(Backend::Std);
}

#[test]
fn rows_arrive_on_rings() {
    let report = runtime::Preflight::run(runtime::IoBackend::Auto).unwrap();
    println!("{report}");
    rows_arrive(report.backend);
}

fn rows_arrive(backend: Backend) {
    let cores = Cores::available().unwrap();
    let spec = WorkerSpec {
        cores: cores.all().iter().copied().cycle().take(2).collect(),
        busy: false,
        shared: false,
        backend,
        io_threads: 1,
        network: Lease::root("network", 64 << 20),
        managed: Lease::root("managed", 64 << 20),
        segment_bytes: 32 << 10,
    };
    let worker = Worker::start(spec).unwrap();
    let found: Arc<Mutex<Vec<Batch>>> = Arc::default();
    let mut graph = ExecutionGraph::new("smoke");
    let source = graph.vertex(
        Vertex::new("source", |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            Ok(Box::new(Count::new(seat.place.number as u64 * 1_000_000, 100_000, 1000)))
        })
        .parallel(2),
    );
    let sink = {
        let found = found.clone();
        Vertex::new("sink", move |_: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            Ok(Box::new(Collect(found.clone())))
        })
        .parallel(2)
    };
    let sink = graph.vertex(sink);
    let route = Route::Hash { key: HashKey::Columns(vec![0]), groups: memory::KeyGroups::default() };
    graph.edges.push(EdgeSpec::new(source, sink, envelope(), route, BufferTimeout::Full));
    let job = worker.run(graph).unwrap();
    let outcome = job.wait();
    assert_eq!(outcome.state, JobState::Finished, "{:?}", outcome.failure);
    let mut rows: Vec<i64> = found.lock().unwrap().iter().flat_map(rows_of).collect();
    rows.sort_unstable();
    let expected: Vec<i64> = (0..100_000).chain(1_000_000..1_100_000).collect();
    assert!(rows == expected, "{} rows", rows.len());
    found.lock().unwrap().clear();
    assert_eq!(worker.stop().unwrap().segment_bytes_out, 0);
}
