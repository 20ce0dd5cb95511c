//! Chance that repeats: numbers that follow from a seed, and seeds that follow from a seed.
//!
//! A tree and not one stream: whoever draws from a branch of its own does not shift the numbers of the others, so a
//! simulation to which a fault is added stays the same everywhere else. SplitMix64, which passes the usual batteries
//! of tests; nothing here is a secret.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Another seed, other numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own, for what the label names. What is drawn from it, or from other branches, changes nothing
    /// here; what was drawn here before changes it.
    pub fn branch(&self, label: &str) -> Self {
        let named = label.bytes().fold(self.0 ^ 0x6a09_e667_f3bc_c909, |mixed, byte| {
            mix(mixed.wrapping_add(u64::from(byte)).wrapping_add(GOLDEN))
        });
        Self(named)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number below `end`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        assert!(end > 0, "no number is below zero");
        let wide = u128::from(self.bits()) * u128::from(end);
        u64::try_from(wide >> 64).expect("the high half of a product fits")
    }

    /// A number from `least` to `most`.
    pub fn within(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// Yes, in so many of a thousand cases.
    pub fn chance(&mut self, of_thousand: u64) -> bool {
        self.below(1000) < of_thousand
    }

    /// One of them.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let place = self.below(from.len() as u64);
        &from[usize::try_from(place).expect("below a usize")]
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

pub(crate) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_does_not_depend_on_what_others_have_drawn() {
        let root = Random::new(7);
        let (mut disk, mut wire) = (root.branch("disk"), root.branch("wire"));
        let alone: Vec<u64> = (0..4).map(|_| root.branch("disk").bits()).collect();
        let _ = wire.bits();
        assert_eq!(disk.bits(), alone[0]);
        assert_ne!(disk.bits(), wire.bits());
    }

    #[test]
    fn numbers_stay_within_their_bounds_and_reach_both() {
        let mut random = Random::new(1);
        let drawn: Vec<u64> = (0..1000).map(|_| random.within(3, 6)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&6)));
        assert_eq!((0..1000).filter(|_| random.chance(0)).count(), 0);
        assert_eq!((0..1000).filter(|_| random.chance(1000)).count(), 1000);
    }
}
