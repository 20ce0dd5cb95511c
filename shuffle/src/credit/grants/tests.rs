//! Grants against senders with accounts, and against the sums that must hold.

use std::collections::VecDeque;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::credit::Account;

const SEGMENT: u64 = 100;

/// One sender and what lies between it and the gate, in both directions.
struct Sender {
    account: Account,
    /// Charges of what it still has to send.
    waiting: VecDeque<u32>,
    /// What it has asked for.
    asked: u64,
    messages: VecDeque<u32>,
    wishes: VecDeque<u64>,
    credits: VecDeque<(u64, u64)>,
    /// What is queued in the gate.
    queued: VecDeque<u32>,
    limit: u64,
    consumed: u64,
}

/// What happens next, to the channel that is named with it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Arrive,
    Hear,
    Take,
    Credit,
    Adapt(u64),
}

struct World {
    grants: Grants,
    allowance: Allowance,
    senders: Vec<Sender>,
}

impl World {
    fn open(allowance: Allowance, charges: Vec<Vec<u32>>) -> Self {
        let sender = |waiting: Vec<u32>| Sender {
            account: Account::open(allowance.opening_bytes()),
            waiting: waiting.into(),
            asked: 0,
            messages: VecDeque::new(),
            wishes: VecDeque::new(),
            credits: VecDeque::new(),
            queued: VecDeque::new(),
            limit: allowance.opening_bytes(),
            consumed: 0,
        };
        let grants = Grants::open(allowance, charges.len());
        Self { grants, allowance, senders: charges.into_iter().map(sender).collect() }
    }

    /// Whether something has happened.
    fn step(&mut self, channel: usize, step: Step) -> bool {
        let sender = &mut self.senders[channel];
        match step {
            Step::Send => sender.send(),
            Step::Arrive => sender.messages.pop_front().is_some_and(|charge| {
                self.grants.receive(channel, charge);
                sender.queued.push_back(charge);
                true
            }),
            Step::Hear => {
                let wish = sender.wishes.pop_front();
                wish.inspect(|wish| self.grants.want(channel, *wish)).is_some()
            }
            Step::Take => sender.queued.pop_front().is_some_and(|charge| {
                self.grants.consume(channel, u64::from(charge));
                sender.consumed += u64::from(charge);
                true
            }),
            Step::Credit => self.credit(),
            Step::Adapt(bytes) => {
                self.grants.adapt(bytes);
                false
            }
        }
    }

    /// The turn of the gate is over, and its words arrive.
    fn credit(&mut self) -> bool {
        let senders = &mut self.senders;
        self.grants.drain(|channel, consumed, limit| senders[channel].credits.push_back((consumed, limit)));
        let mut heard = false;
        for sender in senders {
            for (consumed, limit) in sender.credits.drain(..) {
                assert!(limit >= sender.limit, "a limit fell");
                assert_eq!(consumed, sender.consumed);
                sender.limit = limit;
                sender.account.credit(consumed, limit);
                heard = true;
            }
        }
        heard
    }

    /// What the senders may have on the way is never more than there is.
    fn check(&self) {
        let ledgers = self.grants.ledgers.iter();
        let granted: u64 = ledgers.map(|ledger| ledger.limit.saturating_sub(ledger.consumed)).sum();
        assert!(granted <= self.allowance.total_bytes(self.senders.len()), "{granted} were granted");
        for sender in &self.senders {
            let on_the_way: u64 = sender.messages.iter().chain(&sender.queued).copied().map(u64::from).sum();
            assert!(on_the_way <= sender.limit - sender.consumed.min(sender.limit) || sender.is_alone());
        }
    }

    /// Lets everything happen until nothing more does.
    fn run_out(&mut self) {
        let fair = [Step::Send, Step::Arrive, Step::Hear, Step::Take, Step::Credit];
        loop {
            let mut moved = false;
            for step in fair {
                for channel in 0..self.senders.len() {
                    moved |= self.step(channel, step);
                    self.check();
                }
            }
            if !moved {
                return;
            }
        }
    }
}

impl Sender {
    /// Sends a message, or asks for the credit it lacks, once for each limit.
    fn send(&mut self) -> bool {
        let Some(charge) = self.waiting.front().copied() else { return false };
        if self.account.admits(charge) {
            self.account.spend(charge);
            self.waiting.pop_front();
            self.messages.push_back(charge);
            return true;
        }
        let asks = self.asked <= self.account.limit();
        if asks {
            self.asked = self.account.sent() + self.waiting.iter().copied().map(u64::from).sum::<u64>();
            self.wishes.push_back(self.asked);
        }
        asks
    }

    /// Whether all that is on the way is one message, and those that cost nothing.
    fn is_alone(&self) -> bool {
        self.messages.iter().chain(&self.queued).filter(|charge| **charge > 0).count() == 1
    }
}

fn charges() -> impl Strategy<Value = Vec<u32>> {
    let charge = prop_oneof![4 => 1..100_u32, 2 => Just(100), 1 => Just(0), 1 => 100..1000_u32];
    prop::collection::vec(charge, 0..40)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Send),
        4 => Just(Step::Arrive),
        2 => Just(Step::Hear),
        4 => Just(Step::Take),
        2 => Just(Step::Credit),
        1 => (0..3000_u64).prop_map(Step::Adapt),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nobody_is_stuck_nothing_is_lost_and_the_budget_holds(
        channels in prop::collection::vec(charges(), 1..6),
        exclusive_segments in 1..4_u32,
        gate_segments in 0..12_u32,
        floating_segments in 0..4_u32,
        steps in prop::collection::vec((any::<Index>(), step()), 0..200),
    ) {
        let segment_bytes = SEGMENT as u32;
        let allowance = Allowance { segment_bytes, exclusive_segments, gate_segments, floating_segments };
        let totals: Vec<u64> =
            channels.iter().map(|charges| charges.iter().copied().map(u64::from).sum()).collect();
        let mut world = World::open(allowance, channels);
        for (channel, step) in steps {
            world.step(channel.index(totals.len()), step);
            world.check();
        }
        world.run_out();
        let consumed: Vec<u64> = world.senders.iter().map(|sender| sender.consumed).collect();
        prop_assert_eq!(consumed, totals);
        prop_assert!(world.senders.iter().all(|sender| sender.waiting.is_empty()));
        prop_assert_eq!(world.grants.lent, 0, "floating credit was not given back");
    }
}

/// Two segments for each of so many channels, and so many that float.
fn grants(channels: usize, floating_segments: u32) -> Grants {
    Grants::open(
        Allowance {
            segment_bytes: SEGMENT as u32,
            exclusive_segments: 2,
            gate_segments: 0,
            floating_segments,
        },
        channels,
    )
}

/// The words of a turn: channel, consumed, limit.
fn words(grants: &mut Grants) -> Vec<(usize, u64, u64)> {
    let mut words = Vec::new();
    grants.drain(|channel, consumed, limit| words.push((channel, consumed, limit)));
    words
}

#[test]
fn a_trickle_is_not_answered_one_for_one() {
    let mut grants = grants(1, 0);
    for _ in 0..9 {
        grants.receive(0, 10);
        grants.consume(0, 10);
        assert_eq!(words(&mut grants), []);
    }
    grants.receive(0, 10);
    grants.consume(0, 10);
    assert_eq!(words(&mut grants), [(0, 100, 300)]);
}

#[test]
fn a_gate_of_few_channels_gives_each_more_as_soon_as_it_is_asked() {
    let allowance = Allowance {
        segment_bytes: SEGMENT as u32,
        exclusive_segments: 2,
        gate_segments: 8,
        floating_segments: 0,
    };
    for (channels, limit) in [(1, 800), (2, 400), (3, 200), (4, 200), (9, 200)] {
        let mut grants = Grants::open(allowance, channels);
        grants.receive(0, 200);
        assert!(!grants.admits(0, 1), "its sender has not heard of more than two segments yet");
        assert_eq!(words(&mut grants), []);
        grants.want(0, 201);
        let expected = if limit > 200 { vec![(0, 0, limit)] } else { vec![] };
        assert_eq!(words(&mut grants), expected, "{channels} channels");
    }
}

#[test]
fn a_sender_that_stands_still_hears_of_every_byte() {
    let mut grants = grants(1, 0);
    grants.receive(0, 150);
    grants.want(0, 500);
    assert_eq!(words(&mut grants), []);
    grants.consume(0, 1);
    assert_eq!(words(&mut grants), [(0, 1, 201)]);
}

#[test]
fn those_in_line_get_a_segment_each() {
    let mut grants = grants(3, 3);
    grants.want(0, 250);
    grants.want(1, 1000);
    grants.want(2, 1000);
    assert_eq!(words(&mut grants), [(0, 0, 300), (1, 0, 400)]);
    // What comes back goes to the one that has stood there longest, and then it stands behind the other.
    grants.receive(0, 250);
    grants.consume(0, 250);
    assert_eq!(words(&mut grants), [(1, 0, 500), (0, 250, 450)]);
    grants.receive(1, 100);
    grants.consume(1, 100);
    assert_eq!(words(&mut grants), [(2, 0, 300), (1, 100, 500)]);
}

#[test]
fn floating_credit_goes_from_one_that_still_wants_it_to_one_that_waits() {
    let mut grants = grants(2, 1);
    grants.want(0, 10_000);
    grants.want(1, 10_000);
    assert_eq!(words(&mut grants), [(0, 0, 300)]);
    grants.receive(0, 200);
    grants.consume(0, 100);
    assert_eq!(words(&mut grants), [(0, 100, 400)]);
    grants.consume(0, 100);
    assert_eq!(words(&mut grants), [(1, 0, 300), (0, 200, 400)]);
}

#[test]
fn nobody_wants_it_and_floating_credit_comes_back() {
    let mut grants = grants(1, 1);
    grants.want(0, 300);
    grants.receive(0, 300);
    assert_eq!(grants.lent, SEGMENT);
    grants.consume(0, 300);
    assert_eq!((grants.lent, words(&mut grants)), (0, vec![(0, 300, 500)]));
}

#[test]
fn an_end_frees_what_the_channel_has_and_is_told_nothing() {
    let mut grants = grants(2, 1);
    grants.want(0, 1000);
    grants.want(1, 1000);
    grants.end(0);
    assert_eq!(words(&mut grants), [(1, 0, 300)]);
}

#[test]
fn a_cut_shows_as_rows_are_taken_and_no_limit_falls() {
    let mut grants = grants(1, 1);
    grants.adapt(0);
    assert_eq!(words(&mut grants), []);
    grants.receive(0, 200);
    grants.consume(0, 100);
    assert_eq!(words(&mut grants), [(0, 100, 200)]);
    grants.consume(0, 100);
    assert_eq!(words(&mut grants), [(0, 200, 300)]);
    grants.adapt(u64::MAX);
    grants.want(0, 1000);
    assert_eq!(words(&mut grants), [(0, 200, 500)]);
}

#[test]
fn when_the_exclusive_part_grows_the_limit_does_not_carry_floating_credit_beyond_what_is_wanted() {
    let mut grants = grants(3, 2);
    grants.want(0, 302);
    grants.receive(0, 200);
    grants.adapt(0);
    grants.consume(0, 75);
    grants.adapt(700);
    grants.adapt(0);
    assert_eq!(words(&mut grants), [(0, 75, 400)]);
    grants.receive(0, 102);
    grants.consume(0, 227);
    assert_eq!(grants.lent, 0);
}

#[test]
fn a_message_larger_than_any_limit_comes_alone() {
    let mut grants = grants(1, 0);
    grants.receive(0, 5000);
    grants.want(0, 5001);
    grants.consume(0, 5000);
    assert_eq!(words(&mut grants), [(0, 5000, 5200)]);
}

#[test]
#[should_panic(expected = "channel 0 sent 201 bytes of 200")]
fn more_than_was_granted_is_a_bug() {
    let mut grants = grants(1, 1);
    grants.receive(0, 1);
    grants.receive(0, 200);
}
