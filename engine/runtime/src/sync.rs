//! The atomics and locks of what crosses cores here, and how its threads sleep: the machine's, or loom's when a model is
//! checked.
//!
//! The code that runs in production is the code that loom explores. Each protocol names the steps that it cannot do
//! without; under loom one of them can be left out, and `tests/loom.rs` proves that this is noticed. In production
//! [`ordering`] and [`planted`] are constants.
//!
//! Where two sides each write a place of their own and then read the other's, what decides is a fence on either side and
//! not the order of the accesses: that is what loom can explore, and what costs nothing twice.

#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(feature = "loom"))]
#[cfg(feature = "uring")]
pub(crate) use std::{
    sync::{Mutex, OnceLock, atomic::fence},
    thread::{self, Thread},
};

#[cfg(feature = "loom")]
pub(crate) mod stand_ins;
#[cfg(feature = "loom")]
pub(crate) use {
    self::stand_ins::{self as thread, OnceLock, Thread},
    loom::sync::{
        Mutex,
        atomic::{AtomicBool, Ordering, fence},
    },
};

/// A step of a protocol that hurts when it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "uring"), expect(dead_code, reason = "nobody sleeps in a ring"))]
pub enum Mutant {
    /// Somebody rings behind another, and what it did before is not told to who looks.
    RingUnordered,
    /// Who looks takes the flag down, and does not see what was done before it was rung.
    HearUnordered,
    /// Who looks takes the flag down without reading it.
    HearUnread,
    /// Somebody looks whether it is the first to ring and then says so, instead of doing both in one step.
    RingInTwoSteps,
    /// A port is searched, and then the flag taken down.
    SearchBeforeHearing,
    /// A core goes into its ring, and may have looked for work, and at the guardian, before.
    BeginUnfenced,
    /// A core forgets that it was woken when it has looked for work.
    BeginBackwards,
    /// Somebody posts, and may have looked for the sleeping core before.
    WakeUnfenced,
    /// The task is called, and then told why.
    WokenAfterwards,
    /// A core looks whether it was woken, and then says whom to call.
    WakerAfterwards,
    /// The guardian goes to sleep, and may have looked for cores, and for its end, before.
    WatchUnfenced,
    /// The guardian is told to end, and may have been looked for before.
    EndUnfenced,
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

/// A fence that all others are in one order with, unless the mutant `spot` is planted.
#[cfg(feature = "uring")]
#[inline(always)]
pub(crate) fn fence_unless(spot: Mutant) {
    if !planted(spot) {
        fence(Ordering::SeqCst);
    }
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
        // Not loom's thread-local: the threads of a model are coroutines of one real thread, and the plant must be
        // the same for all of them.
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
