//! Live readings and their windows: the program that the first two parts have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use examples::readings::mix;
use examples::{Interrupt, say};
use millstream::operators::window::pane::Windows;
use millstream::prelude::*;

use crate::Arguments;
use crate::screen::Screen;

const SENSORS: u64 = 8;
const WINDOW_MS: i64 = 500;
/// When the first reading was taken: the start of 2026.
const BEGIN_MS: i64 = 1_767_225_600_000;

/// A reading.
#[derive(Record, Clone, Debug)]
pub(crate) struct Reading {
    sensor: String,
    degrees: f64,
    at: Timestamp,
}

/// What is shown of a sensor and a window.
pub(crate) type Line = (String, i64, f64, f64, f64, Timestamp, Timestamp);

/// All windows, by their start and sensor: readings and mean.
pub(crate) type Windowed = BTreeMap<(i64, String), (i64, f64)>;

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

/// The readings of the demo: one after the other at their rate, or as fast as they are taken.
pub(crate) fn readings(env: &Environment, arguments: &Arguments, is_live: bool) -> DataStream<Reading> {
    let rate = arguments.rate;
    env.generate("Source: Readings", Some(arguments.readings()), is_live.then_some(rate), move |number| {
        reading(number, rate)
    })
}

/// The program: the same for a stream and for a file.
pub(crate) fn windows(readings: &DataStream<Reading>) -> DataStream<Line> {
    let aggregates = [
        Function::Count.named("readings"),
        Function::Average(1).named("mean"),
        Function::Min(1).named("least"),
        Function::Max(1).named("most"),
    ];
    readings
        .assign_timestamps_and_watermarks(
            WatermarkStrategy::bounded_out_of_orderness(Duration::from_millis(200))
                .timestamps(|reading: &Reading| reading.at),
        )
        .key_by_columns::<String>(&["sensor"])
        .window_columns(Windows::Tumbling { size: WINDOW_MS, offset: 0 }, aggregates)
}

/// Draws windows as they come, and hands all of them out in the end.
pub(crate) fn run(lines: &DataStream<Line>, arguments: &Arguments) -> Result<Windowed, ExecuteError> {
    let interrupt = Interrupt::listen();
    say(&format!(
        "1  Live: {} readings a second of {SENSORS} sensors, windows of {WINDOW_MS} ms, for {} s. Ctrl-C ends it.\n",
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
    Ok(windowed)
}
