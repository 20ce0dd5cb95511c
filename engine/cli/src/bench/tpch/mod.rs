//! `millstream bench tpch`: the 22 queries of TPC-H over tables in Parquet, alone or by turns with peers.
//!
//! Answers are always DuckDB's, or those of the peers that were named: it is started to check even where it is not measured.

mod queries;
mod tables;

use std::path::{Path, PathBuf};

use clap::Args;
use options::{PARALLELISM, RUNTIME_MODE, RuntimeMode, Settings};
use serde_json::Value;

use crate::arguments::EngineArguments;
use crate::bench::answer::Likeness;
use crate::bench::arguments::PeerArguments;
use crate::bench::cache;
use crate::bench::contest::{self, Contest, Question, Round};
use crate::bench::machine::Machine;
use crate::bench::own::Own;
use crate::bench::peer::Request;
use crate::bench::report::{Output, Report};
use crate::bench::rounds;
use crate::run::{CliError, settings_of};

use queries::Number;

/// Who knows what is right, where nobody is named.
const JUDGE: &str = "duckdb";

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct TpchArguments {
    /// Which queries; all 22, if nothing is said.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',')]
    queries: Vec<Number>,
    /// The scale factor: 1 is six million items of orders, some 350 MB of Parquet.
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0, value_parser = scale)]
    scale: f64,
    /// A folder with the tables, instead of those that are made the first time and kept.
    #[arg(long, value_name = "DIR", conflicts_with = "scale")]
    tables: Option<PathBuf>,
    /// Runs that count, of each engine, after one that does not.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    #[command(flatten)]
    peers: PeerArguments,
    #[command(flatten)]
    output: Output,
    /// Batch, if no mode is said.
    #[command(flatten)]
    engine: EngineArguments,
}

fn scale(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|scale: &f64| *scale > 0.0 && scale.is_finite());
    number.ok_or_else(|| "a scale factor is a number such as 0.1, 1 or 10".to_owned())
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &TpchArguments) -> Result<(), CliError> {
    let settings = settings_of(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let asked = &arguments.peers.peer;
    let judges = if asked.is_empty() { vec![JUDGE.to_owned()] } else { asked.clone() };
    let folder = match &arguments.tables {
        Some(folder) => cache::absolute(folder)?,
        None => tables::made(arguments.scale)?,
    };
    let views = tables::views(&folder)?;
    let peers = contest::peers(&judges, arguments.peers.repository.as_ref())?;
    let repetitions = usize::try_from(arguments.repetitions).expect("32 bits");
    let mut contest = Contest { own: Own::new(settings), peers, repetitions };
    let queries = if arguments.queries.is_empty() { Number::all() } else { arguments.queries.clone() };
    let questions: Vec<Question> =
        queries.into_iter().map(|query| question(contest.own.settings(), query, &views, &folder)).collect();
    let mut checked = Vec::new();
    for question in &questions {
        checked.push(contest.check(question, None)?);
    }
    if asked.is_empty() {
        contest.peers.clear();
    }
    let mut rounds = Vec::new();
    for (question, checked) in questions.iter().zip(checked) {
        rounds.push(contest.measure(question, checked)?);
    }
    report(&contest, machine, arguments, &rounds).publish(&arguments.output)
}

fn question(settings: &Settings, query: Number, views: &str, folder: &Path) -> Question {
    Question {
        tables: views.to_owned(),
        sql: query.text().to_owned(),
        request: Request {
            suite: "tpch",
            query: query.name(),
            events: 0,
            rate: 0,
            parallelism: settings.get(&PARALLELISM),
            mode: mode(settings),
            source: "parquet",
            input: Some(folder.to_owned()),
        },
        likeness: Likeness::Near,
        keeps: true,
    }
}

fn mode(settings: &Settings) -> &'static str {
    if settings.get(&RUNTIME_MODE) == RuntimeMode::Streaming { "streaming" } else { "batch" }
}

fn report(contest: &Contest, machine: Machine, arguments: &TpchArguments, rounds: &[Round]) -> Report {
    let settings = contest.own.settings();
    let tables = match &arguments.tables {
        Some(_) => "tables of the user".to_owned(),
        None => format!("scale {}", arguments.scale),
    };
    Report {
        suite: "tpch",
        machine,
        settings: vec![
            ("data", tables.clone()),
            ("source", "parquet".to_owned()),
            ("mode", mode(settings).to_owned()),
            ("parallelism", settings.get(&PARALLELISM).to_string()),
            ("sink", "blackhole".to_owned()),
            ("runs", format!("{} after one that does not count", arguments.repetitions)),
        ],
        peers: contest.peers.iter().map(|peer| (peer.line_of_report(), peer.json())).collect(),
        table: rounds::table(rounds, None),
        findings: rounds::findings(rounds, &tables),
        results: Value::from(rounds.iter().map(|round| round.json(None)).collect::<Vec<_>>()),
        charts: vec![rounds::chart(rounds, |seconds| seconds)],
    }
}
