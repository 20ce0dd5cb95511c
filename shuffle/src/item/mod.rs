//! What travels in a channel, in order.
//!
//! ```text
//!   subtask ──► output ══ channel: view view watermark view barrier view … end ══► gate ──► subtask
//! ```
//!
//! An item overtakes no other item of its channel. What may overtake (credit, and barriers that do not align) is
//! not an item but a [`Control`] and has a lane of its own.

mod barrier;
mod control;
mod latency_mark;
mod watermark;

use memory::{Batch, View};

use crate::bound::{CHANNEL_GENERATIONS, CHANNEL_SLOTS};

pub use barrier::{Alignment, Barrier, Purpose};
pub use control::Control;
pub use latency_mark::LatencyMark;
pub use watermark::Watermark;

/// Names a channel: the way from one sending subtask to one receiving subtask.
///
/// Unique within a worker; on a connection between workers the two agree on it when the channel is opened. In a worker
/// where jobs come and go it is a slot, by which tables are looked up, and a generation, by which what is still on
/// its way in a channel of an earlier job is told from what belongs to the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub u32);

impl ChannelId {
    /// The channel that has this slot for the `generation`th time. Generations come round again, after so long that
    /// nothing of the earlier channel can be left.
    ///
    /// # Panics
    ///
    /// If there is no such slot.
    pub fn of(slot: u32, generation: u32) -> Self {
        assert!(slot < CHANNEL_SLOTS, "a worker has {CHANNEL_SLOTS} channels");
        Self(generation % CHANNEL_GENERATIONS * CHANNEL_SLOTS + slot)
    }

    /// Its place in tables.
    pub fn slot(self) -> usize {
        (self.0 % CHANNEL_SLOTS) as usize
    }

    /// The next channel in the same slot.
    #[must_use = "this one stays as it is"]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(CHANNEL_SLOTS))
    }
}

/// One thing in a channel.
#[derive(Clone, Debug)]
pub enum Item {
    /// Rows in a segment that may still be filled behind them. Views that follow each other are read as one.
    View(View),
    /// Rows with memory of their own.
    Batch(Box<Batch>),
    /// No row before this time will follow.
    Watermark(Watermark),
    /// What comes before it belongs to a checkpoint, what comes behind does not.
    Barrier(Barrier),
    /// This channel will be silent for a while: nobody should wait for its watermark.
    Idle,
    /// The channel counts again.
    Active,
    /// Measures the way.
    LatencyMark(LatencyMark),
    /// Nothing follows.
    End,
}

/// An item on its way, with what it costs of the channel's credit.
#[derive(Clone, Debug)]
pub struct Message {
    /// Which channel it travels in.
    pub channel: ChannelId,
    /// Bytes of credit it uses up, given back when the receiver has taken it. Nothing but rows costs any.
    pub charge: u32,
    /// What travels.
    pub item: Item,
}

impl Item {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        match self {
            Self::View(view) => view.rows(),
            Self::Batch(batch) => batch.rows(),
            _ => 0,
        }
    }

    /// Whether it is rows, and not an event among them.
    pub fn is_rows(&self) -> bool {
        matches!(self, Self::View(_) | Self::Batch(_))
    }
}

// Messages are copied through rings; one of them takes one cache line.
const _: () = assert!(size_of::<Message>() <= 64);
