//! From a program to what runs.
//!
//! ```text
//!   program ─► StreamGraph ──────► JobGraph ───────► ExecutionGraph ─► subtasks
//!   (API, SQL)  operators, streams  chains            what a worker deploys
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`StreamGraph`], [`StreamNode`], [`StreamEdge`], [`Partition`], [`ExchangeMode`] | `stream_graph.rs` | a node for each call of the program |
//! | [`JobGraph`], [`JobVertex`] | `job_graph.rs` | operators that call each other directly become one vertex |
//! | [`JobSpec`] | `execution.rs` | what a worker runs, and with what |
//! | [`explain`] | `explain/` | a job as text, JSON, and pictures |
//! | [`PlanError`] | `error.rs` | what is wrong with a program, and what to do |
//!
//! Each graph is plain data: it can be printed, compared, and looked at before anything runs.

mod error;
mod execution;
pub mod explain;
mod job_graph;
mod stream_graph;
#[cfg(test)]
mod tests;

pub use error::PlanError;
pub use execution::JobSpec;
pub use job_graph::{JobEdge, JobGraph, JobVertex};
pub use stream_graph::{
    Chaining, ExchangeMode, Factory, Make, NodeId, Partition, StreamEdge, StreamGraph, StreamNode,
    TimesMaker, key_groups,
};
