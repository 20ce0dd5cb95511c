//! Rows that are due at fixed times, whoever is late, and how long each of them takes: what `dial` and `latency` have in common.
//!
//! | part | file |
//! |---|---|
//! | how many rows, and when: [`Load`] | `load.rs` |
//! | the sources of them | `sources.rs` |
//! | what a sink hears: [`Heard`] | `heard.rs` |
//! | a running count by key, source and keys on two cores | `updates.rs` |
//! | the worker that a plan is run on | `stage.rs` |

mod heard;
mod load;
mod sources;
mod stage;
mod updates;

pub(crate) use heard::{Heard, Listening, Wanted, histogram};
pub(crate) use load::{KEYS, Load, key};
pub(crate) use sources::{BATCH_ROWS, Stamp};
pub(crate) use stage::{finish, run, worker};
pub(crate) use updates::Updates;
