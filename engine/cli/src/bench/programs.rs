//! A suite of jobs that are no queries: nobody else runs them, and each says itself whether its answer is right.

use clap::Args;
use options::{BUFFER_TIMEOUT_INTERVAL, Entry, Otherwise, PARALLELISM, Settings};
use serde_json::Value;

use crate::arguments::EngineArguments;
use crate::bench::answer::Sum;
use crate::bench::contest::{Measured, Round, say};
use crate::bench::machine::Machine;
use crate::bench::own::Run;
use crate::bench::report::{Output, Report};
use crate::bench::rounds;
use crate::run::{CliError, settings_of};

/// What all such suites take.
#[derive(Args, Debug)]
pub(crate) struct ProgramArguments {
    /// Runs that count, after one that does not.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    engine: EngineArguments,
}

/// What is run.
pub(crate) struct Programs<'a> {
    pub(crate) suite: &'static str,
    /// What goes in.
    pub(crate) unit: &'static str,
    pub(crate) told: Vec<(&'static str, String)>,
    /// What answers are held against.
    pub(crate) judge: &'static str,
    pub(crate) programs: Vec<Program<'a>>,
    /// What follows from a round, in a line.
    pub(crate) finds: fn(&Round) -> Option<String>,
}

/// One of them.
pub(crate) struct Program<'a> {
    pub(crate) name: &'static str,
    /// How much goes in.
    pub(crate) amount: u64,
    /// Runs it once: how long it took, and its answer. A wrong one is an error.
    pub(crate) run: Box<dyn Fn() -> Result<(Run, Sum), CliError> + 'a>,
}

/// Runs them by turns. `make` is given the settings of jobs.
pub(crate) fn run<'a>(
    arguments: &ProgramArguments,
    make: impl FnOnce(&Settings) -> Result<Programs<'a>, CliError>,
) -> Result<(), CliError> {
    let settings = settings_of(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let suite = make(&settings)?;
    let mut rounds: Vec<Round> = suite.programs.iter().map(|program| round(program, suite.judge)).collect();
    for turn in 0..=arguments.repetitions {
        let mut order: Vec<usize> = (0..rounds.len()).collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for place in order {
            let program = &suite.programs[place];
            say(&format!("{}: run {turn} of {}", program.name, arguments.repetitions));
            let (run, answer) = (program.run)()?;
            rounds[place].checked = answer;
            rounds[place].engines[0].take(Ok(run), turn > 0);
        }
    }
    say("");
    report(machine, &settings, arguments, &suite, &rounds).publish(&arguments.output)
}

fn round(program: &Program<'_>, judge: &str) -> Round {
    Round {
        query: program.name.to_owned(),
        amount: Some(program.amount),
        checked: Sum::default(),
        checked_by: vec![judge.to_owned()],
        engines: vec![Measured::of("millstream".to_owned())],
        are_sums_equal: false,
        wrong: None,
    }
}

fn report(
    machine: Machine,
    settings: &Settings,
    arguments: &ProgramArguments,
    suite: &Programs<'_>,
    rounds: &[Round],
) -> Report {
    let mut told = suite.told.clone();
    told.extend([
        ("parallelism", settings.get(&PARALLELISM).to_string()),
        ("buffer timeout", timeout(settings)),
        ("runs", format!("{} after one that does not count", arguments.repetitions)),
    ]);
    let mut findings: Vec<String> = rounds.iter().filter_map(suite.finds).collect();
    findings.extend(rounds::findings(rounds, "in every run"));
    Report {
        suite: suite.suite,
        unit: Some(suite.unit),
        machine,
        settings: told,
        peers: Vec::new(),
        findings,
        results: Value::from(rounds.iter().map(|round| round.json(suite.unit)).collect::<Vec<_>>()),
    }
}

/// The buffer timeout, as it was written.
pub(crate) fn timeout(settings: &Settings) -> String {
    let set = settings.iter().find(|(name, _)| *name == BUFFER_TIMEOUT_INTERVAL.name());
    match (set, BUFFER_TIMEOUT_INTERVAL.otherwise()) {
        (Some((_, text)), _) => text.to_owned(),
        (None, Otherwise::Is(text)) => text,
        (None, Otherwise::Unset(words)) => words.to_owned(),
    }
}
