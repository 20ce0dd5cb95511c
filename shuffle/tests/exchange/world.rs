//! A run: everybody acts in a drawn order, then all end, and then everything must have arrived.

use std::collections::BTreeMap;

use memory::{KeyGroups, hash_key};
use shuffle::{Alignment, Allowance, Control, Flow};

use crate::cases::{Case, Random, Ways};
use crate::receiver::Receiver;
use crate::rows;
use crate::sender::{SEGMENT, Sender, route};

/// Turns of a run before everybody ends.
const TURNS: usize = 120;

/// Turns after which what has not arrived is stuck.
const PATIENCE: usize = 20_000;

struct World {
    senders: Vec<Sender>,
    receivers: Vec<Receiver>,
    /// To senders, not heard yet.
    credits: Vec<Control>,
    random: Random,
    count: u32,
}

pub(crate) fn run(case: &Case) {
    let allowance = Allowance {
        segment_bytes: SEGMENT as u32,
        exclusive_segments: case.exclusive_segments,
        gate_segments: case.gate_segments,
        floating_segments: case.floating_segments,
    };
    let route = route(case);
    let senders: Vec<_> =
        (0..case.senders).map(|number| Sender::open(case, &route, number, allowance)).collect();
    let receivers =
        (0..case.receivers).map(|number| Receiver::open(case, number, &senders, allowance)).collect();
    let random = Random::new(case.seed);
    let mut world = World { senders, receivers, credits: Vec::new(), random, count: case.receivers };
    let mut checkpoints = 0;
    for _ in 0..TURNS {
        let lead = world.senders.iter().map(|sender| sender.barriers.len()).min().expect("a sender");
        if world.random.one_in(8) && checkpoints < lead + 3 {
            checkpoints += 1;
        }
        let sender = world.random.below(world.senders.len());
        world.senders[sender].act(case, checkpoints, &mut world.random);
        world.move_some();
    }
    world.finish();
    world.check(case);
}

impl World {
    /// Everything moves a little, in a drawn order.
    fn move_some(&mut self) {
        for _ in 0..4 {
            let (sender, receiver) =
                (self.random.below(self.senders.len()), self.random.below(self.receivers.len()));
            match self.random.below(4) {
                0 => {
                    let most = 1 + self.random.below(8);
                    self.deliver(sender, receiver, most);
                }
                1 => self.deliver_control(sender),
                2 => self.take(receiver),
                _ => self.credit(),
            }
        }
    }

    /// Everybody ends, and everything goes its way.
    fn finish(&mut self) {
        for _ in 0..PATIENCE {
            for sender in 0..self.senders.len() {
                self.senders[sender].end();
                (0..self.receivers.len()).for_each(|receiver| self.deliver(sender, receiver, usize::MAX));
                self.deliver_control(sender);
            }
            (0..self.receivers.len()).for_each(|receiver| self.take(receiver));
            self.credit();
            if self.receivers.iter().all(|receiver| receiver.ended || receiver.senders.is_empty()) {
                return;
            }
        }
        panic!("stuck");
    }

    fn deliver(&mut self, sender: usize, receiver: usize, most: usize) {
        let lane = &mut self.senders[sender].lanes.messages[receiver];
        let count = most.min(lane.len());
        for message in lane.drain(..count) {
            let gate = &mut self.receivers[receiver];
            let channel = gate.channel_of(sender as u32);
            gate.gate.receive(channel, message);
        }
    }

    fn deliver_control(&mut self, sender: usize) {
        while let Some(control) = self.senders[sender].lanes.controls.pop_front() {
            let Control::Wanted { channel, bytes } = control else { panic!("{control:?}") };
            let receiver = &mut self.receivers[(channel.0 % self.count) as usize];
            receiver.gate.wanted(receiver.channel_of(sender as u32), bytes);
        }
    }

    fn take(&mut self, receiver: usize) {
        let most = 1 + self.random.below(6);
        let receiver = &mut self.receivers[receiver];
        if !receiver.senders.is_empty() {
            receiver.take(most);
            self.credits.extend(receiver.credit(&mut self.random));
        }
    }

    /// Senders hear what they were told, some of it twice, in any order.
    fn credit(&mut self) {
        if self.random.one_in(3)
            && let Some(old) = self.credits.first().copied()
        {
            self.credits.push(old);
        }
        for control in self.credits.drain(..) {
            let Control::Credit { channel, consumed, limit } = control else { panic!("{control:?}") };
            let (sender, receiver) = (channel.0 / self.count, channel.0 % self.count);
            let sender = &mut self.senders[sender as usize];
            let outlet = (receiver - sender.receivers.start) as usize;
            let _ = sender.output.credit(outlet, consumed, limit, &mut sender.lanes);
        }
    }

    fn check(mut self, case: &Case) {
        for sender in &self.senders {
            assert_eq!(sender.output.flow(), Flow::Ready);
            assert!(sender.output.is_drained() && sender.lanes.is_empty());
            assert_eq!(sender.output.sent().rows, sender.rows);
        }
        for (number, sender) in self.senders.iter().enumerate() {
            self.all_arrived(case, number as u32, sender);
        }
        for receiver in &self.receivers {
            self.on_the_right_side(case, receiver);
        }
        self.receivers.clear();
        for Sender { output, mut lanes, .. } in self.senders {
            drop(output);
            assert_eq!(lanes.missing_bytes(), 0);
        }
    }

    /// Every row of the sender has come, where it should, once.
    fn all_arrived(&self, case: &Case, number: u32, sender: &Sender) {
        let mut seen: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for receiver in sender.receivers.clone() {
            let target = &self.receivers[receiver as usize];
            let rows = &target.rows[target.channel_of(number)];
            assert!(rows.is_sorted_by(|a, b| a < b), "out of order from {number} to {receiver}");
            rows.iter().for_each(|row| seen.entry(*row).or_default().push(receiver));
        }
        assert!(seen.keys().copied().eq(0..sender.rows), "lost from {number}");
        for (row, receivers) in &seen {
            match expected(case, number, *row) {
                Some(expected) => assert_eq!(*receivers, expected, "row {row} of {number}"),
                None => assert_eq!(receivers.len(), 1, "row {row} of {number}"),
            }
        }
        if case.ways == Ways::Range {
            let ordered: Vec<u32> = seen.values().map(|receivers| receivers[0]).collect();
            assert!(ordered.is_sorted(), "ranges of {number} overlap");
        }
    }

    /// Barriers and watermarks stand between the right rows.
    fn on_the_right_side(&self, case: &Case, receiver: &Receiver) {
        let complete = receiver.senders.iter().map(|sender| self.senders[*sender as usize].barriers.len());
        let complete = complete.max().unwrap_or(0) as u64;
        let checkpoints: Vec<u64> = receiver.barriers.iter().map(|(checkpoint, _)| *checkpoint).collect();
        assert!(checkpoints.iter().copied().eq(1..=complete), "{checkpoints:?} of {complete}");
        for (checkpoint, counts) in &receiver.barriers {
            for (channel, sender) in receiver.senders.iter().enumerate() {
                let barriers = &self.senders[*sender as usize].barriers;
                let Some(before) = barriers.get(*checkpoint as usize - 1) else { continue };
                let (early, late) = receiver.rows[channel].split_at(counts[channel]);
                assert!(late.iter().all(|row| row >= before), "a row of {sender} comes behind {checkpoint}");
                if case.alignment == Alignment::Aligned {
                    assert!(early.iter().all(|row| row < before), "a row of {sender} overtakes {checkpoint}");
                }
            }
        }
        assert!(receiver.watermarks.is_sorted_by(|a, b| a.0 < b.0), "time runs backwards");
        for (time, counts) in receiver.watermarks.iter().filter(|_| !case.idles) {
            for (channel, sender) in receiver.senders.iter().enumerate() {
                let watermarks = &self.senders[*sender as usize].watermarks;
                let Some((_, before)) = watermarks.iter().find(|(own, _)| own >= time) else { continue };
                let late = &receiver.rows[channel][counts[channel]..];
                assert!(late.iter().all(|row| row >= before), "a row of {sender} comes behind {time}");
            }
        }
    }
}

/// The receivers of a row, where one can say.
fn expected(case: &Case, sender: u32, row: u64) -> Option<Vec<u32>> {
    match case.ways {
        Ways::Forward => Some(vec![sender]),
        Ways::Global => Some(vec![0]),
        Ways::Broadcast => Some((0..case.receivers).collect()),
        Ways::Custom => Some(vec![(row % u64::from(case.receivers)) as u32]),
        Ways::Hash => {
            let mut hashes = Vec::new();
            let key = rows::columns(&[rows::id(sender, row)]);
            hash_key(&key.columns()[..1], 1, &mut hashes).expect("integers can be hashed");
            let groups = KeyGroups::new(16);
            Some(vec![groups.owner(groups.of(hashes[0]), case.receivers)])
        }
        Ways::Rebalance | Ways::Rescale | Ways::Range => None,
    }
}
