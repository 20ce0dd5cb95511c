//! The atomics of this crate: the processor's, or loom's when a model is checked.
//!
//! The code that runs in production is the code that loom explores: every cross-thread structure takes its
//! atomics from here. A model is only worth something if it would notice a mistake, so each structure names
//! the spots where a mistake would hurt; under loom one of them can be planted, and `tests/loom.rs` proves
//! that loom finds it. In production [`ordering`] and [`planted`] are constants.

#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

#[cfg(feature = "loom")]
pub(crate) use loom::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

/// A place in a protocol where one weaker step would break it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A segment is handed back without publishing what was written to it.
    PushUnpublished,
    /// The home takes returned segments without seeing what was written to them.
    DrainUnseen,
    /// A closing pool sets its debt instead of adding it, losing what came home meanwhile.
    DebtOverwritten,
    /// A return to a closed pool does not publish what was written to the segment.
    PayUnpublished,
    /// A budget looks and then adds, instead of doing both in one step.
    ReserveInTwoSteps,
    /// A lease charges its parent after its own figure has changed, and gives back by the newer figure.
    ChargeAfterwards,
}

/// The ordering to use at `spot`: `sound`, unless that mutant is planted.
#[cfg(not(feature = "loom"))]
#[inline(always)]
pub(crate) fn ordering(sound: Ordering, _spot: Mutant) -> Ordering {
    sound
}

/// Whether the mistake `spot` is planted: never outside a model.
#[cfg(not(feature = "loom"))]
#[inline(always)]
pub(crate) fn planted(_spot: Mutant) -> bool {
    false
}

#[cfg(feature = "loom")]
pub use planting::plant;
#[cfg(feature = "loom")]
pub(crate) use planting::{ordering, planted};

#[cfg(feature = "loom")]
mod planting {
    use super::{Mutant, Ordering};
    use std::cell::Cell;

    std::thread_local! {
        // A std thread-local on purpose: loom runs the threads of a model as coroutines of one real thread,
        // and the plant must be the same for all of them.
        static PLANTED: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Plants `mutant` in all models that this thread checks from now on.
    pub fn plant(mutant: Option<Mutant>) {
        PLANTED.set(mutant);
    }

    pub(crate) fn planted(spot: Mutant) -> bool {
        PLANTED.get() == Some(spot)
    }

    pub(crate) fn ordering(sound: Ordering, spot: Mutant) -> Ordering {
        if planted(spot) { Ordering::Relaxed } else { sound }
    }
}
