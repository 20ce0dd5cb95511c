//! Windows of event time, out of order: nothing on time is dropped, and a row lies in all windows that it belongs to.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream::operators::window::pane::Windows;
use millstream::prelude::*;

use crate::events::{Reading, readings, timed};
use crate::matrix::{Final, check};

const COUNT: i64 = 600;

/// The windows of a time, by looking at all that could be.
fn windows_of(at: i64, size: i64, slide: i64) -> impl Iterator<Item = i64> {
    let last = at.div_euclid(slide) * slide;
    (0..=size / slide)
        .map(move |back| last - back * slide)
        .filter(move |start| *start <= at && at < start + size)
}

/// Count and sum of degrees, by sensor and window.
fn expected(size: i64, slide: i64) -> Vec<String> {
    let mut windows = BTreeMap::<(String, i64), (i64, i64)>::new();
    for reading in readings(COUNT) {
        for start in windows_of(reading.at.0, size, slide) {
            let (count, sum) = windows.entry((reading.sensor.clone(), start)).or_default();
            *count += 1;
            *sum += reading.degrees;
        }
    }
    let line = |((sensor, start), (count, sum))| format!("{sensor} {start}..{} {count} {sum}", start + size);
    windows.into_iter().map(line).collect()
}

/// Counts and sums up.
#[derive(Clone)]
struct CountAndSum;

impl Aggregator for CountAndSum {
    type In = Reading;
    type Accumulator = (i64, i64);
    type Out = (i64, i64);

    fn create(&self) -> (i64, i64) {
        (0, 0)
    }

    fn add(&self, (count, sum): &mut (i64, i64), reading: Reading) {
        *count += 1;
        *sum += reading.degrees;
    }

    fn merge(&self, (count, sum): &mut (i64, i64), other: (i64, i64)) {
        *count += other.0;
        *sum += other.1;
    }

    fn result(&self, accumulator: &(i64, i64)) -> (i64, i64) {
        *accumulator
    }
}

fn line(cx: &mut WindowCx<'_, String>, count: i64, sum: i64) {
    let (key, window) = (cx.key::<String>(), cx.window());
    cx.emit(format!("{key} {}..{} {count} {sum}", window.start, window.end));
}

#[test]
fn tumbling_windows_of_an_accumulator() {
    check(
        |env| {
            timed(env, COUNT)
                .key_by(|reading| reading.sensor.clone())
                .window(tumbling(Duration::from_secs(2)))
                .aggregate_then(CountAndSum, |(count, sum), cx| line(cx, *count, *sum))
        },
        Final::Rows,
        expected(2_000, 2_000),
    );
}

#[test]
fn sliding_windows_of_all_rows() {
    check(
        |env| {
            timed(env, COUNT)
                .key_by(|reading| reading.sensor.clone())
                .window(sliding(Duration::from_secs(3), Duration::from_millis(700)))
                .process(|rows: &[Reading], cx: &mut WindowCx<'_, String>| {
                    let sum = rows.iter().map(|reading| reading.degrees).sum();
                    line(cx, rows.len() as i64, sum);
                })
        },
        Final::Rows,
        expected(3_000, 700),
    );
}

#[test]
fn sliding_windows_that_share_panes() {
    check(
        |env| {
            let windows = Windows::Sliding { size: 3_000, slide: 700, offset: 0 };
            let aggregates = [Function::Count.named("count"), Function::Sum(2).named("sum")];
            timed(env, COUNT)
                .key_by_columns::<String>(&["sensor"])
                .window_columns::<(String, i64, i64, Timestamp, Timestamp)>(windows, aggregates)
                .map(|(sensor, count, sum, start, end)| {
                    format!("{sensor} {}..{} {count} {sum}", start.0, end.0)
                })
        },
        Final::Rows,
        expected(3_000, 700),
    );
}

#[test]
fn sessions_end_where_there_is_a_gap() {
    let mut sensors = BTreeMap::<String, Vec<i64>>::new();
    for reading in readings(COUNT) {
        sensors.entry(reading.sensor).or_default().push(reading.at.0);
    }
    let mut sessions = Vec::new();
    for (sensor, mut times) in sensors {
        times.sort_unstable();
        for session in times.chunk_by(|one, next| next - one <= 1_500) {
            let (first, last) = (session[0], session[session.len() - 1]);
            sessions.push(format!("{sensor} {first}..{} {}", last + 1_500, session.len()));
        }
    }
    assert!(sessions.len() > 20, "there are pauses");
    check(
        |env| {
            timed(env, COUNT)
                .key_by(|reading| reading.sensor.clone())
                .window(session(Duration::from_millis(1_500)))
                .process(|rows: &[Reading], cx: &mut WindowCx<'_, String>| {
                    let (key, window) = (cx.key::<String>(), cx.window());
                    cx.emit(format!("{key} {}..{} {}", window.start, window.end, rows.len()));
                })
        },
        Final::Rows,
        sessions,
    );
}

#[test]
fn windows_over_all_keys_have_one_subtask() {
    let mut windows = BTreeMap::<i64, i64>::new();
    readings(COUNT)
        .iter()
        .for_each(|reading| *windows.entry(reading.at.0.div_euclid(1_000)).or_default() += 1);
    check(
        |env| {
            timed(env, COUNT).window_all(tumbling(Duration::from_secs(1))).process(
                |rows: &[Reading], cx: &mut WindowCx<'_, String>| {
                    let second = cx.window().start / 1_000;
                    cx.emit(format!("{second} {}", rows.len()));
                },
            )
        },
        Final::Rows,
        windows.into_iter().map(|(second, count)| format!("{second} {count}")),
    );
}

#[test]
fn windows_of_so_many_rows() {
    let mut sensors = BTreeMap::<String, i64>::new();
    readings(COUNT).into_iter().for_each(|reading| *sensors.entry(reading.sensor).or_default() += 1);
    check(
        |env| {
            timed(env, COUNT).key_by(|reading| reading.sensor.clone()).count_window(7).process(
                |rows: &[Reading], cx: &mut WindowCx<'_, String>| {
                    assert_eq!(rows.len(), 7);
                    let key = cx.key::<String>();
                    cx.emit(key);
                },
            )
        },
        Final::Rows,
        sensors.into_iter().flat_map(|(sensor, count)| vec![sensor; usize::try_from(count / 7).unwrap()]),
    );
}
