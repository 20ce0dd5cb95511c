//! The first thing that must work.

use runtime::job::ExecutionGraph;
use shuffle::BufferTimeout;

use crate::hosts::on_each_host;
use crate::parts::{Collect, Count, by_number, counted, finishes, join, rows_of, vertex};

#[test]
fn rows_arrive() {
    on_each_host(|worker| {
        let found = Collect::default();
        let mut graph = ExecutionGraph::new("smoke");
        let source = graph.vertex(vertex("source", |seat| Count::of(seat, 100_000, 1000)).parallel(2));
        let sink = found.clone();
        let sink = graph.vertex(vertex("sink", move |_| sink.clone()).parallel(2));
        join(&mut graph, source, sink, by_number(), BufferTimeout::Full);
        finishes(&worker.run(graph).unwrap());
        let mut rows: Vec<i64> = found.0.lock().unwrap().iter().flat_map(rows_of).collect();
        rows.sort_unstable();
        assert!(rows == counted(2, 100_000), "{} rows", rows.len());
    });
}
