//! One subtask of an operator on trial, in a world of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memory::{KeyGroups, Lease};
use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::subtask::{Failure, Place};
use state::{Restore, Snapshot};

use super::Subject;
use super::trial::{Fault, Trial};
use super::world::{Refusal, World};
use crate::accumulators::Accumulators;
use crate::chain::{Chain, Delivery, Link, Role, Settled, Target};
use crate::{Mode, OperatorSeat};

/// Steps of one delivery in which nothing is sent, until it counts as stuck.
const IDLE_STEPS_MAX: usize = 100;

/// Batches of one delivery, until it counts as endless.
const BATCHES_MAX: usize = 20_000;

/// Where an instance stands.
pub(super) struct Seating<'a> {
    pub(super) mode: Mode,
    pub(super) refusal: Refusal,
    pub(super) lease: &'a Lease,
    pub(super) number: u32,
    pub(super) parallelism: u32,
    pub(super) now_ns: u64,
    pub(super) seed: u64,
}

pub(super) struct Instance {
    chain: Chain,
    pub(super) world: World,
    poked: Arc<AtomicBool>,
}

/// Notes that the operator was poked.
struct Bell(Arc<AtomicBool>);

impl Poke for Bell {
    fn poke(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Instance {
    pub(super) fn new(subject: &Subject, seating: &Seating<'_>) -> Result<Self, Failure> {
        let poked = Arc::new(AtomicBool::new(false));
        let place = Place {
            job: JobId(0),
            attempt: 0,
            vertex: 0,
            number: seating.number,
            parallelism: seating.parallelism,
            name: format!("probe ({}/{})", seating.number + 1, seating.parallelism).into(),
        };
        let seat = OperatorSeat {
            place,
            name: "probe".into(),
            mode: seating.mode,
            groups: KeyGroups::default(),
            managed: seating.lease.clone(),
            spills: None,
            plane: None,
            poke: Arc::new(Bell(poked.clone())),
            accumulators: Accumulators::default(),
            sides: subject.sides.clone().into(),
        };
        let role = Role::Operator((subject.build)(&seat)?);
        let edges = subject.outputs();
        let exits = (0..edges).map(|edge| vec![Target::Edge(edge)]).collect();
        let ports = subject.inputs.len();
        let link = Link { role, ports, exits, poked: Some(poked.clone()) };
        let mut world = World::new(edges, seating.refusal, seating.seed);
        world.now_ns = seating.now_ns;
        Ok(Self { chain: Chain::new(vec![link], (0..ports).collect()), world, poked })
    }

    /// Gives it something, and lets it do what it then does.
    pub(super) fn give(&mut self, port: usize, delivery: Delivery) -> Result<(), Fault> {
        self.world.begin();
        self.chain.give(port, delivery, &mut self.world).map_err(Fault::failure)?;
        self.settle()
    }

    /// The clock goes on.
    pub(super) fn pass_ms(&mut self, passed_ms: u64) -> Result<(), Fault> {
        let end_ns = self.world.now_ns + passed_ms * 1_000_000;
        loop {
            let wish = self.chain.wake_at_ns().filter(|at_ns| *at_ns <= end_ns);
            self.world.now_ns = self.world.now_ns.max(wish.unwrap_or(end_ns));
            self.world.begin();
            self.chain.wake(&mut self.world).map_err(Fault::failure)?;
            self.settle()?;
            if wish.is_none() {
                return Ok(());
            }
        }
    }

    pub(super) fn save(&mut self) -> Result<Snapshot, Fault> {
        let mut all = self.chain.save().map_err(Fault::failure)?;
        Ok(all.pop().expect("a chain of one operator"))
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Fault> {
        self.chain.load(std::slice::from_ref(from)).map_err(Fault::failure)
    }

    fn settle(&mut self) -> Result<(), Fault> {
        let (mut idle, begun) = (0, self.world.batches);
        while self.world.batches - begun < BATCHES_MAX {
            let before = self.world.batches;
            self.world.begin();
            let settled = self.chain.settle(&mut self.world).map_err(Fault::failure)?;
            let is_poked = self.poked.load(Ordering::Acquire);
            match settled {
                Settled::Clear if !is_poked => return Ok(()),
                Settled::Interrupted => {}
                Settled::Clear | Settled::Waits => self.wait(is_poked)?,
            }
            idle = if self.world.batches == before { idle + 1 } else { 0 };
            if idle > IDLE_STEPS_MAX {
                let says = "it asks to be called again and again, and sends nothing";
                return Err(Fault::of(Trial::Progress, says));
            }
        }
        Err(Fault::of(Trial::Progress, "it sends batches without end"))
    }

    /// What it waits for happens: it was poked, or the clock goes on to when it wants to be woken.
    fn wait(&mut self, is_poked: bool) -> Result<(), Fault> {
        if !is_poked {
            let at_ns = self.chain.wake_at_ns();
            let at_ns =
                at_ns.ok_or_else(|| Fault::of(Trial::Progress, "it waits, and nobody will wake it"))?;
            self.world.now_ns = self.world.now_ns.max(at_ns);
        }
        self.chain.wake(&mut self.world).map_err(Fault::failure)
    }
}
