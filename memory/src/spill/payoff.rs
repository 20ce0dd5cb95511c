//! Whether compressing pays, learnt from what it saved.
//!
//! Random or already compressed rows do not shrink; trying costs more processor time than writing or sending them.
//! So a try that saved less than a tenth is followed by a pause, and then one block is tried again, since what a
//! file or a channel holds can change.

use crate::bound::{COMPRESS_BYTES_MIN, COMPRESS_PAUSE_BLOCKS};

/// The memory of one stream of blocks: a spill file's, or a channel's frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct Payoff {
    pause: u32,
}

impl Payoff {
    /// Whether to compress the next block, of `bytes`.
    pub fn try_next(&mut self, bytes: usize) -> bool {
        if bytes < COMPRESS_BYTES_MIN {
            return false;
        }
        let paused = self.pause > 0;
        self.pause = self.pause.saturating_sub(1);
        !paused
    }

    /// A try turned `before` bytes into `after`. Answers whether the result is worth keeping.
    pub fn learn(&mut self, before: usize, after: usize) -> bool {
        let worthwhile = after < before - before / 10;
        if !worthwhile {
            self.pause = COMPRESS_PAUSE_BLOCKS;
        }
        worthwhile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the next `count` blocks are tried, when tries turn 100 kB into `after`.
    fn tries(payoff: &mut Payoff, count: usize, after: usize) -> Vec<usize> {
        let tried = |_: &usize| {
            payoff.try_next(100_000) && {
                payoff.learn(100_000, after);
                true
            }
        };
        (0..count).filter(tried).collect()
    }

    #[test]
    fn what_shrinks_is_always_compressed() {
        assert_eq!(tries(&mut Payoff::default(), 40, 60_000).len(), 40);
    }

    #[test]
    fn what_does_not_shrink_is_tried_now_and_then() {
        let mut payoff = Payoff::default();
        assert_eq!(tries(&mut payoff, 40, 95_000), [0, 17, 34]);
        // Once it shrinks again, the next try notices and compression stays on.
        assert_eq!(tries(&mut payoff, 20, 50_000), [11, 12, 13, 14, 15, 16, 17, 18, 19]);
    }

    #[test]
    fn small_blocks_are_left_alone() {
        assert!(!Payoff::default().try_next(COMPRESS_BYTES_MIN - 1));
    }
}
