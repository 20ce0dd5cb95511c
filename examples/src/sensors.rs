//! The mean temperature of every sensor in windows of event time; readings that come too late are counted, and shown.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin sensors
//! ```
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use examples::JobArguments;
use examples::readings::{Reading, reading};
use millstream::operators::window::DROPPED;
use millstream::prelude::*;

/// Mean temperatures, with late data.
#[derive(Debug, Parser)]
#[command(name = "sensors", version)]
struct Arguments {
    /// How many readings there are.
    #[arg(long, default_value_t = 20_000)]
    readings: u64,
    /// How long a window is, in seconds.
    #[arg(long, default_value_t = 60)]
    window: u64,
    /// By how much a reading may be late and still change a window that was sent, in seconds.
    #[arg(long, default_value_t = 5)]
    allowed_lateness: u64,
    #[command(flatten)]
    job: JobArguments,
}

/// The mean of a sensor in a window.
#[derive(Record, Clone, Debug)]
struct Mean {
    window: Timestamp,
    sensor: String,
    degrees: f64,
    readings: i64,
}

/// Sum and count, of which the mean follows.
#[derive(Clone)]
struct MeanOf;

impl Aggregator for MeanOf {
    type In = Reading;
    type Accumulator = (f64, i64);
    type Out = (f64, i64);

    fn create(&self) -> (f64, i64) {
        (0.0, 0)
    }

    fn add(&self, (sum, count): &mut (f64, i64), reading: Reading) {
        *sum += reading.degrees;
        *count += 1;
    }

    fn merge(&self, (sum, count): &mut (f64, i64), other: (f64, i64)) {
        *sum += other.0;
        *count += other.1;
    }

    fn result(&self, (sum, count): &(f64, i64)) -> (f64, i64) {
        (sum / *count as f64, *count)
    }
}

/// Readings that come when their window is gone for good.
const LATE: OutputTag<Reading> = OutputTag::new("late");

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let means = env
        .generate("Source: Readings", Some(arguments.readings), None, reading)
        .assign_timestamps_and_watermarks(
            WatermarkStrategy::bounded_out_of_orderness(Duration::from_secs(2))
                .timestamps(|reading: &Reading| reading.at),
        )
        .key_by(|reading| reading.sensor.clone())
        .window(tumbling(Duration::from_secs(arguments.window)))
        .allowed_lateness(Duration::from_secs(arguments.allowed_lateness))
        .side_output_late_data(LATE)
        .aggregate_then(MeanOf, |(degrees, readings), cx: &mut WindowCx<'_, Mean>| {
            let (sensor, window) = (cx.key(), Timestamp(cx.window().start));
            cx.emit(Mean { window, sensor, degrees: (degrees * 100.0).round() / 100.0, readings: *readings });
        });
    let _ = means.print();
    let late = means.side_output(&LATE).process(|reading: Reading, out: &mut Collector<String>| {
        out.accumulators().add(DROPPED, 1);
        out.emit(format!("too late: {} at {}", reading.sensor, reading.at));
    });
    let _ = late.print();
    if let Some(result) = arguments.job.run(&env, "mean temperatures")? {
        examples::say(&format!("{:?}, accumulators: {:?}", result.elapsed, result.accumulators));
    }
    Ok(())
}
