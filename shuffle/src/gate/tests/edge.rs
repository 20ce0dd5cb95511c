//! Both sides of an edge together: what outputs send with their credit, a gate hands out, and an unaligned
//! checkpoint holds each row once: in the state, in flight, or still with its sender.

use std::collections::BTreeMap;
use std::sync::Arc;

use memory::{Envelope, Pool, SLAB_BYTES};

use super::interleavings::Random;
use super::*;
use crate::output::{Appetite, Carrier, Edge, Event, Flow, Output};
use crate::route::Route;
use crate::timeout::BufferTimeout;

const ALLOWANCE: Allowance =
    Allowance { segment_bytes: 4 << 10, exclusive_segments: 2, gate_segments: 0, floating_segments: 2 };

/// What is on the way to the gate.
struct Lanes {
    pool: Pool,
    messages: VecDeque<Message>,
    controls: VecDeque<Control>,
}

impl Carrier for Lanes {
    fn send(&mut self, message: Message) -> bool {
        self.messages.push_back(message);
        true
    }

    fn control(&mut self, control: Control) {
        self.controls.push_back(control);
    }

    fn appetite(&self, _: ChannelId) -> Appetite {
        Appetite::Busy
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

/// Sends the numbers from 0 on.
struct Sender {
    output: Output,
    lanes: Lanes,
    sent: i64,
    /// For each checkpoint, how many rows came before it, and those of them that had not left.
    checkpoints: Vec<(i64, Vec<i64>)>,
}

/// Two senders and a gate.
struct World {
    random: Random,
    senders: Vec<Sender>,
    gate: Gate,
    taken: Vec<Vec<i64>>,
    /// For each checkpoint, how much was taken of each channel when its barrier came.
    snapshots: BTreeMap<u64, Vec<usize>>,
    complete: usize,
    has_ended: bool,
}

#[test]
fn every_row_comes_out_once_and_is_in_each_checkpoint_once() {
    let complete: usize = (0..200).map(|seed| World::open(seed).run()).sum();
    assert!(complete > 200, "only {complete} checkpoints were looked at");
}

impl World {
    fn open(seed: u64) -> Self {
        let gate = Gate::open(GateSpec { allowance: ALLOWANCE, ..spec(&[1, 1]) });
        let senders = (0..2).map(Sender::open).collect();
        let (random, taken) = (Random(seed), vec![Vec::new(); 2]);
        Self { random, senders, gate, taken, snapshots: BTreeMap::new(), complete: 0, has_ended: false }
    }

    /// Answers how many checkpoints were complete.
    fn run(mut self) -> usize {
        for _ in 0..150 {
            let number = self.random.below(2);
            let sender = &mut self.senders[number];
            match self.random.below(16) {
                0..=3 => sender.send(1 + self.random.below(400) as i64),
                // Who sends asks for the flow first.
                4 | 5 => _ = sender.output.flush(&mut sender.lanes),
                6 if self.random.below(3) == 0 => sender.checkpoint(),
                7..=9 => self.deliver(number),
                10..=13 => drop(self.take()),
                _ => self.credit(),
            }
        }
        for Sender { output, lanes, .. } in &mut self.senders {
            let _ = output.event(Event::End, lanes);
        }
        // Each round moves something, or the edge is stuck.
        while !self.has_ended {
            let before: usize = self.taken.iter().map(Vec::len).sum();
            (0..2).for_each(|number| self.deliver(number));
            while self.take() {}
            self.credit();
            let after: usize = self.taken.iter().map(Vec::len).sum();
            let on_the_way = self.senders.iter().any(|sender| !sender.lanes.messages.is_empty());
            assert!(after > before || on_the_way || self.has_ended, "nothing moves any more");
        }
        for (sender, taken) in self.senders.iter().zip(&self.taken) {
            assert_eq!(*taken, (0..sender.sent).collect::<Vec<_>>());
        }
        self.complete
    }

    /// Some messages arrive, and then all controls.
    fn deliver(&mut self, number: usize) {
        let Lanes { messages, controls, .. } = &mut self.senders[number].lanes;
        let count = self.random.below(messages.len() + 1).max(messages.len().min(1));
        messages.drain(..count).for_each(|message| self.gate.receive(number, message));
        for control in controls.drain(..) {
            match control {
                Control::Wanted { bytes, .. } => self.gate.wanted(number, bytes),
                Control::Barrier { behind, barrier, .. } => self.gate.overtake(number, barrier, behind),
                Control::Credit { .. } => panic!("credit comes from the gate"),
            }
        }
    }

    fn credit(&mut self) {
        self.gate.drain_credit(|control| {
            let Control::Credit { channel, consumed, limit } = control else { panic!("{control:?}") };
            let Sender { output, lanes, .. } = &mut self.senders[channel.0 as usize];
            let _ = output.credit(0, consumed, limit, lanes);
        });
        for Sender { output, lanes, .. } in &mut self.senders {
            let _ = output.resume(lanes);
        }
    }

    fn take(&mut self) -> bool {
        let Some(arrival) = self.gate.next() else { return false };
        match arrival {
            Arrival::Batch { channel, batch, .. } => self.taken[channel].extend(numbers(&batch)),
            Arrival::Barrier(barrier) => {
                let lengths = self.taken.iter().map(Vec::len).collect();
                self.snapshots.insert(barrier.checkpoint, lengths);
            }
            Arrival::InFlight { checkpoint, channels } => self.check(checkpoint, &channels),
            Arrival::End => self.has_ended = true,
            _ => {}
        }
        true
    }

    fn check(&mut self, checkpoint: u64, in_flight: &[(usize, Vec<Item>)]) {
        self.complete += 1;
        for (number, sender) in self.senders.iter().enumerate() {
            let mut rows = self.taken[number][..self.snapshots[&checkpoint][number]].to_vec();
            let captured = in_flight.iter().find(|(channel, _)| *channel == number);
            rows.extend(captured.map(|(_, items)| rows_of(items)).unwrap_or_default());
            // A sender that has ended before it heard of the checkpoint has sent all it had.
            let all = (sender.sent, Vec::new());
            let (before, held) = sender.checkpoints.get(checkpoint as usize - 1).unwrap_or(&all);
            rows.extend(held);
            assert_eq!(rows, (0..*before).collect::<Vec<_>>(), "sender {number}, checkpoint {checkpoint}");
        }
    }
}

impl Sender {
    fn open(number: u32) -> Self {
        let schema = record_batch!(("n", Int64, [0])).unwrap().schema();
        let edge = Edge {
            envelope: Arc::new(Envelope::new(schema, false, false)),
            route: Route::Forward,
            timeout: BufferTimeout::Full,
            channels: vec![ChannelId(number)],
            segment_bytes: ALLOWANCE.segment_bytes as usize,
            credit_bytes: ALLOWANCE.opening_bytes(),
        };
        let pool = Pool::open(SLAB_BYTES, edge.segment_bytes).unwrap();
        let lanes = Lanes { pool, messages: VecDeque::new(), controls: VecDeque::new() };
        Self { output: Output::open(&edge), lanes, sent: 0, checkpoints: Vec::new() }
    }

    fn send(&mut self, rows: i64) {
        if self.output.flow() == Flow::Ready {
            let batch = record_batch!(("n", Int64, (self.sent..self.sent + rows).collect::<Vec<_>>()));
            let _ = self.output.send(Batch::new(batch.unwrap()), &mut self.lanes).unwrap();
            self.sent += rows;
        }
    }

    fn checkpoint(&mut self) {
        let number = self.checkpoints.len() as u64 + 1;
        let held = self.output.overtake(barrier(number, Alignment::Unaligned), &mut self.lanes);
        let rows = held.iter().flat_map(|(_, items)| rows_of(items)).collect();
        self.checkpoints.push((self.sent, rows));
    }
}

fn rows_of(items: &[Item]) -> Vec<i64> {
    let rows = |item: &Item| match item {
        Item::View(view) => numbers(&view.batch()),
        Item::Batch(batch) => numbers(&batch.as_ref().clone().compact()),
        _ => Vec::new(),
    };
    items.iter().flat_map(rows).collect()
}
