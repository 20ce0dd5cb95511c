//! The least of many watermarks, of which one changes at a time.
//!
//! ```text
//!                   3                    each node is the least of the two below it
//!            3             5
//!         7     3       5     ∞          ∞: this channel is left out
//! ```
//!
//! A change climbs from its leaf only as far as it matters. When channels advance in step, that is two levels on
//! average, whatever their number; at worst it is the height of the tree.

use crate::item::Watermark;

/// A tournament: the root has won against all.
#[derive(Clone, Debug)]
pub(super) struct Least {
    /// The root at 1, the children of `n` at `2n` and `2n + 1`, the channels from `leaves` on.
    nodes: Vec<Watermark>,
    leaves: usize,
    /// Which channels take part. What the tree holds cannot tell: the last watermark is as great as ∞.
    counted: Vec<bool>,
    count: usize,
}

impl Least {
    /// Of so many channels, none of which takes part yet.
    pub(super) fn of(channels: usize) -> Self {
        let leaves = channels.next_power_of_two();
        Self { nodes: vec![Watermark::MAX; 2 * leaves], leaves, counted: vec![false; channels], count: 0 }
    }

    /// The channel takes part with this watermark, or not at all.
    pub(super) fn set(&mut self, channel: usize, watermark: Option<Watermark>) {
        let was_counted = std::mem::replace(&mut self.counted[channel], watermark.is_some());
        self.count = self.count + usize::from(watermark.is_some()) - usize::from(was_counted);
        let mut node = self.leaves + channel;
        let mut least = watermark.unwrap_or(Watermark::MAX);
        while self.nodes[node] != least {
            self.nodes[node] = least;
            if node == 1 {
                return;
            }
            least = least.min(self.nodes[node ^ 1]);
            node /= 2;
        }
    }

    /// Whether the channel takes part.
    pub(super) fn counts(&self, channel: usize) -> bool {
        self.counted[channel]
    }

    /// The least watermark of those that take part, if any does.
    pub(super) fn get(&self) -> Option<Watermark> {
        (self.count > 0).then(|| self.nodes[1])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_least_of_those_that_take_part(
            channels in 1..20_usize,
            changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(0..9_i64)), 0..200),
        ) {
            let mut least = Least::of(channels);
            let mut naive = vec![None; channels];
            for (channel, time) in changes {
                let channel = channel.index(channels);
                // Eight stands for the end of time, which must not be taken for being left out.
                naive[channel] = time.map(|time| if time == 8 { Watermark::MAX } else { Watermark(time) });
                least.set(channel, naive[channel]);
                prop_assert_eq!(least.get(), naive.iter().copied().flatten().min());
                prop_assert_eq!(least.counts(channel), time.is_some());
            }
        }
    }
}
