//! How a subtask comes to be: on its core, from what its job carries to all cores.

use std::fmt;
use std::sync::Arc;

use memory::Lease;

use super::{Failure, Subtask};
use crate::job::JobId;
use crate::plane::PlaneHandle;
use crate::plane::bridge::Poke;

/// Makes the subtasks of a vertex. It is shared by all cores; what it makes never leaves its own.
///
/// Any function of this shape is one.
pub trait Maker: Send + Sync {
    /// One subtask, for this seat.
    ///
    /// # Errors
    ///
    /// What the job cannot begin without.
    fn make(&self, seat: &Seat) -> Result<Box<dyn Subtask>, Failure>;
}

impl<F: Fn(&Seat) -> Result<Box<dyn Subtask>, Failure> + Send + Sync> Maker for F {
    fn make(&self, seat: &Seat) -> Result<Box<dyn Subtask>, Failure> {
        self(seat)
    }
}

/// Which share of which work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The job.
    pub job: JobId,
    /// How often it was started before.
    pub attempt: u32,
    /// The vertex of its graph.
    pub vertex: u32,
    /// Which of the vertex's subtasks, from zero.
    pub number: u32,
    /// How many it has.
    pub parallelism: u32,
    /// `map (2/4)`.
    pub name: Arc<str>,
}

/// All that a subtask is given to itself.
pub struct Seat {
    /// Who it is.
    pub place: Place,
    /// What it may hold beside segments. Its guarantee was set aside before it was made.
    pub managed: Lease,
    /// Where code runs that waits; none in a world without such threads.
    pub plane: Option<PlaneHandle>,
    /// Makes the reactor step this subtask, from any thread.
    pub poke: Arc<dyn Poke>,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("place", &self.place).finish_non_exhaustive()
    }
}
