//! `millstream bench dial`: one plan at seven buffer timeouts, and what each gives and takes.
//!
//! A running count by key, its source on one core and its keys on the other one, every update sent on. At full load it tells
//! how many rows go through; at a fixed rate how long each takes, from when it was due and not from when it was sent.

use clap::Args;
use options::{BUFFER_TIMEOUT_INTERVAL, Settings};
use serde_json::{Value, json};

use crate::arguments::EngineArguments;
use crate::bench::chart::{Chart, Form};
use crate::bench::contest::say;
use crate::bench::kept::Part;
use crate::bench::machine::Machine;
use crate::bench::open_loop::{BATCH_ROWS, KEYS, Load, Updates};
use crate::bench::report::{Output, Report};
use crate::bench::spread::{Spread, short, three_digits};
use crate::bench::table::Table;
use crate::run::{CliError, settings_of};

/// Rows of so long are not recorded.
const WARM_UP_SECONDS: f64 = 1.0;
/// The timeouts that are looked at, if nobody says others.
const TIMEOUTS: [&str; 7] = ["0", "100us", "1ms", "10ms", "100ms", "-1", "auto"];
/// What is told of a latency; the last one is the most, and not drawn.
const PERCENTILES: [(&str, f64); 4] = [("p50", 50.0), ("p99", 99.0), ("p99.9", 99.9), ("max", 100.0)];

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct DialArguments {
    /// Rows of each run at full load.
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// Rows a second where latency is measured, due at fixed times.
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rate: u64,
    /// How many seconds of rows are recorded at each timeout, after one that is not.
    #[arg(long, value_name = "NUMBER", default_value_t = 5.0, value_parser = seconds)]
    seconds: f64,
    /// Runs at full load that count, at each timeout.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// Buffer timeouts to look at: 0, -1, auto, or times as 10ms.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = TIMEOUTS.map(str::to_owned), allow_hyphen_values = true)]
    timeouts: Vec<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    engine: EngineArguments,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|seconds: &f64| (0.01..=3600.0).contains(seconds));
    number.ok_or_else(|| "a number of seconds between 0.01 and 3600".to_owned())
}

/// What was found at a timeout.
struct Notch {
    name: String,
    /// Rows in a second, of each run.
    rates: Vec<f64>,
    /// How long a row takes: [`PERCENTILES`].
    microseconds: [f64; 4],
    samples: u64,
    /// Whether as many rows went through as were due.
    keeps_up: bool,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &DialArguments) -> Result<(), CliError> {
    let settings = settings_of(&arguments.engine)?;
    let machine = Machine::look(&settings)?;
    let timeouts = &arguments.timeouts;
    let mut rates = vec![Vec::new(); timeouts.len()];
    // By turns, there and back, so that what disturbs the machine for a while disturbs all timeouts.
    for turn in 0..=arguments.repetitions {
        let mut order: Vec<usize> = (0..timeouts.len()).collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for place in order {
            let timeout = &timeouts[place];
            say(&format!("full load, timeout {timeout}: run {turn} of {}", arguments.repetitions));
            let load = Load::full(arguments.rows);
            let heard = Updates { settings: at(&settings, timeout)?, load }.run()?;
            if turn > 0 {
                rates[place].push(heard.rate);
            }
        }
    }
    let mut notches = Vec::new();
    for (timeout, rates) in timeouts.iter().zip(rates) {
        say(&format!("{} rows/s, timeout {timeout}", arguments.rate));
        let load = Load::paced(arguments.rate, WARM_UP_SECONDS, arguments.seconds);
        let heard = Updates { settings: at(&settings, timeout)?, load }.run()?;
        let keeps_up = heard.rate >= 0.95 * arguments.rate as f64;
        let microseconds =
            PERCENTILES.map(|(_, percentile)| heard.nanoseconds.value_at_percentile(percentile) as f64 / 1e3);
        let (name, samples) = (timeout.clone(), heard.nanoseconds.len());
        notches.push(Notch { name, rates, microseconds, samples, keeps_up });
    }
    say("");
    report(machine, arguments, &notches).publish(&arguments.output)
}

fn at(settings: &Settings, timeout: &str) -> Result<Settings, CliError> {
    let mut settings = settings.clone();
    settings.define(&format!("{}={timeout}", BUFFER_TIMEOUT_INTERVAL.name()))?;
    Ok(settings)
}

fn report(machine: Machine, arguments: &DialArguments, notches: &[Notch]) -> Report {
    let mut findings = vec![
        "every update of the count has come, in every run: their number and their sum are right".to_owned(),
    ];
    for notch in notches.iter().filter(|notch| !notch.keeps_up) {
        findings.push(format!("at timeout {} fewer rows a second went through than were due", notch.name));
    }
    let most = most(notches);
    Report {
        suite: "dial",
        unit: None,
        machine,
        settings: vec![
            ("keys", KEYS.to_string()),
            ("full load", format!("{} rows in batches of {}", arguments.rows, BATCH_ROWS)),
            (
                "latency",
                format!("{} rows/s for {} s after {} s", arguments.rate, arguments.seconds, WARM_UP_SECONDS),
            ),
            ("runs", format!("{} after one that does not count", arguments.repetitions)),
        ],
        peers: Vec::new(),
        findings,
        results: Value::from(notches.iter().map(|notch| notch.json(most)).collect::<Vec<_>>()),
    }
}

/// The rows a second of the timeout at which they are most.
fn most(notches: &[Notch]) -> f64 {
    notches.iter().filter_map(Notch::rate).fold(0.0, f64::max)
}

/// What is shown of it.
pub(crate) fn shown(results: Part<'_>) -> Result<(Table, Vec<Vec<Chart>>), CliError> {
    let notches = results.each(Notch::read)?;
    let most = most(&notches);
    let heads = ["timeout", "rows/s min", "median", "max", "share", "µs p50", "p99", "p99.9", "max "];
    let mut table = Table::new(1, heads);
    for notch in &notches {
        let Some(spread) = Spread::of(&notch.rates) else { continue };
        let mut cells = vec![notch.name.clone()];
        cells.extend([spread.min, spread.median, spread.max].map(short));
        cells.push(format!("{:.0} %", spread.median / most * 100.0));
        cells.extend(notch.microseconds.map(three_digits));
        table.row(cells);
    }
    Ok((table, charts(&notches, most)))
}

/// What is given below what is taken, by the same timeouts.
fn charts(notches: &[Notch], most: f64) -> Vec<Vec<Chart>> {
    let labels: Vec<String> = notches.iter().map(|notch| notch.name.clone()).collect();
    let shares = notches.iter().map(|notch| notch.rate().map(|rate| rate / most * 100.0)).collect();
    let latency = |place: usize| {
        let values = notches.iter().map(|notch| Some(notch.microseconds[place])).collect();
        (PERCENTILES[place].0.to_owned(), values)
    };
    let title = format!("throughput at full load by buffer timeout: % of {} rows/s", short(most));
    let share = vec![("share".to_owned(), shares)];
    let throughput = Chart::of(&title, Form::Bars, labels.clone(), share);
    let title = "how long a row takes by buffer timeout: microseconds";
    let latencies = Chart::of(title, Form::Lines, labels, (0..PERCENTILES.len() - 1).map(latency).collect());
    // Those that are no times do not go on where the times end.
    let no_time = |notch: &&Notch| matches!(notch.name.as_str(), "-1" | "auto");
    let apart = notches.iter().rev().take_while(no_time).count();
    vec![vec![Chart { unit: " %", ..throughput }], vec![Chart { apart, ..latencies }]]
}

impl Notch {
    /// Rows a second, in the middle of the runs.
    fn rate(&self) -> Option<f64> {
        Spread::of(&self.rates).map(|spread| spread.median)
    }

    fn json(&self, most: f64) -> Value {
        let names = PERCENTILES.iter().map(|(name, _)| (*name).to_owned());
        let microseconds: serde_json::Map<String, Value> =
            names.zip(self.microseconds.map(Value::from)).collect();
        json!({
            "timeout": self.name, "rows_per_second": Spread::of(&self.rates).map(Spread::json), "runs": self.rates,
            "share": self.rate().map(|rate| rate / most), "microseconds": microseconds,
            "samples": self.samples, "keeps_up": self.keeps_up,
        })
    }

    /// As another program has kept it.
    fn read(part: Part<'_>) -> Result<Self, CliError> {
        let mut microseconds = [0.0; 4];
        for (value, (name, _)) in microseconds.iter_mut().zip(PERCENTILES) {
            *value = part.part("microseconds").number(name)?;
        }
        Ok(Self {
            name: part.text("timeout")?.to_owned(),
            rates: part.numbers("runs")?,
            microseconds,
            samples: part.whole("samples")?,
            keeps_up: part.is("keeps_up")?,
        })
    }
}
