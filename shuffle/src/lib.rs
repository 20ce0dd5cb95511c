//! Everything between two subtasks.
//!
//! It decides, encodes and queues; it does no I/O, reads no clock and knows no thread.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Item`], [`Message`], [`Control`] | `item/` | what travels in a channel, and what may overtake it |
//! | [`Route`] | `route/` | which rows go to which channel |
//! | [`BufferTimeout`], [`Goal`], [`Steering`] | `timeout/` | when rows leave that do not fill a segment |
//! | [`Output`], [`Carrier`] | `output/` | the sending side of an edge |
//! | [`Account`], [`Allowance`] | `credit/` | who may send how much |
//! | [`Gate`], [`Arrival`] | `gate/` | many channels as the input of a subtask: watermarks, idleness, barriers, ends |
//! | [`Error`] | `error.rs` | trouble, and whether trying again can help |

#![cfg_attr(
    test,
    allow(clippy::cast_possible_truncation, reason = "tests cast small numbers they have chosen")
)]

mod bound;
mod credit;
mod error;
mod gate;
mod item;
mod output;
mod route;
mod timeout;

pub use credit::{Account, Allowance};
pub use error::Error;
pub use gate::{Arrival, Gate, GateSpec};
pub use item::{Alignment, Barrier, ChannelId, Control, Item, LatencyMark, Message, Purpose, Watermark};
pub use output::{Carrier, Edge, Event, Flow, Output, Sent};
pub use route::{HashKey, Partitioner, RangeBounds, Route};
pub use timeout::{Advice, BufferTimeout, Goal, Observed, Steering, may_wake};
