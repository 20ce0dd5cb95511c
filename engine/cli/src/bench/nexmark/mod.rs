//! `millstream bench nexmark`: the 24 queries of Nexmark over the events of NXG-1, alone or by turns with peers.

mod corpus;
mod files;
mod queries;
mod values;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use options::{Origin, PARALLELISM, RUNTIME_MODE, RuntimeMode, Settings};
use serde_json::Value;

use crate::arguments::EngineArguments;
use crate::bench::answer::Sum;
use crate::bench::arguments::PeerArguments;
use crate::bench::contest::{self, Checked, Contest, Question, Round};
use crate::bench::machine::Machine;
use crate::bench::own::Own;
use crate::bench::peer::{Peer, Request};
use crate::bench::programs::timeout;
use crate::bench::report::{Output, Report};
use crate::bench::rounds;
use crate::bench::sink::Sink;
use crate::bench::tables::{memory, mode};
use crate::run::{CliError, settings_of};

use corpus::{Corpus, D0, D1, D2, TRIAL};
use queries::Number;

/// Answers with at most so many events behind them are kept where they differ, so that it can be said how.
const KEPT_EVENTS: u64 = 1_000_000;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct NexmarkArguments {
    /// Which queries; all 24, if nothing is said.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',')]
    queries: Vec<Number>,
    /// Which events: D0 is a million, 10 s of their own time; D1 twenty million, 200 s; D2 twenty million, 20 s.
    #[arg(long, value_enum, ignore_case = true, default_value_t = Named::D0)]
    corpus: Named,
    /// So many events instead of a corpus.
    #[arg(long, value_name = "NUMBER", conflicts_with = "corpus", value_parser = clap::value_parser!(u64).range(1..))]
    events: Option<u64>,
    /// Events in a second of their own time.
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, requires = "events",
          value_parser = clap::value_parser!(u64).range(1..))]
    rate: u64,
    /// Where events come from: made while the query runs, or read from files of Parquet or of lines of JSON, which are written the
    /// first time.
    #[arg(long, value_enum, default_value_t = Source::Generator)]
    source: Source,
    /// What answers are checked with: the events that are measured, or at most D0.
    #[arg(long, value_enum, default_value_t = Check::Small)]
    check: Check,
    /// What becomes of the rows of a run: all of each is read, for a checksum that engines must agree in, or they are dropped.
    #[arg(long, value_enum, default_value_t = Sink::Checksum)]
    sink: Sink,
    /// Runs that count, of each engine, after one that does not.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// Writes the sums of the answers that were checked, as bench/nexmark/check-values.csv has them.
    #[arg(long, value_name = "FILE", requires = "peer")]
    check_values: Option<PathBuf>,
    #[command(flatten)]
    peers: PeerArguments,
    #[command(flatten)]
    output: Output,
    /// Streaming, if no mode is said.
    #[command(flatten)]
    engine: EngineArguments,
}

/// The corpora of NXG-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Named {
    #[value(name = "D0")]
    D0,
    #[value(name = "D1")]
    D1,
    #[value(name = "D2")]
    D2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Source {
    Generator,
    Parquet,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    Small,
    Same,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Parquet => "parquet",
            Self::Json => "json",
        }
    }
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &NexmarkArguments) -> Result<(), CliError> {
    let settings = settings(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let peers = contest::peers(&arguments.peers.peer, arguments.peers.repository.as_ref())?;
    let suite = Suite { arguments, side: corpus::side()? };
    let repetitions = usize::try_from(arguments.repetitions).expect("32 bits");
    let mut contest = Contest { own: Own::new(settings), peers, repetitions, sink: arguments.sink };
    let (measured, checked) = (suite.corpus(), suite.checked(!contest.peers.is_empty()));
    let mut found: Vec<(Corpus, String, Sum)> = Vec::new();
    let (mut rounds, mut small) = (Vec::new(), Vec::new());
    for query in suite.queries() {
        let (right, with) = suite.check(&mut contest, checked, query)?;
        found.push((with, query.name(), right.sum));
        if with != checked {
            small.push(query.name());
        }
        let question = suite.question(&contest, measured, query)?;
        rounds.push(contest.measure(&question, right)?);
    }
    if let Some(path) = &arguments.check_values {
        values::write(path, &found)?;
    }
    let mut report = report(&contest, machine, arguments, (measured, checked), &rounds);
    if !small.is_empty() {
        let names = small.join(", ");
        report
            .findings
            .push(format!("nobody answers for so many events, so these were checked with {D0}: {names}"));
    }
    report.publish(&arguments.output)?;
    match rounds.iter().filter(|round| round.wrong.is_some()).count() {
        0 => Ok(()),
        wrong => Err(CliError::Bench(format!(
            "{wrong} of {} queries are wrong; why stands in the report",
            rounds.len()
        ))),
    }
}

/// What the arguments make of the queries.
struct Suite<'a> {
    arguments: &'a NexmarkArguments,
    side: PathBuf,
}

impl Suite<'_> {
    fn queries(&self) -> Vec<Number> {
        if self.arguments.queries.is_empty() { Number::all() } else { self.arguments.queries.clone() }
    }

    fn corpus(&self) -> Corpus {
        match (self.arguments.events, self.arguments.corpus) {
            (Some(events), _) => Corpus { events, rate: self.arguments.rate },
            (None, Named::D0) => D0,
            (None, Named::D1) => D1,
            (None, Named::D2) => D2,
        }
    }

    /// The corpus that answers are checked with: one that is quick to check and whose answers are known.
    fn checked(&self, has_peers: bool) -> Corpus {
        let corpus = self.corpus();
        let are_known = || self.queries().iter().all(|query| values::known(corpus, &query.name()).is_some());
        if self.arguments.check == Check::Same || (corpus.events <= D0.events && (has_peers || are_known())) {
            return corpus;
        }
        if corpus.events >= D0.events { D0 } else { TRIAL }
    }

    /// Checks with these events, or with D0 where nobody answers for more: there answers are known.
    fn check(
        &self,
        contest: &mut Contest,
        corpus: Corpus,
        query: Number,
    ) -> Result<(Checked, Corpus), CliError> {
        let question = self.question(contest, corpus, query)?;
        match contest.check(&question, values::known(corpus, &query.name()))? {
            Ok(right) => Ok((right, corpus)),
            Err(_) if corpus.events > D0.events => self.check(contest, D0, query),
            Err(why) => Err(CliError::Bench(why)),
        }
    }

    fn question(&self, contest: &Contest, corpus: Corpus, query: Number) -> Result<Question, CliError> {
        let source = self.arguments.source;
        let name = source.name();
        // A peer may read files only.
        let needs_files = source == Source::Parquet || contest.peers.iter().any(|peer| !peer.reads(name));
        let input = if needs_files { Some(files::of(corpus, &contest.own, &self.side)?) } else { None };
        let tables = match (&input, source) {
            (Some(input), Source::Parquet) => Corpus::in_files(input, &self.side),
            (_, Source::Json) => {
                corpus.in_lines(&files::lines_of(corpus, &contest.own, &self.side)?, &self.side)
            }
            _ => corpus.generated(&self.side),
        };
        let settings = contest.own.settings();
        Ok(Question {
            tables,
            sql: query.text().to_owned(),
            request: Request {
                suite: "nexmark",
                query: query.name(),
                events: corpus.events,
                rate: corpus.rate,
                parallelism: settings.get(&PARALLELISM),
                mode: mode(settings),
                source: name,
                memory: memory(settings),
                input,
                tables: &[],
                sql: None,
            },
            likeness: query.likeness(),
            amount: Some(corpus.events),
            keeps: corpus.events <= KEPT_EVENTS,
            // A file of check values has the sums of texts.
            by_sums: corpus.events > KEPT_EVENTS && self.arguments.check_values.is_none(),
        })
    }
}

/// Those of the arguments, as a stream if nothing else is said.
fn settings(engine: &EngineArguments) -> Result<Settings, CliError> {
    let mut settings = settings_of(engine)?;
    if settings.get(&RUNTIME_MODE) == RuntimeMode::Automatic {
        settings.set(RUNTIME_MODE.name(), "streaming", Origin::CommandLine)?;
    }
    Ok(settings)
}

fn report(
    contest: &Contest,
    machine: Machine,
    arguments: &NexmarkArguments,
    (measured, checked): (Corpus, Corpus),
    rounds: &[Round],
) -> Report {
    let settings = contest.own.settings();
    let source = arguments.source.name();
    let told = vec![
        ("corpus", measured.to_string()),
        ("source", source.to_owned()),
        ("mode", mode(settings).to_owned()),
        ("parallelism", settings.get(&PARALLELISM).to_string()),
        ("buffer timeout", timeout(settings)),
        ("sink", arguments.sink.told().to_owned()),
        ("runs", format!("{} after one that does not count", arguments.repetitions)),
    ];
    let mut findings = rounds::findings(rounds, &checked.to_string());
    for peer in contest.peers.iter().filter(|peer| !peer.reads(source)) {
        findings.push(format!("{} reads the same events from files of Parquet in the page cache", peer.name));
    }
    Report {
        suite: "nexmark",
        unit: Some("events"),
        machine,
        settings: told,
        peers: contest.peers.iter().map(Peer::json).collect(),
        findings,
        results: Value::from(rounds.iter().map(|round| round.json("events")).collect::<Vec<_>>()),
    }
}
