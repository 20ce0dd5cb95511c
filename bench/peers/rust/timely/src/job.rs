//! A query as a job of timely: the same program on each worker, whose rows are added up.

use std::path::PathBuf;

use peer::{Began, Corpus, Outcome, Question, Sum};
use timely::worker::Worker;

use crate::sink::Output;

/// What a worker does.
pub(crate) type Program = fn(&mut Worker, &Job) -> Ended;

/// How many rows have come out of a worker, and what its sink has read of them, if it reads.
pub(crate) type Ended = (u64, Option<Sum>);

/// What a program is told.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) corpus: Corpus,
    answer: Option<PathBuf>,
    reads: bool,
}

impl Job {
    /// Where rows of this worker go.
    pub(crate) fn output(&self, worker: &Worker) -> Output {
        Output::new(self.answer.as_deref(), self.reads, worker.index())
    }
}

/// Runs it to its end.
pub(crate) fn run(program: Program, question: &Question) -> Result<Outcome, String> {
    let job = Job { corpus: question.corpus, answer: question.answer.clone(), reads: question.reads };
    // The tables that events are drawn from are made before the time begins.
    let _ = job.corpus.epoch(0);
    let began = Began::now();
    let workers =
        timely::execute(timely::Config::process(question.workers), move |worker| program(worker, &job));
    let ended = workers?.join().into_iter().collect::<Result<Vec<_>, String>>()?;
    let rows = ended.iter().map(|(rows, _)| rows).sum();
    let sum = ended.into_iter().filter_map(|(_, sum)| sum).reduce(Sum::and);
    Ok(began.end(rows, sum))
}
