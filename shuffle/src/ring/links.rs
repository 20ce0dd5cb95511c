//! The links of a core: its ends of all lanes to and from the other cores.
//!
//! A core's turn with them:
//!
//! ```text
//!   receive_control, receive ──► subtasks step: send, control ──► publish ──► nothing to do?
//!        ▲                                                                     spin, then park
//!        └────────────────────────── work ◄────── a wake, or something came ──────┘
//! ```
//!
//! What is sent is seen by nobody before [`Links::publish`], and then all of it at once, in order; until then views
//! of one segment become one message. Order holds within a channel, and within the controls of a channel; a message
//! and a control pass each other as they like.
//!
//! Never sends a core to itself, never wakes or sleeps by itself, never looks at a row.

use std::sync::Arc;

use super::doorbell::{Doorbell, Hunger, Published};
use super::lane::{Receiver, lane};
use super::outlet::Outlet;
use crate::bound::{LANE_CONTROLS, LANE_MESSAGES};
use crate::item::{Control, Message};

/// Connects `cores` cores with each other. The links in place `n` go to the thread of core `n`.
pub fn mesh(cores: usize) -> Vec<Links> {
    mesh_of(cores, LANE_MESSAGES, LANE_CONTROLS)
}

/// The same with lanes of other lengths, so that tests fill them.
pub fn mesh_of(cores: usize, messages: usize, controls: usize) -> Vec<Links> {
    let doorbells: Arc<[Doorbell]> = (0..cores).map(|_| Doorbell::default()).collect();
    let none = |own| Links {
        own,
        doorbells: doorbells.clone(),
        outbound: Vec::with_capacity(cores),
        inbound: Vec::with_capacity(cores),
        dirty: Vec::with_capacity(cores),
    };
    let mut links: Vec<Links> = (0..cores).map(none).collect();
    for from in 0..cores {
        for to in 0..cores {
            let (outbound, inbound) = if from == to { (None, None) } else { ends(messages, controls) };
            links[from].outbound.push(outbound);
            links[to].inbound.push(inbound);
        }
    }
    links
}

fn ends(messages: usize, controls: usize) -> (Option<Outbound>, Option<Inbound>) {
    let (message_sender, messages) = lane(messages);
    let (control_sender, controls) = lane(controls);
    let outbound = Outbound {
        messages: Outlet::new(message_sender),
        controls: Outlet::new(control_sender),
        progress: Progress::Clean,
    };
    (Some(outbound), Some(Inbound { messages, controls }))
}

/// One core's part of the mesh. Dropped, the core is gone for the others: what it has published can still be received
/// from it, and what is sent to it is dropped sooner or later. That wakes nobody, so whoever ends a core wakes the
/// others.
pub struct Links {
    own: usize,
    doorbells: Arc<[Doorbell]>,
    /// By core; none in the own place.
    outbound: Vec<Option<Outbound>>,
    inbound: Vec<Option<Inbound>>,
    /// The cores for which something is unpublished, each once.
    dirty: Vec<usize>,
}

/// Towards one core. Two lines apart from its neighbours, which may be another core's.
#[repr(align(128))]
struct Outbound {
    messages: Outlet<Message>,
    controls: Outlet<Control>,
    progress: Progress,
}

/// How far the sending of a turn has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// All that was sent is published.
    Clean,
    /// Something is not, and the core is among the dirty ones.
    Dirty,
    /// Something just was, and the doorbell is next.
    Published,
}

impl Outbound {
    fn publish(&mut self) {
        // Controls first: a barrier that overtakes should not lie behind what it has overtaken.
        let controls = self.controls.publish();
        let messages = self.messages.publish();
        if controls || messages {
            self.progress = Progress::Published;
        }
    }

    fn has_waiting(&self) -> bool {
        self.messages.has_waiting() || self.controls.has_waiting()
    }
}

/// From one core.
#[repr(align(128))]
struct Inbound {
    messages: Receiver<Message>,
    controls: Receiver<Control>,
}

impl Links {
    /// Which core's they are.
    pub fn core(&self) -> usize {
        self.own
    }

    /// Sends a message at the next [`publish`](Self::publish). If it is a view that continues an unpublished one of
    /// its channel, the two become one message, whose charge is the sum: then the answer is `false`, and it will not
    /// be counted at the other end.
    ///
    /// # Panics
    ///
    /// If `core` is the own one: what stays on a core does not cross.
    #[inline]
    pub fn send(&mut self, core: usize, message: Message) -> bool {
        self.towards(core).messages.send(message)
    }

    /// Sends what may overtake messages. Figures replace earlier ones of their kind and channel that are still
    /// unpublished. A barrier replaces nothing, and splits its channel: views sent behind it do not join those sent
    /// before it, which belong to the checkpoint.
    ///
    /// # Panics
    ///
    /// If `core` is the own one.
    #[inline]
    pub fn control(&mut self, core: usize, control: Control) {
        let outbound = self.towards(core);
        if let Control::Barrier { channel, .. } = control {
            outbound.messages.seal(channel);
        }
        outbound.controls.send(control);
    }

    /// Marks the way to `core` as dirty.
    #[inline]
    fn towards(&mut self, core: usize) -> &mut Outbound {
        let Some(outbound) = &mut self.outbound[core] else { panic!("core {core} sends to itself") };
        if outbound.progress == Progress::Clean {
            outbound.progress = Progress::Dirty;
            self.dirty.push(core);
        }
        outbound
    }

    /// Shows the others what was sent since the last time, as far as there is room, and calls `wake` with each core
    /// that sleeps and has something now: nobody else will wake it.
    ///
    /// Costs one store for each lane that was written to, and one fence.
    pub fn publish(&mut self, mut wake: impl FnMut(usize)) {
        let Self { outbound, dirty, doorbells, .. } = self;
        if dirty.is_empty() {
            return;
        }
        for &core in &*dirty {
            outbound[core].as_mut().expect("only others become dirty").publish();
        }
        let published = Published::now();
        dirty.retain(|&core| {
            let outbound = outbound[core].as_mut().expect("only others become dirty");
            if outbound.progress == Progress::Published && doorbells[core].ring(&published) {
                wake(core);
            }
            let waiting = outbound.has_waiting();
            outbound.progress = if waiting { Progress::Dirty } else { Progress::Clean };
            waiting
        });
    }

    /// Hands out the messages that came, at most so many of each core, as (from, message). Says how many.
    pub fn receive(&mut self, most_per_core: usize, mut each: impl FnMut(usize, Message)) -> usize {
        self.inbound()
            .map(|(from, inbound)| drain(&mut inbound.messages, most_per_core, |message| each(from, message)))
            .sum()
    }

    /// Hands out the controls that came, as (from, control). Says how many.
    pub fn receive_control(&mut self, mut each: impl FnMut(usize, Control)) -> usize {
        // At most what a lane holds, so that a core which sends all the time does not keep this one here.
        self.inbound()
            .map(|(from, inbound)| drain(&mut inbound.controls, LANE_CONTROLS, |control| each(from, control)))
            .sum()
    }

    fn inbound(&mut self) -> impl Iterator<Item = (usize, &mut Inbound)> {
        self.inbound.iter_mut().enumerate().filter_map(|(from, inbound)| Some((from, inbound.as_mut()?)))
    }

    /// How many cores there are, this one among them.
    pub fn cores(&self) -> usize {
        self.doorbells.len()
    }

    /// Whether all that was sent is published. If not after a [`publish`](Self::publish), a lane is full, and the rest
    /// goes with a later one.
    pub fn is_published(&self) -> bool {
        self.dirty.is_empty()
    }

    /// What another core is doing, as far as one can know from here.
    ///
    /// # Panics
    ///
    /// If `core` is the own one: whoever asks is busy.
    pub fn hunger(&self, core: usize) -> Hunger {
        assert!(core != self.own, "core {core} asks for itself");
        self.doorbells[core].hunger()
    }

    /// Whether another core's links were dropped. After a yes, what [`receive`](Self::receive) and
    /// [`receive_control`](Self::receive_control) still find is its last.
    ///
    /// # Panics
    ///
    /// If `core` is the own one.
    pub fn is_gone(&self, core: usize) -> bool {
        let Some(inbound) = &self.inbound[core] else { panic!("core {core} asks for itself") };
        inbound.messages.is_sender_gone() && inbound.controls.is_sender_gone()
    }

    /// This core has something to do, or is awake again.
    pub fn work(&mut self) {
        self.doorbells[self.own].work();
    }

    /// This core has nothing to do and keeps looking.
    pub fn spin(&mut self) {
        self.doorbells[self.own].spin();
    }

    /// This core would like to sleep. `true`: nothing came, and from now on the first to publish something wakes it
    /// (perhaps once more than needed, when another wake or a timer came first). `false`: it is busy, with what came
    /// or with what is still to be published: a lane is full, its receiver will make room, and does not tell.
    #[must_use = "a core that sleeps after a no is not woken"]
    pub fn park(&mut self) -> bool {
        if !self.dirty.is_empty() {
            self.work();
            return false;
        }
        let has_work = || self.inbound.iter().flatten().any(Inbound::has_work);
        self.doorbells[self.own].park(has_work)
    }
}

impl Inbound {
    fn has_work(&self) -> bool {
        !self.messages.is_empty() || !self.controls.is_empty()
    }
}

fn drain<T>(lane: &mut Receiver<T>, most: usize, mut each: impl FnMut(T)) -> usize {
    let mut taken = 0;
    while taken < most
        && let Some(next) = lane.pop()
    {
        each(next);
        taken += 1;
    }
    lane.give_back();
    taken
}
