//! How fast events of an auction are made: a source and nobody who wants its rows, on one core.
//!
//! Dimensions: which columns of which kinds. What is counted is events of all kinds, those included that are left out: how
//! long a corpus of so many takes. Every job has to bring as many rows as an epoch of fifty events says.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use millstream::connect::Blackhole;
use millstream::connect::nexmark::NexmarkKind::{Auction, Bid, Person};
use millstream::connect::nexmark::{Nexmark, NexmarkColumn, NexmarkKind, NexmarkSpec};
use millstream_bench::{elapsed, run};
use operators::chain::{Chain, Link, Role, Target};
use options::Settings;
use runtime::job::{ExecutionGraph, JobState, Vertex};
use runtime::subtask::{Failure, Seat, Subtask};
use runtime::{Worker, WorkerSpec};

/// A build without optimisations checks the answers and measures nothing: a few events are enough for that.
const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 10_000_000 };

fn main() {
    run(|criterion| {
        let mut settings = Settings::new();
        for definition in ["taskmanager.memory.process.size=1gb", "runtime.cores=1"] {
            settings.define(definition).expect("an option");
        }
        let spec = WorkerSpec::on_this_machine(&settings).expect("a machine with a core");
        let worker = Worker::start(spec).expect("a core");
        let field = |kind, positions: &[usize]| -> Vec<NexmarkColumn> {
            positions.iter().map(|position| NexmarkColumn::Field(kind, *position)).collect()
        };
        let rows = NexmarkKind::ALL.map(NexmarkColumn::Row);
        let all = [NexmarkColumn::EventType].into_iter().chain(rows).chain([NexmarkColumn::Time]);
        let joined = [field(Person, &[0, 1, 4, 5]), field(Auction, &[0, 7, 8])].concat();
        let cases = [
            ("numbers of bids", 46, vec![Bid], field(Bid, &[0, 1, 2, 5])),
            ("numbers and extra of bids", 46, vec![Bid], field(Bid, &[0, 1, 2, 5, 6])),
            ("all of bids", 46, vec![Bid], vec![NexmarkColumn::Row(Bid)]),
            ("some of persons and auctions", 4, vec![Person, Auction], joined),
            ("all of all", 50, NexmarkKind::ALL.into(), all.collect()),
        ];
        for (name, epoch_rows, kinds, columns) in cases {
            let kinds = kinds.into_iter().collect();
            let spec = NexmarkSpec { events: Some(EVENTS), kinds, columns, ..NexmarkSpec::default() };
            measure(criterion, &worker, name, &spec, EVENTS / 50 * epoch_rows);
        }
        assert_eq!(worker.stop().expect("no panic").segment_bytes_out, 0);
    });
}

fn measure(criterion: &mut Criterion, worker: &Worker, name: &str, spec: &NexmarkSpec, rows: u64) {
    let run_once = || -> Duration {
        let counted = Blackhole::default();
        let graph = graph(spec, &counted);
        let took = elapsed(|| {
            let job = worker.run(graph).expect("a job of one subtask");
            assert_eq!(job.wait().state, JobState::Finished);
        });
        assert_eq!(counted.rows(), rows, "{name}");
        took
    };
    let mut group = criterion.benchmark_group("nexmark");
    group.sample_size(10).throughput(Throughput::Elements(EVENTS));
    group.bench_function(name, |bench| bench.iter_custom(|times| (0..times).map(|_| run_once()).sum()));
    group.finish();
}

/// A source and a sink, one calling the other.
fn graph(spec: &NexmarkSpec, sink: &Blackhole) -> ExecutionGraph {
    let (source, sink) = (Nexmark::open(spec.clone()), sink.clone());
    let chain = move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
        let link = |role, ports, exits| {
            let poked = Some(Arc::new(AtomicBool::new(false)));
            Link { role, ports, exits, poked }
        };
        let head = link(Role::Source(source(seat)?), 0, vec![vec![Target::Node(1)]]);
        let end = link(Role::Sink(sink.make(seat)?), 1, vec![]);
        Ok(Box::new(Chain::new(vec![head, end], vec![])))
    };
    let mut graph = ExecutionGraph::new("nexmark");
    graph.vertex(Vertex::new("events", chain));
    graph
}
