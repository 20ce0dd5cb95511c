//! One program, one result: in batch and in stream, however many subtasks, however rows are cut into batches, whenever
//! they leave, in whichever world.
//!
//! Each script is a program over bounded inputs and what it must come to, which a plain loop over all rows says. It runs in
//! the corners of the matrix, and in a few cells that a seed draws: `MILLSTREAM_SEED` names another one.
//!
//! Adding a script: a file with a `#[test]` that calls [`matrix::check`].
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and takes its seed from outside"
)]

mod aggregates;
mod events;
mod joins;
mod matrix;
mod ordered;
mod processes;
mod rows;
mod windows;
