//! By key: counts, sums, and everything else that goes on and on.

use std::collections::BTreeMap;

use millstream::prelude::*;

use crate::events::{Reading, readings};
use crate::matrix::{Final, check};

/// The readings of each sensor, in their order.
fn by_sensor(count: i64) -> BTreeMap<String, Vec<Reading>> {
    let mut sensors = BTreeMap::<String, Vec<Reading>>::new();
    for reading in readings(count) {
        sensors.entry(reading.sensor.clone()).or_default().push(reading);
    }
    sensors
}

fn key(sensor: &str) -> String {
    sensor.replace(' ', "_")
}

#[test]
fn words_are_counted() {
    let text =
        readings(300).into_iter().map(|reading| format!("{} reads {}", reading.sensor, reading.degrees));
    let text: Vec<String> = text.collect();
    let mut counts = BTreeMap::<String, i64>::new();
    text.iter()
        .flat_map(|line| line.split(' '))
        .for_each(|word| *counts.entry(word.to_owned()).or_default() += 1);
    check(
        |env| {
            env.collection(text.clone())
                .flat_map(|line: String, words: &mut Collector<String>| {
                    line.split(' ').for_each(|word| words.emit(word.to_owned()));
                })
                .key_by_columns::<String>(&["value"])
                .aggregate_columns::<(String, i64)>([Function::Count.named("count")])
                .map(|(word, count)| format!("{word} {count}"))
        },
        Final::LastOfKey,
        counts.into_iter().map(|(word, count)| format!("{word} {count}")),
    );
}

#[test]
fn aggregates_of_columns_are_those_of_a_loop() {
    let expected = by_sensor(400).into_iter().map(|(sensor, readings)| {
        let degrees: Vec<i64> = readings.iter().map(|reading| reading.degrees).collect();
        let (sum, count) = (degrees.iter().sum::<i64>(), degrees.len());
        let mean = sum as f64 / count as f64;
        format!("{} {count} {sum} {:?} {:?} {mean}", key(&sensor), degrees.iter().min(), degrees.iter().max())
    });
    check(
        |env| {
            let aggregates = [
                Function::Count.named("count"),
                Function::Sum(2).named("sum"),
                Function::Min(2).named("least"),
                Function::Max(2).named("most"),
                Function::Average(2).named("mean"),
            ];
            env.collection(readings(400))
                .key_by_columns::<String>(&["sensor"])
                .aggregate_columns::<(String, i64, i64, i64, i64, f64)>(aggregates)
                .map(|(sensor, count, sum, least, most, mean)| {
                    format!(
                        "{} {count} {sum} {:?} {:?} {mean}",
                        sensor.replace(' ', "_"),
                        Some(least),
                        Some(most)
                    )
                })
        },
        Final::LastOfKey,
        expected,
    );
}

#[test]
fn rolling_aggregates_keep_the_fields_that_flink_keeps() {
    let line = |name: &str, reading: &Reading| {
        format!("{name}-{} {} {}", key(&reading.sensor), reading.number, reading.degrees)
    };
    let expected = by_sensor(300).into_values().flat_map(|readings| {
        let first = &readings[0];
        let of = |degrees: i64| Reading { degrees, ..first.clone() };
        let degrees = readings.iter().map(|reading| reading.degrees);
        let least = readings.iter().rev().min_by_key(|reading| reading.degrees).unwrap();
        let least = readings.iter().find(|reading| reading.degrees == least.degrees).unwrap();
        let most = degrees.clone().max().unwrap();
        let greatest = readings.iter().find(|reading| reading.degrees == most).unwrap();
        [
            line("sum", &of(degrees.clone().sum())),
            line("min", &of(degrees.clone().min().unwrap())),
            line("max", &of(most)),
            line("min_by", least),
            line("max_by", greatest),
        ]
    });
    check(
        |env| {
            let keyed = env.collection(readings(300)).key_by(|reading| reading.sensor.clone());
            let named = |name: &'static str, stream: DataStream<Reading>| {
                stream.map(move |reading: Reading| line(name, &reading))
            };
            named("sum", keyed.sum(|reading| &mut reading.degrees)).union(&[
                &named("min", keyed.min(|reading| &mut reading.degrees)),
                &named("max", keyed.max(|reading| &mut reading.degrees)),
                &named("min_by", keyed.min_by(|reading| reading.degrees)),
                &named("max_by", keyed.max_by(|reading| reading.degrees)),
            ])
        },
        Final::LastOfKey,
        expected,
    );
}

/// Mean of degrees, by hand, with the sensor that it is of.
#[derive(Clone)]
struct Mean;

impl Aggregator for Mean {
    type In = Reading;
    type Accumulator = (String, i64, i64);
    type Out = (String, i64, f64);

    fn create(&self) -> (String, i64, i64) {
        (String::new(), 0, 0)
    }

    fn add(&self, (sensor, sum, count): &mut (String, i64, i64), reading: Reading) {
        *sensor = reading.sensor;
        *sum += reading.degrees;
        *count += 1;
    }

    fn merge(&self, (_, sum, count): &mut (String, i64, i64), other: (String, i64, i64)) {
        *sum += other.1;
        *count += other.2;
    }

    fn result(&self, (sensor, sum, count): &(String, i64, i64)) -> (String, i64, f64) {
        (key(sensor), *count, *sum as f64 / *count as f64)
    }
}

#[test]
fn an_accumulator_of_the_users_own_comes_to_the_same() {
    let expected = by_sensor(300).into_iter().map(|(sensor, readings)| {
        let sum: i64 = readings.iter().map(|reading| reading.degrees).sum();
        format!("{} {} {}", key(&sensor), readings.len(), sum as f64 / readings.len() as f64)
    });
    check(
        |env| {
            env.collection(readings(300))
                .key_by(|reading| reading.sensor.clone())
                .aggregate(Mean)
                .map(|(sensor, count, mean)| format!("{sensor} {count} {mean}"))
        },
        Final::LastOfKey,
        expected,
    );
}
