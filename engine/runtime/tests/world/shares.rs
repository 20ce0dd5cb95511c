//! Fair turns: a job of little work beside one that wants all. How exactly shares are kept is shown in simulated time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use runtime::job::{ExecutionGraph, JobState};
use runtime::subtask::Progress;
use runtime::{JobHandle, Worker};

use crate::hosts::on_each_host;
use crate::parts::{Count, Gathered, act, chain, counted, finishes, is_cancelled, until, vertex};

/// Work that never ends on core 0; what is done is counted.
fn burning(worker: &Worker, shares: u32) -> (JobHandle, Arc<AtomicU64>) {
    let done = Arc::new(AtomicU64::new(0));
    let counts = done.clone();
    let burner = vertex("burner", move |_| {
        let done = counts.clone();
        act(move |cx| {
            while cx.may_go_on() {
                done.fetch_add(1, Relaxed);
            }
            Ok(Progress::Worked)
        })
    });
    let job = worker.run(with_shares(chain("burning", [burner.on([0])]), shares)).unwrap();
    (job, done)
}

fn with_shares(graph: ExecutionGraph, shares: u32) -> ExecutionGraph {
    ExecutionGraph { shares, ..graph }
}

#[test]
fn a_job_of_little_work_gets_on_beside_one_that_wants_all() {
    on_each_host(|worker| {
        let (burner, done) = burning(worker, 10_000);
        until("it burns", || done.load(Relaxed) > 0);
        let gathered = Gathered::default();
        let source = vertex("source", |seat| Count::of(seat, 20_000, 100)).on([0]);
        let light = chain("light", [source, gathered.sink().on([0])]);
        finishes(&worker.run(with_shares(light, 1_000)).unwrap());
        gathered.is(&counted(1, 20_000));
        assert_eq!(burner.state(), JobState::Running);
        is_cancelled(&burner);
    });
}
