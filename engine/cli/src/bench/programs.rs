//! A suite of jobs that are no queries: each says itself whether its answer is right. A peer that has a program of the same kind is
//! asked for it by turns.

use options::{BUFFER_TIMEOUT_INTERVAL, Entry, Otherwise, PARALLELISM, Settings};
use serde_json::Value;

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::bench::contest::{self, Measured, Round, say};
use crate::bench::machine::Machine;
use crate::bench::own::Run;
use crate::bench::peer::{Peer, Request};
use crate::bench::report::Report;
use crate::bench::rounds;
use crate::bench::sink::Sink;
use crate::bench::suite::SuiteArguments;
use crate::run::{CliError, settings_of};

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
    /// What peers are asked, and the one row that is right; nothing where none has such a program.
    pub(crate) asked: Option<(Request, Vec<String>)>,
}

/// Runs them by turns. `make` is given the settings of jobs.
pub(crate) fn run<'a>(
    arguments: &SuiteArguments,
    make: impl FnOnce(&Settings) -> Result<Programs<'a>, CliError>,
) -> Result<(), CliError> {
    let settings = settings_of(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let suite = make(&settings)?;
    let mut peers = contest::peers(&arguments.peers.peer, arguments.peers.repository.as_ref())?;
    let mut rounds = Vec::new();
    for program in &suite.programs {
        rounds.push(round(program, suite.judge, &mut peers)?);
    }
    for turn in 0..=arguments.repetitions {
        let mut order: Vec<(usize, usize)> = (0..rounds.len())
            .flat_map(|place| (0..=peers.len()).map(move |engine| (place, engine)))
            .collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for (place, engine) in order {
            let (program, round) = (&suite.programs[place], &mut rounds[place]);
            say(&format!("{}: run {turn} of {}", program.name, arguments.repetitions));
            let run = match (engine.checked_sub(1), &program.asked) {
                (None, _) => {
                    let (run, answer) = (program.run)()?;
                    round.checked = answer;
                    Ok(run)
                }
                (Some(peer), Some((request, _))) if round.engines[engine].error.is_none() => {
                    peers[peer].run(request, Sink::Blackhole, None)?
                }
                _ => continue,
            };
            round.engines[engine].take(run, turn > 0);
        }
    }
    say("");
    report(machine, &settings, arguments, &suite, (&peers, &rounds)).publish(&arguments.output)
}

/// A round without runs: what peers answer is looked at before.
fn round(program: &Program<'_>, judge: &str, peers: &mut [Peer]) -> Result<Round, CliError> {
    let (mut engines, mut checked_by) = (vec![Measured::of("millstream".to_owned())], vec![judge.to_owned()]);
    for peer in peers {
        let mut measured = Measured::of(peer.name.clone());
        match &program.asked {
            None => measured.error = Some("there is no such program".to_owned()),
            Some((request, right)) => {
                let mut wanted = Answer::new(Likeness::Same, true);
                wanted.row(right.iter().map(String::as_str), true);
                match contest::answer_of(peer, request, Sink::Blackhole, Answer::new(Likeness::Same, true))? {
                    Err(why) => measured.error = Some(why),
                    Ok(found) => match found.difference(&wanted.finish()) {
                        Some(difference) => return Err(peer_is_wrong(program.name, &peer.name, &difference)),
                        None => checked_by.push(peer.name.clone()),
                    },
                }
            }
        }
        engines.push(measured);
    }
    let (query, amount) = (program.name.to_owned(), Some(program.amount));
    Ok(Round {
        query,
        amount,
        checked: Sum::default(),
        checked_by,
        engines,
        are_sums_equal: false,
        wrong: None,
    })
}

fn peer_is_wrong(program: &str, peer: &str, difference: &str) -> CliError {
    CliError::Bench(format!("{program}: the answer of {peer} is wrong, so no figure counts: {difference}"))
}

fn report(
    machine: Machine,
    settings: &Settings,
    arguments: &SuiteArguments,
    suite: &Programs<'_>,
    (peers, rounds): (&[Peer], &[Round]),
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
        peers: peers.iter().map(Peer::json).collect(),
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
