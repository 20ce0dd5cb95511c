//! What a gate tells its senders of their credit.

use super::*;
use crate::credit::Account;

const SEGMENT: u64 = 1 << 15;

/// A message with one row that costs so much.
fn costly(channel: usize, charge: u64) -> Message {
    message(channel, charge as u32, Thing::Row(1).item())
}

impl Gate {
    /// Channel, bytes consumed and limit of each word to a sender.
    fn credit(&mut self) -> Vec<(u32, u64, u64)> {
        let mut told = Vec::new();
        self.drain_credit(|control| match control {
            Control::Credit { channel, consumed, limit } => told.push((channel.0, consumed, limit)),
            other => panic!("{other:?} is not for a sender"),
        });
        told
    }
}

#[test]
fn credit_comes_back_when_rows_are_handed_out() {
    let mut gate = gate(1);
    gate.receive(0, costly(0, SEGMENT));
    assert_eq!(gate.credit(), []);
    gate.tell();
    assert_eq!(gate.credit(), [(0, SEGMENT, 3 * SEGMENT)]);
    assert_eq!(gate.credit(), []);
}

#[test]
fn there_is_one_word_for_a_channel_and_turn() {
    let mut gate = gate(3);
    for channel in [0, 2, 0] {
        gate.receive(channel, costly(channel, SEGMENT));
    }
    gate.tell();
    assert_eq!(gate.credit(), [(0, 2 * SEGMENT, 4 * SEGMENT), (2, SEGMENT, 3 * SEGMENT)]);
}

#[test]
fn a_blocked_channel_gives_nothing_back() {
    let mut gate = gate(2);
    gate.bring(0, &[aligned(1)]);
    gate.receive(0, costly(0, 2 * SEGMENT));
    gate.tell();
    assert_eq!(gate.credit(), []);
    gate.bring(1, &[aligned(1)]);
    gate.tell();
    assert_eq!(gate.credit(), [(0, 2 * SEGMENT, 4 * SEGMENT)]);
}

#[test]
fn who_wants_more_gets_what_floats() {
    let mut gate = gate(2);
    gate.wanted(1, 5 * SEGMENT);
    assert_eq!(gate.credit(), [(1, 0, 5 * SEGMENT)]);
}

#[test]
fn events_cost_nothing() {
    let mut gate = gate(1);
    gate.bring(0, &[Thing::Watermark(1), Thing::Idle, Thing::Active, aligned(1)]);
    gate.tell();
    assert_eq!(gate.credit(), []);
}

#[test]
fn a_slow_subtask_is_given_less_until_it_is_fast_again() {
    let mut gate = gate(1);
    let mut account = Account::open(2 * SEGMENT);
    // Takes half a segment in a second, then all there is in a millisecond.
    for (charge, elapsed_ns, room) in
        [(SEGMENT / 2, 1_000_000_000, SEGMENT), (SEGMENT / 2, 1_000_000, 2 * SEGMENT)]
    {
        for _ in 0..200 {
            gate.receive(0, costly(0, charge));
            account.spend(charge as u32);
            gate.tell();
            gate.adapt_credit(elapsed_ns);
            gate.wanted(0, account.sent() + charge);
            gate.credit().iter().for_each(|(_, consumed, limit)| account.credit(*consumed, *limit));
        }
        // Some of it may not have been worth a word.
        assert!(account.room().abs_diff(room) <= SEGMENT / 2, "{} for {room}", account.room());
    }
}

#[test]
#[should_panic(expected = "channel 0 sent")]
fn a_sender_without_credit_is_a_bug() {
    let mut gate = gate(1);
    gate.receive(0, costly(0, 2 * SEGMENT));
    gate.receive(0, costly(0, 1));
}
