//! What a sender says between rows.

use crate::item::{Alignment, Barrier, Item, LatencyMark, Watermark};

/// An event of a subtask for the receivers of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// To all of them: no row before this time will follow.
    Watermark(Watermark),
    /// To all of them: the line of a checkpoint.
    Barrier(Barrier),
    /// To all of them: do not wait for my watermark.
    Idle,
    /// To all of them: wait for it again.
    Active,
    /// To one of them.
    LatencyMark(LatencyMark),
    /// To all of them: nothing follows.
    End,
}

impl Event {
    /// Whether it stays behind the rows sent before it. What does not is no event of an output: it overtakes.
    pub(super) fn keeps_its_place(&self) -> bool {
        !matches!(self, Self::Barrier(barrier) if barrier.alignment == Alignment::Unaligned)
    }

    /// Whether all that is there leaves with it, whatever the buffer timeout.
    pub(super) fn leaves_at_once(&self) -> bool {
        match self {
            Self::Barrier(_) | Self::End => true,
            Self::Watermark(_) | Self::Idle | Self::Active | Self::LatencyMark(_) => false,
        }
    }

    /// As it travels.
    pub(super) fn item(&self) -> Item {
        match *self {
            Self::Watermark(watermark) => Item::Watermark(watermark),
            Self::Barrier(barrier) => Item::Barrier(barrier),
            Self::Idle => Item::Idle,
            Self::Active => Item::Active,
            Self::LatencyMark(mark) => Item::LatencyMark(mark),
            Self::End => Item::End,
        }
    }
}
