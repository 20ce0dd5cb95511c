//! A flag between many who ring and one who looks: it says who of them is the first, and so has to pass it on.
//!
//! Between two looks one ring is passed on and the others are dropped. Dropping is the danger: what a ring that was
//! dropped is about must be seen by the look that the one before it has called for.
//!
//! # Why no ring is lost
//!
//! A ring is `swap(true)`, behind its cause. A look is `swap(false)`, before it searches. All writes of the flag are
//! swaps, so they have one order and each sees the one before it.
//!
//! * A ring behind the look in that order: it, or another ring between the two, found `false` and is passed on. There
//!   is another look.
//! * A ring before the look: the look's swap reads what that ring or a later swap wrote, acquires, and so the cause
//!   is there when it searches. A store in its place would read nothing: it could overtake the search on a processor
//!   that lets it, and hide a ring whose cause was not found.
//!
//! A look that reads `false` without swapping can only be mistaken about a ring whose flag it does not see yet. The
//! first such ring found `false`, and is passed on; and the look that this calls for does see it, since passing on
//! carries over what was before it, as everything does that makes another thread run.

use crate::sync::{
    AtomicBool, Mutant,
    Ordering::{AcqRel, Relaxed, Release},
    ordering, planted,
};

/// The flag.
#[derive(Debug, Default)]
pub struct Rung(AtomicBool);

impl Rung {
    /// Whether this is the first ring since the last look. Whoever is told so calls for the next.
    pub fn ring(&self) -> bool {
        if planted(Mutant::RingInTwoSteps) {
            let first = !self.0.load(Relaxed);
            self.0.swap(true, AcqRel);
            return first;
        }
        !self.0.swap(true, ordering(AcqRel, Mutant::RingUnordered))
    }

    /// A look begins: what is rung from now on calls for another, and what was rung before is seen by what follows.
    pub fn hear(&self) {
        if planted(Mutant::HearUnread) {
            self.0.store(false, Release);
            return;
        }
        // Most looks of a busy core find the flag down: a plain load spares them the swap.
        if self.0.load(Relaxed) {
            self.0.swap(false, ordering(AcqRel, Mutant::HearUnordered));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ring_between_two_looks_is_the_first() {
        let rung = Rung::default();
        rung.hear(); // Nobody has rung.
        for _ in 0..2 {
            assert_eq!([(); 3].map(|()| rung.ring()), [true, false, false]);
            rung.hear();
        }
    }
}
