//! Between two cores: lanes for what travels, doorbells for who sleeps.
//!
//! ```text
//!   core 0: Links ──┬─ outlet ─ lane, 1024 messages ─────┬──► core 1: Links
//!                   └─ outlet ─ lane, 64 controls ───────┘      doorbell: busy, spinning, parked
//!   (and the same from 1 to 0, and for every other pair)
//! ```
//!
//! There is a pair of lanes for two cores, not for two subtasks: their number is fixed when the worker starts,
//! however many channels and jobs there are, and a core publishes to another one once a turn for all of them. What
//! keeps a channel from flooding a lane is its credit; should a lane be full nevertheless, what is sent waits in
//! the outlet, and nobody is blocked.

pub(crate) mod doorbell;
pub(crate) mod lane;
mod links;
mod outlet;
#[cfg(test)]
#[cfg(not(feature = "loom"))]
mod tests;

pub use doorbell::Hunger;
pub use lane::{Receiver, Sender, lane};
#[cfg(feature = "loom")]
pub use links::mesh_of;
pub use links::{Links, mesh};
