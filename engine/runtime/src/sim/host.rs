//! The simulated world as one core sees it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_buffer::Buffer;

use super::pace::Tempo;
use super::{Disk, WALL_BEGAN_MS, Wires};
use crate::random::Random;
use crate::seam::{Completion, ConnectionId, FileOperation, Host, Refused, Ticket, Wake};

/// Of a thousand: places that are active in a run, and cases in which an active one does it.
const BUGGY: u64 = 250;

/// What the cores of all machines share.
pub(super) struct Outside {
    /// One for each machine.
    pub(super) disks: Vec<RefCell<Disk<(usize, Ticket)>>>,
    /// Between cores of different machines.
    pub(super) wires: RefCell<Wires<usize>>,
    /// What has come for each core.
    pub(super) arrived: RefCell<Vec<VecDeque<Completion>>>,
    /// Decides which places do the unlikely, and when.
    pub(super) buggify: Option<Random>,
    pub(super) wakes: Vec<Arc<SimWake>>,
}

/// One core's door.
pub(super) struct SimHost {
    pub(super) core: usize,
    /// The first core of its machine, and the machine.
    first: usize,
    machine: usize,
    outside: Rc<Outside>,
    random: Random,
    pub(super) tempo: Tempo,
    /// The clock of this core: it goes on a little whenever it is looked at, since work takes time.
    now_ns: Cell<u64>,
    chance: RefCell<Random>,
}

/// Where a core stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    pub(super) core: usize,
    pub(super) first: usize,
    pub(super) machine: usize,
}

impl SimHost {
    pub(super) fn new(address: Address, outside: Rc<Outside>, random: &Random, tempo: Tempo) -> Self {
        let Address { core, first, machine } = address;
        let own = random.branch(&format!("core {core}"));
        let (random, chance) = (own.branch("drawn"), RefCell::new(own.branch("time")));
        Self { core, first, machine, outside, random, tempo, now_ns: Cell::new(0), chance }
    }

    /// A turn begins at this time, which is not before the end of the last one.
    pub(super) fn begin(&self, now_ns: u64) {
        self.now_ns.set(self.now_ns.get().max(now_ns));
    }

    /// When the turn has ended.
    pub(super) fn ended_ns(&self) -> u64 {
        self.now_ns.get()
    }
}

impl Host for SimHost {
    fn now_ns(&self) -> u64 {
        let went_ns = self.tempo.look_ns(&mut self.chance.borrow_mut());
        self.now_ns.set(self.now_ns.get() + went_ns);
        self.now_ns.get()
    }

    fn wall_ms(&self) -> i64 {
        WALL_BEGAN_MS + i64::try_from(self.now_ns.get() / 1_000_000).expect("a run of some years")
    }

    fn random(&mut self) -> u64 {
        self.random.bits()
    }

    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.outside.disks[self.machine].borrow_mut().submit(
            self.now_ns.get(),
            (self.core, ticket),
            operation,
        );
    }

    fn send(&mut self, connection: ConnectionId, bytes: Buffer) -> Result<(), Refused> {
        self.outside.wires.borrow_mut().send(self.now_ns.get(), connection, bytes)
    }

    /// What has come by it already goes with it.
    fn close(&mut self, connection: ConnectionId) {
        let other = |completion: &Completion| match completion {
            Completion::Received(from, _) | Completion::Closed(from, _) => *from != connection,
            Completion::File(..) => true,
        };
        self.outside.arrived.borrow_mut()[self.core].retain(other);
        self.outside.wires.borrow_mut().reset(self.now_ns.get(), connection);
    }

    fn reap(&mut self, each: &mut dyn FnMut(Completion)) {
        let arrived = std::mem::take(&mut self.outside.arrived.borrow_mut()[self.core]);
        arrived.into_iter().for_each(each);
    }

    fn wake(&mut self, core: usize) {
        self.outside.wakes[self.first + core].wake();
    }

    /// A place is active in a quarter of all runs, and does it in a quarter of all cases there.
    fn buggify(&mut self, place: &'static str) -> bool {
        let Some(seed) = &self.outside.buggify else { return false };
        seed.branch(place).chance(BUGGY) && self.random.chance(BUGGY)
    }
}

/// Notes that a core was woken; the simulation decides when that takes effect.
#[derive(Debug, Default)]
pub(super) struct SimWake(AtomicBool);

impl SimWake {
    /// Whether it was woken since the last look.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for SimWake {
    fn wake(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
