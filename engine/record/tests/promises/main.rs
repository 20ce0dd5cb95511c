//! What readers and builders promise, for every type and every nesting of them.

#![allow(clippy::unwrap_used, reason = "what tests share is a test as well")]

mod columns;
mod fields;
mod layouts;
mod mismatches;
mod round_trips;
mod rows;
