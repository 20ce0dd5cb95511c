//! Dataflows in every world: what a worker promises, on threads, on io_uring, and in simulated time.
//!
//! One binary, so that the parts are built once: `parts` are subtasks to put together, `dataflow` draws a random job and
//! knows its answer, the rest are promises.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "what tests share is a test as well")]

mod cancel;
mod churn;
mod early_end;
mod failures;
mod figures;
mod hosts;
mod parts;
mod plane;
mod routes;
mod shares;
mod smoke;
mod timers;
