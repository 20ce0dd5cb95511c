//! Everything between two subtasks.
//!
//! It decides, encodes and queues; it does no I/O, reads no clock and knows no thread.
//!
//! ```text
//!   rows ─► output ─► switch ─┬─ same core ──────────┬─► gate ─► rows
//!            route            ├─ links ═══ lanes ════┤
//!            timeout          └─ frames ~~~ wire ~~~~┘
//!            credit ◄───────────────────────────────── credit
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Item`], [`Message`], [`Control`] | `item/` | what travels in a channel, and what may overtake it |
//! | [`Route`] | `route/` | which rows go to which channel |
//! | [`BufferTimeout`], [`Goal`], [`Steering`] | `timeout/` | when rows leave that do not fill a segment |
//! | [`Output`], [`Carrier`] | `output/` | the sending side of an edge |
//! | [`Account`], [`Allowance`] | `credit/` | who may send how much |
//! | [`Switch`], [`Ends`] | `switch.rs` | a core's junction: what stays, what crosses |
//! | [`mesh`], [`Links`], [`Hunger`], [`lane`](lane()) | `ring/` | lanes between cores, and who must wake whom |
//! | [`Gate`], [`Arrival`] | `gate/` | many channels as the input of a subtask: watermarks, idleness, barriers, ends |
//! | [`Encoder`], [`Decoder`], [`Frame`], [`Hello`] | `frame/` | items and controls as bytes for another host |
//! | [`RoutedWriter`], [`PartitionWriter`], [`Partition`] | `blocking/` | edges whose producer ends before its consumers begin |
//! | [`Error`] | `error.rs` | trouble, and whether trying again can help |
//!
//! What holds here, and is tested:
//!
//! * every row arrives once, in the order of its channel, on its side of every barrier and watermark;
//! * no queue grows without bound: rows wait for credit, and what needs no credit is rare or replaces its like;
//! * barriers, ends and words about credit never wait for credit, so nothing can wait in a circle;
//! * whatever bytes come from another host, the answer is an item or a typed error;
//! * every maximum stands in `bound.rs`, with its reason.

#![cfg_attr(
    test,
    allow(clippy::cast_possible_truncation, reason = "tests cast small numbers they have chosen")
)]

mod blocking;
mod bound;
mod credit;
mod error;
mod frame;
mod gate;
mod item;
mod output;
// One generator of columns: `memory` cannot export what only tests use.
#[cfg(test)]
#[path = "../../memory/src/random.rs"]
mod random;
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
mod ring;
mod route;
mod switch;
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
mod sync;
mod timeout;

pub use blocking::{
    Gathered, Merged, Partition, PartitionReader, PartitionWriter, Place, RoutedWriter, SortKey, Ticket,
    gather, gather_columns,
};
pub use bound::{CHANNEL_SLOTS, FRAME_BYTES_MAX};
pub use credit::{Account, Allowance};
pub use error::Error;
pub use frame::{
    Codec, Decoded, Decoder, Encoder, Frame, FrameError, HandshakeError, Hello, Refusal, RefusalCode, Reply,
    Step, Welcome,
};
pub use gate::{Arrival, Gate, GateSpec};
pub use item::{Alignment, Barrier, ChannelId, Control, Item, LatencyMark, Message, Purpose, Watermark};
pub use output::{Appetite, Carrier, Edge, Event, Flow, Output, Sent};
pub use ring::{Hunger, Links, Receiver, Sender, lane, mesh};
pub use route::{HashKey, Partitioner, RangeBounds, Route};
pub use switch::{Departure, Ends, Switch};
pub use timeout::{Advice, BufferTimeout, Goal, Observed, Steering};

/// What crosses threads, for the model checker.
#[cfg(feature = "loom")]
pub mod model {
    pub use crate::ring::doorbell::{Doorbell, Published};
    pub use crate::ring::mesh_of;
    pub use crate::sync::{Mutant, plant};
}
