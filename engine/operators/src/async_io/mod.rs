//! Functions that wait: look-ups in databases and services, many at the same time.
//!
//! ```text
//!   rows ──► queue ── asked ──► plane: a future for each row
//!              │                     │
//!   rows ◄── emit ◄─── answers ◄─────┘    in their order, or as they come, but none across a watermark
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`AsyncSpec`], [`AsyncOrder`] | `spec.rs` | how many at a time, how long, in which order |
//! | [`Retry`] | `retry.rs` | what follows an error |
//! | [`AsyncIo`] | `operator.rs` | the operator |
//! | queue | `queue.rs` | rows under way, and in which order their results may leave |
//! | snapshot | `saved.rs` | rows under way, written down, to be asked again |
//!
//! The function runs on the I/O plane and never on a core; a core asks, and is poked when there is an answer. Timeouts and
//! pauses between tries are the operator's, by the clock of its core, so the plane knows nothing of them but that nobody
//! waits any more.

mod operator;
mod queue;
mod retry;
mod saved;
mod spec;

pub use operator::AsyncIo;
pub use retry::Retry;
pub use spec::{AsyncOrder, AsyncSpec};

#[cfg(test)]
mod tests;
