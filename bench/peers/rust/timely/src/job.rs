//! A query as a job of timely: the same program on each worker, whose rows are added up.

use std::path::PathBuf;

use peer::{Began, Corpus, Outcome, Question};
use timely::worker::Worker;

use crate::sink::Output;

/// What a worker does. It answers how many rows have come out of it.
pub(crate) type Program = fn(&mut Worker, &Job) -> u64;

/// What a program is told.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) corpus: Corpus,
    answer: Option<PathBuf>,
}

impl Job {
    /// Where rows of this worker go.
    pub(crate) fn output(&self, worker: &Worker) -> Output {
        Output::new(self.answer.as_deref(), worker.index())
    }
}

/// Runs it to its end.
pub(crate) fn run(program: Program, question: &Question) -> Result<Outcome, String> {
    let job = Job { corpus: question.corpus, answer: question.answer.clone() };
    // The tables that events are drawn from are made before the time begins.
    let _ = job.corpus.epoch(0);
    let began = Began::now();
    let workers =
        timely::execute(timely::Config::process(question.workers), move |worker| program(worker, &job));
    let rows = workers?.join().into_iter().sum::<Result<u64, String>>()?;
    Ok(began.end(rows))
}
