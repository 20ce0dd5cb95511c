//! A doorbell: how a core says that it is going to sleep, and how it is woken.
//!
//! A core that publishes for another one must wake it if it sleeps, and only then, since waking costs a system call.
//! Lane and doorbell are two places in memory, so each side writes its own place, then reads the other's:
//!
//! ```text
//!   receiving core                          sending core
//!   state ← parked                          lane ← messages
//!   ─ fence ─                               ─ fence ─
//!   anything in a lane?  then stay awake    parked?  then busy, and whoever changed it wakes the core
//! ```
//!
//! Both fences are sequentially consistent, so one comes first, and the other side sees what was written before it:
//! it cannot be that the receiver misses the messages and the sender misses the parking. Acquire and release alone
//! would allow it. A sender pays its fence once a turn, however many messages and receivers.
//!
//! It wakes nobody by itself: the answer says who must, and how is the host's. A wake can come to a core that has
//! found its messages already; it must be harmless there.

use memory::CacheLine;

use crate::sync::{AtomicU8, Mutant, Ordering, fence, planted};

/// What a receiving core is doing: whether it pays to send it little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Hunger {
    /// It has work. What is sent now waits, so more may be gathered first.
    Busy,
    /// It looks at its lanes again and again: what is sent is taken at once, with time that nobody else needs.
    Spinning,
    /// It sleeps, or is about to: the first to send something pays for waking it.
    Parked,
}

/// One for each receiving core, shared by all that send to it.
#[derive(Debug)]
pub struct Doorbell(CacheLine<AtomicU8>);

impl Default for Doorbell {
    fn default() -> Self {
        Self(CacheLine(AtomicU8::new(Hunger::Busy as u8)))
    }
}

impl Doorbell {
    /// What the core is doing, as far as one can know from outside: it may have changed meanwhile.
    pub fn hunger(&self) -> Hunger {
        match self.0.load(Ordering::Relaxed) {
            state if state == Hunger::Spinning as u8 => Hunger::Spinning,
            state if state == Hunger::Parked as u8 => Hunger::Parked,
            _ => Hunger::Busy,
        }
    }

    /// The core has work, or is awake again. Its own call.
    pub fn work(&self) {
        self.set(Hunger::Busy);
    }

    /// The core has none and looks for some. Its own call.
    pub fn spin(&self) {
        self.set(Hunger::Spinning);
    }

    /// The core wants to sleep, and `has_work` looks at every lane for a last time. `true`: nobody can publish from
    /// now on without noticing that the core sleeps. `false`: there is something, and the core is busy. Its own call.
    pub fn park(&self, has_work: impl FnOnce() -> bool) -> bool {
        self.0.swap(Hunger::Parked as u8, Ordering::Relaxed);
        if !planted(Mutant::ParkUnfenced) {
            fence(Ordering::SeqCst);
        }
        let sleeps = !has_work();
        if !sleeps {
            self.work();
        }
        sleeps
    }

    /// The caller has published something for this core. `true`: it sleeps, and to wake it is the caller's task and
    /// nobody else's.
    #[must_use = "nobody else wakes the core"]
    pub fn ring(&self, _published: &Published) -> bool {
        // Usually the core is awake. Then a look is enough, and the line stays in all caches.
        if self.0.load(Ordering::Relaxed) != Hunger::Parked as u8 {
            return false;
        }
        if planted(Mutant::RingInTwoSteps) {
            self.work();
            return true;
        }
        // One step, so that of several senders one finds the core parked, and nothing is written when none does:
        // by then the core may be spinning.
        let (parked, busy) = (Hunger::Parked as u8, Hunger::Busy as u8);
        self.0.compare_exchange(parked, busy, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Senders write only over *parked*, so the core itself may store over everything else. Over *parked* it swaps.
    /// A store would do there too, but why is a rule about read-modify-writes that loom does not know (nothing comes
    /// between one and what it has read), and before or after a sleep the price does not count.
    fn set(&self, hunger: Hunger) {
        let before = self.0.load(Ordering::Relaxed);
        if before == Hunger::Parked as u8 {
            self.0.swap(hunger as u8, Ordering::Relaxed);
        } else if before != hunger as u8 {
            // Not written when nothing changes: the senders' copies of the line stay valid.
            self.0.store(hunger as u8, Ordering::Relaxed);
        }
    }
}

/// Proof that what a sender has published stands before its looks at doorbells. One serves for all receivers of a
/// turn, and for nothing that is published later.
#[derive(Debug)]
pub struct Published(());

impl Published {
    /// After the last publishing of a turn.
    pub fn now() -> Self {
        if !planted(Mutant::RingUnfenced) {
            fence(Ordering::SeqCst);
        }
        Self(())
    }
}

#[cfg(test)]
#[cfg(not(feature = "loom"))]
mod tests {
    use super::*;

    #[test]
    fn the_first_who_rings_at_a_parked_core_wakes_it() {
        let doorbell = Doorbell::default();
        assert!(doorbell.park(|| false));
        assert_eq!(doorbell.hunger(), Hunger::Parked);
        let rung = [(); 3].map(|()| doorbell.ring(&Published::now()));
        assert_eq!(rung, [true, false, false]);
        assert_eq!(doorbell.hunger(), Hunger::Busy);
    }

    #[test]
    fn a_core_that_is_awake_is_not_woken() {
        let doorbell = Doorbell::default();
        assert!(!doorbell.ring(&Published::now()));
        doorbell.spin();
        assert!(!doorbell.ring(&Published::now()));
        assert_eq!(doorbell.hunger(), Hunger::Spinning);
    }

    #[test]
    fn a_core_that_finds_something_does_not_park() {
        let doorbell = Doorbell::default();
        doorbell.spin();
        assert!(!doorbell.park(|| true));
        assert_eq!(doorbell.hunger(), Hunger::Busy);
    }

    #[test]
    fn a_core_is_what_it_last_said() {
        let doorbell = Doorbell::default();
        assert_eq!(doorbell.hunger(), Hunger::Busy);
        assert!(doorbell.park(|| false));
        doorbell.work();
        assert_eq!(doorbell.hunger(), Hunger::Busy);
    }
}
