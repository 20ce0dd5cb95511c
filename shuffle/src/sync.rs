//! The atomics and cells of this crate: the processor's, or loom's when a model is checked.
//!
//! What crosses cores takes them from here, so the code that runs in production is the code that loom explores. Each
//! protocol names the steps that it cannot do without; under loom one of them can be left out, and `tests/loom.rs`
//! proves that this is noticed. In production [`ordering`], [`planted`] and
//! [`failed`] are constants.

#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence},
};

#[cfg(feature = "loom")]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence},
    },
};

/// The standard cell, entered in the way of loom's.
#[cfg(not(feature = "loom"))]
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(feature = "loom"))]
impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Under loom, the moment at which a race is noticed.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, enter: impl FnOnce(*mut T) -> R) -> R {
        enter(self.0.get())
    }
}

/// A step of a protocol that hurts when it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A lane shows its messages without what was written to them.
    PublishUnordered,
    /// A receiver sees that there are messages, and not what was written to them.
    TakeUnordered,
    /// A lane shows each message at once instead of a turn's together.
    PublishEachPush,
    /// A receiver gives slots back while its reads of them may still be under way.
    GiveBackUnordered,
    /// A sender sees that slots are free, and writes to them before their last reads.
    ReuseUnordered,
    /// A sender leaves, and this is seen before the last it has published.
    LeaveUnordered,
    /// A receiver sees that the sender has left, and not the last it has published.
    LeftUnordered,
    /// A sender leaves without dropping what it has not published.
    UnpublishedForgotten,
    /// A receiver leaves and does not say what it has taken.
    TakenTwice,
    /// Nobody drops what was published after the receiver had left.
    RemainderForgotten,
    /// A core says that it is parked, and may have looked before.
    ParkUnfenced,
    /// A sender publishes, and may have looked for the parked core before.
    RingUnfenced,
    /// A sender looks whether the core is parked and then marks it, instead of doing both in one step.
    RingInTwoSteps,
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

/// Whether a model has failed and its values are being dropped: loom must not be asked anything then. Never outside
/// a model.
#[cfg(not(feature = "loom"))]
#[inline(always)]
pub(crate) fn failed() -> bool {
    false
}

#[cfg(feature = "loom")]
pub use planting::plant;
#[cfg(feature = "loom")]
pub(crate) use planting::{failed, ordering, planted};

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

    pub(crate) fn failed() -> bool {
        std::thread::panicking()
    }

    pub(crate) fn planted(spot: Mutant) -> bool {
        PLANTED.get() == Some(spot)
    }

    pub(crate) fn ordering(sound: Ordering, spot: Mutant) -> Ordering {
        if planted(spot) { Ordering::Relaxed } else { sound }
    }
}
