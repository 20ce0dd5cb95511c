//! Which rows go to which channel.
//!
//! | route | rows go | a row is copied |
//! |---|---|---|
//! | forward | to the one channel there is | never |
//! | hash | to the owner of their key group; the hash travels along | unless its whole batch goes there |
//! | rebalance, rescale | in pieces, to the channel with the most credit; in turn when all have the same | never |
//! | broadcast | to every channel | once for all channels |
//! | global | to the first channel | never |
//! | range | to the channel whose range of keys they fall in: the first half of a total sort | as with hash |
//! | custom | where a function of the user says | as with hash |
//!
//! Never copied means: what is large enough to fill segments is passed on as it is. A few rows are always copied,
//! together with the few before them.
//!
//! Rebalance and rescale differ in who is connected with whom ([`Route::connects`]), not in what happens to rows.

mod custom;
mod pieces;
mod range;
mod router;
mod spread;

use std::ops::Range;
use std::sync::Arc;

use memory::KeyGroups;

pub use custom::Partitioner;
pub(crate) use pieces::pieces;
pub use range::RangeBounds;
pub(crate) use router::{Routed, Router};
pub(crate) use spread::{Chosen, Spread};

/// How an edge spreads rows over its channels: plain data, as a plan says it.
#[derive(Clone, Debug)]
pub enum Route {
    /// To the subtask of the same number.
    Forward,
    /// To the subtask that owns the key group of the row.
    Hash {
        /// What the hash is of.
        key: HashKey,
        /// Into how many groups keys fall.
        groups: KeyGroups,
    },
    /// Evenly to all subtasks, those first that have the most credit left.
    Rebalance,
    /// Evenly to the subtasks of a sender's own share of them.
    Rescale,
    /// To every subtask.
    Broadcast,
    /// To the first subtask.
    Global,
    /// To the subtask whose range the key falls in: all keys of a subtask sort before all keys of the next.
    Range(Arc<RangeBounds>),
    /// Where a function says.
    Custom(Partitioner),
}

/// What decides the key group of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashKey {
    /// These columns. Hashes that batches bring with them are those of another edge's key.
    Columns(Vec<usize>),
    /// The hashes that batches bring with them: an operator before this edge has the same key.
    Carried,
}

impl Route {
    /// The receivers, out of `receivers`, that sender `sender` out of `senders` has a channel to.
    ///
    /// # Panics
    ///
    /// If there is no such sender, or a forward edge has unequal ends: the planner refuses that with a message.
    pub fn connects(&self, sender: u32, senders: u32, receivers: u32) -> Range<u32> {
        assert!(sender < senders);
        match self {
            Self::Forward => {
                assert_eq!(senders, receivers, "a forward edge joins equal numbers of subtasks");
                sender..sender + 1
            }
            Self::Rescale => share(sender, senders, receivers),
            _ => 0..receivers,
        }
    }

    /// Whether batches carry the hash of their key to the receiver.
    pub fn sends_hashes(&self) -> bool {
        matches!(self, Self::Hash { .. })
    }
}

/// A sender's share of the receivers: several of its own if there are enough, else one that it shares with
/// neighbours. Every receiver gets the same number of senders, give or take one, and they are neighbours too.
fn share(sender: u32, senders: u32, receivers: u32) -> Range<u32> {
    let scaled = |number: u32| {
        let start = u64::from(number) * u64::from(receivers) / u64::from(senders);
        u32::try_from(start).expect("at most the number of receivers")
    };
    let start = scaled(sender);
    start..scaled(sender + 1).max(start + 1)
}

#[cfg(test)]
mod tests;
