//! Credit, from the message to the word that gives it back.

use super::*;
use crate::credit::Account;
use Thing::Row;

const SEGMENT: u32 = 1 << 15;

fn words(gate: &mut Gate) -> Vec<Control> {
    let mut words = Vec::new();
    gate.drain_credit(|word| words.push(word));
    words
}

#[test]
fn credit_comes_back_when_rows_are_handed_out() {
    let mut gate = gate(2);
    let mut account = Account::open(spec(&[2]).allowance.exclusive_bytes());
    for number in 0..2 {
        account.spend(SEGMENT);
        gate.receive(1, message(1, SEGMENT, Row(number).item()));
    }
    assert!(!account.admits(1));
    assert_eq!(words(&mut gate), []);
    assert_eq!(gate.tell().len(), 2);
    let segment = u64::from(SEGMENT);
    let word = Control::Credit { channel: ChannelId(1), consumed: 2 * segment, limit: 4 * segment };
    assert_eq!(words(&mut gate), [word]);
    account.credit(2 * segment, 4 * segment);
    assert!(account.admits(2 * SEGMENT));
}

#[test]
fn rows_of_a_blocked_channel_keep_their_credit() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Barrier(1, Alignment::Aligned)]);
    gate.receive(0, message(0, SEGMENT, Row(1).item()));
    assert_eq!(gate.tell(), []);
    assert_eq!(words(&mut gate), []);
    gate.bring(1, &[Thing::Barrier(1, Alignment::Aligned)]);
    assert_eq!(gate.tell().len(), 2);
    assert_eq!(words(&mut gate).len(), 1);
}

#[test]
fn who_wants_more_gets_floating_credit() {
    let mut gate = gate(2);
    let segment = u64::from(SEGMENT);
    gate.wanted(0, 100 * segment);
    let word = Control::Credit { channel: ChannelId(0), consumed: 0, limit: 10 * segment };
    assert_eq!(words(&mut gate), [word]);
}

#[test]
fn empty_batches_give_their_credit_back_too() {
    let mut gate = gate(1);
    gate.receive(0, message(0, SEGMENT, Thing::NoRow.item()));
    assert_eq!(gate.tell(), []);
    assert_eq!(words(&mut gate).len(), 1);
}

#[test]
fn a_slow_receiver_gets_less_in_flight() {
    let mut gate = gate(1);
    let (mut account, second) = (Account::open(2 * u64::from(SEGMENT)), 1_000_000_000);
    // A kilobyte a second, for long enough.
    for _ in 0..200 {
        account.spend(1024);
        gate.receive(0, message(0, 1024, Row(1).item()));
        assert_eq!(gate.tell().len(), 1);
        gate.adapt_credit(second);
        for word in words(&mut gate) {
            let Control::Credit { consumed, limit, .. } = word else { panic!("{word:?}") };
            account.credit(consumed, limit);
        }
    }
    // There is no floating credit any more, and of the exclusive part a segment.
    gate.wanted(0, u64::MAX);
    let told = words(&mut gate);
    let [Control::Credit { consumed, limit, .. }] = told[..] else { panic!("{told:?}") };
    assert_eq!((consumed, limit), (account.sent(), account.sent() + u64::from(SEGMENT)));
}
