//! What a gate hands out.

use memory::Batch;

use crate::item::{Barrier, Item, LatencyMark, Watermark};

/// The next thing for a subtask to do.
///
/// Of each checkpoint that a gate has begun to align, the subtask hears exactly one ending: `Barrier` (followed by
/// `InFlight` or `Abandoned` if it overtakes), or `Abandoned`.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// Rows, at least one.
    Batch {
        /// Which input they belong to.
        input: usize,
        /// Which channel of the gate they came by.
        channel: usize,
        /// The rows.
        batch: Batch,
    },
    /// How far time has come: the least watermark of all channels of all inputs that count.
    Watermark(Watermark),
    /// It is this subtask's turn to snapshot and to pass the barrier on.
    Barrier(Barrier),
    /// What an unaligned barrier has overtaken; it belongs to the checkpoint.
    InFlight {
        /// The checkpoint.
        checkpoint: u64,
        /// For each channel that has any, in ascending order, its items: rows, watermarks, idleness. A gate that is
        /// opened with them ([`GateSpec::restored`](super::GateSpec::restored)) hands them out first.
        channels: Vec<(usize, Vec<Item>)>,
    },
    /// A newer checkpoint has come, the coordinator has aborted this one, or its barrier came too late: it will
    /// not be completed here.
    Abandoned {
        /// The checkpoint.
        checkpoint: u64,
    },
    /// No channel is active: whoever comes next should not wait for this subtask's watermark.
    Idle,
    /// A channel is active again.
    Active,
    /// A traveller that measures the way.
    LatencyMark(LatencyMark),
    /// All channels of this input have ended.
    InputEnded(usize),
    /// All channels have ended. Nothing follows.
    End,
}
