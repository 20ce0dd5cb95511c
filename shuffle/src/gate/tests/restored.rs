//! A gate that goes on from captured items, and barriers that come before they are taken.

use super::*;

/// A gate with channels of one input each, and what each of them has of a former life.
fn restored(things: &[&[Thing]]) -> Gate {
    let mut spec = spec(&vec![1; things.len()]);
    let items = |things: &[Thing]| things.iter().map(|thing| thing.item()).collect();
    spec.restored = things.iter().map(|things| items(things)).enumerate().collect();
    Gate::open(spec)
}

#[test]
fn restored_items_come_before_everything_else() {
    let mut gate = restored(&[&[], &[Thing::Row(1), Thing::Watermark(5)], &[Thing::Row(2)]]);
    gate.bring(0, &[Thing::Row(3), Thing::Watermark(7)]);
    gate.bring(2, &[Thing::Row(4), Thing::Watermark(8)]);
    let first = [rows(1, &[1]), rows(2, &[2])];
    let mut told = gate.tell();
    let behind = told.split_off(2);
    assert_eq!(told, first);
    assert_eq!(behind.len(), 3);
    assert_eq!(gate.input_watermark(1), Watermark(5));
    assert_eq!(gate.watermark(), Watermark(5));
}

#[test]
fn an_aligned_barrier_waits_behind_what_another_input_still_restores() {
    let mut gate = restored(&[&[Thing::Row(1), Thing::Row(2)], &[]]);
    gate.bring(1, &[aligned(1), Thing::Row(3)]);
    gate.bring(0, &[aligned(1)]);
    assert_eq!(gate.tell(), [rows(0, &[1]), rows(0, &[2]), Told::Barrier(1), rows(1, &[3])]);
}

#[test]
fn an_unaligned_barrier_captures_what_is_still_restored_once_more() {
    let mut gate = restored(&[&[Thing::Row(1), Thing::Row(2)], &[]]);
    assert_eq!(gate.tell_next(), Some(rows(0, &[1])));
    gate.bring(0, &[Thing::Row(3)]);
    gate.overtake_by(1, 1, 0);
    // The sender counts its own messages: the one before its barrier, not those that were restored.
    gate.overtake_by(0, 1, 1);
    let captured = vec![(0, vec![Thing::Row(2), Thing::Row(3)])];
    let told = [Told::Barrier(1), Told::InFlight(1, captured), rows(0, &[2]), rows(0, &[3])];
    assert_eq!(gate.tell(), told);
}

#[test]
fn a_barrier_that_comes_first_of_all_captures_all_that_is_restored() {
    let mut gate = restored(&[&[Thing::Row(1)], &[Thing::Watermark(2)]]);
    gate.overtake_by(0, 1, 0);
    gate.overtake_by(1, 1, 0);
    let captured = vec![(0, vec![Thing::Row(1)]), (1, vec![Thing::Watermark(2)])];
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::InFlight(1, captured), rows(0, &[1])]);
}

#[test]
fn what_was_captured_comes_out_as_it_would_have() {
    let things = [Thing::Row(1), Thing::Watermark(3), Thing::Idle, Thing::Active, Thing::Row(2)];
    let mut first = gate(1);
    first.bring(0, &things);
    first.overtake_by(0, 1, 5);
    let captured = std::iter::from_fn(|| first.next()).find_map(|arrival| match arrival {
        Arrival::InFlight { channels, .. } => Some(channels),
        _ => None,
    });
    let mut second = Gate::open(GateSpec { restored: captured.unwrap(), ..spec(&[1]) });
    let told = [rows(0, &[1]), Told::Watermark(3), Told::Idle, Told::Active, rows(0, &[2])];
    assert_eq!(second.tell(), told);
}

#[test]
fn a_channel_may_end_right_behind_what_was_restored() {
    let mut gate = restored(&[&[Thing::Row(1)], &[]]);
    gate.bring(0, &[Thing::End]);
    gate.bring(1, &[aligned(1), Thing::End]);
    let told = [rows(0, &[1]), Told::Barrier(1), Told::InputEnded(0), Told::InputEnded(1), Told::End];
    assert_eq!(gate.tell(), told);
}

#[test]
fn what_is_restored_is_not_paused() {
    let mut gate = {
        let mut spec = GateSpec { drift_max_ms: Some(0), ..spec(&[1, 1]) };
        let items = [Thing::Watermark(9), Thing::Row(1)].map(Thing::item);
        spec.restored = vec![(0, items.to_vec())];
        Gate::open(spec)
    };
    gate.bring(0, &[Thing::Row(2)]);
    assert_eq!(gate.tell(), [rows(0, &[1])]);
    gate.bring(1, &[Thing::Watermark(9)]);
    assert_eq!(gate.tell(), [Told::Watermark(9), rows(0, &[2])]);
}

#[test]
#[should_panic(expected = "is never captured")]
fn barriers_are_not_restored() {
    restored(&[&[aligned(1)]]);
}
