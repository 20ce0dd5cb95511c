//! Readings of sensors that follow from their numbers: some come out of order, a few too late.

use millstream::prelude::*;

/// When the first reading was taken: the start of 2026.
const BEGIN_MS: i64 = 1_767_225_600_000;
const SENSORS: u64 = 8;

/// A reading of a sensor.
#[derive(Record, Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which sensor.
    pub sensor: String,
    /// Degrees Celsius.
    pub degrees: f64,
    /// When it was taken.
    pub at: Timestamp,
}

/// Reading number `number`: ten a second, each up to two seconds out of order, and one in three hundred by a minute.
pub fn reading(number: u64) -> Reading {
    let chance = mix(number);
    let sensor = chance % SENSORS;
    let disorder = (chance >> 8) % 2_000;
    let late = if (chance >> 24).is_multiple_of(300) { 90_000 } else { 0 };
    let at = BEGIN_MS + (number * 100).cast_signed() - (disorder + late).cast_signed();
    // A wave of ten minutes for each sensor, shifted, and some noise.
    let wave = ((number as f64 / 6_000.0 + sensor as f64 / 8.0) * std::f64::consts::TAU).sin();
    let noise = ((chance >> 40) % 100) as f64 / 100.0;
    Reading { sensor: format!("sensor-{sensor}"), degrees: 20.0 + 5.0 * wave + noise, at: Timestamp(at) }
}

/// Spreads a number over all 64 bits (SplitMix64).
pub fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
