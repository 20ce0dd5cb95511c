//! `millstream bench latency`: how long a row takes, from when it was due and not from when it was sent, at several rates.
//!
//! | workload | file | what it is |
//! |---|---|---|
//! | `chain` | `chain.rs` | a map and a filter behind the source, on its core |
//! | `keyed` | [`Updates`] | a running count of 10,000 keys on another core, every update sent on |
//! | `windows` | `windows.rs` | counts of 10,000 keys in sliding windows, the first and the last row of each window's results |
//!
//! Below each stands what the machine does to a thread that wants nothing from it, looked at just before.

mod chain;
mod measured;
mod windows;

use std::time::Duration;

use clap::{Args, ValueEnum};
use options::{BUFFER_TIMEOUT_INTERVAL, Origin, Settings};
use runtime::{Cores, hiccups};
use serde_json::Value;

use crate::arguments::EngineArguments;
use crate::bench::chart::{Chart, Form};
use crate::bench::contest::say;
use crate::bench::kept::Part;
use crate::bench::machine::Machine;
use crate::bench::open_loop::{KEYS, Load, Updates};
use crate::bench::programs::timeout;
use crate::bench::report::{Output, Report};
use crate::bench::spread::{short, shorter, three_digits};
use crate::bench::table::Table;
use crate::run::{CliError, settings_of};

use measured::{Measured, Times};
use windows::Sliding;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct LatencyArguments {
    /// Which programs; all three, if nothing is said.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_enum)]
    workloads: Vec<Workload>,
    /// Rows a second, due at fixed times. Windows are measured at the greatest of them.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000], value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rates: Vec<u64>,
    /// How many seconds of rows are recorded at each rate. The card has 60.
    #[arg(long, value_name = "NUMBER", default_value_t = 2.0, value_parser = seconds)]
    seconds: f64,
    /// How many seconds come before them. The card has 15. Windows have at least one window's length.
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0, value_parser = seconds)]
    warm_up: f64,
    /// How many seconds a window is long.
    #[arg(long, value_name = "NUMBER", default_value_t = 10.0, value_parser = seconds)]
    window: f64,
    #[command(flatten)]
    output: Output,
    /// The buffer timeout is 0, if none is said.
    #[command(flatten)]
    engine: EngineArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Workload {
    Chain,
    Keyed,
    Windows,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|seconds: &f64| (0.01..=3600.0).contains(seconds));
    number.ok_or_else(|| "a number of seconds between 0.01 and 3600".to_owned())
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &LatencyArguments) -> Result<(), CliError> {
    let settings = settings(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let all = [Workload::Chain, Workload::Keyed, Workload::Windows];
    let workloads = if arguments.workloads.is_empty() { all.to_vec() } else { arguments.workloads.clone() };
    let mut measured = Vec::new();
    for workload in workloads {
        let most = arguments.rates.iter().copied().max().into_iter().collect();
        let rates = if workload == Workload::Windows { most } else { arguments.rates.clone() };
        for rate in rates {
            measured.extend(measure(workload, rate, arguments, &settings)?);
        }
    }
    say("");
    report(machine, arguments, &settings, &measured).publish(&arguments.output)
}

/// Those of the arguments, at timeout 0 if nothing else is said.
fn settings(engine: &EngineArguments) -> Result<Settings, CliError> {
    let mut settings = settings_of(engine)?;
    if !settings.iter().any(|(name, _)| name == BUFFER_TIMEOUT_INTERVAL.name()) {
        settings.set(BUFFER_TIMEOUT_INTERVAL.name(), "0", Origin::CommandLine)?;
    }
    Ok(settings)
}

fn measure(
    workload: Workload,
    rate: u64,
    arguments: &LatencyArguments,
    settings: &Settings,
) -> Result<Vec<Measured>, CliError> {
    let name = match workload {
        Workload::Chain => "chain",
        Workload::Keyed => "keyed",
        Workload::Windows => "windows",
    };
    say(&format!("{name}, {} rows/s: the machine alone", short(rate as f64)));
    let cores = Cores::available().map_err(|error| CliError::Bench(error.to_string()))?;
    let look = Duration::from_secs_f64((arguments.seconds / 3.0).min(10.0));
    let gaps = hiccups::watch(cores.usable(), look).map_err(|error| CliError::Bench(error.to_string()))?;
    say(&format!("{name}, {} rows/s", short(rate as f64)));
    let (warm_up, seconds) = (arguments.warm_up, arguments.seconds);
    let settings = settings.clone();
    Ok(match workload {
        Workload::Chain => {
            let load = Load::paced(rate, warm_up, seconds);
            let heard = chain::run(&settings, load)?;
            // Half of the rows are dropped on the way.
            vec![Measured::of(name, rate, &heard.nanoseconds, heard.rate * 2.0, &gaps)]
        }
        Workload::Keyed => {
            let load = Load::paced(rate, warm_up, seconds);
            let heard = Updates { settings, load }.run()?;
            vec![Measured::of(name, rate, &heard.nanoseconds, heard.rate, &gaps)]
        }
        Workload::Windows => {
            let load = Load::paced(rate, warm_up.max(arguments.window), seconds);
            let heard = Sliding::of(load, arguments.window).run(&settings)?;
            vec![
                Measured::of("windows: first row", rate, &heard.first, rate as f64, &gaps),
                Measured::of("windows: last row", rate, &heard.last, rate as f64, &gaps),
            ]
        }
    })
}

fn report(
    machine: Machine,
    arguments: &LatencyArguments,
    settings: &Settings,
    measured: &[Measured],
) -> Report {
    let mut findings = vec![
        "all rows, updates and window results have come, in every run: their number and their sum are right"
            .to_owned(),
        format!(
            "the machine alone lost up to {:.2} % of its time in gaps over {} µs, and a row that comes then waits as long",
            measured.iter().map(|one| one.lost).fold(0.0, f64::max) * 100.0,
            hiccups::GAP_NS / 1000
        ),
    ];
    for one in measured.iter().filter(|one| !one.keeps_up) {
        let words = format!("{} at {}/s: fewer rows went through than were due", one.name, one.rate);
        findings.push(words);
    }
    Report {
        suite: "latency",
        unit: None,
        machine,
        settings: vec![
            ("keys", KEYS.to_string()),
            ("recorded", format!("{} s after {} s", arguments.seconds, arguments.warm_up)),
            ("windows", format!("of {} s, one every {} ms", arguments.window, windows::SLIDE_MS)),
            ("buffer timeout", timeout(settings)),
            ("latency", "from when a row was due, or a window over, to its coming".to_owned()),
        ],
        peers: Vec::new(),
        findings,
        results: Value::from(measured.iter().map(Measured::json).collect::<Vec<_>>()),
    }
}

/// What is shown of it.
pub(crate) fn shown(results: Part<'_>) -> Result<(Table, Vec<Vec<Chart>>), CliError> {
    let measured = results.each(Measured::read)?;
    let heads = ["workload", "rows/s", "µs p50", "p99", "p99.9", "p99.99", "max", "recorded", "in long gaps"];
    let mut table = Table::new(1, heads);
    for one in &measured {
        let cells = |name: &str, rate: String, times: &Times| {
            let mut cells = vec![name.to_owned(), rate];
            cells.extend(times.microseconds.map(three_digits));
            cells.push(short(times.samples as f64));
            cells
        };
        table.row(cells(&one.name, short(one.rate as f64), &one.took));
        let mut gaps = cells("  the machine alone: gaps", String::new(), &one.gaps);
        gaps.push(format!("{:.2} %", one.lost * 100.0));
        table.row(gaps);
    }
    Ok((table, vec![charts(&measured)]))
}

/// One for each workload, with a line for each rate, or for the first and the last row of windows.
fn charts(measured: &[Measured]) -> Vec<Chart> {
    let labels: Vec<String> = measured::PERCENTILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    // `windows: last row` is of the workload `windows`.
    let workload = |one: &Measured| one.name.split(':').next().unwrap_or_default().to_owned();
    let chart = |of: &[Measured]| {
        let series = of.iter().map(|one| {
            let row = one.name.split_once(": ").map_or("", |(_, row)| row);
            let name = format!("{row} {}/s", shorter(one.rate as f64)).trim().to_owned();
            (name, one.took.microseconds.map(Some).to_vec())
        });
        Chart::of(
            &format!("{}: µs by rows/s", workload(&of[0])),
            Form::Lines,
            labels.clone(),
            series.collect(),
        )
    };
    measured.chunk_by(|one, other| workload(one) == workload(other)).map(chart).collect()
}
