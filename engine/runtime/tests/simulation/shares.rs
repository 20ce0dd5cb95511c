//! Fair turns, in simulated time: there a share is a number that can be compared, whatever else the machine does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use runtime::job::{ExecutionGraph, Vertex};
use runtime::sim::{SimOptions, Simulation};
use runtime::subtask::{Failure, Progress, Seat, StepCx, Subtask};

const SECOND_NS: u64 = 1_000_000_000;

/// Wants all that it can get, and counts what that is.
struct Burner(Arc<AtomicU64>);

impl Subtask for Burner {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while cx.may_go_on() {
            self.0.fetch_add(1, Relaxed);
        }
        Ok(Progress::Worked)
    }
}

/// Answers at once whenever it is stepped, and wants to be stepped again after a while; keeps the longest delay.
struct Sleeper {
    due_ns: Option<u64>,
    late_ns_max: Arc<AtomicU64>,
}

impl Subtask for Sleeper {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        let now_ns = cx.now_ns();
        if let Some(due_ns) = self.due_ns {
            self.late_ns_max.fetch_max(now_ns.saturating_sub(due_ns), Relaxed);
        }
        self.due_ns = Some(now_ns + 500_000);
        Ok(Progress::Idle { wake_at_ns: self.due_ns })
    }
}

fn burning(simulation: &mut Simulation, shares: u32, subtasks: u32) -> Arc<AtomicU64> {
    let done = Arc::new(AtomicU64::new(0));
    let counts = done.clone();
    let mut graph = ExecutionGraph { shares, ..ExecutionGraph::new("burning") };
    let maker = move |_: &Seat| -> Result<Box<dyn Subtask>, Failure> { Ok(Box::new(Burner(counts.clone()))) };
    graph.vertex(Vertex::new("burner", maker).parallel(subtasks));
    simulation.run(graph).expect("a graph that can run");
    done
}

/// What part of the core each job of (shares, subtasks) has had in a second.
fn parts(jobs: &[(u32, u32)]) -> Vec<f64> {
    let mut simulation = Simulation::new(7, SimOptions::calm(1));
    let done: Vec<_> =
        jobs.iter().map(|(shares, subtasks)| burning(&mut simulation, *shares, *subtasks)).collect();
    simulation.run_until(SECOND_NS);
    let made: Vec<f64> = done.iter().map(|done| done.load(Relaxed) as f64).collect();
    made.iter().map(|one| one / made.iter().sum::<f64>()).collect()
}

#[track_caller]
fn check(jobs: &[(u32, u32)], expected: &[f64]) {
    let parts = parts(jobs);
    for (part, expected) in parts.iter().zip(expected) {
        assert!((part - expected).abs() < 0.02, "{jobs:?}: {parts:.3?}");
    }
}

#[test]
fn a_core_is_shared_as_shares_say() {
    check(&[(1000, 1), (1000, 1)], &[0.5, 0.5]);
    check(&[(3000, 1), (1000, 1)], &[0.75, 0.25]);
    check(&[(10_000, 1), (100, 1), (100, 1)], &[0.98, 0.01, 0.01]);
}

#[test]
fn a_job_of_many_subtasks_has_no_more_than_its_share() {
    check(&[(1000, 9), (1000, 1)], &[0.5, 0.5]);
}

#[test]
fn who_has_little_to_do_waits_for_a_step_and_not_for_a_round() {
    let mut simulation = Simulation::new(7, SimOptions::calm(1));
    (0..20).for_each(|_| drop(burning(&mut simulation, 100, 1)));
    let late_ns_max = Arc::new(AtomicU64::new(0));
    let late = late_ns_max.clone();
    let mut graph = ExecutionGraph::new("light");
    graph.vertex(Vertex::new("sleeper", move |_: &Seat| -> Result<Box<dyn Subtask>, Failure> {
        Ok(Box::new(Sleeper { due_ns: None, late_ns_max: late.clone() }))
    }));
    simulation.run(graph).expect("a graph that can run");
    simulation.run_until(SECOND_NS);
    let late_ns_max = late_ns_max.load(Relaxed);
    // A step beside somebody with more shares is 20 µs long, and a look at the clock takes up to two here.
    assert!((1..60_000).contains(&late_ns_max), "{late_ns_max} ns late behind twenty that want all");
}
