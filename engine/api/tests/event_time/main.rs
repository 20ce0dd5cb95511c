//! How time goes on: what sources and strategies say, told by a sink that writes down when it heard what.
//!
//! All of it in a simulated world, whose clock stands still while somebody works: a log is the same in every run.
#![allow(clippy::unwrap_used, reason = "a test falls where it stands")]

mod scripted;

use std::time::Duration;

use millstream::options::RuntimeMode;
use millstream::prelude::*;

use scripted::{Script, log_of};

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Rows that are their own times, a little out of order.
fn late_by(delay: u64) -> WatermarkStrategy<i64> {
    WatermarkStrategy::bounded_out_of_orderness(ms(delay)).timestamps(|time: &i64| *time)
}

#[test]
fn time_is_behind_the_greatest_by_what_the_strategy_says() {
    let script = Script::new().row(0, 0, 100).row(10, 0, 90).row(20, 0, 200).end(30, 0);
    for (strategy, behind) in
        [(WatermarkStrategy::monotonous().timestamps(|time: &i64| *time), 0), (late_by(30), 30)]
    {
        let log = log_of(|env| script.source(env).assign_timestamps_and_watermarks(strategy.clone()));
        let expected = format!(
            "0 row 100|0 time {}|10 row 90|20 row 200|20 time {}|30 end of time",
            100 - behind - 1,
            200 - behind - 1
        );
        assert_eq!(log, expected);
    }
    let never = WatermarkStrategy::no_watermarks().timestamps(|time: &i64| *time);
    let log = log_of(|env| script.source(env).assign_timestamps_and_watermarks(never.clone()));
    assert_eq!(log, "0 row 100|10 row 90|20 row 200|30 end of time");
}

#[test]
fn rows_say_themselves_how_far_time_has_come() {
    let strategy = WatermarkStrategy::punctuated(|row: &i64, time| (row % 100 == 0).then_some(time - 5))
        .timestamps(|time: &i64| *time);
    let script = Script::new().row(0, 0, 101).row(10, 0, 200).row(20, 0, 250).row(30, 0, 100).row(40, 0, 300);
    let log = log_of(|env| script.source(env).assign_timestamps_and_watermarks(strategy.clone()));
    let expected =
        "0 row 101|10 row 200|10 time 195|20 row 250|30 row 100|40 row 300|40 time 295|40 end of time";
    assert_eq!(log, expected);
}

#[test]
fn the_time_of_a_source_is_the_least_of_its_splits() {
    let script = Script::new()
        .row(0, 1, 50)
        .row(10, 0, 100)
        .row(20, 1, 80)
        .row(30, 0, 300)
        .end(40, 1)
        .row(50, 0, 310)
        .end(60, 0);
    let log = log_of(|env| script.source(env).assign_timestamps_and_watermarks(late_by(0)));
    let expected = "0 row 50|0 time 49|10 row 100|20 row 80|20 time 79|30 row 300|40 time 299|50 row 310|50 time 309|60 end of time";
    assert_eq!(log, expected);
}

#[test]
fn nobody_waits_for_a_split_that_is_silent() {
    let script = Script::new()
        .row(0, 1, 50)
        .row(10, 0, 100)
        .row(60, 0, 200)
        .row(120, 1, 90)
        .row(130, 0, 300)
        .row(140, 1, 250);
    let strategy = late_by(0).idleness(ms(100));
    let log = log_of(|env| script.source(env).assign_timestamps_and_watermarks(strategy.clone()));
    // At 100 the first split is given up; when it comes back, time stands still and does not go back.
    let expected = "0 row 50|0 time 49|10 row 100|60 row 200|100 time 199|120 row 90|130 row 300|140 row 250|140 time 249|140 end of time";
    assert_eq!(log, expected);
}

#[test]
fn nobody_waits_for_an_input_that_is_silent_or_was_never_heard_of() {
    let talks = Script::new().row(0, 0, 100).row(50, 0, 200).row(150, 0, 300).end(400, 0);
    for (silent, name) in
        [(Script::new().row(0, 0, 10).end(400, 0), "silent"), (Script::new().end(400, 0), "unheard")]
    {
        for behind_a_map in [false, true] {
            let both = |idle: Option<Duration>| {
                log_of(|env| {
                    let timed = |script: &Script| {
                        let strategy = late_by(0);
                        let strategy = match idle {
                            Some(after) => strategy.idleness(after),
                            None => strategy,
                        };
                        let rows = script.source(env);
                        let rows = if behind_a_map { rows.map(|time: i64| time) } else { rows };
                        rows.assign_timestamps_and_watermarks(strategy)
                    };
                    timed(&talks).union(&[&timed(&silent)])
                })
            };
            let times = |log: &str| {
                let times = log.split('|').filter(|line| line.contains(" time "));
                times.map(str::to_owned).collect::<Vec<_>>().join("|")
            };
            let waits = times(&both(None));
            assert!(!waits.contains("time 99"), "{name}: {waits}");
            let goes_on = times(&both(Some(ms(100))));
            assert!(
                goes_on.ends_with("100 time 199|150 time 299"),
                "{name}, behind a map {behind_a_map}: {goes_on}"
            );
        }
    }
}

#[test]
fn sources_of_a_group_wait_for_the_last_one() {
    // One source could bring everything at once; the other brings a row each 50 ms.
    let fast = (0..40).fold(Script::new(), |script, row| script.row(0, 0, row * 100));
    let slow =
        (0..40_i64).fold(Script::new(), |script, row| script.row(row.unsigned_abs() * 50, 0, row * 100));
    let apart = |aligned: bool| {
        let log = log_of(|env| {
            let timed = |script: &Script| {
                let strategy = late_by(0);
                let strategy = if aligned { strategy.alignment("group", ms(500)) } else { strategy };
                // A row at a time, so that the source can be stopped between two.
                script.clone().one_by_one().source(env).assign_timestamps_and_watermarks(strategy)
            };
            let one = timed(&fast).map(|time: i64| time);
            one.union(&[&timed(&slow).map(|time: i64| time + 1)])
        });
        let (mut greatest, mut slow, mut apart) = (0_i64, 0_i64, 0_i64);
        for line in log.split('|').filter_map(|line| line.split_once(" row ")) {
            let time: i64 = line.1.parse().unwrap();
            if time % 100 == 1 {
                slow = time
            } else {
                greatest = greatest.max(time)
            }
            apart = apart.max(greatest - slow);
        }
        assert_eq!(log.split('|').filter(|line| line.contains(" row ")).count(), 80, "every row comes");
        apart
    };
    assert!(apart(false) >= 3800, "nobody waits who was not told to");
    let aligned = apart(true);
    assert!((400..=800).contains(&aligned), "{aligned} ms apart");
}

#[test]
fn a_member_of_a_group_that_is_idle_holds_nobody_up() {
    let fast = (0..40).fold(Script::new(), |script, row| script.row(0, 0, row * 100));
    let silent = Script::new().end(2_000, 0);
    let log = log_of(|env| {
        let timed = |script: &Script| {
            let strategy = late_by(0).idleness(ms(100)).alignment("group", ms(500));
            script.clone().one_by_one().source(env).assign_timestamps_and_watermarks(strategy)
        };
        timed(&fast).union(&[&timed(&silent)])
    });
    let last = log.split('|').rfind(|line| line.ends_with("row 3900")).unwrap();
    let at: u64 = last.split(' ').next().unwrap().parse().unwrap();
    assert!(at < 1_000, "it waits for one that is idle: {log}");
}

#[test]
fn a_source_that_has_to_wait_is_not_idle() {
    // The slow one comes far in one step, while the fast one waits: rows of the fast one must not be late then.
    let fast = (0..60).fold(Script::new(), |script, row| script.row(0, 0, row * 100));
    let slow = Script::new().row(0, 0, 0).row(150, 0, 10).row(290, 0, 20).row(400, 0, 6_000).end(900, 0);
    let log = log_of(|env| {
        let timed = |script: &Script| {
            let strategy = late_by(0).idleness(ms(200)).alignment("group", ms(500));
            script.clone().one_by_one().source(env).assign_timestamps_and_watermarks(strategy)
        };
        timed(&fast).union(&[&timed(&slow)])
    });
    let mut now = i64::MIN;
    for line in log.split('|') {
        if let Some((_, time)) = line.split_once(" time ") {
            now = time.parse().unwrap();
        } else if let Some((_, row)) = line.split_once(" row ") {
            let row: i64 = row.parse().unwrap();
            assert!(row > now, "row {row} comes behind {now}: {log}");
        }
    }
}

#[test]
fn in_batch_mode_time_comes_once() {
    let script = Script::new().row(0, 0, 100).row(10, 0, 200).end(20, 0);
    let log = log_of(|env| {
        env.mode(RuntimeMode::Batch);
        script.source(env).assign_timestamps_and_watermarks(late_by(0).idleness(ms(5)))
    });
    assert_eq!(log, "0 row 100|10 row 200|20 end of time");
}
