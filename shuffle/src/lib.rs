//! Everything between two subtasks.
//!
//! It decides, encodes and queues; it does no I/O, reads no clock and knows no thread.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Item`], [`Message`], [`Control`] | `item/` | what travels in a channel, and what may overtake it |
//! | [`Account`] | `credit/` | who may send how much |
//! | [`Error`] | `error.rs` | trouble, and whether trying again can help |

#![cfg_attr(
    test,
    allow(clippy::cast_possible_truncation, reason = "tests cast small numbers they have chosen")
)]

mod credit;
mod error;
mod item;

pub use credit::Account;
pub use error::Error;
pub use item::{Alignment, Barrier, ChannelId, Control, Item, LatencyMark, Message, Purpose, Watermark};
