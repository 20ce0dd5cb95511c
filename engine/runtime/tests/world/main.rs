//! Dataflows in every world: what a worker promises, on threads, on io_uring, and in simulated time.
//!
//! One binary, so that the parts are built once: `parts` are subtasks to put together, `dataflow` draws a random job and
//! knows its answer, the rest are promises.

mod parts;
mod smoke;
