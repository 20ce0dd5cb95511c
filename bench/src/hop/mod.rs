//! One row's way from core to core, through the whole engine: how long it takes, and how many rows can take it.
//!
//! ```text
//!   core 0: source ──► output ── by key, over a ring ──► gate ──► sink :core 1
//! ```
//!
//! [`latency`] sends rows at times that were fixed beforehand, [`throughput`] as many as go through; [`beside`] measures
//! the first while somebody else wants the same cores, [`idle_cost`] what a worker costs on whose jobs nothing flows.
//! Beside each stands [`runtime::hiccups`]: what the machine does all by itself, without which no latency can be read.
//!
//! The command `hop` is a reader of arguments around these functions; its test calls them with small numbers. Nothing
//! here judges by itself: a missed bar is printed, only a wrong answer is an error.

pub mod arguments;
pub mod failure;

pub mod stage;

pub mod latency;
pub mod throughput;

pub mod beside;
pub mod idle_cost;

pub mod print;

mod handover;
mod rows;
