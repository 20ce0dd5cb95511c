//! A suite whose questions are SQL over files that lie there: how it is asked, and what it tells.
//!
//! Answers whose sums are not known are DuckDB's, or those of the peers that were named: it is started to check even where it is
//! not measured.

use clap::Args;
use options::{PARALLELISM, PROCESS_SIZE, Settings};
use serde_json::Value;

use crate::arguments::EngineArguments;
use crate::bench::answer::Sum;
use crate::bench::arguments::PeerArguments;
use crate::bench::contest::{self, Contest, Question, Round};
use crate::bench::machine::Machine;
use crate::bench::own::Own;
use crate::bench::peer::Peer;
use crate::bench::report::{Output, Report};
use crate::bench::rounds;
use crate::bench::sink::Sink;
use crate::run::{CliError, settings_of};

/// Who knows what is right, where nobody is named.
const JUDGE: &str = "duckdb";

/// What all such suites take.
#[derive(Args, Debug)]
pub(crate) struct SuiteArguments {
    /// Runs that count, of each engine, after one that does not.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repetitions: u32,
    #[command(flatten)]
    pub(crate) peers: PeerArguments,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Batch, if no mode is said.
    #[command(flatten)]
    pub(crate) engine: EngineArguments,
}

/// What is asked.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    /// What the tables are, in words.
    pub(crate) data: String,
    /// What is set beside that, in the order in which it is told.
    pub(crate) told: Vec<(&'static str, String)>,
    /// What goes in, where there is a rate of it.
    pub(crate) unit: &'static str,
    /// With the sums of right answers, where they are known.
    pub(crate) questions: Vec<(Question, Option<Sum>)>,
}

/// Asks all of it. `make` is given the settings of jobs.
pub(crate) fn run(
    arguments: &SuiteArguments,
    make: impl FnOnce(&Settings) -> Result<Suite, CliError>,
) -> Result<(), CliError> {
    let settings = settings_of(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let suite = make(&settings)?;
    let asked = &arguments.peers.peer;
    let is_known = suite.questions.iter().all(|(_, value)| value.is_some());
    let judges = if asked.is_empty() && !is_known { vec![JUDGE.to_owned()] } else { asked.clone() };
    let peers = contest::peers(&judges, arguments.peers.repository.as_ref())?;
    let repetitions = usize::try_from(arguments.repetitions).expect("32 bits");
    let mut contest = Contest { own: Own::new(settings), peers, repetitions, sink: Sink::Blackhole };
    let mut checked = Vec::new();
    for (question, value) in &suite.questions {
        checked.push(contest.check(question, *value)?.map_err(CliError::Bench)?);
    }
    if asked.is_empty() {
        contest.peers.clear();
    }
    let mut rounds = Vec::new();
    for ((question, _), checked) in suite.questions.iter().zip(checked) {
        rounds.push(contest.measure(question, checked)?);
    }
    report(&contest, machine, &suite, &rounds).publish(&arguments.output)
}

fn report(contest: &Contest, machine: Machine, suite: &Suite, rounds: &[Round]) -> Report {
    let mut told = vec![("data", suite.data.clone()), ("source", "parquet".to_owned())];
    told.extend(suite.told.iter().cloned());
    let settings = contest.own.settings();
    told.extend(settings.get(&PROCESS_SIZE).map(|size| ("memory", size.to_string())));
    told.extend([
        ("parallelism", settings.get(&PARALLELISM).to_string()),
        ("sink", contest.sink.told().to_owned()),
        ("runs", format!("{} after one that does not count", contest.repetitions)),
    ]);
    Report {
        suite: suite.name,
        unit: Some(suite.unit),
        machine,
        settings: told,
        peers: contest.peers.iter().map(Peer::json).collect(),
        findings: rounds::findings(rounds, &suite.data),
        results: Value::from(rounds.iter().map(|round| round.json(suite.unit)).collect::<Vec<_>>()),
    }
}
