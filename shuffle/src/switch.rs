//! A core's junction: every message and every word about credit of its subtasks comes by here.
//!
//! ```text
//!   outputs ──► send ──┬─ the receiver is on this core ──► a queue ─────────────┬──► receive ──► gates
//!                      ├─ on another one ──► links … links ─────────────────────┘
//!                      └─ on another host ──► depart: whoever has the connections takes it from here
//!   gates ──► control ─── the same, backwards or forwards ───────────────────────► controls ──► outputs, gates
//! ```
//!
//! Which cores a channel joins is decided when a job is deployed, and each of them is told before anything is sent. It is
//! the [`Carrier`] of all outputs of its core and has the core's pool. What waits in it is bounded by the credit of the
//! channels, wherever they lead.
//!
//! A core's turn: [`Switch::turn`], [`Switch::receive`], then [`Switch::controls`] (in this order, so that no row is
//! taken which lies behind a barrier that could have been known), then its subtasks, then [`Switch::publish`].

use std::collections::VecDeque;

use memory::Pool;

use crate::item::{ChannelId, Control, Message};
use crate::output::{Appetite, Carrier};
use crate::ring::{Hunger, Links};
use crate::timeout::Wakes;

/// The cores that a channel joins, counted through all hosts of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Where it is sent.
    pub sender: usize,
    /// Where it is received.
    pub receiver: usize,
}

/// What travels to another host.
#[derive(Clone, Debug)]
pub enum Departure {
    /// In the order of its channel.
    Message(Message),
    /// Beside it.
    Control(Control),
}

/// Brings what a core sends on its way, and what it is sent to it.
pub struct Switch {
    /// The number of the first core of this host.
    first: usize,
    core: usize,
    links: Links,
    pool: Pool,
    /// By the channel's slot.
    ends: Vec<Option<(ChannelId, Ends)>>,
    here: VecDeque<Message>,
    controls_here: VecDeque<Control>,
    /// What goes to other hosts.
    departing: VecDeque<Departure>,
    /// What has departed waits outside.
    congested: bool,
    now_ns: u64,
    wakes: Wakes,
}

impl Switch {
    /// For core `core`, whose links and pool these are. To wake a core costs this one so much; less is not worth it.
    pub fn open(core: usize, links: Links, pool: Pool, wake_cost_ns: u64) -> Self {
        Self {
            first: 0,
            core,
            wakes: Wakes::of(links.cores(), wake_cost_ns),
            links,
            pool,
            ends: Vec::new(),
            here: VecDeque::new(),
            controls_here: VecDeque::new(),
            departing: VecDeque::new(),
            congested: false,
            now_ns: 0,
        }
    }

    /// The same on one host of several, where the cores of this one are numbered from `first` on.
    #[must_use = "this one is moved"]
    pub fn counted_from(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// From now on the channel joins these cores; this one is among them.
    pub fn connect(&mut self, channel: ChannelId, ends: Ends) {
        let slot = channel.slot();
        if self.ends.len() <= slot {
            self.ends.resize(slot + 1, None);
        }
        self.ends[slot] = Some((channel, ends));
    }

    /// Nothing is sent in this channel any more. What others have sent in it still comes, and is nobody's.
    pub fn disconnect(&mut self, channel: ChannelId) {
        if let Some(joined) = self.ends.get_mut(channel.slot())
            && joined.is_some_and(|(joined, _)| joined == channel)
        {
            *joined = None;
        }
    }

    /// A turn begins, at this time of the runtime's clock. Segments that others gave back are free from now on.
    pub fn turn(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
        self.wakes.look(now_ns);
        self.pool.collect();
    }

    /// Hands out messages for gates of this core, at most so many from each core. Says how many.
    pub fn receive(&mut self, most_per_core: usize, mut each: impl FnMut(Message)) -> usize {
        let here = self.here.len().min(most_per_core);
        self.here.drain(..here).for_each(&mut each);
        here + self.links.receive(most_per_core, |_, message| each(message))
    }

    /// Adds the controls that came for outputs and gates of this core. Says how many.
    pub fn controls(&mut self, into: &mut Vec<Control>) -> usize {
        let before = into.len();
        into.extend(self.controls_here.drain(..));
        self.links.receive_control(|_, control| into.push(control));
        into.len() - before
    }

    /// Shows the others what this turn has sent, and calls `wake` with each core that sleeps and that nobody else will
    /// wake.
    pub fn publish(&mut self, mut wake: impl FnMut(usize)) {
        let (wakes, now_ns) = (&mut self.wakes, self.now_ns);
        self.links.publish(|core| {
            wakes.woken(core, now_ns);
            wake(core);
        });
    }

    /// This core has something to do, or is awake again.
    pub fn work(&mut self) {
        self.links.work();
    }

    /// This core has nothing to do since then, and keeps looking.
    pub fn spin(&mut self, now_ns: u64) {
        self.wakes.rest(now_ns);
        self.links.spin();
    }

    /// It has slept, and looks again.
    pub fn awake(&mut self) {
        self.links.spin();
    }

    /// This core would like to sleep. `true`: nothing came, and whoever sends something will wake it.
    #[must_use = "a core that sleeps after a no is not woken"]
    pub fn park(&mut self) -> bool {
        !self.has_own() && self.links.park()
    }

    /// The core ends: drops its links, and what has come by them and was not taken. The pool is left.
    pub fn close(self) -> Pool {
        self.pool
    }

    /// Whether the others can see, or have had, all that was sent.
    pub fn is_clear(&self) -> bool {
        self.here.is_empty() && self.links.is_published()
    }

    /// What goes to other hosts, in order. It is bounded as all that waits here is, by credit.
    pub fn depart(&mut self) -> Option<Departure> {
        self.departing.pop_front()
    }

    /// Whether what has departed waits for room on its way: then no receiver on another host is hungry.
    pub fn departures_wait(&mut self, congested: bool) {
        self.congested = congested;
    }

    /// The place of a core among those of this host; none on another one.
    fn place_of(&self, core: usize) -> Option<usize> {
        core.checked_sub(self.first).filter(|place| *place < self.links.cores())
    }

    /// Whether something waits for this core that it has sent to itself.
    pub fn has_own(&self) -> bool {
        !self.here.is_empty() || !self.controls_here.is_empty()
    }

    fn ends(&self, channel: ChannelId) -> Ends {
        let (joined, ends) =
            self.ends[channel.slot()].expect("nothing is sent in a channel that is not connected");
        assert_eq!(joined, channel, "a channel of an earlier job");
        ends
    }
}

impl Carrier for Switch {
    fn send(&mut self, message: Message) -> bool {
        match self.place_of(self.ends(message.channel).receiver) {
            Some(to) if to != self.core => return self.links.send(to, message),
            Some(_) => self.here.push_back(message),
            None => self.departing.push_back(Departure::Message(message)),
        }
        true
    }

    fn control(&mut self, control: Control) {
        let ends = self.ends(control.channel());
        let to = match control {
            Control::Credit { .. } => ends.sender,
            Control::Wanted { .. } | Control::Barrier { .. } => ends.receiver,
        };
        match self.place_of(to) {
            Some(to) if to != self.core => self.links.control(to, control),
            Some(_) => self.controls_here.push_back(control),
            None => self.departing.push_back(Departure::Control(control)),
        }
    }

    fn appetite(&self, channel: ChannelId) -> Appetite {
        let hungry_if = |hungry| if hungry { Appetite::Hungry } else { Appetite::Busy };
        let Some(to) = self.place_of(self.ends(channel).receiver) else {
            // What another host does is not known here: a frame for whatever there is, while none waits.
            return hungry_if(self.departing.is_empty() && !self.congested);
        };
        if to == self.core {
            // It runs when this one is done: let it find what there is, unless it has enough already.
            return hungry_if(self.here.is_empty());
        }
        match self.links.hunger(to) {
            Hunger::Busy => Appetite::Busy,
            Hunger::Spinning => Appetite::Hungry,
            Hunger::Parked if self.wakes.may_wake(to, self.now_ns) => Appetite::Hungry,
            Hunger::Parked => Appetite::Asleep,
        }
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}
