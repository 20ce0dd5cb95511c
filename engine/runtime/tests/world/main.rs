//! What a worker promises, on threads and on io_uring.
//!
//! One binary, so that the parts are built once: `parts` are subtasks to put together, `hosts` runs a test on each host
//! that the machine grants, the rest are promises.

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
