//! What a valve promises, one by one.

use super::*;

/// What a channel says.
#[derive(Clone, Copy)]
enum Says {
    Time(i64),
    Idle,
    Active,
    End,
}

use Says::{Active, End, Idle, Time};

/// What the subtask is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Time(i64),
    Idle,
    Active,
}

/// Channels say something, one after the other; the subtask is told exactly this.
#[track_caller]
fn check(channels: usize, said: &[(usize, Says)], told: &[Told]) {
    let mut valve = Valve::open(channels);
    let mut heard = Vec::new();
    for (channel, says) in said {
        let Change { watermark, turned } = match says {
            Time(time) => valve.advance(*channel, Watermark(*time)),
            Idle => valve.fall_idle(*channel),
            Active => valve.wake(*channel),
            End => valve.end(*channel),
        };
        heard.extend(watermark.map(|Watermark(time)| Told::Time(time)));
        heard.extend(turned.map(|turned| match turned {
            Turned::Idle => Told::Idle,
            Turned::Active => Told::Active,
        }));
        assert_eq!(
            valve.active_watermark(*channel).is_some(),
            valve.channels[*channel].state == State::Active
        );
    }
    assert_eq!(heard, told);
}

#[test]
fn one_channel_passes_on_what_is_news() {
    check(1, &[(0, Time(3)), (0, Time(3)), (0, Time(2)), (0, Time(4))], &[Told::Time(3), Told::Time(4)]);
}

#[test]
fn the_least_is_announced_when_every_channel_has_spoken() {
    check(3, &[(0, Time(10)), (1, Time(20))], &[]);
    check(3, &[(0, Time(10)), (1, Time(20)), (2, Time(15))], &[Told::Time(10)]);
    check(2, &[(0, Time(10)), (1, Time(20)), (0, Time(30))], &[Told::Time(10), Told::Time(20)]);
}

#[test]
fn who_falls_idle_is_not_waited_for() {
    check(2, &[(0, Time(10)), (1, Idle)], &[Told::Time(10)]);
    check(2, &[(0, Time(10)), (1, Time(5)), (1, Idle), (0, Time(11))], &[5, 10, 11].map(Told::Time));
}

#[test]
fn what_an_idle_channel_says_of_time_is_not_heard() {
    check(2, &[(1, Idle), (1, Time(50)), (0, Time(7)), (1, Active), (0, Time(8))], &[7, 8].map(Told::Time));
}

#[test]
fn who_comes_back_behind_holds_nobody_back_until_it_has_caught_up() {
    let behind = [(0, Time(10)), (1, Time(5)), (1, Idle), (1, Active), (0, Time(12)), (1, Time(8))];
    check(2, &behind, &[5, 10, 12].map(Told::Time));
    let caught_up = [&behind[..], &[(1, Time(12)), (0, Time(20))]].concat();
    check(2, &caught_up, &[5, 10, 12].map(Told::Time));
    let goes_on = [&caught_up[..], &[(1, Time(14))]].concat();
    check(2, &goes_on, &[5, 10, 12, 14].map(Told::Time));
}

#[test]
fn who_comes_back_level_counts_at_once() {
    let said = [(0, Time(10)), (1, Time(10)), (1, Idle), (1, Active), (0, Time(12))];
    check(2, &said, &[Told::Time(10)]);
}

#[test]
fn only_those_behind_are_active_and_time_stands_still() {
    let said = [(0, Time(10)), (1, Time(5)), (1, Idle), (1, Active), (0, Idle), (1, Time(7)), (1, Time(11))];
    check(2, &said, &[5, 10, 11].map(Told::Time));
}

#[test]
fn the_last_one_that_held_the_others_back_lets_the_greatest_go() {
    let said = [(0, Time(10)), (1, Time(20)), (2, Time(5)), (1, Idle), (0, Idle), (2, Idle)];
    check(3, &said, &[Told::Time(5), Told::Time(20), Told::Idle]);
}

#[test]
fn the_last_one_that_held_nobody_back_lets_nothing_go() {
    // Channel 1 is behind what was announced, so it was not what the others waited for.
    let said = [(0, Time(10)), (1, Time(5)), (1, Idle), (1, Active), (0, Idle), (1, Idle)];
    check(2, &said, &[Told::Time(5), Told::Time(10), Told::Idle]);
}

#[test]
fn idle_and_active_are_told_once() {
    let said = [(0, Idle), (0, Idle), (1, Idle), (1, Idle), (1, Active), (1, Active), (0, Active)];
    check(2, &said, &[Told::Idle, Told::Active]);
}

#[test]
fn nobody_is_idle_before_all_are() {
    check(3, &[(0, Idle), (1, Idle)], &[]);
    check(3, &[(0, Idle), (1, Idle), (2, End)], &[Told::Idle]);
}

#[test]
fn who_has_ended_is_left_out() {
    check(2, &[(0, Time(10)), (1, End), (0, Time(11))], &[10, 11].map(Told::Time));
    check(3, &[(0, Time(10)), (1, End), (2, End)], &[Told::Time(10)]);
}

#[test]
fn an_end_that_leaves_only_idle_ones_lets_the_greatest_of_them_go() {
    let said = [(0, Time(10)), (1, Time(5)), (0, Idle), (1, End)];
    check(2, &said, &[Told::Time(5), Told::Time(10), Told::Idle]);
}

#[test]
fn the_end_of_an_idle_one_changes_nothing() {
    check(2, &[(0, Idle), (0, End), (1, Time(3))], &[Told::Time(3)]);
    check(2, &[(0, Idle), (1, Idle), (0, End), (1, Active)], &[Told::Idle, Told::Active]);
}

#[test]
fn all_ended_is_not_idle() {
    check(2, &[(0, Time(4)), (1, Time(4)), (0, End), (1, End)], &[Told::Time(4)]);
    check(1, &[(0, Idle), (0, End)], &[Told::Idle]);
}

#[test]
fn behind_an_end_nothing_is_heard() {
    check(2, &[(1, End), (1, Idle), (1, Active), (1, Time(1)), (0, Time(2))], &[Told::Time(2)]);
}

#[test]
fn the_end_of_time_is_announced_like_any_other() {
    check(2, &[(0, Time(i64::MAX)), (1, Time(3)), (1, Time(i64::MAX))], &[3, i64::MAX].map(Told::Time));
}
