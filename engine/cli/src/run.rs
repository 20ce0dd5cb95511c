//! Statements one after the other: answers are shown, jobs are run to their end or until Ctrl-C.

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow_array::RecordBatch;
use connect::NotYet;
use millstream::operators::Mode;
use millstream::{ExecuteError, JobClient, JobResult};
use options::{RESULT_MODE, ResultMode, Settings};
use signal_hook::consts::SIGINT;
use sql::{Outcome, PlannedJob, QueryRows, Session, SqlError};

use crate::arguments::{Arguments, Command, EngineArguments, Format, JobArguments, Text};
use crate::bench;
use crate::files::Local;
use crate::live::Live;
use crate::progress::Progress;
use crate::results::Results;
use crate::show::Shown;
use crate::sums;

/// How often Ctrl-C is looked for.
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// What is said of a stream that writes, when it was drained.
const DRAINED: &str = "what had been read by then is in the results; the statement begins anew when it is run again: where it was is not kept yet";

/// What is said of a job that writes, when it was canceled.
const BEGINS_ANEW: &str = "tables of files show what was written when its job has ended, and so nothing of it; the statement begins anew when it is run again";

/// Why it has not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Settings(#[from] Box<options::Error>),
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error(transparent)]
    Job(#[from] Box<ExecuteError>),
    #[error("{0}: {1}")]
    Script(String, io::Error),
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
    #[error("nobody reads the output any more")]
    Closed,
    #[error("{0}")]
    Variable(String),
    #[error("{0}")]
    Argument(String),
    #[error("{0}")]
    Bench(String),
    #[error("{0}: {1}")]
    Peer(String, String),
    #[error("Ctrl-C")]
    Interrupted,
}

impl From<options::Error> for CliError {
    fn from(error: options::Error) -> Self {
        Self::Settings(Box::new(error))
    }
}

impl From<ExecuteError> for CliError {
    fn from(error: ExecuteError) -> Self {
        if error.is_closed_output() { Self::Closed } else { Self::Job(Box::new(error)) }
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Output(error) }
    }
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &Arguments) -> Result<(), CliError> {
    match &arguments.command {
        Command::Sql { text, output_format, job } if text.is_typed() && io::stdin().is_terminal() => {
            crate::shell::run(session(job)?, *output_format)
        }
        Command::Sql { text, output_format, job } => statements(&read(text)?, *output_format, job),
        Command::Run { file, job } => statements(&read_file(file)?, Format::Table, job),
        Command::Explain { text, format, job } => {
            statements(&format!("EXPLAIN {} {}", format.words(), read(text)?), Format::Csv, job)
        }
        Command::Bench(arguments) => bench::run(arguments),
    }
}

fn read(text: &Text) -> Result<String, CliError> {
    match (&text.query, &text.file) {
        (Some(query), _) => Ok(query.clone()),
        (None, Some(file)) => read_file(file),
        (None, None) => {
            let mut text = String::new();
            io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| CliError::Script("standard input".to_owned(), error))?;
            Ok(text)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
pub(crate) fn read_file(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|error| CliError::Script(file.display().to_string(), error))
}

/// A session with the settings of the arguments.
fn session(job: &JobArguments) -> Result<Session, CliError> {
    Ok(Session::new(settings_of(&job.engine)?, Arc::new(Local)))
}

/// The settings of the arguments on this machine.
pub(crate) fn settings_of(engine: &EngineArguments) -> Result<Settings, CliError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    engine.settings(cores)
}

fn statements(text: &str, format: Format, job: &JobArguments) -> Result<(), CliError> {
    let mut session = session(job)?;
    let interrupt = Interrupt::listen();
    session.run(&job.with_variables(text)?, |done| outcome(done, format, &interrupt))
}

/// Shows what a statement comes to, or runs it.
pub(crate) fn outcome(outcome: Outcome, format: Format, interrupt: &Interrupt) -> Result<(), CliError> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Text(text) => Ok(writeln!(io::stdout(), "{}", text.trim_end())?),
        Outcome::Answer(rows) => answer(&rows, format),
        Outcome::Job(job) => run_job(*job, format, interrupt),
    }
}

/// Shows rows that are there.
fn answer(rows: &RecordBatch, format: Format) -> Result<(), CliError> {
    let to = io::stdout().lock();
    let mut shown = Shown::new(to, format, &rows.schema());
    shown.show(rows)?;
    Ok(shown.finish(None)?)
}

fn run_job(job: PlannedJob, format: Format, interrupt: &Interrupt) -> Result<(), CliError> {
    let PlannedJob { graph, settings, is_live, rows } = job;
    // A batch that ended half way would take a part for the whole.
    let may_drain = graph.program.mode == Mode::Streaming;
    let client = JobClient::start(&graph, &settings)?;
    // The job has a copy of what the graph holds: the end of its sinks has to be the end of the rows.
    drop(graph);
    let Some(rows) = rows else {
        return run_insert(client, interrupt, format, may_drain);
    };
    show_rows(rows, client, interrupt, format, (settings.get(&RESULT_MODE), is_live))
}

/// Runs a job that shows no rows, and says how far it is, and in the end the sums of tables that keep nothing else. Ctrl-C drains
/// a stream.
fn run_insert(
    client: JobClient,
    interrupt: &Interrupt,
    format: Format,
    may_drain: bool,
) -> Result<(), CliError> {
    let mut progress = Progress::new(format == Format::Table);
    let mut is_told = false;
    while !client.has_ended_within(LOOK) {
        if may_drain && interrupt.is_asked() {
            client.drain();
            if !is_told {
                is_told = true;
                progress.end();
                writeln!(io::stderr(), "draining: nothing else is read; Ctrl-C again ends it at once")?;
            }
        } else {
            interrupt.cancels(&client);
        }
        progress.show(&client);
    }
    progress.end();
    let seconds = client.elapsed().as_secs_f64();
    match ended(client, interrupt) {
        Ok(_) if is_told => {
            writeln!(io::stderr(), "drained after {seconds:.1} s; {DRAINED}")?;
            Err(CliError::Interrupted)
        }
        Err(CliError::Interrupted) => {
            writeln!(io::stderr(), "canceled after {seconds:.1} s; {BEGINS_ANEW}")?;
            Err(CliError::Interrupted)
        }
        ended => match sums::table(&ended?.accumulators) {
            Some(sums) => answer(&sums, format),
            None => Ok(()),
        },
    }
}

/// Shows the rows of a query: as they come, if it is live.
fn show_rows(
    rows: QueryRows,
    client: JobClient,
    interrupt: &Interrupt,
    format: Format,
    (mode, is_live): (ResultMode, bool),
) -> Result<(), CliError> {
    let QueryRows { schema, zone, are_changes, mut collected } = rows;
    let mut results = Results::new(schema, are_changes, mode)?;
    let mut live = (is_live && Live::is_seen(format)).then(Live::default);
    let to = io::BufWriter::new(io::stdout().lock());
    let mut shown = Shown::new(to, format, results.columns()).by_clocks(zone);
    loop {
        match collected.next_within(LOOK) {
            Ok(Some(batch)) => results.come(&batch, &mut shown)?,
            Ok(None) => break,
            Err(NotYet) if client.has_ended_within(Duration::ZERO) => break,
            Err(NotYet) => {
                if is_live {
                    shown.catch_up()?;
                }
                interrupt.cancels(&client);
            }
        }
        if let (Some(live), Some(left)) = (&mut live, results.left()) {
            live.draw(left, client.elapsed(), shown.to())?;
            // Where rows come all the time, nobody waits for one.
            interrupt.cancels(&client);
        }
    }
    // What has come behind the last look.
    for batch in collected {
        results.come(&batch, &mut shown)?;
    }
    let elapsed = ended(client, interrupt)?.elapsed;
    if let Some(live) = &mut live {
        live.clear(shown.to())?;
    }
    results.end(&mut shown)?;
    Ok(shown.finish(Some(elapsed))?)
}

/// Waits for the end of a job, and says what came of it.
pub(crate) fn ended(client: JobClient, interrupt: &Interrupt) -> Result<JobResult, CliError> {
    match client.wait() {
        Ok(result) => Ok(result),
        Err(ExecuteError::Canceled { .. }) if interrupt.is_asked() => Err(CliError::Interrupted),
        Err(error) => Err(error.into()),
    }
}

/// Ctrl-C: the first one asks for the end of the job, the second one is the end of the program.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub(crate) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        // In this order: what the first signal sets is what the second one finds.
        let _ = signal_hook::flag::register_conditional_default(SIGINT, asked.clone());
        let _ = signal_hook::flag::register(SIGINT, asked.clone());
        Self(asked)
    }

    /// What was asked was about something that is over.
    pub(crate) fn forget(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends the job, if somebody has asked for that.
    pub(crate) fn cancels(&self, client: &JobClient) {
        if self.is_asked() {
            client.cancel();
        }
    }
}
