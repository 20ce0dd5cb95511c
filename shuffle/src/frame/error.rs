//! What does not fit in a frame, and what that means for its connection.

use options::Bytes;

use crate::ChannelId;

/// Why a frame cannot be made, or not be believed.
///
/// Behind a frame that is not believed nothing can be: the connection must be dropped. [`FrameError::retry_may_help`]
/// says whether a new one may fare better.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The bytes are other than those that were sent.
    #[error(
        "drop the connection and open it again: a frame is damaged, the checksum of its {part} does not match"
    )]
    Damaged {
        /// `header` or `body`.
        part: &'static str,
    },

    /// The peer speaks something else.
    #[error(
        "drop the connection and check what listens at that address: no frame begins with the bytes {found:02x?}"
    )]
    NoFrame {
        /// What stands in the place of the magic number.
        found: [u8; 4],
    },

    /// The peer speaks another version than was agreed.
    #[error(
        "drop the connection and run one release on all workers: this one reads frames of version {ours}, the peer has sent version {theirs}"
    )]
    Version {
        /// The version of this side.
        ours: u8,
        /// The version in the frame.
        theirs: u8,
    },

    /// The header's checksum is right and what it says is not possible.
    #[error("drop the connection and run one release on all workers: a frame has a wrong header, {what}")]
    Header {
        /// What does not fit.
        what: String,
    },

    /// A frame about a channel that is not open here.
    #[error("drop the connection and open it again: a frame is for a channel that is not open, {}", .channel.0)]
    UnknownChannel {
        /// Its channel.
        channel: ChannelId,
    },

    /// A frame is missing, or came twice.
    #[error(
        "drop the connection and open it again: frame {expected} should come, and frame {found} has come"
    )]
    Sequence {
        /// The number that follows the last frame's.
        expected: u64,
        /// The number that came.
        found: u64,
    },

    /// A frame of an execution that is over, or has not begun here.
    #[error(
        "drop the connection and open it again: it belongs to attempt {expected}, and a frame to attempt {found}"
    )]
    Attempt {
        /// The attempt of the connection.
        expected: u32,
        /// The attempt of the frame.
        found: u32,
    },

    /// The bytes are those that were sent, and are not rows of this channel.
    #[error("drop the connection and run one release on all workers: frame {sequence} of channel {} is no batch of it, {what}", .channel.0)]
    Malformed {
        /// Its channel.
        channel: ChannelId,
        /// Its number.
        sequence: u64,
        /// What does not fit, and in which column.
        what: String,
    },

    /// A row that no frame can hold.
    #[error("a row is too long for a frame between workers, split its longest value: it takes {} at least, a frame of channel {} takes {}", Bytes::new(*.bytes as u64), .channel.0, Bytes::new(*.bytes_max as u64))]
    RowTooLong {
        /// Its channel.
        channel: ChannelId,
        /// How long the row is, as far as was counted.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
}

impl FrameError {
    /// Whether a new connection may succeed without anybody changing anything.
    pub fn retry_may_help(&self) -> bool {
        match self {
            Self::Damaged { .. }
            | Self::UnknownChannel { .. }
            | Self::Sequence { .. }
            | Self::Attempt { .. } => true,
            Self::NoFrame { .. }
            | Self::Version { .. }
            | Self::Header { .. }
            | Self::Malformed { .. }
            | Self::RowTooLong { .. } => false,
        }
    }
}
