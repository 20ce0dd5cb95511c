//! The rows of all scripts: sensor readings that come a little out of order, from a seed.

use millstream::prelude::*;
use millstream::runtime::random::Random;

/// How far a reading can be behind one that came before it, in milliseconds.
pub(crate) const DISORDER_MS: i64 = 900;

/// A reading of a sensor.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) sensor: String,
    pub(crate) number: i64,
    pub(crate) degrees: i64,
    pub(crate) at: Timestamp,
}

/// So many readings of a few sensors, some with long names.
pub(crate) fn readings(count: i64) -> Vec<Reading> {
    let mut random = Random::new(7);
    let mut drawn = |below: u64| i64::try_from(random.bits() % below).expect("small");
    (0..count)
        .map(|number| {
            let sensor = match drawn(9) {
                0 => "a sensor with a name that fits no view".to_owned(),
                other => format!("s{other}"),
            };
            // On average one every 40 ms, with pauses in which sessions end; late by less than the disorder.
            let at = number * 40 + if number % 97 > 48 { 5_000 } else { 0 } + number / 97 * 5_000;
            let disorder = u64::try_from(DISORDER_MS).expect("positive");
            Reading { sensor, number, degrees: drawn(60) - 20, at: Timestamp(at - drawn(disorder)) }
        })
        .collect()
}

/// The readings as a stream with event time.
pub(crate) fn timed(env: &Environment, count: i64) -> DataStream<Reading> {
    let disorder = std::time::Duration::from_millis(DISORDER_MS.unsigned_abs());
    env.collection(readings(count)).assign_timestamps_and_watermarks(
        WatermarkStrategy::bounded_out_of_orderness(disorder).timestamps(|reading: &Reading| reading.at.0),
    )
}
