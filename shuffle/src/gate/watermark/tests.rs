//! The rules of the valve, one by one.

use super::*;

/// What channels say.
#[derive(Clone, Copy, Debug)]
enum Word {
    At(usize, i64),
    Idle(usize),
    Active(usize),
    End(usize),
}

use Word::{Active, At, End, Idle};

const NOTHING: Change = Change { watermark: None, turned: None };
const FALLS_IDLE: Change = Change { watermark: None, turned: Some(Turned::Idle) };
const WAKES: Change = Change { watermark: None, turned: Some(Turned::Active) };

fn announces(time: i64) -> Change {
    Change { watermark: Some(Watermark(time)), turned: None }
}

/// Each word, with what follows from it.
fn check(channels: usize, script: &[(Word, Change)]) {
    let mut valve = Valve::open(channels);
    for (at, (word, expect)) in script.iter().enumerate() {
        let change = match *word {
            At(channel, time) => valve.advance(channel, Watermark(time)),
            Idle(channel) => valve.fall_idle(channel),
            Active(channel) => valve.wake(channel),
            End(channel) => valve.end(channel),
        };
        assert_eq!(change, *expect, "word {at}: {word:?}");
    }
}

#[test]
fn the_least_counts_and_never_goes_back() {
    check(
        2,
        &[
            (At(0, 10), NOTHING),
            (At(1, 20), announces(10)),
            (At(0, 5), NOTHING),
            (At(0, 10), NOTHING),
            (At(0, 30), announces(20)),
        ],
    );
}

#[test]
fn an_idle_channel_is_not_waited_for() {
    check(2, &[(At(0, 10), NOTHING), (Idle(1), announces(10)), (At(0, 11), announces(11))]);
}

#[test]
fn what_an_idle_channel_says_of_time_does_not_count() {
    check(2, &[(At(0, 5), NOTHING), (Idle(1), announces(5)), (At(1, 3), NOTHING), (Active(1), NOTHING)]);
    check(2, &[(Idle(0), NOTHING), (At(0, 9), NOTHING), (At(1, 4), announces(4)), (Idle(1), FALLS_IDLE)]);
}

#[test]
fn who_comes_back_with_an_old_watermark_is_left_out_until_it_has_caught_up() {
    check(
        2,
        &[
            (At(1, 3), NOTHING),
            (Idle(1), NOTHING),
            (At(0, 10), announces(10)),
            (Active(1), NOTHING),
            (At(0, 12), announces(12)),
            (At(1, 11), NOTHING),
            (At(0, 13), announces(13)),
            (At(1, 13), NOTHING),
            // From now on it holds the others back again.
            (At(0, 20), NOTHING),
            (At(1, 15), announces(15)),
        ],
    );
}

#[test]
fn who_comes_back_with_a_watermark_ahead_counts_at_once() {
    check(
        2,
        &[
            (At(1, 20), NOTHING),
            (Idle(1), NOTHING),
            (At(0, 10), announces(10)),
            (Active(1), NOTHING),
            (At(0, 30), announces(20)),
        ],
    );
}

#[test]
fn the_last_to_fall_idle_lets_out_what_it_alone_held_back() {
    let flushed = Change { watermark: Some(Watermark(30)), turned: Some(Turned::Idle) };
    check(
        3,
        &[
            (At(0, 30), NOTHING),
            (At(1, 20), NOTHING),
            (At(2, 10), announces(10)),
            (Idle(0), NOTHING),
            (Idle(1), NOTHING),
            (Idle(2), flushed),
        ],
    );
}

#[test]
fn the_last_to_fall_idle_lets_out_nothing_if_it_was_not_waited_for() {
    check(
        3,
        &[
            (At(0, 20), NOTHING),
            (At(1, 10), NOTHING),
            (Idle(2), announces(10)),
            (Active(2), NOTHING),
            (Idle(0), NOTHING),
            (Idle(1), NOTHING),
            (Idle(2), FALLS_IDLE),
        ],
    );
}

#[test]
fn idleness_and_its_end_are_said_once() {
    check(
        2,
        &[
            (Idle(0), NOTHING),
            (Idle(0), NOTHING),
            (Idle(1), FALLS_IDLE),
            (Idle(1), NOTHING),
            (Active(0), WAKES),
            (Active(0), NOTHING),
            (Active(1), NOTHING),
            (Idle(0), NOTHING),
            (Idle(1), FALLS_IDLE),
        ],
    );
}

#[test]
fn an_ended_channel_is_left_out_for_good() {
    check(
        2,
        &[
            (At(0, 10), NOTHING),
            (End(1), announces(10)),
            (At(1, 5), NOTHING),
            (Active(1), NOTHING),
            (Idle(1), NOTHING),
            (At(0, 11), announces(11)),
            (Idle(0), FALLS_IDLE),
        ],
    );
}

#[test]
fn the_end_of_the_last_active_one_leaves_the_idle_ones_idle() {
    let flushed = Change { watermark: Some(Watermark(20)), turned: Some(Turned::Idle) };
    check(2, &[(At(0, 20), NOTHING), (At(1, 10), announces(10)), (Idle(0), NOTHING), (End(1), flushed)]);
}

#[test]
fn when_all_have_ended_nobody_is_idle() {
    check(2, &[(At(0, 20), NOTHING), (End(0), NOTHING), (End(1), NOTHING)]);
    check(2, &[(Idle(0), NOTHING), (Idle(1), FALLS_IDLE), (End(0), NOTHING), (End(1), NOTHING)]);
}

#[test]
fn a_channel_at_the_end_of_time_holds_nobody_back() {
    check(2, &[(At(0, i64::MAX), NOTHING), (At(1, 10), announces(10)), (Idle(1), announces(i64::MAX))]);
}
