//! Whole jobs of two stages that no edge connects but this one.

use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use memory::{KeyGroups, Lease};
use operators::{Cx, Flow, Sink};
use options::Settings;
use runtime::job::{ExecutionGraph, JobState, Outcome, Restart};
use runtime::sim::SimOptions;
use shuffle::{HashKey, RoutedWriter};

use super::*;
use crate::generator::Generator;
use crate::trial::{self, Kept, number_rows, number_schema};

const ROWS: u64 = 30_000;

fn exchange(route: Route, senders: u32, receivers: u32) -> Exchange {
    let envelope = Envelope::new(number_schema(), false, route.sends_hashes());
    let spills = Arc::new(SpillDirectories::open(&Settings::new()).unwrap());
    Exchange::new(ExchangeSpec { route, envelope, senders, receivers, spills })
}

/// A job whose rows go through an exchange, and what came out of it.
fn job(exchange: &Exchange) -> (ExecutionGraph, Kept) {
    let (kept, spec) = (Kept::default(), exchange.spec.clone());
    let source = Generator::new(number_schema(), number_rows).count(ROWS);
    let (before, behind, sink) = (exchange.clone(), exchange.clone(), kept.clone());
    let write = trial::vertex(move |seat| source.make(seat), move |seat| before.sink(seat));
    let read = trial::vertex(move |seat| behind.source(seat), move |seat| sink.make(seat));
    let mut graph = ExecutionGraph::new("two stages");
    // The readers come first, and have to wait.
    graph.vertex(read.parallel(spec.receivers).managed(1 << 20));
    graph.vertex(write.parallel(spec.senders).managed(4 << 20));
    (graph, kept)
}

/// The numbers of the rows that each receiver has read.
fn read(kept: &Kept, receivers: u32) -> Vec<Vec<i64>> {
    let mut read = vec![Vec::new(); receivers as usize];
    for (receiver, _, batch) in kept.batches() {
        read[receiver as usize].extend(batch.columns().column(0).as_primitive::<Int64Type>().values());
    }
    read.iter_mut().for_each(|rows| rows.sort_unstable());
    read
}

fn finishes(graph: ExecutionGraph) {
    let Outcome { state, failure, .. } = trial::run(graph);
    assert_eq!(state, JobState::Finished, "{failure:?}");
}

#[test]
fn every_row_is_read_once_by_whom_it_is_meant_for() {
    let key = HashKey::Columns(vec![0]);
    let routes = [
        Route::Rebalance,
        Route::Rescale,
        Route::Broadcast,
        Route::Global,
        Route::Hash { key, groups: KeyGroups::default() },
    ];
    let all: Vec<i64> = (0..i64::try_from(ROWS).unwrap()).collect();
    for route in routes {
        for (senders, receivers) in [(1, 1), (2, 3), (3, 2)] {
            let exchange = exchange(route.clone(), senders, receivers);
            let (graph, kept) = job(&exchange);
            finishes(graph);
            let read = read(&kept, receivers);
            match route {
                Route::Broadcast => assert!(read.iter().all(|rows| *rows == all)),
                _ => {
                    let mut together = read.concat();
                    together.sort_unstable();
                    assert!(together == all, "{route:?}, {senders} to {receivers}");
                }
            }
            assert_eq!(exchange.spec.spills.figures().used, 0, "nothing stays on disk");
        }
    }
}

#[test]
fn rows_are_read_when_all_are_written_in_a_simulated_world_too() {
    for seed in 0..20 {
        let exchange = exchange(Route::Rebalance, 2, 3);
        let (graph, kept) = job(&exchange);
        let outcome = trial::simulate(seed, SimOptions::calm(2), graph);
        assert_eq!(outcome.state, JobState::Finished, "seed {seed}: {:?}", outcome.failure);
        assert_eq!(read(&kept, 3).concat().len() as u64, ROWS, "seed {seed}");
    }
}

#[derive(Default)]
struct Pokes(AtomicUsize);

impl Poke for Pokes {
    fn poke(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn partition(exchange: &Exchange, sender: u32) -> Partition {
    let spec = &exchange.spec;
    let lease = Lease::root("trial", 4 << 20);
    let ends = (sender, spec.senders, spec.receivers);
    let writer = RoutedWriter::open(spec.spills.clone(), spec.envelope.clone(), &spec.route, ends, &lease);
    writer.unwrap().finish().unwrap()
}

#[test]
fn receivers_are_called_once_by_the_last_sender_and_an_attempt_begins_anew() {
    let exchange = exchange(Route::Rebalance, 2, 2);
    let pokes = Arc::new(Pokes::default());
    let poke: Arc<dyn Poke> = pokes.clone();
    for attempt in 0..3 {
        for _ in 0..4 {
            assert!(exchange.receive(attempt, 0, &poke).is_none());
        }
        exchange.hand_over(attempt, 1, partition(&exchange, 1));
        assert!(exchange.receive(attempt, 1, &poke).is_none());
        if attempt == 1 {
            continue; // It fails here.
        }
        let before = pokes.0.load(Ordering::Relaxed);
        exchange.hand_over(attempt, 0, partition(&exchange, 0));
        assert_eq!(pokes.0.load(Ordering::Relaxed), before + 1);
        for receiver in 0..2 {
            assert_eq!(exchange.receive(attempt, receiver, &poke).unwrap().len(), 2);
        }
    }
}

/// Falls in the first attempt, when it has seen some rows.
struct Falling {
    falls: bool,
    into: Box<dyn Sink>,
}

impl Sink for Falling {
    fn batch(&mut self, batch: memory::Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.falls {
            return Err(Failure::passing("a planned fall"));
        }
        self.into.batch(batch, cx)
    }

    fn end(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.into.end(cx)
    }
}

#[test]
fn a_job_that_is_started_again_reads_what_was_written_again() {
    for falls_in_writer in [true, false] {
        let exchange = exchange(Route::Rebalance, 2, 2);
        let (kept, source) = (Kept::default(), Generator::new(number_schema(), number_rows).count(ROWS));
        let (before, behind, sink) = (exchange.clone(), exchange.clone(), kept.clone());
        let falling = move |seat: &Seat, into: Box<dyn Sink>, here: bool| {
            let falls = here && seat.place.attempt == 0 && seat.place.number == 1;
            Ok(Box::new(Falling { falls, into }) as Box<dyn Sink>)
        };
        let write = trial::vertex(
            move |seat| source.make(seat),
            move |seat| falling(seat, before.sink(seat)?, falls_in_writer),
        );
        let read_again = trial::vertex(
            move |seat| behind.source(seat),
            move |seat| falling(seat, sink.make(seat)?, !falls_in_writer),
        );
        let mut graph = ExecutionGraph::new("falls");
        graph.restart = Restart::Fixed { attempts: 1, delay: std::time::Duration::ZERO };
        graph.vertex(write.parallel(2).managed(4 << 20));
        graph.vertex(read_again.parallel(2).managed(1 << 20));
        finishes(graph);
        let mut rows = read(&kept, 2).concat();
        rows.sort_unstable();
        rows.dedup(); // A sink without checkpoints keeps what the first attempt has brought.
        assert_eq!(rows.len() as u64, ROWS);
    }
}
