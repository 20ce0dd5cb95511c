//! The worlds a reactor runs in, but for the simulated one: what a core does between two turns.
//!
//! | host | between two turns | files |
//! |---|---|---|
//! | std | looks for a while, then parks its thread | a few threads that make ordinary system calls |
//! | glommio | the same, but waits in its ring while operations are under way | direct I/O through the core's own ring |

#[cfg(feature = "uring")]
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
pub(crate) mod bell;
mod door;
#[cfg(feature = "uring")]
mod glommio;
#[cfg(feature = "uring")]
mod guardian;
mod parker;
mod patience;
#[cfg(feature = "uring")]
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
pub(crate) mod ring_sleep;
mod std;

#[cfg(feature = "uring")]
pub(crate) use self::glommio::{run as run_on_glommio, start as start_on_glommio};
#[cfg(feature = "uring")]
pub(crate) use self::guardian::Guardian;
pub(crate) use self::parker::CoreWake;
pub(crate) use self::patience::{Circumstances, Patience};
pub(crate) use self::std::run as run_on_std;

use ::std::sync::Arc;

use crate::Clock;
use crate::files::Files;
use crate::random::Random;
use crate::seam::Wake;

/// What every host of threads has.
pub(crate) struct Basis {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// How to wake the cores of the worker, by number.
    pub(crate) wakes: Arc<[Arc<CoreWake>]>,
}

/// What a host makes its world of.
pub(crate) struct CoreSetup {
    pub(crate) core: usize,
    pub(crate) basis: Basis,
    pub(crate) files: Files,
    pub(crate) patience: Patience,
}

impl Basis {
    fn wake(&self, core: usize) {
        self.wakes[core].wake();
    }
}
