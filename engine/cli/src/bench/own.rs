//! Our own side of a comparison: a query as a job of this process, by the session that `millstream run` has.

use std::sync::Arc;
use std::time::Duration;

use arrow_schema::SchemaRef;
use connect::{Consumed, NotYet};
use memory::{Batch, RowKind};
use millstream::plan::JobGraph;
use millstream::{JobClient, JobResult};
use options::Settings;
use rustix::time::{ClockId, clock_gettime};
use sql::{Outcome, PlannedJob, QueryRows, Session};

use crate::bench::answer::Answer;
use crate::bench::sink::Sink;
use crate::files::Local;
use crate::run::{CliError, Interrupt, LOOK, ended};
use crate::show::as_text;

/// One run of a query, by whomever.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// From the start of the job to its last result.
    pub(crate) seconds: f64,
    /// What all processors have worked for it, where that is known.
    pub(crate) cpu_seconds: Option<f64>,
    /// What its sink says of the rows that it has read, if it reads any.
    pub(crate) consumed: Option<Consumed>,
}

/// The engine that this program is.
pub(crate) struct Own {
    settings: Settings,
    interrupt: Interrupt,
}

impl Own {
    /// Runs jobs with these settings.
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, interrupt: Interrupt::listen() }
    }

    /// How jobs are run.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs a query whose rows nobody wants to keep.
    pub(crate) fn time(&self, tables: &str, query: &str, sink: Sink) -> Result<Run, CliError> {
        let (query, sink) = (query.trim_end().trim_end_matches(';'), sink.options());
        self.job(tables, &format!("CREATE TABLE consumed WITH ({sink}) AS {query}"))
    }

    /// Runs statements of which the last one is a job without rows of its own.
    pub(crate) fn job(&self, tables: &str, statements: &str) -> Result<Run, CliError> {
        let mut run = Err(no_job());
        self.run(tables, statements, |job| {
            run = self.program(&job.graph, &job.settings);
            Ok(())
        })?;
        run
    }

    /// Runs a job to its end.
    pub(crate) fn program(&self, graph: &JobGraph, settings: &Settings) -> Result<Run, CliError> {
        let before = cpu_seconds();
        let ended = self.wait(JobClient::start(graph, settings)?)?;
        Ok(Run {
            seconds: ended.elapsed.as_secs_f64(),
            cpu_seconds: Some(cpu_seconds() - before),
            consumed: Consumed::of(&ended.accumulators).next().map(|(_, consumed)| consumed),
        })
    }

    /// Runs a query for its rows: those that are left in the end.
    pub(crate) fn answer(&self, tables: &str, query: &str, mut answer: Answer) -> Result<Answer, CliError> {
        self.rows(tables, query, |_, batch| take(&mut answer, batch))?;
        Ok(answer)
    }

    /// Runs a query, and gives its rows to `each` as they come, with the columns that the query has.
    pub(crate) fn rows(
        &self,
        tables: &str,
        query: &str,
        mut each: impl FnMut(&SchemaRef, &Batch) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        self.run(tables, query, |job| {
            let PlannedJob { graph, settings, rows, .. } = job;
            let client = JobClient::start(&graph, &settings)?;
            // The job has a copy of what the graph holds: the end of its sinks has to be the end of the rows.
            drop(graph);
            let QueryRows { schema, mut collected, .. } = rows.ok_or_else(no_job)?;
            loop {
                match collected.next_within(LOOK) {
                    Ok(Some(batch)) => each(&schema, &batch)?,
                    Ok(None) => break,
                    Err(NotYet) if client.has_ended_within(Duration::ZERO) => break,
                    Err(NotYet) => self.interrupt.cancels(&client),
                }
            }
            for batch in collected {
                each(&schema, &batch)?;
            }
            self.wait(client).map(drop)
        })
    }

    fn run(
        &self,
        tables: &str,
        statements: &str,
        mut job: impl FnMut(PlannedJob) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut session = Session::new(self.settings.clone(), Arc::new(Local));
        session.run(&format!("{tables}\n{statements}"), |outcome| match outcome {
            Outcome::Job(planned) => job(*planned),
            Outcome::Done | Outcome::Text(_) | Outcome::Answer(_) => Ok(()),
        })
    }

    fn wait(&self, client: JobClient) -> Result<JobResult, CliError> {
        while !client.has_ended_within(LOOK) {
            self.interrupt.cancels(&client);
        }
        ended(client, &self.interrupt)
    }
}

fn no_job() -> CliError {
    CliError::Bench("a query of a benchmark is one that a job answers".to_owned())
}

/// The rows of a batch, each one more or one less.
fn take(answer: &mut Answer, batch: &Batch) -> Result<(), CliError> {
    let batch = batch.clone().compact();
    let columns = batch.columns().columns().iter().map(as_text).collect::<Result<Vec<_>, _>>();
    let columns = columns.map_err(|error| CliError::Bench(error.to_string()))?;
    let kind = |row: usize| batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
    for row in 0..batch.columns().num_rows() {
        let fields = columns.iter().map(|column| crate::show::text(column, row).unwrap_or_default());
        answer.row(fields, kind(row).adds());
    }
    Ok(())
}

/// What this process has worked, on all processors.
pub(crate) fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
