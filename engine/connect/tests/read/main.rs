//! What reading files promises: data in, rows out, each once.
//!
//! One binary: `rig` runs a source on a worker and collects what it sends, the rest are promises. The oracle is another
//! reading of the same bytes: lines of the standard library, batches that were written.

#![allow(clippy::unwrap_used, reason = "what tests share is a test as well")]

mod avro;
mod columnar;
mod csv;
mod errors;
mod facts;
mod finding;
mod json;
mod monitoring;
mod packed;
mod partitions;
mod resuming;
mod rig;
mod simulated;
mod text;
mod wanted;
