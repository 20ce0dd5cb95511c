//! How chance is shaped: delays that are mostly short, and kinds of fault that half of all runs do not have.
//!
//! Every function draws the same count of numbers whatever it gives, so that a rate that changes shifts no other
//! draw of the run.

use crate::random::Random;

/// How often a delay may be halved: the shortest are most frequent, and one in some twenty is longer than half of the
/// longest, which is about the tail of a busy disk or network.
const HALVINGS_END: u64 = 10;

/// A span of time from which delays are drawn, most of them near its short end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The shortest.
    pub least_ns: u64,
    /// The longest.
    pub most_ns: u64,
}

impl Delay {
    /// None at all.
    pub const NONE: Self = Self { least_ns: 0, most_ns: 0 };

    /// One delay.
    ///
    /// # Panics
    ///
    /// If the longest is shorter than the shortest.
    pub fn draw(self, random: &mut Random) -> u64 {
        assert!(self.least_ns <= self.most_ns, "{self:?} is no span");
        let halvings = random.below(HALVINGS_END);
        self.least_ns + (random.within(0, self.most_ns - self.least_ns) >> halvings)
    }
}

/// How many of a thousand: none in half of all cases, otherwise up to `most`.
pub(super) fn rate(most: u64, random: &mut Random) -> u64 {
    let (on, rate) = (random.chance(500), random.within(1, most));
    if on { rate } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_delays_are_short_and_none_is_outside_its_span() {
        let (delay, mut random) = (Delay { least_ns: 100, most_ns: 1100 }, Random::new(3));
        let drawn: Vec<u64> = (0..1000).map(|_| delay.draw(&mut random)).collect();
        assert!(drawn.iter().all(|ns| (100..=1100).contains(ns)));
        assert!(drawn.iter().filter(|ns| **ns < 350).count() > 700);
        assert!(drawn.iter().any(|ns| *ns > 850));
        assert_eq!(Delay::NONE.draw(&mut random), 0);
    }

    #[test]
    fn half_of_all_runs_do_not_have_a_fault() {
        let mut random = Random::new(4);
        let drawn: Vec<u64> = (0..1000).map(|_| rate(20, &mut random)).collect();
        let off = drawn.iter().filter(|rate| **rate == 0).count();
        assert!((400..600).contains(&off), "{off}");
        assert_eq!(drawn.iter().max(), Some(&20));
    }
}
