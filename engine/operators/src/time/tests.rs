//! Times in the middle of a stream, on trial. When time goes on is told by the tests of the API.

use std::sync::Arc;
use std::time::Duration;

use record::Record;

use super::{AlignmentGroups, AssignTimes, ClockTimes, NowColumn, OtherClock, Times, WatermarkStrategy};
use crate::Layout;
use crate::probe::{Trial, probe};

type Word = (String, i64);

#[test]
fn rows_get_new_times_and_keep_everything_else() {
    let strategy = || {
        WatermarkStrategy::bounded_out_of_orderness(Duration::from_millis(3))
            .timestamps(|word: &Word| word.1 * 10)
            .idleness(Duration::from_secs(1))
    };
    for input in [Layout::of(Word::fields()), Layout::of(Word::fields()).timed()] {
        let times_of = input.clone();
        let (old, new) = if input.time().is_some() { ("@7", "@") } else { ("", "@") };
        probe(input, move |seat| {
            let times = Times::new(&strategy(), &times_of, &seat.place, &AlignmentGroups::default());
            Ok(Box::new(AssignTimes::new(times, seat)))
        })
        .given(&format!("a 1 {old} | -D b 3 {old} | c 2 {old}"))
        .expect(&format!("a 1 {new}10 | -D b 3 {new}30 | c 2 {new}20"));
    }
}

#[test]
fn a_column_of_the_clock_stands() {
    let rows = || Layout::of(<(String, i64)>::fields());
    probe(rows(), move |_| Ok(Box::new(NowColumn::new(rows(), "now"))))
        .without(Trial::Restarts, "the clock goes on")
        .given("a 1 | b 2")
        .expect("a 1 0 | b 2 0");
}

#[test]
fn times_of_the_clock_stand() {
    let rows = || Layout::of(<(String, i64)>::fields());
    probe(rows(), |seat| Ok(Box::new(ClockTimes::new(seat)))).given("a 1 | ~11 | b 2").expect("a 1 | b 2");
}

#[test]
fn rows_pass_by_another_clock_as_they_are() {
    let rows = || Layout::of(<(String, i64)>::fields());
    // Two hours ahead, and an hour later one.
    let shows = |now: i64| if now < 15 { now + 20 } else { now + 10 };
    probe(rows(), move |_| Ok(Box::new(OtherClock::new(Arc::new(shows)))))
        .given("a 1 | ~11 | b 2 | ~17 | -D a 1 | ~40")
        .expect("a 1 | b 2 | -D a 1");
}
