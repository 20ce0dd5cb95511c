//! What may overtake: the lane beside the rows.

use super::{Barrier, ChannelId};

/// Travels in the control lane. Never waits for credit, never carries rows.
///
/// Figures of credit are sums since the channel was opened. So a control message may be repeated or replaced by a
/// later one of its kind, and a full lane keeps one of each kind for a channel at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Receiver to sender: so much was taken, and so much may be sent in all.
    Credit {
        /// The channel.
        channel: ChannelId,
        /// Bytes taken by the receiver since the channel was opened.
        consumed: u64,
        /// Bytes the sender may have sent since then.
        limit: u64,
    },
    /// Sender to receiver: so much would be sent in all if there were credit.
    Wanted {
        /// The channel.
        channel: ChannelId,
        /// Bytes sent and waiting since the channel was opened.
        bytes: u64,
    },
    /// Sender to receiver: a barrier that does not wait behind rows. The rows sent before it that the receiver
    /// has not taken belong to the checkpoint.
    Barrier {
        /// The channel.
        channel: ChannelId,
        /// How many messages of the channel were sent before it: those it has overtaken are among them.
        behind: u64,
        /// The barrier.
        barrier: Barrier,
    },
}

impl Control {
    /// The channel it is about.
    pub fn channel(&self) -> ChannelId {
        match self {
            Self::Credit { channel, .. } | Self::Wanted { channel, .. } | Self::Barrier { channel, .. } => {
                *channel
            }
        }
    }
}
