//! Runs the job on a worker, watches it, and collects what its subtasks have found.
//!
//! Thin: `cluster` will deploy jobs and `cli` watch them.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use runtime::job::JobState;
use runtime::{JobHandle, Worker, WorkerSpec};

use super::answer::Answer;
use super::failure::Failure;
use super::figures::{self, Traffic};
use super::interrupt::Interrupt;
use super::job::Job;
use super::latency;
use super::progress::Line;

/// How often the job is looked at: Ctrl-C is heard at once, as people feel it.
const LOOK: Duration = Duration::from_millis(20);
/// Every so many looks the line is drawn: often enough to seem alive.
const DRAW_LOOKS: u64 = 5;

/// Runs the job to its end.
pub(crate) fn run(
    job: &Arc<Job>,
    spec: WorkerSpec,
    line: &Line,
    interrupt: &Interrupt,
) -> Result<Answer, Failure> {
    let worker = Worker::start(spec)?;
    let (parts, found) = channel();
    let (clock, began_ns) = (worker.clock(), worker.clock().now_ns());
    let handle = worker.run(job.graph(parts))?;
    watch(job, &worker, &handle, line, interrupt);
    let outcome = handle.wait().clone();
    let elapsed_ns = clock.now_ns() - began_ns;
    let segment_bytes_max = worker.core_gauges().map(|gauges| gauges.segment_bytes_max.get()).sum();
    let latency = job.latency_interval.map(|_| latency::words(&outcome));
    // A thread that fell says more than the job which fell with it.
    let stopped = worker.stop()?;
    let traffic = Traffic::of(handle.board());
    match (outcome.state, outcome.failure) {
        (JobState::Finished, _) => {}
        (JobState::Canceled, _) => return Err(Failure::Canceled { rows: traffic.rows_received }),
        (_, Some(failure)) => return Err(Failure::Job(failure)),
        (state, None) => unreachable!("nobody stops the worker of a job that is {state}"),
    }
    let mut answer = Answer {
        elapsed_ns,
        traffic,
        subtasks: figures::of_subtasks(handle.board()),
        segment_bytes_max,
        segment_bytes_away: stopped.segment_bytes_out,
        latency,
        ..Answer::new(job.keeps_totals)
    };
    found.try_iter().for_each(|part| answer.join(part));
    Ok(answer)
}

/// Looks at the job until it has ended, and cancels it if somebody asks for that.
fn watch(job: &Job, worker: &Worker, handle: &JobHandle, line: &Line, interrupt: &Interrupt) {
    let (clock, mut is_canceled) = (worker.clock(), false);
    let began_ns = clock.now_ns();
    for look in 0_u64.. {
        if interrupt.is_asked() && !is_canceled {
            is_canceled = true;
            handle.cancel();
            line.say("canceling");
        }
        if handle.wait_for(LOOK).is_some() {
            return;
        }
        if look.is_multiple_of(DRAW_LOOKS) && !is_canceled {
            line.draw(job, Traffic::of(handle.board()).rows_received, clock.now_ns() - began_ns);
        }
    }
}
