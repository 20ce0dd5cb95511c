//! How fast the cores of a simulated machine are: evenly, or one far behind, or all in fits and starts.
//!
//! Where time goes decides which of two things happens first, so a run with other tempi explores other orders.

use crate::random::Random;

/// The tempo of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// How many times slower than a fast one.
    slowness: u64,
    /// In how many of a thousand turns it stops for a while.
    pauses: u64,
}

/// The longest that a core stops.
const PAUSE_NS_MAX: u64 = 20_000_000;

impl Tempo {
    /// As fast as any.
    pub const EVEN: Self = Self { slowness: 1, pauses: 0 };

    /// The tempi of all cores in one run.
    pub fn drawn(cores: usize, random: &mut Random) -> Vec<Self> {
        let mut tempi = vec![Self::EVEN; cores];
        match random.below(4) {
            0 => {}
            1 => tempi.iter_mut().for_each(|tempo| tempo.slowness = 1 << random.below(7)),
            2 => {
                let starved = usize::try_from(random.below(cores as u64)).expect("a core");
                tempi[starved].slowness = 200;
            }
            _ => tempi.iter_mut().for_each(|tempo| tempo.pauses = random.below(50)),
        }
        tempi
    }

    /// How long the work between two looks at the clock takes.
    pub(super) fn look_ns(self, random: &mut Random) -> u64 {
        random.within(20, 2_000) * self.slowness
    }

    /// What lies between two turns.
    pub(super) fn gap_ns(self, random: &mut Random) -> u64 {
        let gap_ns = random.within(10, 500) * self.slowness;
        let pause_ns = if random.chance(self.pauses) { random.below(PAUSE_NS_MAX) } else { 0 };
        gap_ns + pause_ns
    }

    /// How long after a wake, or a deadline, the core begins its turn.
    pub(super) fn wake_ns(self, random: &mut Random) -> u64 {
        random.within(200, 60_000) * self.slowness
    }
}
