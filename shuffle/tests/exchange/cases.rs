//! What is drawn for a run: everything else follows from the seed.

use shuffle::{Alignment, BufferTimeout};

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) ways: Ways,
    pub(crate) timeout: BufferTimeout,
    pub(crate) alignment: Alignment,
    pub(crate) senders: u32,
    pub(crate) receivers: u32,
    pub(crate) exclusive_segments: u32,
    pub(crate) gate_segments: u32,
    pub(crate) floating_segments: u32,
    /// Whether senders fall idle now and then.
    pub(crate) idles: bool,
    /// Whether a sender's pool has only a few segments.
    pub(crate) starves: bool,
}

/// The routes, as far as a drawn one can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ways {
    Forward,
    Hash,
    Rebalance,
    Rescale,
    Broadcast,
    Global,
    Range,
    Custom,
}

/// The numbers of a run (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}
