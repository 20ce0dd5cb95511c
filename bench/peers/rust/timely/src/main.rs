//! Timely dataflow as a peer of `millstream bench nexmark`: programs for the queries, written by hand.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`Job`](job::Job) | `job.rs` | a program on all workers |
//! | [`Sources`](feed::Sources) | `feed.rs` | events by batches, with the watermark behind |
//! | [`Output`](sink::Output) | `sink.rs` | where rows end |
//! | by | `spread.rs` | which worker has a key |
//! | [`Text`](text::Text) | `text.rs` | texts of rows |
//! | queries | `queries/` | the programs |
//!
//! Knows the events and lines of JSON from the crate `peer`, and nothing of the engine that it is held against.

mod feed;
mod job;
mod queries;
mod sink;
mod spread;
mod text;

use serde_json::json;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let settings = json!({
        "workers": "threads of one process, rows between them as they are",
        "batch": format!("{} events of a worker", 50 * feed::EPOCHS),
        "texts": "pointers to shared ones",
        "hash": "FxHash",
        "allocator": "mimalloc",
        "sink": "counts rows, reads every value of each if it is to, and drops them",
    });
    peer::serve("timely", "0.31.0", settings, |question| match queries::program(&question.query) {
        Some(program) => job::run(program, question),
        None => Err(format!("it has no {}", question.query)),
    });
}
