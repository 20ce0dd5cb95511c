//! Promises of a simulated network.

use std::collections::BTreeMap;

use super::*;
use crate::sim::Delay;

/// Endpoints are numbers.
struct Net {
    wires: Wires<u32>,
    now_ns: u64,
    got: BTreeMap<ConnectionId, Vec<u8>>,
    pieces: Vec<(ConnectionId, usize)>,
    closed: BTreeMap<ConnectionId, String>,
}

fn net(seed: u64, faults: WireFaults) -> Net {
    Net {
        wires: Wires::new(Random::new(seed), faults),
        now_ns: 0,
        got: BTreeMap::new(),
        pieces: Vec::new(),
        closed: BTreeMap::new(),
    }
}

/// Cuts and joins wherever it can.
fn choppy() -> WireFaults {
    WireFaults { splits_per_thousand: 700, joins_per_thousand: 500, ..WireFaults::none() }
}

impl Net {
    fn send(&mut self, end: ConnectionId, bytes: &[u8]) -> Result<(), Refused> {
        self.wires.send(self.now_ns, end, Buffer::from(bytes))
    }

    /// Everything that comes up to then, and to whom it should.
    fn run(&mut self, until_ns: u64) {
        let (ends, now_ns) = (self.wires.open_ends().collect::<BTreeMap<_, _>>(), self.now_ns);
        assert!(self.wires.next_due_ns().is_none_or(|due_ns| due_ns >= now_ns), "nothing is due in the past");
        self.wires.deliver_due(until_ns, &mut |endpoint, completion| match completion {
            Completion::Received(end, bytes) => {
                assert_eq!(ends[&end], endpoint);
                assert!(!bytes.is_empty() && !self.closed.contains_key(&end));
                self.pieces.push((end, bytes.len()));
                self.got.entry(end).or_default().extend_from_slice(&bytes);
            }
            Completion::Closed(end, why) => {
                assert_eq!(ends[&end], endpoint);
                assert_eq!(self.closed.insert(end, why), None);
            }
            other @ Completion::File(..) => panic!("{other:?}"),
        });
        self.now_ns = until_ns;
    }

    fn got(&self, end: ConnectionId) -> &[u8] {
        self.got.get(&end).map_or(&[], Vec::as_slice)
    }
}

/// Messages in which every byte differs from its neighbours.
fn messages(count: usize) -> Vec<Vec<u8>> {
    let byte = |at: usize| u8::try_from(at % 251).unwrap();
    (0..count).map(|message| (0..message % 40).map(|at| byte(message * 40 + at)).collect()).collect()
}

#[test]
fn bytes_come_in_order_and_once_however_they_were_cut() {
    for seed in 0..30 {
        let mut net = net(seed, choppy());
        let (a, b) = net.wires.connect(1, 2);
        let mut sent = Vec::new();
        for message in messages(50) {
            net.send(a, &message).unwrap();
            net.send(b, b"back").unwrap();
            sent.extend(message);
            net.run(net.now_ns + 50_000);
        }
        net.run(u64::MAX);
        assert_eq!((net.got(b), net.got(a)), (sent.as_slice(), b"back".repeat(50).as_slice()));
        assert_eq!((net.wires.under_way(a), net.wires.next_due_ns()), (0, None));
        let counts = net.wires.counts();
        assert!(counts.splits > 0 && counts.joins > 0 && counts.lost_bytes == 0, "{counts:?}");
    }
}

#[test]
fn a_network_without_faults_keeps_messages_as_they_are() {
    let mut net = net(1, WireFaults::none());
    let (a, b) = net.wires.connect(1, 2);
    for length in [3, 1, 2] {
        net.send(a, &vec![0; length]).unwrap();
    }
    net.run(u64::MAX);
    assert_eq!(net.pieces, [(b, 3), (b, 1), (b, 2)]);
    assert_eq!(net.wires.counts(), WireCounts::default());
}

#[test]
fn connections_overtake_each_other() {
    let overtaken = (0..50).filter(|seed| {
        let mut net = net(*seed, WireFaults::none());
        let ((a, _), (c, d)) = (net.wires.connect(1, 2), net.wires.connect(1, 2));
        net.send(a, b"first").unwrap();
        net.send(c, b"second").unwrap();
        net.run(u64::MAX);
        net.pieces[0].0 == d
    });
    assert!((5..45).contains(&overtaken.count()));
}

#[test]
fn how_often_it_is_asked_changes_nothing() {
    let told = |step_ns: u64| {
        let mut net = net(3, choppy());
        let (a, _) = net.wires.connect(1, 2);
        messages(50).iter().for_each(|message| net.send(a, message).unwrap());
        while net.wires.next_due_ns().is_some() {
            net.run(net.now_ns.saturating_add(step_ns));
        }
        net.pieces
    };
    assert_eq!(told(1000), told(u64::MAX));
}

#[test]
fn after_a_cut_comes_a_beginning_and_then_the_news_at_both_ends() {
    let soon = Delay { least_ns: 1000, most_ns: 1_000_000 };
    let late = Delay { least_ns: 1_000_000_000, most_ns: 1_000_000_000 };
    for (notice, seeds) in [(soon, 0..100), (late, 100..200)] {
        assert!(lengths_after_a_cut(notice, seeds).len() > 20, "{notice:?}");
    }
}

/// How much comes of a message, if the news come after such a delay.
fn lengths_after_a_cut(notice: Delay, seeds: std::ops::Range<u64>) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    for seed in seeds {
        let mut net = net(seed, WireFaults { notice, ..choppy() });
        let (a, b) = net.wires.connect(1, 2);
        let sent = messages(30).concat();
        messages(30).iter().for_each(|message| net.send(a, message).unwrap());
        net.send(b, b"back").unwrap();
        net.run(100_000);
        net.wires.cut(net.now_ns, a);
        net.wires.cut(net.now_ns, b);
        // Whoever has not heard of it goes on sending, into nothing.
        net.send(a, b"late").unwrap();
        net.run(u64::MAX);
        assert!(sent.starts_with(net.got(b)) && b"back".starts_with(net.got(a)));
        assert!(net.closed.keys().eq([&a, &b]));
        assert_eq!((net.send(a, b"x"), net.send(b, b"x")), (Err(Refused::Closed), Err(Refused::Closed)));
        let counts = net.wires.counts();
        let come = net.got(a).len() + net.got(b).len();
        assert_eq!(counts.lost_bytes, (sent.len() + 8 - come) as u64);
        assert_eq!((counts.cuts, net.wires.open_ends().count(), net.wires.next_due_ns()), (1, 0, None));
        kept.insert(net.got(b).len());
    }
    kept
}

#[test]
fn what_a_clog_holds_back_is_lost_with_the_connection() {
    for seed in 0..20 {
        let mut net = net(seed, WireFaults::none());
        let (a, b) = net.wires.connect(1, 2);
        net.send(a, b"waits").unwrap();
        net.wires.clog(1, 2, u64::MAX - 1);
        net.wires.cut(0, a);
        net.run(u64::MAX);
        assert_eq!((net.got(b), net.closed.len(), net.wires.counts().lost_bytes), (&[][..], 2, 5));
    }
}

#[test]
fn a_process_that_goes_down_is_told_nothing_and_its_peers_are() {
    let mut net = net(4, WireFaults::none());
    let ((a, b), (c, d), (e, f)) =
        (net.wires.connect(1, 2), net.wires.connect(3, 1), net.wires.connect(2, 3));
    for end in [a, b, c, d, e] {
        net.send(end, b"hello").unwrap();
    }
    net.wires.reset_all(0, 1);
    assert_eq!(net.send(a, b"x"), Err(Refused::Closed));
    net.run(u64::MAX);
    assert!(net.closed.keys().eq([&b, &c]));
    assert_eq!((net.got(a), net.got(d), net.got(f)), (&[][..], &[][..], &b"hello"[..]));
    assert!(b"hello".starts_with(net.got(b)));
    assert_eq!(net.wires.counts().cuts, 2);
}

#[test]
fn what_is_under_way_is_bounded_and_room_comes_back() {
    let mut net = net(5, WireFaults { in_flight_bytes_max: 10, ..WireFaults::none() });
    let (a, b) = net.wires.connect(1, 2);
    net.send(a, b"123456").unwrap();
    net.send(a, b"7890").unwrap();
    assert_eq!(net.send(a, b"x"), Err(Refused::Congested(Buffer::from(b"x"))));
    net.send(b, b"the other direction").unwrap();
    net.run(u64::MAX);
    net.send(a, b"larger than the room").unwrap();
    assert!(net.send(a, b"x").is_err());
    assert_eq!((net.got(b), net.wires.under_way(a)), (&b"1234567890"[..], 20));
    assert_eq!(net.wires.counts().refusals, 2);
}

#[test]
fn a_connection_that_is_gone_fills_up_too() {
    let faults = WireFaults {
        in_flight_bytes_max: 10,
        notice: Delay { least_ns: 1_000_000, most_ns: 1_000_000 },
        ..WireFaults::none()
    };
    let mut net = net(6, faults);
    let (a, _) = net.wires.connect(1, 2);
    net.wires.cut(0, a);
    net.send(a, b"1234567890").unwrap();
    assert_eq!(net.send(a, b"x"), Err(Refused::Congested(Buffer::from(b"x"))));
    net.run(1_000_000);
    assert_eq!(net.send(a, b"x"), Err(Refused::Closed));
}

#[test]
fn a_clogged_link_delays_one_direction_and_loses_nothing() {
    for seed in 0..30 {
        let mut net = net(seed, choppy());
        let (a, b) = net.wires.connect(1, 2);
        net.send(a, b"before").unwrap();
        net.wires.clog(1, 2, 5_000_000_000);
        net.send(a, b" and within").unwrap();
        net.send(b, b"back").unwrap();
        net.run(4_999_999_999);
        assert_eq!((net.got(b), net.got(a)), (&[][..], &b"back"[..]));
        net.run(5_000_000_000);
        assert_eq!(net.got(b), b"before and within");
    }
}

#[test]
fn a_link_clogged_for_ever_wakes_nobody_until_it_is_healed() {
    let mut net = net(7, WireFaults::none());
    let (a, b) = net.wires.connect(1, 2);
    net.wires.clog(1, 2, u64::MAX);
    net.send(a, b"waits").unwrap();
    assert_eq!(net.wires.next_due_ns(), None);
    net.run(1_000_000_000);
    net.wires.heal(net.now_ns);
    assert_eq!(net.wires.next_due_ns(), Some(1_000_000_000));
    net.run(1_000_000_000);
    assert_eq!(net.got(b), b"waits");
}

#[test]
fn every_kind_of_fault_happens_is_counted_and_ends_when_the_network_is_healed() {
    let faults = WireFaults {
        refusals_per_thousand: 200,
        clogs_per_thousand: 100,
        clog: Delay { least_ns: 1_000_000, most_ns: 20_000_000 },
        cuts_per_thousand: 50,
        ..choppy()
    };
    let mut net = net(8, faults);
    for _ in 0..20 {
        let (a, _) = net.wires.connect(1, 2);
        for message in messages(20) {
            let _ = net.send(a, &message);
            net.run(net.now_ns + 1_000_000);
        }
    }
    let counts = net.wires.counts();
    let all = [counts.splits, counts.joins, counts.refusals, counts.clogs, counts.cuts, counts.lost_bytes];
    assert!(all.iter().all(|count| *count > 0), "{counts:?}");

    net.wires.heal(net.now_ns);
    let healed = net.wires.counts();
    let (a, b) = net.wires.connect(1, 2);
    messages(100).iter().for_each(|message| net.send(a, message).unwrap());
    net.run(net.now_ns + 1_000_000);
    assert_eq!(net.got(b), messages(100).concat());
    // What had been cut before may still lose what it held.
    assert_eq!(WireCounts { lost_bytes: 0, ..net.wires.counts() }, WireCounts { lost_bytes: 0, ..healed });
}

#[test]
fn the_same_seed_and_calls_give_the_same_deliveries() {
    let history = |seed| {
        let random = Random::new(seed);
        let mut net = net(seed, WireFaults::drawn(&mut random.branch("faults")));
        let mut ends = Vec::new();
        for (step, message) in messages(300).iter().enumerate() {
            if step % 50 == 0 {
                let (a, b) = net.wires.connect(1, 2);
                ends.extend([a, b]);
            }
            let _ = net.send(ends[step % ends.len()], message);
            net.run(net.now_ns + 5_000_000);
        }
        net.run(u64::MAX);
        (net.pieces, net.closed, net.wires.counts())
    };
    assert_eq!(history(9), history(9));
    assert_ne!(history(9), history(10));
}
