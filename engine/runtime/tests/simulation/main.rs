//! The engine in a simulated world: random dataflows on random machines, with whatever goes wrong.
//!
//! | file | what it is |
//! |---|---|
//! | `plan.rs` | a dataflow, drawn from a seed |
//! | `oracle.rs` | its answer, by a plain loop |
//! | `parts.rs`, `row.rs` | its subtasks and rows |
//! | `run.rs` | one seed: machine, dataflow, troubles, verdict |
//! | `seeds.rs`, `replay.rs`, `commit.rs`, `shares.rs` | the promises |

mod commit;
mod oracle;
mod parts;
mod plan;
mod replay;
mod row;
mod run;
mod seeds;
mod shares;
