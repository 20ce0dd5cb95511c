//! DBSP as a peer of `millstream bench nexmark`: circuits for the queries.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`Feed`](feed::Feed) | `feed.rs` | events as changes, so many for a transaction |
//! | [`Sink`](sink::Sink) | `sink.rs` | where changes of rows end |
//! | [`Text`](text::Text) | `text.rs` | texts of rows |
//! | queries | `queries/` | the circuits |
//!
//! Knows the events and lines of JSON from the crate `peer`, and nothing of the engine that it is held against.

mod feed;
mod queries;
mod sink;
mod text;

use dbsp::circuit::CircuitConfig;
use dbsp::{Error, Runtime};
use peer::{Began, Outcome, Question, Sum};
use serde_json::json;

use feed::Feed;
use queries::Program;
use sink::Kept;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let settings = json!({
        "transaction": format!("{} events, or two seconds of their time", feed::BATCH),
        "input": "made by the workers, indexed as the query wants it",
        "texts": "interned",
        "storage": "none",
        "collected": "bids and auctions that the watermark has passed, in q4, q6 and q9; windows in q5",
        "allocator": "mimalloc",
        "sink": "output is taken after each transaction, every value of it read if it is to, and dropped",
    });
    peer::serve("dbsp", "0.349.0", settings, |question| match queries::program(&question.query) {
        Some(program) => run(program, question).map_err(|error| error.to_string()),
        None => Err(format!("it has no {}", question.query)),
    });
}

/// Runs a circuit until all events have gone through it.
fn run(program: Program, question: &Question) -> Result<Outcome, Error> {
    let feed = Feed::new(question);
    let (transactions, answer) = (feed.transactions(), feed.answer.clone());
    // The tables that events are drawn from are made before the time begins.
    let _ = feed.corpus.epoch(0);
    let config = CircuitConfig::with_workers(question.workers);
    let (mut circuit, mut sink) = Runtime::init_circuit(config, move |circuit| Ok(program(circuit, &feed)))?;
    let mut sum = question.reads.then(Sum::default);
    let mut kept = answer.is_some().then(Kept::default);
    let began = Began::now();
    let mut rows = 0;
    for _ in 0..transactions {
        circuit.transaction()?;
        rows += sink.take(sum.as_mut(), kept.as_mut());
    }
    let outcome = began.end(rows, sum);
    if let (Some(folder), Some(kept)) = (&answer, &kept) {
        kept.write(folder);
    }
    // What a worker says when it ends has nothing to do with the answer.
    let _ = circuit.kill();
    Ok(outcome)
}
