//! What a gate would not take, it refuses when it is asked: a peer that keeps to nothing is no bug of ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::interleavings::Random;
use super::*;
use crate::bound::CHANNEL_MESSAGES_MAX;

const SEGMENT: u32 = 1 << 15;

/// Whether receiving it is a bug.
fn panics(gate: &mut Gate, channel: usize, message: Message) -> bool {
    catch_unwind(AssertUnwindSafe(|| gate.receive(channel, message))).is_err()
}

/// Asserts that the gate refuses it, and that it does well to.
#[track_caller]
fn refuses(gate: &mut Gate, message: Message) {
    assert!(!gate.admits(0, &message), "{message:?}");
    assert!(panics(gate, 0, message));
}

#[test]
fn what_is_refused_would_panic_and_what_is_admitted_does_not() {
    let (mut admitted, mut refused) = (0, 0);
    for seed in 0..3000 {
        let (mut random, mut gate) = (Random(seed), gate(2));
        for _ in 0..40 {
            let channel = random.below(2);
            match random.below(12) {
                0 => drop(gate.tell_next()),
                1 => drop(gate.tell()),
                2 => gate.drain_credit(drop),
                3 => gate.wanted(channel, random.any()),
                4 => gate.adapt_credit(random.any()),
                5 => {
                    let barrier = barrier(random.below(4) as u64, random.alignment());
                    if gate.admits_barrier(&barrier) {
                        gate.overtake(channel, barrier, random.any());
                    }
                }
                _ => {
                    let message = random.message(channel);
                    if gate.admits(channel, &message) {
                        gate.receive(channel, message);
                        admitted += 1;
                    } else {
                        assert!(panics(&mut gate, channel, message), "seed {seed}");
                        refused += 1;
                        break;
                    }
                }
            }
        }
    }
    assert!(admitted > 3000 && refused > 1000, "{admitted} were admitted, {refused} refused");
}

impl Random {
    /// A figure that a peer may name, likely or not.
    fn any(&mut self) -> u64 {
        [0, 1, 3, u64::from(SEGMENT), 9 * u64::from(SEGMENT), u64::MAX - 1, u64::MAX][self.below(7)]
    }

    /// A message for this channel, or for one that is not there.
    fn message(&mut self, channel: usize) -> Message {
        let thing = match self.below(16) {
            0..=7 => Thing::Row(self.below(64) as i64),
            8 => Thing::NoRow,
            9 => Thing::Watermark(self.below(9) as i64),
            10 => Thing::Idle,
            11 => Thing::Active,
            12 => Thing::Mark(1),
            13 | 14 => Thing::Barrier(self.below(4) as u64, self.alignment()),
            _ => Thing::End,
        };
        // Not even that events cost nothing is certain.
        let charge = [0, 0, 1, 1, SEGMENT / 2, SEGMENT, 3 * SEGMENT, u32::MAX][self.below(8)];
        message(if self.below(30) == 0 { 9 } else { channel }, charge, thing.item())
    }
}

#[test]
fn behind_an_end_that_was_not_taken_yet_nothing_is_admitted() {
    for taken in [false, true] {
        let mut gate = gate(2);
        gate.bring(0, &[Thing::Row(1), Thing::End]);
        if taken {
            gate.tell();
        }
        assert_eq!(gate.has_ended(0), taken);
        refuses(&mut gate, message(0, 0, Thing::Watermark(1).item()));
    }
}

#[test]
fn a_full_queue_admits_nothing_until_something_is_taken() {
    let mut gate = gate(1);
    let watermark = || message(0, 0, Thing::Watermark(1).item());
    let mut queued = 0;
    while gate.admits(0, &watermark()) {
        gate.receive(0, watermark());
        queued += 1;
    }
    assert_eq!(queued, CHANNEL_MESSAGES_MAX);
    assert_eq!(gate.tell_next(), Some(Told::Watermark(1)));
    assert!(gate.admits(0, &watermark()));
    gate.receive(0, watermark());
    refuses(&mut gate, watermark());
}

#[test]
fn rows_beyond_the_credit_are_not_admitted_but_those_that_cost_nothing_are() {
    let mut gate = gate(1);
    gate.receive(0, message(0, 2 * SEGMENT, Thing::Row(1).item()));
    for free in [Thing::Row(2), Thing::NoRow] {
        let free = message(0, 0, free.item());
        assert!(gate.admits(0, &free));
        gate.receive(0, free);
    }
    refuses(&mut gate, message(0, 1, Thing::Row(3).item()));
}

#[test]
fn a_message_of_another_channel_is_not_admitted() {
    refuses(&mut gate(2), message(1, 0, Thing::Row(1).item()));
}

#[test]
fn by_the_control_lane_only_a_barrier_that_overtakes_is_admitted() {
    for alignment in [Alignment::AtLeastOnce, Alignment::Aligned, Alignment::Unaligned] {
        let (mut gate, barrier) = (gate(1), barrier(1, alignment));
        let taken = catch_unwind(AssertUnwindSafe(|| gate.overtake(0, barrier, 0)));
        assert_eq!(gate.admits_barrier(&barrier), taken.is_ok(), "{alignment:?}");
    }
}
