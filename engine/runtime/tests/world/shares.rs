//! Fair turns: how two jobs share a core.

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

/// Waits until both have made so much progress since both were running, and says how much each has.
fn progress(first: &AtomicU64, second: &AtomicU64, both: u64) -> (u64, u64) {
    until("both run", || first.load(Relaxed) > 0 && second.load(Relaxed) > 0);
    let began = (first.load(Relaxed), second.load(Relaxed));
    let made = || (first.load(Relaxed) - began.0, second.load(Relaxed) - began.1);
    until("both get on", || made().0 + made().1 >= both);
    made()
}

#[test]
fn a_core_is_shared_as_shares_say() {
    on_each_host(|worker| {
        let ((much, much_done), (little, little_done)) = (burning(worker, 3000), burning(worker, 1000));
        let (much_made, little_made) = progress(&much_done, &little_done, 6_000_000);
        is_cancelled(&much);
        is_cancelled(&little);
        let ratio = much_made as f64 / little_made as f64;
        println!("{much_made} : {little_made}, {ratio:.2}");
        assert!((1.5..6.0).contains(&ratio), "{much_made} : {little_made}");
    });
}

#[test]
fn equal_shares_are_equal_parts() {
    on_each_host(|worker| {
        let ((one, one_done), (other, other_done)) = (burning(worker, 1000), burning(worker, 1000));
        let (one_made, other_made) = progress(&one_done, &other_done, 4_000_000);
        is_cancelled(&one);
        is_cancelled(&other);
        let ratio = one_made as f64 / other_made as f64;
        assert!((0.4..2.5).contains(&ratio), "{one_made} : {other_made}");
    });
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
