//! Two streams: pairs within windows, groups with one side empty, pairs within an interval.

use std::time::Duration;

use millstream::prelude::*;

use crate::events::{Reading, readings, timed};
use crate::matrix::{Final, check};

const COUNT: i64 = 260;
const SECOND: Duration = Duration::from_secs(1);

/// Hot readings against cold ones, of the same sensor.
fn sides() -> (Vec<Reading>, Vec<Reading>) {
    readings(COUNT).into_iter().partition(|reading| reading.degrees > 10)
}

fn hot_and_cold(env: &Environment) -> (KeyedStream<String, Reading>, KeyedStream<String, Reading>) {
    let all = timed(env, COUNT);
    let hot = all.filter(|reading| reading.degrees > 10).key_by(|reading| reading.sensor.clone());
    (hot, all.filter(|reading| reading.degrees <= 10).key_by(|reading| reading.sensor.clone()))
}

fn line(hot: &Reading, cold: &Reading) -> String {
    format!("{} {} {}", hot.sensor, hot.number, cold.number)
}

#[test]
fn rows_of_the_same_key_and_window_are_paired() {
    let (hot, cold) = sides();
    let window = |reading: &Reading| reading.at.0.div_euclid(1_000);
    let mut pairs = Vec::new();
    for one in &hot {
        let partners = cold.iter().filter(|other| other.sensor == one.sensor && window(other) == window(one));
        pairs.extend(partners.map(|other| line(one, other)));
    }
    check(
        |env| {
            let (hot, cold) = hot_and_cold(env);
            hot.connect(&cold).window(tumbling(SECOND)).join(
                |hot: Reading, cold: Reading, out: &mut Collector<String>| {
                    out.emit(line(&hot, &cold));
                },
            )
        },
        Final::Rows,
        pairs,
    );
}

#[test]
fn groups_have_both_sides_or_one() {
    let mut windows = std::collections::BTreeMap::<(String, i64), (usize, usize)>::new();
    for reading in readings(COUNT) {
        let counts = windows.entry((reading.sensor.clone(), reading.at.0.div_euclid(1_000))).or_default();
        if reading.degrees > 10 { counts.0 += 1 } else { counts.1 += 1 }
    }
    assert!(windows.values().any(|(hot, _)| *hot == 0) && windows.values().any(|(_, cold)| *cold == 0));
    check(
        |env| {
            let (hot, cold) = hot_and_cold(env);
            hot.connect(&cold).window(tumbling(SECOND)).co_group(
                |hot: &[Reading], cold: &[Reading], cx: &mut WindowCx<'_, String>| {
                    let (key, second) = (cx.key::<String>(), cx.window().start / 1_000);
                    cx.emit(format!("{key} {second} {} {}", hot.len(), cold.len()));
                },
            )
        },
        Final::Rows,
        windows.into_iter().map(|((sensor, second), (hot, cold))| format!("{sensor} {second} {hot} {cold}")),
    );
}

#[test]
fn rows_that_are_not_far_apart_are_paired() {
    let (hot, cold) = sides();
    let mut pairs = Vec::new();
    for one in &hot {
        let near = |other: &&Reading| (-300..=500).contains(&(other.at.0 - one.at.0));
        let partners = cold.iter().filter(|other| other.sensor == one.sensor).filter(near);
        pairs.extend(partners.map(|other| line(one, other)));
    }
    check(
        |env| {
            let (hot, cold) = hot_and_cold(env);
            hot.connect(&cold).between(Duration::from_millis(300), Duration::from_millis(500)).process(
                |hot: Reading, cold: Reading, out: &mut Collector<String>| out.emit(line(&hot, &cold)),
            )
        },
        Final::Rows,
        pairs,
    );
}
