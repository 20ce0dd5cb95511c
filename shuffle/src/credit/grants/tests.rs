//! Promises of the ledger: against senders that obey their accounts, whatever is late or merged on the way,
//! nobody is stuck, and what may be in flight never adds up to more than the allowance.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::credit::Account;

const ALLOWANCE: Allowance = Allowance { segment_bytes: 100, exclusive_segments: 2, floating_segments: 3 };

/// A channel: its sender, what travels in both lanes, and what waits to be taken.
struct Wire {
    account: Account,
    /// Made and not sent.
    waiting: VecDeque<u32>,
    lane: VecDeque<u32>,
    queue: VecDeque<u32>,
    /// Controls of one kind replace each other, so there is one of each on its way at most.
    want: Option<u64>,
    /// The most that was ever wanted: it is not said twice.
    said: u64,
    credit: Option<(u64, u64)>,
}

#[derive(Clone, Debug)]
enum Step {
    Make(u32),
    Send,
    Receive,
    Consume,
    HearWant,
    Drain,
    HearCredit,
    Adapt(u64),
}

fn steps() -> impl Strategy<Value = Vec<(Index, Step)>> {
    let step = prop_oneof![
        // Of one byte, of up to a segment, and larger than everything.
        4 => prop_oneof![Just(1), 1..=100_u32, 150..1500_u32].prop_map(Step::Make),
        4 => Just(Step::Send),
        3 => Just(Step::Receive),
        3 => Just(Step::Consume),
        2 => Just(Step::HearWant),
        2 => Just(Step::Drain),
        2 => Just(Step::HearCredit),
        1 => (0..2000_u64).prop_map(Step::Adapt),
    ];
    prop::collection::vec((any::<Index>(), step), 0..150)
}

struct World {
    grants: Grants,
    wires: Vec<Wire>,
    limits: Vec<u64>,
}

impl World {
    fn open(channels: usize) -> Self {
        let wire = || Wire {
            account: Account::open(ALLOWANCE.exclusive_bytes()),
            waiting: VecDeque::new(),
            lane: VecDeque::new(),
            queue: VecDeque::new(),
            want: None,
            said: 0,
            credit: None,
        };
        let wires = (0..channels).map(|_| wire()).collect();
        Self { grants: Grants::open(ALLOWANCE, channels), wires, limits: vec![0; channels] }
    }

    /// Answers whether anything has moved.
    fn step(&mut self, channel: usize, step: &Step) -> bool {
        let Self { grants, wires, .. } = self;
        let wire = &mut wires[channel];
        let moved = match step {
            Step::Make(charge) => {
                wire.waiting.push_back(*charge);
                true
            }
            Step::Send => wire.send(),
            Step::Receive => wire.lane.pop_front().is_some_and(|charge| {
                grants.receive(channel, charge);
                wire.queue.push_back(charge);
                true
            }),
            Step::Consume => wire.queue.pop_front().is_some_and(|charge| {
                grants.consume(channel, u64::from(charge));
                true
            }),
            Step::HearWant => wire.want.take().is_some_and(|bytes| {
                grants.want(channel, bytes);
                true
            }),
            Step::Drain => {
                let mut heard = false;
                grants.drain(|channel, consumed, limit| {
                    heard = true;
                    wires[channel].credit = Some((consumed, limit));
                });
                heard
            }
            Step::HearCredit => wire.credit.take().is_some_and(|(consumed, limit)| {
                wire.account.credit(consumed, limit);
                true
            }),
            Step::Adapt(bytes) => {
                grants.adapt(*bytes);
                false
            }
        };
        self.check();
        moved
    }

    fn check(&mut self) {
        let mut open = 0;
        for (ledger, limit) in self.grants.ledgers.iter().zip(&mut self.limits) {
            assert!(ledger.limit >= *limit, "a limit fell");
            *limit = ledger.limit;
            open += ledger.limit.saturating_sub(ledger.consumed);
        }
        assert!(open <= ALLOWANCE.total_bytes(self.wires.len()), "{open} bytes may be in flight");
    }

    /// Everything that can move moves, until nothing can.
    fn settle(&mut self) {
        let all = [Step::Send, Step::HearWant, Step::Receive, Step::Consume, Step::Drain, Step::HearCredit];
        // Each round in which something moves takes at least one of finitely many messages on.
        for _round in 0..100_000 {
            let moves = (0..self.wires.len()).flat_map(|channel| all.iter().map(move |step| (channel, step)));
            let moved = moves.filter(|(channel, step)| self.step(*channel, step)).count();
            if moved == 0 {
                return;
            }
        }
        panic!("it never comes to rest");
    }
}

impl Wire {
    /// Sends what the account admits, and says what it would send if it is stopped.
    fn send(&mut self) -> bool {
        let mut sent = false;
        while let Some(charge) = self.waiting.pop_front_if(|charge| self.account.admits(*charge)) {
            self.account.spend(charge);
            self.lane.push_back(charge);
            sent = true;
        }
        let waiting: u64 = self.waiting.iter().map(|charge| u64::from(*charge)).sum();
        let wants = self.account.sent() + waiting;
        let news = waiting > 0 && wants > self.said;
        if news {
            self.said = wants;
            self.want = Some(wants);
        }
        sent || news
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_stuck_and_the_allowance_is_kept(channels in 1..6_usize, steps in steps()) {
        let mut world = World::open(channels);
        for (channel, step) in steps {
            world.step(channel.index(channels), &step);
        }
        world.settle();
        for (channel, wire) in world.wires.iter().enumerate() {
            prop_assert!(wire.waiting.is_empty(), "channel {} is stuck", channel);
            prop_assert_eq!(world.grants.ledgers[channel].consumed, wire.account.sent());
        }
    }
}

/// What the senders hear now.
fn words(grants: &mut Grants) -> Vec<(usize, u64, u64)> {
    let mut words = Vec::new();
    grants.drain(|channel, consumed, limit| words.push((channel, consumed, limit)));
    words
}

fn pass(grants: &mut Grants, channel: usize, charge: u32) {
    grants.receive(channel, charge);
    grants.consume(channel, u64::from(charge));
}

#[test]
fn a_trickle_is_answered_once_for_half_of_the_exclusive_part() {
    let mut grants = Grants::open(ALLOWANCE, 1);
    for _ in 0..9 {
        pass(&mut grants, 0, 10);
        assert_eq!(words(&mut grants), []);
    }
    pass(&mut grants, 0, 10);
    assert_eq!(words(&mut grants), [(0, 100, 300)]);
    assert_eq!(words(&mut grants), []);
}

#[test]
fn a_sender_that_is_short_hears_of_every_change() {
    let mut grants = Grants::open(Allowance { floating_segments: 0, ..ALLOWANCE }, 1);
    grants.want(0, 1000);
    assert_eq!(words(&mut grants), []);
    pass(&mut grants, 0, 1);
    assert_eq!(words(&mut grants), [(0, 1, 201)]);
}

#[test]
fn floating_credit_goes_round_a_segment_at_a_time() {
    let mut grants = Grants::open(ALLOWANCE, 3);
    grants.want(0, 9999);
    assert_eq!(words(&mut grants), [(0, 0, 500)]);
    grants.want(1, 9999);
    grants.want(2, 9999);
    assert_eq!(words(&mut grants), []);
    // The first to ask has asked again before the others came; then it is their turn.
    for expect in [(0, 100, 600), (1, 0, 300), (2, 0, 300)] {
        pass(&mut grants, 0, 100);
        assert!(words(&mut grants).contains(&expect), "{expect:?}");
    }
    pass(&mut grants, 0, 100);
    assert_eq!([0, 1, 2].map(|channel| grants.ledgers[channel].floating), [100, 100, 100]);
}

#[test]
fn floating_credit_that_nobody_wants_comes_back() {
    let mut grants = Grants::open(ALLOWANCE, 2);
    grants.want(0, 500);
    assert_eq!((words(&mut grants), grants.lent), (vec![(0, 0, 500)], 300));
    (0..5).for_each(|_| pass(&mut grants, 0, 60));
    assert_eq!((grants.lent, grants.ledgers[0].limit), (0, 500));
    grants.want(1, 300);
    assert_eq!((grants.lent, grants.ledgers[1].limit), (100, 300));
}

#[test]
fn a_channel_that_ends_leaves_its_floating_credit_to_those_in_line() {
    let mut grants = Grants::open(ALLOWANCE, 2);
    grants.want(0, 9999);
    grants.want(1, 9999);
    grants.end(0);
    assert_eq!(words(&mut grants), [(1, 0, 500)]);
    assert_eq!(grants.lent, 300);
}

#[test]
#[should_panic(expected = "channel 0 sent 201 bytes of 200")]
fn who_sends_without_credit_is_noticed() {
    let mut grants = Grants::open(ALLOWANCE, 1);
    grants.receive(0, 150);
    grants.receive(0, 51);
}

#[test]
fn fewer_bytes_in_flight_take_the_floating_part_first_and_leave_a_segment_each() {
    let mut grants = Grants::open(ALLOWANCE, 2);
    grants.adapt(0);
    assert_eq!((grants.exclusive, grants.floating), (100, 0));
    // The limit that was given stands; it moves on when more than a segment's worth is left of it no more.
    pass(&mut grants, 0, 60);
    assert_eq!(grants.ledgers[0].limit, 200);
    pass(&mut grants, 0, 60);
    assert_eq!(grants.ledgers[0].limit, 220);
    grants.adapt(u64::MAX);
    assert_eq!((grants.exclusive, grants.floating), (200, 300));
    assert_eq!(grants.ledgers[1].limit, 200);
    assert_eq!(grants.ledgers[0].limit, 320);
}
