//! `millstream bench dial`: one plan at seven buffer timeouts, and what each gives and takes.
//!
//! A running count by key, its source on one core and its keys on the other one, every update sent on. At full load it tells
//! how many rows go through; at a fixed rate how long each takes, from when it was due and not from when it was sent.

use clap::Args;
use hdrhistogram::Histogram;
use options::{BUFFER_TIMEOUT_INTERVAL, Settings};
use serde_json::{Value, json};

use crate::arguments::EngineArguments;
use crate::bench::chart::{Chart, Form};
use crate::bench::contest::{json_of, say};
use crate::bench::machine::Machine;
use crate::bench::open_loop::{BATCH_ROWS, KEYS, Load, Updates};
use crate::bench::report::{Output, Report};
use crate::bench::spread::{Spread, short, three_digits};
use crate::bench::table::Table;
use crate::run::{CliError, settings_of};

/// Rows of so long are not recorded.
const WARM_UP_SECONDS: f64 = 1.0;
/// The timeouts that are looked at, if nobody says others.
const TIMEOUTS: [&str; 7] = ["0", "0.1 ms", "1 ms", "10 ms", "100 ms", "-1", "auto"];
const PERCENTILES: [(&str, f64); 3] = [("p50", 50.0), ("p99", 99.0), ("p99.9", 99.9)];

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
    nanoseconds: Histogram<u64>,
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
        notches.push(Notch { name: timeout.clone(), rates, nanoseconds: heard.nanoseconds, keeps_up });
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
    let most = notches
        .iter()
        .filter_map(|notch| Spread::of(&notch.rates))
        .map(|spread| spread.median)
        .fold(0.0, f64::max);
    let heads = ["timeout", "rows/s min", "median", "max", "share", "µs p50", "p99", "p99.9", "max "];
    let mut table = Table::new(1, heads);
    for notch in notches {
        let Some(spread) = Spread::of(&notch.rates) else { continue };
        let mut cells = vec![notch.name.clone()];
        cells.extend([spread.min, spread.median, spread.max].map(short));
        cells.push(format!("{:.0} %", spread.median / most * 100.0));
        cells.extend(PERCENTILES.map(|(_, percentile)| three_digits(notch.microseconds(percentile))));
        cells.push(three_digits(notch.nanoseconds.max() as f64 / 1e3));
        table.row(cells);
    }
    let mut findings = vec![
        "every update of the count has come, in every run: their number and their sum are right".to_owned(),
    ];
    for notch in notches.iter().filter(|notch| !notch.keeps_up) {
        findings.push(format!("at timeout {} fewer rows a second went through than were due", notch.name));
    }
    Report {
        suite: "dial",
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
        table,
        findings,
        results: Value::from(notches.iter().map(|notch| notch.json(most)).collect::<Vec<_>>()),
        charts: charts(notches),
    }
}

fn charts(notches: &[Notch]) -> Vec<Chart> {
    let labels: Vec<String> = notches.iter().map(|notch| notch.name.clone()).collect();
    let rates = notches.iter().map(|notch| Spread::of(&notch.rates).map(|spread| spread.median)).collect();
    let latency = |(name, percentile): (&str, f64)| {
        (name.to_owned(), notches.iter().map(|notch| Some(notch.microseconds(percentile))).collect())
    };
    vec![
        Chart {
            title: "rows a second at full load, by buffer timeout".to_owned(),
            form: Form::Bars,
            labels: labels.clone(),
            series: vec![("rows/s".to_owned(), rates)],
        },
        Chart {
            title: "microseconds that a row takes, by buffer timeout".to_owned(),
            form: Form::Lines,
            labels,
            series: PERCENTILES.map(latency).to_vec(),
        },
    ]
}

impl Notch {
    fn microseconds(&self, percentile: f64) -> f64 {
        self.nanoseconds.value_at_percentile(percentile) as f64 / 1e3
    }

    fn json(&self, most: f64) -> Value {
        let spread = Spread::of(&self.rates);
        let microseconds: serde_json::Map<String, Value> = PERCENTILES
            .iter()
            .map(|(name, percentile)| ((*name).to_owned(), self.microseconds(*percentile).into()))
            .collect();
        json!({
            "timeout": self.name, "rows_per_second": spread.map(json_of), "runs": self.rates,
            "share": spread.map(|spread| spread.median / most), "microseconds": microseconds,
            "samples": self.nanoseconds.len(), "keeps_up": self.keeps_up,
        })
    }
}
