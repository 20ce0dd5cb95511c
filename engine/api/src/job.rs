//! A job that runs, for whoever has started it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use operators::accumulators::Accumulator;
use options::Settings;
use plan::JobGraph;
use runtime::job::{JobBoard, JobState, Outcome};

use crate::engine::{Engine, Running};
use crate::error::ExecuteError;

/// A job that runs in this process. Dropping it ends the job.
#[derive(Debug)]
pub struct JobClient {
    running: Running,
    /// Until the end.
    engine: Option<Engine>,
    began_ns: u64,
}

/// What is known of a job that has come to its end.
#[derive(Clone, Debug)]
pub struct JobResult {
    /// The name of the job.
    pub name: String,
    /// How long it took.
    pub elapsed: Duration,
    /// What its functions have counted.
    pub accumulators: BTreeMap<String, Accumulator>,
    /// What its subtasks have done.
    pub board: Arc<JobBoard>,
    /// How it has ended: with what marks have told of the way between subtasks, if `metrics.latency.interval` asks for them.
    pub outcome: Outcome,
}

impl JobClient {
    /// Starts a worker for the job, and the job on it: for whoever has a plan that no environment has made.
    ///
    /// # Errors
    ///
    /// If it cannot run.
    pub fn start(graph: &JobGraph, settings: &Settings) -> Result<Self, ExecuteError> {
        let engine = Engine::start(settings)?;
        let began_ns = engine.worker.clock().now_ns();
        let running = engine.run(graph, settings)?;
        Ok(Self { running, engine: Some(engine), began_ns })
    }

    /// The name of the job.
    pub fn name(&self) -> &str {
        &self.running.name
    }

    /// How far it is.
    pub fn status(&self) -> JobState {
        self.running.handle.state()
    }

    /// What its subtasks do.
    pub fn board(&self) -> &Arc<JobBoard> {
        self.running.handle.board()
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        let engine = self.engine.as_ref().expect("there until the end");
        Duration::from_nanos(engine.worker.clock().now_ns().saturating_sub(self.began_ns))
    }

    /// What its functions have counted so far.
    ///
    /// # Errors
    ///
    /// If two of them have used one name for two kinds.
    pub fn accumulators(&self) -> Result<BTreeMap<String, Accumulator>, ExecuteError> {
        Ok(self.running.accumulators.totals()?)
    }

    /// Wants no more of it.
    pub fn cancel(&self) {
        self.running.handle.cancel();
    }

    /// Wants no more rows of its sources, and of those that came all there is: windows are told as if no row came behind them.
    /// Nothing happens before it runs. A batch that is drained takes a part of its input for all of it.
    pub fn drain(&self) {
        self.running.handle.drain();
    }

    /// Whether it has ended, after waiting no longer than this.
    pub fn has_ended_within(&self, time: Duration) -> bool {
        self.running.handle.wait_for(time).is_some()
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// If it fails, or is cancelled.
    pub fn wait(mut self) -> Result<JobResult, ExecuteError> {
        let outcome = self.running.handle.wait().clone();
        let elapsed = self.elapsed();
        // A thread that fell says more than the job which fell with it.
        self.engine.take().expect("there until the end").worker.stop()?;
        self.running.judge(outcome.clone())?;
        Ok(JobResult {
            name: self.running.name.clone(),
            elapsed,
            accumulators: self.running.accumulators.totals()?,
            board: self.running.handle.board().clone(),
            outcome,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn marks_travel_when_they_are_asked_for() {
        for (interval, are_there) in [("1ms", true), ("0ms", false)] {
            let env = Environment::new();
            env.set("taskmanager.memory.process.size=256mb").unwrap();
            env.set(&format!("metrics.latency.interval={interval}")).unwrap();
            let _ = env
                .generate("Source", Some(10_000), Some(50_000), |number| number)
                .rebalance()
                .map(|n: u64| n)
                .blackhole();
            let result = env.parallelism(2).execute("marks").unwrap();
            assert_eq!(result.outcome.latencies.iter().any(|(_, sources)| !sources.is_empty()), are_there);
        }
    }
}
