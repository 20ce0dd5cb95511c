//! A gate that begins with what a checkpoint has captured, and barriers that come meanwhile.

use super::*;
use Alignment::{Aligned, AtLeastOnce, Unaligned};
use Thing::{Barrier as B, End, Row, Watermark as W};

fn row(channel: usize, number: i64) -> Told {
    Told::Rows(channel, vec![number])
}

/// A gate with so many inputs of one channel each.
fn restored(inputs: usize, items: &[(usize, &[Thing])]) -> Gate {
    let mut spec = spec(&vec![1; inputs]);
    let items =
        items.iter().map(|(channel, things)| (*channel, things.iter().map(|thing| thing.item()).collect()));
    spec.restored = items.collect();
    Gate::open(spec)
}

#[test]
fn restored_items_come_before_everything_else() {
    let mut gate = restored(2, &[(1, &[Row(1), Row(2)])]);
    gate.bring(0, &[Row(3)]);
    gate.bring(1, &[Row(4)]);
    let told = gate.tell();
    assert_eq!(told[..2], [row(1, 1), row(1, 2)]);
    assert!(told[2..].contains(&row(0, 3)) && told[2..].contains(&row(1, 4)));
}

#[test]
fn restored_watermarks_count() {
    let mut gate = restored(2, &[(0, &[W(5)]), (1, &[W(7), Row(1)])]);
    assert_eq!(gate.tell(), [Told::Watermark(5), row(1, 1)]);
}

#[test]
fn one_input_is_restoring_while_the_other_brings_an_aligned_barrier() {
    for alignment in [Aligned, AtLeastOnce] {
        let mut gate = restored(2, &[(0, &[Row(1), Row(2)])]);
        gate.bring(1, &[B(1, alignment)]);
        gate.bring(0, &[Row(3), B(1, alignment)]);
        assert_eq!(gate.tell(), [row(0, 1), row(0, 2), row(0, 3), Told::Barrier(1)]);
    }
}

#[test]
fn one_input_is_restoring_while_the_other_brings_an_unaligned_barrier() {
    let mut gate = restored(2, &[(0, &[Row(1), Row(2)])]);
    assert_eq!(gate.tell_next(), Some(row(0, 1)));
    gate.overtake(1, barrier(1, Unaligned), 0);
    assert_eq!(gate.tell_next(), Some(Told::Barrier(1)));
    // What is left of a former life belongs to this checkpoint again, and so does what came before the barrier.
    gate.bring(0, &[Row(3), Row(4)]);
    gate.overtake(0, barrier(1, Unaligned), 1);
    let captured = vec![(0, vec![Row(2), Row(3)])];
    assert_eq!(gate.tell(), [Told::InFlight(1, captured), row(0, 2), row(0, 3), row(0, 4)]);
}

#[test]
fn a_restoring_channel_brings_an_unaligned_barrier_of_its_own() {
    let mut gate = restored(1, &[(0, &[Row(1)])]);
    gate.overtake(0, barrier(1, Unaligned), 0);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::InFlight(1, vec![(0, vec![Row(1)])]), row(0, 1)]);
}

#[test]
fn a_barrier_comes_when_a_restoring_channel_ends() {
    let mut gate = restored(2, &[(0, &[Row(1)])]);
    gate.bring(0, &[End]);
    gate.overtake(1, barrier(1, Unaligned), 0);
    let captured = vec![(0, vec![Row(1)])];
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::InFlight(1, captured), row(0, 1), Told::InputEnded(0)]);
}

#[test]
fn what_was_captured_can_be_restored() {
    let mut first = gate(2);
    first.bring(0, &[Row(1), W(3), Row(2)]);
    first.bring(1, &[Row(4)]);
    first.overtake(0, barrier(1, Unaligned), 3);
    first.overtake(1, barrier(1, Unaligned), 1);
    let captured = std::iter::from_fn(|| first.next()).find_map(|arrival| match arrival {
        Arrival::InFlight { channels, .. } => Some(channels),
        _ => None,
    });
    let mut second = Gate::open(GateSpec { restored: captured.unwrap(), ..spec(&[2]) });
    second.bring(1, &[W(9)]);
    assert_eq!(second.tell(), [row(0, 1), row(0, 2), row(1, 4), Told::Watermark(3)]);
}
