//! Functions by key with states and timers, of one input and of two.

use std::collections::BTreeMap;

use millstream::prelude::*;

use crate::events::{Reading, readings, timed};
use crate::matrix::{Final, check};

const COUNT: i64 = 500;
/// Counts the readings of every second by hand: a timer says when a second is over.
#[derive(Clone)]
struct CountSeconds {
    counts: MapState<i64, i64>,
}

impl KeyedProcess<Reading, String> for CountSeconds {
    fn process(&mut self, reading: Reading, cx: &mut KeyedCx<'_, String>) -> Result<(), Failure> {
        let second = reading.at.0.div_euclid(1_000);
        self.counts.update(cx, second, || 0, |count| *count += 1);
        cx.set_event_timer((second + 1) * 1_000 - 1);
        Ok(())
    }

    fn timer(&mut self, timer: Timer, cx: &mut KeyedCx<'_, String>) -> Result<(), Failure> {
        let second = timer.at.div_euclid(1_000);
        let count = self.counts.remove(cx, &second).unwrap_or(0);
        let key: String = cx.key();
        cx.emit(format!("{key} {second} {count}"));
        Ok(())
    }
}

#[test]
fn a_timer_fires_once_when_its_time_has_come() {
    let mut seconds = BTreeMap::<(String, i64), i64>::new();
    for reading in readings(COUNT) {
        *seconds.entry((reading.sensor, reading.at.0.div_euclid(1_000))).or_default() += 1;
    }
    check(
        |env| {
            timed(env, COUNT)
                .key_by(|reading| reading.sensor.clone())
                .process(CountSeconds { counts: MapState::new("counts") })
        },
        Final::Rows,
        seconds.into_iter().map(|((sensor, second), count)| format!("{sensor} {second} {count}")),
    );
}

/// Lets readings through while the sensor is switched on, by a second stream.
#[derive(Clone)]
struct Switched {
    limit: ValueState<i64>,
    waiting: ListState<i64>,
}

impl KeyedCoProcess<Reading, (String, i64), String> for Switched {
    fn first(&mut self, reading: Reading, cx: &mut KeyedCx<'_, String>) -> Result<(), Failure> {
        match self.limit.get(cx) {
            Some(limit) if reading.degrees > limit => {
                cx.emit(format!("{} {}", reading.sensor, reading.number))
            }
            Some(_) => {}
            None if reading.degrees > -100 => {
                self.waiting.add(cx, reading.number * 1_000 + reading.degrees + 500)
            }
            None => {}
        }
        Ok(())
    }

    fn second(
        &mut self,
        (sensor, limit): (String, i64),
        cx: &mut KeyedCx<'_, String>,
    ) -> Result<(), Failure> {
        self.limit.set(cx, limit);
        for packed in self.waiting.take(cx) {
            let (number, degrees) = (packed / 1_000, packed % 1_000 - 500);
            if degrees > limit {
                cx.emit(format!("{sensor} {number}"));
            }
        }
        Ok(())
    }
}

#[test]
fn two_inputs_share_the_states_of_their_keys() {
    let limit = |sensor: &str| i64::try_from(sensor.len()).unwrap() * 3 - 10;
    let sensors: std::collections::BTreeSet<String> = readings(COUNT).into_iter().map(|r| r.sensor).collect();
    let limits: Vec<(String, i64)> = sensors.iter().map(|sensor| (sensor.clone(), limit(sensor))).collect();
    let passing = readings(COUNT).into_iter().filter(|reading| reading.degrees > limit(&reading.sensor));
    check(
        |env| {
            let switches = env.collection(limits.clone()).key_by(|(sensor, _)| sensor.clone());
            env.collection(readings(COUNT))
                .key_by(|reading| reading.sensor.clone())
                .connect(&switches)
                .process(Switched { limit: ValueState::new("limit"), waiting: ListState::new("waiting") })
        },
        Final::Rows,
        passing.map(|reading| format!("{} {}", reading.sensor, reading.number)),
    );
}

/// Remembers which numbers a key has had.
#[derive(Clone)]
struct Seen {
    tens: MapState<i64, i64>,
}

impl KeyedProcess<Reading, String> for Seen {
    fn process(&mut self, reading: Reading, cx: &mut KeyedCx<'_, String>) -> Result<(), Failure> {
        let tens = reading.degrees.div_euclid(10);
        let count = self.tens.update(
            cx,
            tens,
            || 0,
            |count| {
                *count += 1;
                *count
            },
        );
        cx.accumulators().add("readings", 1);
        cx.emit(format!("{}/{tens} {count}", reading.sensor.replace(' ', "_")));
        Ok(())
    }
}

#[test]
fn maps_are_kept_by_key() {
    let mut tens = BTreeMap::<(String, i64), i64>::new();
    for reading in readings(COUNT) {
        *tens.entry((reading.sensor.replace(' ', "_"), reading.degrees.div_euclid(10))).or_default() += 1;
    }
    check(
        |env| {
            timed(env, COUNT)
                .key_by(|reading| reading.sensor.clone())
                .process(Seen { tens: MapState::new("tens") })
        },
        Final::LastOfKey,
        tens.into_iter().map(|((sensor, tens), count)| format!("{sensor}/{tens} {count}")),
    );
}
