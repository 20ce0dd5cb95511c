//! Inputs kept close to each other in event time, one by one.

use super::*;

/// So many channels, of one input each, that may be ten milliseconds apart.
fn gate(channels: usize) -> Gate {
    Gate::open(GateSpec { drift_max_ms: Some(10), ..spec(&vec![1; channels]) })
}

#[test]
fn who_is_too_far_ahead_waits_until_the_slowest_has_caught_up() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Watermark(11), Thing::Row(1)]);
    gate.bring(1, &[Thing::Watermark(0), Thing::Row(2)]);
    assert_eq!(gate.tell(), [Told::Watermark(0), rows(1, &[2])]);
    gate.bring(1, &[Thing::Watermark(1), Thing::Row(3)]);
    assert_eq!(gate.tell(), [Told::Watermark(1), rows(0, &[1]), rows(1, &[3])]);
}

#[test]
fn who_has_said_nothing_of_time_is_waited_for() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Watermark(0), Thing::Row(1)]);
    gate.bring(1, &[Thing::Row(2)]);
    assert_eq!(gate.tell(), [rows(1, &[2])]);
}

#[test]
fn nobody_waits_for_idle_and_ended_ones() {
    for leaves in [Thing::Idle, Thing::End] {
        let mut gate = gate(2);
        gate.bring(0, &[Thing::Watermark(50), Thing::Row(1)]);
        assert_eq!(gate.tell(), []);
        gate.bring(1, &[leaves]);
        let told = gate.tell();
        assert!(told.contains(&rows(0, &[1])), "{told:?}");
    }
}

#[test]
fn who_wakes_up_behind_makes_those_in_line_wait() {
    let mut gate = gate(2);
    gate.bring(1, &[Thing::Watermark(0), Thing::Idle]);
    gate.bring(0, &[Thing::Watermark(50)]);
    assert_eq!(gate.tell(), [Told::Watermark(0), Told::Watermark(50)]);
    gate.bring(1, &[Thing::Active, Thing::Row(2)]);
    gate.bring(0, &[Thing::Row(1)]);
    assert_eq!(gate.tell(), [rows(1, &[2])]);
    gate.bring(1, &[Thing::Watermark(40)]);
    assert_eq!(gate.tell(), [rows(0, &[1])]);
}

#[test]
fn a_barrier_behind_paused_rows_waits_and_who_has_brought_it_is_not_waited_for() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Watermark(50), Thing::Row(1), aligned(1)]);
    gate.bring(1, &[Thing::Watermark(0), Thing::Row(2)]);
    assert_eq!(gate.tell(), [Told::Watermark(0), rows(1, &[2])]);
    // What the slow one has behind its barrier could never come, if it were waited for.
    gate.bring(1, &[aligned(1), Thing::Watermark(60)]);
    assert_eq!(gate.tell(), [rows(0, &[1]), Told::Barrier(1), Told::Watermark(50)]);
}

#[test]
fn what_overtakes_does_not_wait_for_a_paused_channel() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Watermark(50), Thing::Row(1)]);
    assert_eq!(gate.tell(), []);
    gate.overtake_by(0, 1, 2);
    gate.overtake_by(1, 1, 0);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::InFlight(1, vec![(0, vec![Thing::Row(1)])])]);
}

#[test]
fn behind_the_end_of_time_nobody_waits() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Watermark(i64::MAX), Thing::End]);
    assert_eq!(gate.tell(), [Told::InputEnded(0)]);
}
