//! The network between simulated machines: connections of two ends.
//!
//! ```text
//!   send ─► room? ─► pieces, each with a delay ─► End of the other side ─► deliver_due ─► joined ─► Received
//!                                                   │ link clogged: waits            └──────────────► Closed
//!                                                   └ connection cut: a beginning comes, the rest is lost
//! ```
//!
//! Within a direction of a connection bytes come in order, once, and without holes; where they were cut and joined on
//! the way means nothing. Between connections, and between the two directions, there is no order at all.
//!
//! A link is what leads from one endpoint to another, in this direction. While it is clogged, bytes wait; one clogged
//! for ever is a partition that looks to its sender as if all were well until its room is used up.
//!
//! Keeps what is under way. Never reads a clock, and never gives a [`ConnectionId`] out twice. The same seed and the
//! same calls give the same deliveries.

mod border;
mod end;
mod faults;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use arrow_buffer::Buffer;

use crate::random::Random;
use crate::seam::{Completion, ConnectionId, Refused};

pub use faults::{WireCounts, WireFaults};

use end::{Closing, End};

/// All connections. `E` is the caller's name for an endpoint: a machine, or a core of one.
#[derive(Debug)]
pub struct Wires<E> {
    ends: BTreeMap<ConnectionId, End<E>>,
    next: u64,
    /// Ends at which something is to be done, by instant, then by number.
    schedule: BTreeSet<(u64, ConnectionId)>,
    /// Links, and until when they are clogged.
    clogs: BTreeMap<(E, E), u64>,
    faults: WireFaults,
    counts: WireCounts,
    chances: Chances,
}

/// A stream for each purpose, so that a kind of fault that is turned on shifts nothing else.
#[derive(Debug)]
struct Chances {
    delay: Random,
    border: Random,
    trouble: Random,
    loss: Random,
}

impl<E: Copy + Ord> Wires<E> {
    /// A network without connections.
    pub fn new(random: Random, faults: WireFaults) -> Self {
        let chances = Chances {
            delay: random.branch("delay"),
            border: random.branch("border"),
            trouble: random.branch("trouble"),
            loss: random.branch("loss"),
        };
        Self {
            ends: BTreeMap::new(),
            next: 0,
            schedule: BTreeSet::new(),
            clogs: BTreeMap::new(),
            faults,
            counts: WireCounts::default(),
            chances,
        }
    }

    /// Connects two endpoints, and names the end of each. How they came to want it, and how long that took, is the
    /// caller's business.
    pub fn connect(&mut self, from: E, to: E) -> (ConnectionId, ConnectionId) {
        let ends = (ConnectionId(self.next), ConnectionId(self.next + 1));
        self.next += 2;
        self.ends.insert(ends.0, End::new(from, ends.1, to));
        self.ends.insert(ends.1, End::new(to, ends.0, from));
        ends
    }

    /// Sends bytes from an end to its peer, behind all others. Into a connection that is gone they go as long as this
    /// end has not learned of it, and are lost.
    ///
    /// # Errors
    ///
    /// If the end knows that the connection is gone, or too much is under way.
    pub fn send(&mut self, now_ns: u64, end: ConnectionId, bytes: Buffer) -> Result<(), Refused> {
        let Some(sender) = self.ends.get(&end) else { return Err(Refused::Closed) };
        let (peer, link) = (sender.peer, (sender.endpoint, sender.peer_endpoint));
        let refused = self.trouble(now_ns, end, link);
        let length = bytes.len() as u64;
        let under_way = self.under_way(end);
        let full = under_way > 0 && under_way.saturating_add(length) > self.faults.in_flight_bytes_max;
        if refused || full {
            self.counts.refusals += 1;
            return Err(Refused::Congested(bytes));
        }
        match self.ends.get_mut(&peer).filter(|receiver| receiver.closing.is_none()) {
            Some(_) => {
                let pieces = border::split(&bytes, self.faults.splits_per_thousand, &mut self.chances.border);
                self.counts.splits += u64::from(pieces.len() > 1);
                for piece in pieces {
                    let due_ns = now_ns.saturating_add(self.faults.delay.draw(&mut self.chances.delay));
                    self.ends.get_mut(&peer).expect("it was there").expect(due_ns, piece);
                }
                self.reschedule(peer);
            }
            None => {
                self.ends.get_mut(&end).expect("it was there").swallowed_bytes += length;
                self.counts.lost_bytes += length;
            }
        }
        Ok(())
    }

    /// When there is something to hand out, if there will be without further calls.
    pub fn next_due_ns(&self) -> Option<u64> {
        self.schedule.first().map(|(due_ns, _)| *due_ns)
    }

    /// Hands out what has come, and to whom: [`Completion::Received`] and [`Completion::Closed`].
    pub fn deliver_due(&mut self, now_ns: u64, each: &mut dyn FnMut(E, Completion)) {
        while self.next_due_ns().is_some_and(|due_ns| due_ns <= now_ns) {
            let (due_ns, id) = self.schedule.pop_first().expect("one is due");
            let open_ns = self.open_ns(&self.ends[&id]);
            let end = self.ends.get_mut(&id).expect("a scheduled end is there");
            let endpoint = end.endpoint;
            end.scheduled_ns = None;
            let closed = end.closing.take_if(|closing| closing.due_ns <= due_ns);
            if open_ns <= due_ns {
                let mut come: Vec<Buffer> = std::iter::from_fn(|| end.take(due_ns)).collect();
                let count = come.len();
                border::join(&mut come, self.faults.joins_per_thousand, &mut self.chances.border);
                self.counts.joins += (count - come.len()) as u64;
                come.into_iter().for_each(|bytes| each(endpoint, Completion::Received(id, bytes)));
            }
            match closed {
                Some(closing) => {
                    let end = self.ends.remove(&id).expect("it was there");
                    self.counts.lost_bytes += end.in_flight_bytes();
                    each(endpoint, Completion::Closed(id, closing.why.into()));
                }
                None => self.reschedule(id),
            }
        }
    }

    /// The network breaks a connection. Each end learns of it in its own time; until then it may still get a beginning
    /// of what was under way.
    pub fn cut(&mut self, now_ns: u64, end: ConnectionId) {
        if let Some(peer) = self.ends.get(&end).map(|end| end.peer) {
            let news = [end, peer].map(|end| self.close(now_ns, end, "the connection was lost"));
            self.counts.cuts += u64::from(news.contains(&true));
        }
    }

    /// An end goes down with its process, and is told nothing. Its peer gets a beginning of what was under way, and
    /// learns of it.
    pub fn reset(&mut self, now_ns: u64, end: ConnectionId) {
        if let Some(gone) = self.ends.remove(&end) {
            self.schedule.retain(|(_, scheduled)| *scheduled != end);
            self.counts.lost_bytes += gone.in_flight_bytes();
            let news = self.close(now_ns, gone.peer, "reset by the other end");
            self.counts.cuts += u64::from(news);
        }
    }

    /// [`Self::reset`] of all ends of an endpoint: it crashed.
    pub fn reset_all(&mut self, now_ns: u64, endpoint: E) {
        let ends = self.ends.iter().filter(|(_, end)| end.endpoint == endpoint).map(|(id, _)| *id);
        for end in ends.collect::<Vec<_>>() {
            self.reset(now_ns, end);
        }
    }

    /// Clogs a link: what is under way, and what is sent, waits until then; for ever with `u64::MAX`. A link that is
    /// clogged already stays so for the longer of both.
    pub fn clog(&mut self, from: E, to: E, until_ns: u64) {
        let until = self.clogs.entry((from, to)).or_default();
        *until = until_ns.max(*until);
        self.counts.clogs += 1;
        self.reschedule_link(from, to);
    }

    /// Lets a link go on. What waited comes at once.
    pub fn unclog(&mut self, now_ns: u64, from: E, to: E) {
        if let Some(until_ns) = self.clogs.get_mut(&(from, to)) {
            *until_ns = now_ns.min(*until_ns);
            self.reschedule_link(from, to);
        }
    }

    /// From now on nothing breaks, and nothing is clogged. What was lost stays lost.
    pub fn heal(&mut self, now_ns: u64) {
        self.faults = WireFaults::none();
        for (from, to) in self.clogs.keys().copied().collect::<Vec<_>>() {
            self.unclog(now_ns, from, to);
        }
    }

    /// How often something went wrong.
    pub fn counts(&self) -> WireCounts {
        self.counts
    }

    /// The ends that have not learned that they are closed, and whose they are.
    pub fn open_ends(&self) -> impl Iterator<Item = (ConnectionId, E)> {
        self.ends.iter().map(|(id, end)| (*id, end.endpoint))
    }

    /// Bytes that an end has sent and its peer has not got.
    pub fn under_way(&self, end: ConnectionId) -> u64 {
        let Some(end) = self.ends.get(&end) else { return 0 };
        end.swallowed_bytes + self.ends.get(&end.peer).map_or(0, End::in_flight_bytes)
    }

    /// What befalls a send before it is one. All draws are made every time, so that a rate that changes shifts no
    /// other. Whether the bytes are refused.
    fn trouble(&mut self, now_ns: u64, end: ConnectionId, (from, to): (E, E)) -> bool {
        let (chance, faults) = (&mut self.chances.trouble, &self.faults);
        let refused = chance.chance(faults.refusals_per_thousand);
        let clogged = chance.chance(faults.clogs_per_thousand);
        let clog_ns = faults.clog.draw(chance);
        let cut = chance.chance(faults.cuts_per_thousand);
        if clogged {
            self.clog(from, to, now_ns.saturating_add(clog_ns));
        }
        if cut {
            self.cut(now_ns, end);
        }
        refused
    }

    /// Whether it was news to this end, or will be.
    fn close(&mut self, now_ns: u64, id: ConnectionId, why: &'static str) -> bool {
        let chance = &mut self.chances.loss;
        let due_ns = now_ns.saturating_add(self.faults.notice.draw(chance));
        let Some(end) = self.ends.get_mut(&id).filter(|end| end.closing.is_none()) else { return false };
        let kept_bytes = chance.within(0, end.in_flight_bytes());
        self.counts.lost_bytes += end.keep(kept_bytes);
        end.closing = Some(Closing { due_ns, why });
        self.reschedule(id);
        true
    }

    /// From when on bytes come through to an end.
    fn open_ns(&self, end: &End<E>) -> u64 {
        self.clogs.get(&(end.peer_endpoint, end.endpoint)).copied().unwrap_or(0)
    }

    fn reschedule(&mut self, id: ConnectionId) {
        let due_ns = self.ends.get(&id).and_then(|end| end.due_ns(self.open_ns(end)));
        let Some(end) = self.ends.get_mut(&id) else { return };
        if let Some(old_ns) = std::mem::replace(&mut end.scheduled_ns, due_ns) {
            self.schedule.remove(&(old_ns, id));
        }
        self.schedule.extend(due_ns.map(|due_ns| (due_ns, id)));
    }

    fn reschedule_link(&mut self, from: E, to: E) {
        let on_link = |end: &End<E>| end.peer_endpoint == from && end.endpoint == to;
        let ends = self.ends.iter().filter(|(_, end)| on_link(end)).map(|(id, _)| *id);
        for end in ends.collect::<Vec<_>>() {
            self.reschedule(end);
        }
    }
}
