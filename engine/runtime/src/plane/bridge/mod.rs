//! Ports between a core, which never waits, and futures on the plane, which do.
//!
//! ```text
//!              core                        plane
//!   Requests   ask ──────── questions ──► serve ─┐   a future for each question
//!              answers ◄─── answers ◄────────────┘   in the order in which they end
//!   Inflow     take ◄────── items ◄────── send       waits while the core is behind
//!   Outflow    offer ─────► items ──────► next       refused while the plane is behind
//!                 ▲
//!                 └── poke: look at this port again
//! ```
//!
//! Each way is a bounded channel of tokio's, so whoever is fast is held up by whoever is slow: on the plane by
//! waiting, at a core by getting back what it gave. A core looks when it is poked, and is poked once for all that
//! has come since its last look ([`Poke`]). Ports are opened anywhere and then sent to their core.
//!
//! Keeps as many items as a port was opened for. Never blocks a core, not even for a lock of its own; and never loses
//! an end: a port whose task has failed, panicked or been dropped with its plane says so.

mod inflow;
mod outcome;
mod outflow;
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
pub(crate) mod poke;
mod requests;

#[cfg(test)]
mod tests;

pub use inflow::{Inflow, InflowSender, Taken};
pub use outflow::{Outflow, OutflowReceiver};
pub use poke::Poke;
pub use requests::{Answer, Requests};

use crate::bound::PORT_CAPACITY_MAX;

fn check_capacity(capacity: usize) {
    assert!(
        (1..=PORT_CAPACITY_MAX).contains(&capacity),
        "a port for {capacity} items: it takes 1 to {PORT_CAPACITY_MAX}"
    );
}
