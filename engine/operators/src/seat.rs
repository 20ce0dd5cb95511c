//! What an operator is made with: which share of the work it is, what it may hold, what its job has in common.

use std::fmt;
use std::sync::Arc;

use memory::{KeyGroups, Lease, Reservation, SpillDirectories};
use runtime::plane::PlaneHandle;
use runtime::plane::bridge::Poke;
use runtime::subtask::{Failure, Place, Seat};

use crate::accumulators::Accumulators;
use crate::side::SideSpec;

/// How the results of a job come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As rows come: what is known so far, and its changes.
    #[default]
    Streaming,
    /// When all rows have come: what is final.
    Batch,
}

/// All that an operator is given to itself.
#[derive(Clone)]
pub struct OperatorSeat {
    /// The subtask.
    pub place: Place,
    /// The operator's own name, which need not be that of its chain.
    pub name: Arc<str>,
    /// How results come.
    pub mode: Mode,
    /// Into how many groups keys fall.
    pub groups: KeyGroups,
    /// What it may hold beside segments.
    pub managed: Lease,
    /// Where rows go that memory has no room for, if anywhere.
    pub spills: Option<Arc<SpillDirectories>>,
    /// Where code runs that waits, if anywhere.
    pub plane: Option<PlaneHandle>,
    /// Makes the chain wake this operator, from any thread.
    pub poke: Arc<dyn Poke>,
    /// What the functions of the job count.
    pub accumulators: Accumulators,
    /// The side outputs that somebody listens to, from number 1.
    pub sides: Arc<[SideSpec]>,
}

impl OperatorSeat {
    /// The same as a subtask's, for what knows nothing of operators.
    pub fn subtask(&self) -> Seat {
        Seat {
            place: self.place.clone(),
            managed: self.managed.clone(),
            plane: self.plane.clone(),
            poke: self.poke.clone(),
        }
    }
}

impl fmt::Debug for OperatorSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorSeat")
            .field("name", &self.name)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Managed memory of an operator, which follows what its state takes.
pub struct Grant {
    name: Arc<str>,
    lease: Lease,
    held: Option<Reservation>,
}

/// A state that does not fit.
#[derive(Debug, thiserror::Error)]
#[error(
    "the state of {name} takes {bytes} bytes, and {lease}; raise taskmanager.memory.managed.size, give the state a time to live, or raise the parallelism"
)]
struct StateTooLarge {
    name: Arc<str>,
    bytes: u64,
    lease: String,
}

impl Grant {
    /// Nothing yet.
    pub fn of(seat: &OperatorSeat) -> Self {
        Self { name: seat.name.clone(), lease: seat.managed.clone(), held: None }
    }

    /// Holds as much as the state takes now, about.
    ///
    /// # Errors
    ///
    /// If that is not granted.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        let bytes = bytes as u64;
        let refused = || {
            let (name, lease) = (self.name.clone(), self.lease.to_string());
            Failure::lasting(StateTooLarge { name, bytes, lease })
        };
        match &mut self.held {
            None => self.held = Some(self.lease.reserve(bytes).ok_or_else(refused)?),
            Some(held) if held.bytes() < bytes => {
                // A quarter more than needed, if there is: states grow by small steps.
                let (more, room) = (bytes - held.bytes(), bytes / 4);
                if !held.grow(more + room) && !held.grow(more) {
                    let (name, lease) = (self.name.clone(), self.lease.to_string());
                    return Err(Failure::lasting(StateTooLarge { name, bytes, lease }));
                }
            }
            Some(held) if held.bytes() / 2 > bytes => held.shrink(held.bytes() / 2 - bytes),
            Some(_) => {}
        }
        Ok(())
    }

    /// Holds nothing any more.
    pub fn release(&mut self) {
        self.held = None;
    }
}
