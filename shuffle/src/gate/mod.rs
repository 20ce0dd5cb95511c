//! Many channels become the input of a subtask.
//!
//! ```text
//!   receive ─► queue of channel 0 ─┐                        ┌─ valve: least watermark, idleness
//!   receive ─► queue of channel 1 ─┼─ turns: round robin ───┼─ alignment: barriers            ──► next: Arrival
//!   receive ─► queue of channel 2 ─┘   blocked? paused?     └─ inputs that have ended
//!
//!   drain_credit ◄─ grants: what was taken, and what may come
//! ```
//!
//! A gate decides which channel is served next, and what its subtask has to hear because of it. Each channel keeps
//! its order; between channels there is none. Everything costs the same for one channel as for thousands, but for a
//! few looks at all of them once in a checkpoint.
//!
//! It keeps what was received and not taken, which credit bounds, and what an unaligned checkpoint captures. It
//! never refuses a message, never waits, and never reorders rows.
//!
//! Whoever brings messages and controls keeps to one order: of what has come by both lanes, messages first, then
//! controls, then [`Gate::next`]. A sender publishes the other way round. So no row is taken that lies behind a
//! barrier which could have been known. Where it happens anyway, the checkpoint is abandoned: it is never wrong.

mod alignment;
mod arrival;
mod capture;
mod channel;
mod drift;
mod least;
mod spec;
mod watermark;

use std::collections::VecDeque;

use memory::{Batch, View};

use crate::credit::{BytesInFlight, Grants};
use crate::item::{Alignment, Barrier, Control, Item, Message, Watermark};

pub use arrival::Arrival;
pub use spec::GateSpec;

use alignment::{Alignments, Effects};
use channel::{Channel, Turn};
use drift::Drift;
use watermark::{Change, Turned, Valve};

/// The receiving side of a subtask.
#[derive(Debug)]
pub struct Gate {
    channels: Vec<Channel>,
    inputs: Vec<Input>,
    /// Channels with something to take, served one after the other.
    ready: VecDeque<usize>,
    /// Channels that still have restored items.
    restoring: VecDeque<usize>,
    /// Over all channels.
    valve: Valve,
    alignments: Alignments,
    drift: Option<Drift>,
    grants: Grants,
    in_flight: BytesInFlight,
    effects: Effects,
}

/// One input of the subtask.
#[derive(Debug)]
struct Input {
    /// Over its channels.
    valve: Valve,
    /// How many of them have not ended.
    lasting: usize,
}

impl Gate {
    /// Opens a gate. Each sender may use the exclusive part of its channel at once.
    ///
    /// # Panics
    ///
    /// If an input has no channel, or the credit no segment for each.
    pub fn open(spec: GateSpec) -> Self {
        let count = spec.channels();
        assert!(!spec.inputs.is_empty());
        assert!(spec.inputs.iter().all(|channels| !channels.is_empty()), "an input without a channel");
        let channels = spec.inputs.iter().enumerate().flat_map(|(input, ids)| {
            ids.iter().enumerate().map(move |(place, id)| Channel::open(*id, input, place))
        });
        let inputs =
            spec.inputs.iter().map(|ids| Input { valve: Valve::open(ids.len()), lasting: ids.len() });
        let least = u64::from(spec.allowance.segment_bytes) * count as u64;
        let mut gate = Self {
            channels: channels.collect(),
            inputs: inputs.collect(),
            ready: VecDeque::new(),
            restoring: VecDeque::new(),
            valve: Valve::open(count),
            alignments: Alignments::open(count),
            drift: spec.drift_max_ms.map(|max_ms| Drift::open(count, max_ms)),
            grants: Grants::open(spec.allowance, count),
            in_flight: BytesInFlight::open(least, spec.allowance.total_bytes(count)),
            effects: Effects::default(),
        };
        gate.restore(spec.restored);
        gate
    }

    /// Whether [`Gate::receive`] would take this message: it is of this channel, whose end has not come and whose queue
    /// is not full, and its sender had credit for it. Ask for what comes from another host, which need not keep to what
    /// was agreed.
    ///
    /// Rows that cost nothing are no lie: those without columns, restored from a checkpoint, and a frame's part of
    /// rows that cost less than a byte each. Their number is bounded as that of events is, by the queue.
    pub fn admits(&self, channel: usize, message: &Message) -> bool {
        self.channels[channel].admits(message) && self.grants.admits(channel, message.charge)
    }

    /// A message has come.
    ///
    /// # Panics
    ///
    /// If it is of another channel, its sender had no credit for it, the channel has ended, or its queue is full.
    pub fn receive(&mut self, channel: usize, message: Message) {
        self.grants.receive(channel, message.charge);
        let number = self.channels[channel].received();
        if let Item::Barrier(barrier) = &message.item
            && barrier.alignment == Alignment::Unaligned
        {
            self.overtake_before(channel, *barrier, number);
        }
        self.alignments.see(channel, number, &message.item);
        self.channels[channel].push(message);
        if self.channels[channel].turn == Turn::Empty {
            self.settle(channel);
        }
    }

    /// Whether [`Gate::overtake`] would take this barrier: it is one that overtakes. Ask for what comes from another host,
    /// which need not keep to what was agreed.
    pub fn admits_barrier(&self, barrier: &Barrier) -> bool {
        barrier.alignment == Alignment::Unaligned
    }

    /// A barrier has come by the control lane. `behind` messages of its channel were sent before it; those that
    /// were not taken when the first channel brings it are captured, whether they have come or not.
    ///
    /// # Panics
    ///
    /// If the barrier is one that waits.
    pub fn overtake(&mut self, channel: usize, barrier: Barrier, behind: u64) {
        assert_eq!(barrier.alignment, Alignment::Unaligned);
        let end = self.channels[channel].number_of(behind);
        self.overtake_before(channel, barrier, end);
    }

    /// The sender of a channel says how much it would send in all, had it the credit.
    pub fn wanted(&mut self, channel: usize, bytes: u64) {
        self.grants.want(channel, bytes);
    }

    /// The coordinator has given a checkpoint up.
    pub fn abort(&mut self, checkpoint: u64) {
        self.alignments.abort(checkpoint, &mut self.effects);
        self.settle_released();
    }

    /// The next thing to do, or `None` until something more is received.
    #[expect(clippy::should_implement_trait, reason = "no iterator: behind `None` comes more")]
    pub fn next(&mut self) -> Option<Arrival> {
        loop {
            self.alignments.finish_capture(&mut self.effects);
            if let Some(arrival) = self.effects.announced.pop_front() {
                return Some(arrival);
            }
            let channel = self.next_turn()?;
            self.serve(channel);
        }
    }

    /// What senders should hear of their credit. Call it once a turn: however much has happened in it, there is at
    /// most one word for a channel.
    pub fn drain_credit(&mut self, mut each: impl FnMut(Control)) {
        let channels = &self.channels;
        self.grants.drain(|channel, consumed, limit| {
            each(Control::Credit { channel: channels[channel].id, consumed, limit });
        });
    }

    /// Adapts the bytes in flight to how fast this subtask has taken rows since the last call. Time in which there
    /// was nothing to take does not count.
    pub fn adapt_credit(&mut self, elapsed_ns: u64) {
        let bytes = self.grants.take_consumed();
        if let Some(bytes) = self.in_flight.observe(bytes, elapsed_ns) {
            self.grants.adapt(bytes);
        }
    }

    /// Bytes that have come since the gate was opened, over all channels, as credit counts them.
    pub fn bytes_received(&self) -> u64 {
        self.grants.received()
    }

    /// Bytes that have come and were not taken yet, over all channels.
    pub fn bytes_held(&self) -> u64 {
        self.grants.held()
    }

    /// Whether [`Gate::next`] may have something.
    pub fn has_more(&self) -> bool {
        !self.ready.is_empty() || !self.restoring.is_empty() || !self.effects.announced.is_empty()
    }

    /// Whether the end of this channel was taken.
    pub fn has_ended(&self, channel: usize) -> bool {
        self.grants.has_ended(channel)
    }

    /// How far time has come, for all inputs together.
    pub fn watermark(&self) -> Watermark {
        self.valve.announced()
    }

    /// How far time has come in one input.
    pub fn input_watermark(&self, input: usize) -> Watermark {
        self.inputs[input].valve.announced()
    }

    fn restore(&mut self, restored: Vec<(usize, Vec<Item>)>) {
        for (channel, items) in restored {
            self.channels[channel].restore(items);
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            if channel.is_restoring() {
                channel.turn = Turn::Restoring;
                self.restoring.push_back(index);
            }
        }
    }

    /// A barrier overtakes the messages of its channel before number `end`.
    fn overtake_before(&mut self, channel: usize, barrier: Barrier, end: u64) {
        self.alignments.overtake(&self.channels, (channel, end), barrier, &mut self.effects);
        self.settle_released();
    }

    /// Whose turn it is: restored items come first, then one channel after the other.
    fn next_turn(&mut self) -> Option<usize> {
        while let Some(channel) = self.restoring.front().copied() {
            if self.channels[channel].is_restoring() {
                return Some(channel);
            }
            self.restoring.pop_front();
        }
        loop {
            let channel = self.ready.pop_front()?;
            if !self.pauses(channel) {
                return Some(channel);
            }
        }
    }

    /// Takes one item of a channel and announces what follows from it.
    fn serve(&mut self, index: usize) {
        let channel = &mut self.channels[index];
        channel.turn = Turn::Served;
        let taken = channel.take().expect("a channel whose turn it is has something");
        let input = channel.input;
        self.grants.consume(index, taken.charge);
        let batch = |batch| Arrival::Batch { input, channel: index, batch };
        match taken.item {
            Item::View(view) => {
                if let Some(rows) = read(view, taken.behind) {
                    self.announce(batch(rows));
                }
            }
            Item::Batch(rows) if !rows.is_empty() => self.announce(batch(*rows)),
            Item::Batch(_) => {}
            Item::Watermark(watermark) => self.time(index, |valve, at| valve.advance(at, watermark)),
            Item::Idle => self.time(index, Valve::fall_idle),
            Item::Active => self.time(index, Valve::wake),
            Item::Barrier(barrier) => self.alignments.take(index, barrier, &mut self.effects),
            Item::LatencyMark(mark) => self.announce(Arrival::LatencyMark(mark)),
            Item::End => self.end(index),
        }
        // Those that have waited for this one go first.
        self.settle_released();
        self.settle(index);
    }

    /// A channel has said something about time, to the valves of its input and of all.
    fn time(&mut self, index: usize, change: impl Fn(&mut Valve, usize) -> Change) {
        let Channel { input, place, .. } = self.channels[index];
        change(&mut self.inputs[input].valve, place);
        let Change { watermark, turned } = change(&mut self.valve, index);
        self.effects.announced.extend(watermark.map(Arrival::Watermark));
        self.effects.announced.extend(turned.map(|turned| match turned {
            Turned::Idle => Arrival::Idle,
            Turned::Active => Arrival::Active,
        }));
    }

    /// A channel is over. Barriers that waited for it come before the end of its input: whoever is restored from
    /// that checkpoint hears of the end again.
    fn end(&mut self, index: usize) {
        self.grants.end(index);
        self.time(index, Valve::end);
        self.alignments.end(index, &mut self.effects);
        let number = self.channels[index].input;
        let input = &mut self.inputs[number];
        input.lasting -= 1;
        if input.lasting == 0 {
            self.announce(Arrival::InputEnded(number));
            if self.inputs.iter().all(|input| input.lasting == 0) {
                self.announce(Arrival::End);
            }
        }
    }

    fn announce(&mut self, arrival: Arrival) {
        self.effects.announced.push_back(arrival);
    }

    /// Decides when a channel is served next. Every change of its state comes by here.
    fn settle(&mut self, index: usize) {
        let is_blocked = self.alignments.blocks(index);
        if let Some(drift) = &mut self.drift {
            drift.note(index, self.valve.active_watermark(index).filter(|_| !is_blocked));
            // They have waited, so they go on before this one.
            while let Some(resumed) = drift.resume() {
                self.channels[resumed].turn = Turn::Ready;
                self.ready.push_back(resumed);
            }
        }
        let channel = &mut self.channels[index];
        channel.turn = if is_blocked {
            Turn::Blocked
        } else if channel.is_empty() {
            Turn::Empty
        } else if channel.is_restoring() {
            Turn::Restoring
        } else {
            self.ready.push_back(index);
            Turn::Ready
        };
    }

    /// Takes a channel out of its turn if it is too far ahead. Decided when its turn has come and not before: a
    /// channel that wakes up behind the others makes them be ahead while they stand in line.
    fn pauses(&mut self, index: usize) -> bool {
        let Some(drift) = &mut self.drift else { return false };
        let Some(watermark) = self.valve.active_watermark(index) else { return false };
        let pauses = drift.is_ahead(watermark);
        if pauses {
            drift.pause(index, watermark);
            self.channels[index].turn = Turn::Paused;
        }
        pauses
    }

    fn settle_released(&mut self) {
        for channel in std::mem::take(&mut self.effects.released) {
            if self.channels[channel].turn == Turn::Blocked {
                self.settle(channel);
            }
        }
    }
}

/// The rows of a view and of those that are read with it, if there are any.
fn read(view: View, mut behind: Vec<View>) -> Option<Batch> {
    if behind.is_empty() {
        return (view.rows() > 0).then(|| view.batch());
    }
    behind.insert(0, view);
    Some(View::batch_of(&behind)).filter(|batch| !batch.is_empty())
}

#[cfg(test)]
mod tests;
