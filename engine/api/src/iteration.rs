//! Programs whose result is their input again: until a number of rounds is over, nothing changes, or nothing is left to do.
//!
//! ```text
//!   bulk:    rows ─► step ─► rows ─► step ─► … ─► rows
//!   delta:   solution ┐                     ┌ changes ─► solution, by key
//!            workset ─┴─► step ─► a stream ─┤
//!                                           └ work    ─► the next workset; none: the end
//! ```
//!
//! Each round is a job in batch mode, all of them on one worker, and between two rounds the rows are in the memory of the
//! program. So a round sees all of the round before, and nothing is in flight when the end is decided.

use std::collections::BTreeMap;

use options::RuntimeMode;
use plan::JobGraph;
use record::{Record, Value, rows_of};

use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::ExecuteError;
use crate::stream::DataStream;

/// What a step of a delta iteration makes.
pub struct Delta<S, W> {
    /// Rows that are new in the solution, or take the place of those with the same key.
    pub changes: DataStream<S>,
    /// What is to be done in the next round.
    pub work: DataStream<W>,
}

/// How an iteration has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Iterated<T> {
    /// The rows of the last round.
    pub rows: Vec<T>,
    /// How many rounds there were.
    pub rounds: usize,
    /// Whether it has ended by itself, and not because the rounds were used up.
    pub has_converged: bool,
}

impl Environment {
    /// Calls `step` with all rows, again and again, each time with what it has made: at most `rounds` times, or until
    /// `ends`, which sees the rows before a round and after it.
    ///
    /// # Errors
    ///
    /// If a round cannot run or fails.
    pub fn iterate<T: Record>(
        &self,
        initial: impl IntoIterator<Item = T>,
        rounds: usize,
        step: impl Fn(&Environment, DataStream<T>) -> DataStream<T>,
        mut ends: impl FnMut(&[T], &[T]) -> bool,
    ) -> Result<Iterated<T>, ExecuteError> {
        let engine = Engine::start(&self.draft.settings.borrow())?;
        let mut rows: Vec<T> = initial.into_iter().collect();
        for round in 1..=rounds {
            let env = self.round();
            let made = step(&env, env.collection(rows.iter().cloned()));
            let next = run_round(&engine, &env, &made, round)?;
            let has_converged = ends(&rows, &next);
            rows = next;
            if has_converged {
                return Ok(Iterated { rows, rounds: round, has_converged });
            }
        }
        Ok(Iterated { rows, rounds, has_converged: false })
    }

    /// Calls `step` with a solution and the work to be done, which makes changes of the solution and the next work: at
    /// most `rounds` times, or until there is no work left. A row of the solution takes the place of the one with the
    /// same key.
    ///
    /// # Errors
    ///
    /// If a round cannot run or fails.
    #[expect(clippy::too_many_arguments, reason = "what there is, how it is found, and what is done with it")]
    pub fn iterate_delta<K: Ord, S: Record + Value, W: Record + Value>(
        &self,
        solution: impl IntoIterator<Item = S>,
        work: impl IntoIterator<Item = W>,
        key: impl Fn(&S) -> K,
        rounds: usize,
        step: impl Fn(&Environment, DataStream<S>, DataStream<W>) -> Delta<S, W>,
    ) -> Result<Iterated<S>, ExecuteError> {
        let engine = Engine::start(&self.draft.settings.borrow())?;
        let mut solution: BTreeMap<K, S> = solution.into_iter().map(|row| (key(&row), row)).collect();
        let mut work: Vec<W> = work.into_iter().collect();
        for round in 1..=rounds {
            if work.is_empty() {
                return Ok(Iterated {
                    rows: solution.into_values().collect(),
                    rounds: round - 1,
                    has_converged: true,
                });
            }
            let env = self.round();
            let known = env.collection(solution.values().cloned());
            let Delta { changes, work: next } = step(&env, known, env.collection(std::mem::take(&mut work)));
            // Both in one stream, so that they are the result of one job.
            let both =
                changes.map(|row| (Some(row), None::<W>)).union(&[&next.map(|row| (None::<S>, Some(row)))]);
            for (change, more) in run_round(&engine, &env, &both, round)? {
                solution.extend(change.map(|row| (key(&row), row)));
                work.extend(more);
            }
        }
        let has_converged = work.is_empty();
        Ok(Iterated { rows: solution.into_values().collect(), rounds, has_converged })
    }

    /// An environment for one round.
    fn round(&self) -> Environment {
        let env = Environment::with(self.draft.settings.borrow().clone());
        env.mode(RuntimeMode::Batch);
        *env.draft.batch_rows.borrow_mut() = *self.draft.batch_rows.borrow();
        env
    }
}

/// Runs a round to its end.
fn run_round<T: Record>(
    engine: &Engine,
    env: &Environment,
    made: &DataStream<T>,
    round: usize,
) -> Result<Vec<T>, ExecuteError> {
    let collected = made.collected();
    let graph = JobGraph::of(env.draft.take(&format!("round {round}"))?)?;
    let running = engine.run(&graph, &env.draft.settings.borrow())?;
    drop(graph); // It holds an end of the queue.
    let mut rows = Vec::new();
    for batch in collected {
        rows.extend(rows_of::<T>(batch.columns())?);
    }
    running.judge(running.handle.wait().clone())?;
    Ok(rows)
}
