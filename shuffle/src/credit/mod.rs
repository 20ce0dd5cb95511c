//! Who may send how much, so that no queue grows without bound.
//!
//! A credit is a byte. All figures are sums since the channel was opened, so messages about them may be repeated,
//! merged or late:
//!
//! ```text
//!                       consumed          sent        limit        wanted
//!   ─────────────────────┼─────────────────┼────────────┼────────────┼──────►  bytes of the channel
//!     taken by the gate  │  in flight      │  may go    │  waits     │
//!                        └──── exclusive + floating ────┘
//! ```
//!
//! The gate owns the limit: every channel has an exclusive part, and those that want more share a floating part.
//! It is raised as rows are taken; it never falls. The sender's account obeys it, with one exception that keeps
//! rows moving which are larger than any limit: a channel in which nothing is in flight takes one message of any
//! size. Watermarks, barriers and ends cost nothing and never wait for credit (only for the rows before them).

mod account;
mod allowance;
mod grants;
mod in_flight;

pub use account::Account;
pub use allowance::Allowance;
pub(crate) use grants::Grants;
pub(crate) use in_flight::BytesInFlight;
