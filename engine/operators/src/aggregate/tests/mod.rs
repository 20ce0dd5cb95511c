//! Aggregates against models that look at all rows for each result.

pub(crate) mod drive;
mod functions;
mod rolling;
pub(crate) mod row;
mod slide;
mod trials;
pub(crate) mod two_phase;
