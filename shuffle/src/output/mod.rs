//! The sending side of an edge: rows and events in, messages out.
//!
//! ```text
//!              ┌ router ┐   ┌ lane: segment being filled, what is staged before it ┐   ┌ outlet: credit ┐
//!   batch ────►│ which  │──►│ ▒▒▒▒▒▒▒▒▒░░░░      view · watermark · view           │──►│ waiting        │──► carrier
//!              │ rows   │   └──────────────────────────────────────────────────────┘   └────────────────┘
//!              └ where  ┘                        … a lane and an outlet for each channel
//! ```
//!
//! A **lane** collects what is not to leave yet: rows in the segment that is being filled, and before them views of
//! rows with events between. It is *released* to its **outlet** when a segment is full, or when the buffer timeout
//! or a barrier says so. The outlet sends as far as the channel's credit reaches; the rest waits there, in order. A
//! broadcast edge has one lane for all of its outlets: rows are copied once.
//!
//! An output never refuses a batch, but it says when it is full: then the subtask must not go on with its input until
//! [`Output::resume`] or [`Output::credit`] has answered that it is ready. What cannot be placed for want of a segment is
//! kept as it came.
//!
//! Whatever can be wrong with what a sender hands in is found while it hands it in, even if nothing can be placed then:
//! [`Output::resume`] is called by those who could not say whose fault it is.

mod carrier;
mod dirty;
mod event;
mod filling;
mod lane;
mod outlet;
mod outlets;
mod scatter;

use std::collections::VecDeque;
use std::sync::Arc;

use memory::{Batch, Envelope, Layout, Rows};

use crate::bound::{OVERDRAFT_BATCHES, WHOLE_SEGMENT_PART};
use crate::error::Error;
use crate::item::{Alignment, Barrier, ChannelId, Item};
use crate::route::{Route, Router, Spread, pieces};
use crate::timeout::BufferTimeout;

pub use carrier::{Appetite, Carrier};
pub use event::Event;

use dirty::Dirty;
use lane::Lane;
use outlets::Outlets;
use scatter::{Cursor, Scatter, Source};

/// An edge as one of its senders sees it: plain data.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Which columns travel.
    pub envelope: Arc<Envelope>,
    /// Which rows go where.
    pub route: Route,
    /// When they leave.
    pub timeout: BufferTimeout,
    /// To whom, in the order of the receiving subtasks.
    pub channels: Vec<ChannelId>,
    /// The size of segments.
    pub segment_bytes: usize,
    /// Bytes that may be sent in each channel before its receiver has said anything.
    pub credit_bytes: u64,
}

/// Whether the sender may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a sender that does not listen fills memory"]
pub enum Flow {
    /// Send more.
    Ready,
    /// What was sent is taken, and no more should come until the output is ready again.
    Full,
}

/// What has gone through an output since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Rows taken. On a broadcast edge each counts once.
    pub rows: u64,
    /// Messages given to the carrier.
    pub messages: u64,
    /// Their charges.
    pub bytes: u64,
}

/// The sending side of an edge.
#[derive(Debug)]
pub struct Output {
    envelope: Arc<Envelope>,
    router: Router,
    sends_hashes: bool,
    timeout: BufferTimeout,
    /// How old a row may become in a lane at `auto`.
    age_cap_ns: u64,
    segment_bytes: usize,
    lanes: Vec<Lane>,
    /// Lanes that hold something, the one that has held it longest first.
    dirty: Dirty,
    outlets: Outlets,
    /// What could not be placed yet, in order.
    pending: VecDeque<Work>,
    /// Batches taken since the sender could know that this is ready.
    overdraft: usize,
    spread: Spread,
    rows: u64,
    /// Whose turn it is to get a latency mark.
    mark_turn: usize,
}

/// What an output has been given to do.
#[derive(Debug)]
enum Work {
    Rows(Box<Scatter>),
    Event(Event),
}

impl Output {
    /// # Panics
    ///
    /// Without a channel, or when not even one row of fixed width fits a segment: the planner refuses both.
    pub fn open(edge: &Edge) -> Self {
        let broadcast = matches!(edge.route, Route::Broadcast);
        let channels = edge.channels.len();
        assert!(channels > 0, "an edge has a channel");
        let lanes = if broadcast { 1 } else { channels };
        let outlets_of = |lane: usize| if broadcast { 0..channels } else { lane..lane + 1 };
        Self {
            envelope: edge.envelope.clone(),
            router: Router::new(&edge.route, lanes),
            sends_hashes: edge.envelope.carries_hashes(),
            timeout: edge.timeout,
            age_cap_ns: 0,
            segment_bytes: edge.segment_bytes,
            lanes: (0..lanes).map(|lane| Lane::open(edge, outlets_of(lane))).collect(),
            dirty: Dirty::of(lanes),
            outlets: Outlets::open(edge),
            pending: VecDeque::new(),
            overdraft: 0,
            spread: Spread::default(),
            rows: 0,
            mark_turn: 0,
        }
    }

    /// Sends the rows of a batch that count.
    ///
    /// # Errors
    ///
    /// If a key cannot be hashed or compared, or the user's partitioner does not answer.
    ///
    /// # Panics
    ///
    /// If the batch does not fit the envelope, or many batches come after the answer was [`Flow::Full`]. What was taken
    /// does not panic later.
    pub fn send(&mut self, batch: Batch, carrier: &mut impl Carrier) -> Result<Flow, Error> {
        if batch.is_empty() {
            return Ok(self.flow());
        }
        assert!(self.overdraft < OVERDRAFT_BATCHES, "a sender that does not listen");
        self.overdraft += 1;
        self.rows += batch.rows() as u64;
        // Hashes of another edge's key would be taken for those of the receiver's.
        let batch = if self.sends_hashes { batch } else { batch.with_hashes(None) };
        for piece in pieces(batch, self.router.piece_rows()) {
            let outlets = &self.outlets;
            let (piece, routed) =
                self.router.route(piece, &mut self.spread, |channel| outlets.room(channel))?;
            // The next piece goes where this one leaves room.
            self.take_rows(Scatter::new(piece, routed, &self.envelope), carrier);
        }
        Ok(self.flow_now())
    }

    /// Sends an event, behind all rows sent before it.
    ///
    /// # Panics
    ///
    /// If it is a barrier that overtakes: see [`Output::overtake`].
    pub fn event(&mut self, event: Event, carrier: &mut impl Carrier) -> Flow {
        assert!(event.keeps_its_place(), "such a barrier overtakes");
        self.pending.push_back(Work::Event(event));
        self.resume(carrier)
    }

    /// Goes on with what could not be placed, now that segments may have come home.
    pub fn resume(&mut self, carrier: &mut impl Carrier) -> Flow {
        while let Some(work) = self.pending.pop_front() {
            match work {
                Work::Event(event) => self.place_event(&event, carrier),
                Work::Rows(mut scatter) => {
                    let Scatter { source, cursor } = &mut *scatter;
                    let rows = source.rows(&self.layout());
                    if !self.place_rows((source, &rows), cursor, carrier) {
                        self.pending.push_front(Work::Rows(scatter));
                        break;
                    }
                    self.reuse(*scatter);
                }
            }
        }
        self.flow_now()
    }

    /// Whether [`Output::credit`] would take this word: no more was taken than was sent. Ask for what comes from another
    /// host, which need not keep to what was agreed.
    pub fn admits_credit(&self, channel: usize, consumed: u64) -> bool {
        self.outlets.admits_credit(channel, consumed)
    }

    /// The receiver of a channel has spoken: so much was taken, and so much may be sent in all.
    ///
    /// # Panics
    ///
    /// If it took more than was sent.
    pub fn credit(&mut self, channel: usize, consumed: u64, limit: u64, carrier: &mut impl Carrier) -> Flow {
        self.outlets.credit(channel, consumed, limit, carrier);
        self.flow_now()
    }

    /// Releases all that there is, which may fill it. For the tick of a buffer timeout, and whoever else wants it.
    pub fn flush(&mut self, carrier: &mut impl Carrier) -> Flow {
        self.release_all(carrier);
        self.flow_now()
    }

    /// The input at hand is done with, at this time of the runtime's clock: what the timeout lets go, goes, which may
    /// fill it.
    pub fn input_done(&mut self, now_ns: u64, carrier: &mut impl Carrier) -> Flow {
        match self.timeout {
            BufferTimeout::Input | BufferTimeout::Row => self.release_all(carrier),
            BufferTimeout::Auto => {
                self.release_to(now_ns, carrier, |appetite| appetite == Appetite::Hungry);
            }
            BufferTimeout::Full | BufferTimeout::Every(_) => {}
        }
        self.flow_now()
    }

    /// The sender has nothing else to do. At `auto` what is held for a receiver that is busy leaves, too: nothing more would
    /// come together here, and nobody would look again before the age cap.
    pub fn sender_rests(&mut self, now_ns: u64, carrier: &mut impl Carrier) -> Flow {
        if self.timeout == BufferTimeout::Auto {
            self.release_to(now_ns, carrier, |appetite| appetite != Appetite::Asleep);
        }
        self.flow_now()
    }

    /// When [`Output::input_done`] wants to be called though nothing was sent: at `auto`, when what has been held
    /// longest reaches its age.
    pub fn deadline_ns(&self) -> Option<u64> {
        let oldest = self.dirty.oldest().filter(|_| self.timeout == BufferTimeout::Auto)?;
        self.lanes[oldest].since_ns().map(|since| since.saturating_add(self.age_cap_ns))
    }

    /// Changes the buffer timeout from now on.
    pub fn set_timeout(&mut self, timeout: BufferTimeout, carrier: &mut impl Carrier) {
        self.timeout = timeout;
        if matches!(timeout, BufferTimeout::Input | BufferTimeout::Row) {
            self.release_all(carrier);
        }
    }

    /// The buffer timeout in force.
    pub fn timeout(&self) -> BufferTimeout {
        self.timeout
    }

    /// At `auto`: how old a row may become before it leaves, hungry receiver or not.
    pub fn set_age_cap(&mut self, age_cap_ns: u64) {
        self.age_cap_ns = age_cap_ns;
    }

    /// A barrier that waits behind nothing: it goes at once, and all that was sent before and has not left yet is
    /// handed out, channel by channel, because it belongs to the checkpoint. It is still sent.
    ///
    /// # Panics
    ///
    /// If the barrier is one that waits.
    pub fn overtake(&mut self, barrier: Barrier, carrier: &mut impl Carrier) -> Vec<(ChannelId, Vec<Item>)> {
        assert_eq!(barrier.alignment, Alignment::Unaligned);
        self.release_all(carrier);
        self.outlets.overtake(barrier, carrier);
        let mut held: Vec<_> = self.outlets.held().collect();
        let mut keep = |lane: usize, item: &Item| {
            self.lanes[lane].outlets().for_each(|outlet| held[outlet].1.push(item.clone()));
        };
        for work in &self.pending {
            match work {
                Work::Event(event) => (0..self.lanes.len()).for_each(|lane| keep(lane, &event.item())),
                Work::Rows(scatter) => {
                    scatter.rest().for_each(|(lane, rest)| keep(lane, &Item::Batch(Box::new(rest))));
                }
            }
        }
        held
    }

    /// Gives a fresh output what its predecessor had not sent: it goes before everything else.
    pub fn restore(&mut self, channel: usize, items: Vec<Item>, carrier: &mut impl Carrier) {
        self.outlets.restore(channel, items, carrier);
    }

    /// Whether the sender may go on.
    pub fn flow(&self) -> Flow {
        if self.pending.is_empty() && !self.outlets.is_full() { Flow::Ready } else { Flow::Full }
    }

    /// Whether the sender may go on; if so, it has all of its overdraft again.
    fn flow_now(&mut self) -> Flow {
        let flow = self.flow();
        if flow == Flow::Ready {
            self.overdraft = 0;
        }
        flow
    }

    /// Bytes that have a place in a channel and wait for its credit.
    pub fn waiting_bytes(&self) -> u64 {
        self.outlets.waiting_bytes()
    }

    /// How many channels there are.
    pub fn channels(&self) -> usize {
        self.outlets.len()
    }

    /// Whether rows wait here for company: a tick of the buffer timeout would release something.
    pub fn is_gathering(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Whether rows wait here for a segment. Nobody tells when one comes home: ask [`Output::resume`] again.
    pub fn is_starved(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether nothing is held here any more: the carrier has all that was sent.
    pub fn is_drained(&self) -> bool {
        self.pending.is_empty() && self.dirty.is_empty() && self.outlets.is_drained()
    }

    /// Whether something for this channel is held here.
    pub fn holds(&self, channel: usize) -> bool {
        let lane = if self.lanes.len() == 1 { 0 } else { channel };
        !self.pending.is_empty() || !self.lanes[lane].is_empty() || self.outlets.waits(channel)
    }

    /// What has gone through.
    pub fn sent(&self) -> Sent {
        Sent { rows: self.rows, ..self.outlets.sent() }
    }

    /// Stages an event in the lanes it goes to, and releases what it takes along.
    fn place_event(&mut self, event: &Event, carrier: &mut impl Carrier) {
        let lanes = match event {
            Event::LatencyMark(_) => {
                self.mark_turn = (self.mark_turn + 1) % self.lanes.len();
                self.mark_turn..self.mark_turn + 1
            }
            _ => 0..self.lanes.len(),
        };
        let leaves =
            event.leaves_at_once() || matches!(self.timeout, BufferTimeout::Input | BufferTimeout::Row);
        for lane in lanes {
            self.lanes[lane].stage_event(event);
            if leaves || self.lanes[lane].is_overlong() {
                self.lanes[lane].release(&mut self.outlets, carrier);
                self.dirty.remove(lane);
            } else {
                self.dirty.insert(lane);
            }
        }
    }

    /// Takes rows: they are opened at once, be it only to see that they can be, and placed if nothing waits before them.
    fn take_rows(&mut self, mut scatter: Scatter, carrier: &mut impl Carrier) {
        let Scatter { source, cursor } = &mut scatter;
        let rows = source.rows(&self.layout());
        if !self.pending.is_empty() {
            let _ = self.resume(carrier); // Whoever hands in rows asks for the flow when all of them are taken.
        }
        if self.pending.is_empty() && self.place_rows((source, &rows), cursor, carrier) {
            self.reuse(scatter);
        } else {
            self.pending.push_back(Work::Rows(Box::new(scatter)));
        }
    }

    /// What rows are opened for: the layout of any lane, since all have the same columns.
    fn layout(&self) -> Arc<Layout> {
        self.lanes[0].layout().clone()
    }

    /// Keeps the memory of a scatter whose rows are all placed.
    fn reuse(&mut self, scatter: Scatter) {
        if let Some(spread) = scatter.into_spread() {
            self.spread = spread;
        }
    }

    /// Places the rest of a scatter. `false` when segments ran out before its end.
    fn place_rows(
        &mut self,
        (source, rows): (&Source, &Rows),
        cursor: &mut Cursor,
        carrier: &mut impl Carrier,
    ) -> bool {
        let large_bytes = match self.timeout {
            BufferTimeout::Row => usize::MAX,
            _ => self.segment_bytes / WHOLE_SEGMENT_PART,
        };
        while let Some(lane) = source.next_lane(cursor) {
            if let Some(batch) = source.large(rows, *cursor, large_bytes) {
                self.lanes[lane].stage_whole(batch, rows.bytes(0..rows.len()), self.segment_bytes);
                self.lanes[lane].release_staged(&mut self.outlets, carrier);
                cursor.advance(batch.rows());
                self.settle(lane);
            } else if !self.fill(lane, (source, rows), cursor, carrier) {
                return false;
            }
        }
        true
    }

    /// Fills a lane with its rows. `false` when segments ran out.
    fn fill(
        &mut self,
        lane: usize,
        source: (&Source, &Rows),
        cursor: &mut Cursor,
        carrier: &mut impl Carrier,
    ) -> bool {
        let most = if self.timeout == BufferTimeout::Row { 1 } else { usize::MAX };
        let mut reclaimed = false;
        loop {
            let filled = self.lanes[lane].fill(source, cursor, most, carrier.pool());
            match self.timeout {
                BufferTimeout::Row => self.lanes[lane].release(&mut self.outlets, carrier),
                _ if filled.full => self.lanes[lane].release_staged(&mut self.outlets, carrier),
                _ => {}
            }
            self.settle(lane);
            if filled.done {
                return true;
            }
            if filled.starved && reclaimed {
                return false;
            }
            if filled.starved {
                self.reclaim(carrier);
                reclaimed = true;
            }
        }
    }

    /// Notes whether a lane holds something.
    fn settle(&mut self, lane: usize) {
        if self.lanes[lane].is_empty() {
            self.dirty.remove(lane);
        } else {
            self.dirty.insert(lane);
        }
    }

    /// Segments have run out: ships all that waits for a fuller segment and lets go of segments that others could use. So
    /// idle channels cannot hold the pool while a busy one needs it.
    fn reclaim(&mut self, carrier: &mut impl Carrier) {
        self.release_all(carrier);
        self.lanes.iter_mut().for_each(Lane::close);
    }

    /// Releases all that there is.
    fn release_all(&mut self, carrier: &mut impl Carrier) {
        while let Some(lane) = self.dirty.take_oldest() {
            self.lanes[lane].release(&mut self.outlets, carrier);
        }
    }

    /// `auto`: releases lanes that such a receiver waits for, or that have held something too long.
    fn release_to(&mut self, now_ns: u64, carrier: &mut impl Carrier, wants: impl Fn(Appetite) -> bool) {
        let (lanes, outlets, age_cap_ns) = (&mut self.lanes, &mut self.outlets, self.age_cap_ns);
        self.dirty.retain(|lane| {
            let lane = &mut lanes[lane];
            let old = now_ns.saturating_sub(lane.mark_age(now_ns)) >= age_cap_ns;
            let release =
                old || lane.outlets().any(|outlet| wants(carrier.appetite(outlets.channel(outlet))));
            if release {
                lane.release(outlets, carrier);
            }
            !release
        });
    }
}

#[cfg(test)]
mod tests;
