//! The demo: live temperatures of sensors in windows of event time, then the same program over the same readings in batch
//! mode, which must come to the same windows.
//!
//! ```text
//!   readings, 50,000 a second ─► event time ─► by sensor ─► windows of half a second ─► this terminal
//!   the same readings, as fast as they are read ───────────────── the same program ─► the same windows
//! ```
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use examples::readings::mix;
use examples::{Interrupt, JobArguments, say};
use millstream::operators::window::pane::Windows;
use millstream::prelude::*;

/// Live temperatures in windows, and the same again in batch mode.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Arguments {
    /// How long the live part lasts, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Readings in a second.
    #[arg(long, default_value_t = 50_000)]
    rate: u64,
    #[command(flatten)]
    job: JobArguments,
}

const SENSORS: u64 = 8;
const WINDOW_MS: i64 = 500;
/// When the first reading was taken: the start of 2026.
const BEGIN_MS: i64 = 1_767_225_600_000;
/// Windows that are drawn for each sensor.
const DRAWN: usize = 40;

/// A reading.
#[derive(Record, Clone, Debug)]
struct Reading {
    sensor: String,
    degrees: f64,
    at: Timestamp,
}

/// What is shown of a sensor and a window.
type Line = (String, i64, f64, f64, f64, Timestamp, Timestamp);

/// All windows, by their start and sensor: readings and mean.
type Windowed = BTreeMap<(i64, String), (i64, f64)>;

/// Reading number `number` of so many a second, up to a fifth of a second out of order.
fn reading(number: u64, rate: u64) -> Reading {
    let chance = mix(number);
    let sensor = chance % SENSORS;
    let at_ms = (number * 1_000 / rate).cast_signed();
    let wave = ((at_ms as f64 / 7_000.0 + sensor as f64 / 8.0) * std::f64::consts::TAU).sin();
    let noise = ((chance >> 40) % 100) as f64 / 50.0;
    let disorder = ((chance >> 8) % 200).cast_signed();
    let degrees = 15.0 + 10.0 * wave + noise;
    Reading { sensor: format!("sensor-{sensor}"), degrees, at: Timestamp(BEGIN_MS + at_ms - disorder) }
}

/// The program: the same for the live part and the one in batch mode.
fn program(env: &Environment, readings: u64, rate: u64, is_live: bool) -> DataStream<Line> {
    let windows = Windows::Tumbling { size: WINDOW_MS, offset: 0 };
    let aggregates = [
        Function::Count.named("readings"),
        Function::Average(1).named("mean"),
        Function::Min(1).named("least"),
        Function::Max(1).named("most"),
    ];
    env.generate("Source: Readings", Some(readings), is_live.then_some(rate), move |number| {
        reading(number, rate)
    })
    .assign_timestamps_and_watermarks(
        WatermarkStrategy::bounded_out_of_orderness(Duration::from_millis(200))
            .timestamps(|reading: &Reading| reading.at),
    )
    .key_by_columns::<String>(&["sensor"])
    .window_columns(windows, aggregates)
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let readings = arguments.rate * arguments.seconds;
    let interrupt = Interrupt::listen();
    let env = arguments.job.environment()?;
    env.mode(RuntimeMode::Streaming);
    let lines = program(&env, readings, arguments.rate, true);
    if arguments.job.explain {
        // Nobody is left to be told when the output is closed.
        let _ = write!(io::stdout(), "{}", env.explain("live temperatures")?);
        return Ok(());
    }
    say(&format!(
        "Live: {} readings a second of {SENSORS} sensors, windows of {WINDOW_MS} ms, for {} s. Ctrl-C ends it.\n",
        arguments.rate, arguments.seconds
    ));
    let mut screen = Screen::new();
    let mut live = lines.execute_and_collect("live temperatures")?;
    let mut windowed = Windowed::new();
    while let Some(line) = live.next() {
        let line = line?;
        screen.show(&line);
        windowed.insert((line.5.0, line.0), (line.1, line.2));
        if let (true, Some(job)) = (interrupt.is_asked(), live.job()) {
            job.cancel();
        }
    }
    screen.end();
    again(&arguments, readings, &windowed)
}

/// The same in batch mode; it must come to the same windows.
fn again(arguments: &Arguments, readings: u64, live: &Windowed) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    env.mode(RuntimeMode::Batch);
    let mut batch =
        program(&env, readings, arguments.rate, false).execute_and_collect("the same in batch mode")?;
    let (mut windowed, mut elapsed) = (Windowed::new(), Duration::ZERO);
    while let Some(line) = batch.next() {
        let line = line?;
        windowed.insert((line.5.0, line.0), (line.1, line.2));
        elapsed = batch.job().map_or(elapsed, |job| job.elapsed());
    }
    let rate = readings as f64 / elapsed.as_secs_f64() / 1e6;
    say(&format!(
        "\nBatch: the same program over the same {readings} readings in {elapsed:.2?}: {rate:.1} million a second."
    ));
    let same = live.len() == windowed.len()
        && live.iter().all(|(window, (count, mean))| {
            windowed.get(window).is_some_and(|(others, other)| others == count && (other - mean).abs() < 1e-9)
        });
    assert!(same, "the two modes have come to different windows: that is a bug");
    say(&format!("Both have come to the same {} windows.", live.len()));
    Ok(())
}

/// The table that is drawn over and over on a terminal, and once, at the end, where there is none.
struct Screen {
    is_terminal: bool,
    sensors: BTreeMap<String, Row>,
    drawn: bool,
    readings: i64,
    window: i64,
}

#[derive(Default)]
struct Row {
    means: VecDeque<f64>,
    least: f64,
    most: f64,
    readings: i64,
}

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl Screen {
    fn new() -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { is_terminal, sensors: BTreeMap::new(), drawn: false, readings: 0, window: i64::MIN }
    }

    fn show(&mut self, line: &Line) {
        let (sensor, readings, mean, least, most, start, _) = line;
        if start.0 > self.window {
            self.window = start.0;
            if self.is_terminal {
                self.draw();
            }
        }
        let row = self.sensors.entry(sensor.clone()).or_default();
        row.means.push_back(*mean);
        if row.means.len() > DRAWN {
            row.means.pop_front();
        }
        (row.least, row.most, row.readings) = (*least, *most, *readings);
        self.readings += readings;
    }

    fn draw(&mut self) {
        let mut text = String::new();
        if self.drawn {
            text.push_str(&format!("\x1b[{}A", self.sensors.len() + 2));
        }
        self.drawn = true;
        text.push_str(&format!(
            "{:<10} {:<DRAWN$} {:>7} {:>7} {:>7} {:>9}\n",
            "sensor", "mean", "now", "least", "most", "readings"
        ));
        for (sensor, row) in &self.sensors {
            let bars: String = row.means.iter().map(|mean| block(*mean)).collect();
            let now = row.means.back().copied().unwrap_or(0.0);
            text.push_str(&format!(
                "{sensor:<10} {bars:<DRAWN$} {now:>6.1}° {:>6.1}° {:>6.1}° {:>9}\n",
                row.least, row.most, row.readings
            ));
        }
        text.push_str(&format!("{} readings, up to {}\n", self.readings, Timestamp(self.window)));
        let mut out = io::stdout().lock();
        // A terminal that is gone ends the job by other ways.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    fn end(&mut self) {
        self.draw();
    }
}

/// Five to twenty-seven degrees, in eighths.
fn block(degrees: f64) -> char {
    let place = (0..BLOCKS.len()).rfind(|eighth| degrees >= 5.0 + *eighth as f64 * 22.0 / 8.0);
    BLOCKS[place.unwrap_or(0)]
}
