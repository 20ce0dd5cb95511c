//! Millstream's DataStream API: jobs over streams and files, written in Rust.
//!
//! ```
//! use millstream::prelude::*;
//!
//! let env = Environment::new();
//! # env.set("taskmanager.memory.process.size=256mb")?;
//! let counts = env
//!     .collection(["to be or not", "to be"].map(String::from))
//!     .flat_map(|line: String, words: &mut Collector<(String, i64)>| {
//!         line.split_whitespace().for_each(|word| words.emit((word.to_owned(), 1)));
//!     })
//!     .key_by(|(word, _)| word.clone())
//!     .sum(|(_, count)| count);
//!
//! env.mode(RuntimeMode::Batch);
//! let mut counts = counts.collect_all("word count")?;
//! counts.sort();
//! assert_eq!(counts[..2], [("be".to_owned(), 2), ("not".to_owned(), 1)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Environment`] | `environment.rs` | where a program begins, and what runs it |
//! | [`DataStream`] | `stream.rs` | rows, and what can be done with each |
//! | [`KeyedStream`] | `keyed_stream.rs` | rows with a key: states, timers, aggregates |
//! | [`WindowedStream`], [`tumbling`] … | `windowed_stream.rs` | rows in windows |
//! | [`WindowJoined`], [`IntervalJoined`] | `joined.rs` | rows of two streams that belong together |
//! | [`By`], [`ascending`], [`descending`] | `ordered.rs` | sort, Top-N, limit, distinct |
//! | [`BroadcastConnected`] | `broadcast_stream.rs` | a stream beside which all subtasks see another |
//! | `async_wait` | `async_stream.rs` | functions that wait |
//! | [`StreamSink`], [`CollectedRows`] | `sinks.rs` | where streams end |
//! | [`Delta`], [`Iterated`] | `iteration.rs` | results that are inputs again |
//! | [`JobClient`], [`JobResult`] | `job.rs` | a job that runs, and what came of it |
//! | [`ExecuteError`] | `error.rs` | what went wrong, and what to do |
//!
//! The same program runs over what ends and what does not; [`Environment::mode`] says whether results come as rows come
//! or when all have come.

extern crate self as millstream;

mod async_stream;
mod broadcast_stream;
mod draft;
mod engine;
mod environment;
mod error;
mod iteration;
mod job;
mod joined;
mod keyed_stream;
mod ordered;
mod sinks;
mod stream;
mod windowed_stream;

pub use broadcast_stream::BroadcastConnected;
pub use connect;
pub use environment::Environment;
pub use error::ExecuteError;
pub use iteration::{Delta, Iterated};
pub use job::{JobClient, JobResult};
pub use joined::{IntervalJoined, WindowJoined};
pub use keyed_stream::{ConnectedStreams, KeyedStream};
pub use operators;
pub use options;
pub use ordered::{By, ascending, descending};
pub use plan;
pub use record;
pub use runtime;
pub use shuffle;
pub use sinks::{CollectedRows, StreamSink};
pub use state;
pub use stream::DataStream;
pub use windowed_stream::{EvictedStream, WindowedStream, cumulating, session, sliding, tumbling};

/// What most programs use.
pub mod prelude {
    pub use operators::OutputTag;
    pub use operators::aggregate::{Aggregate, Function};
    pub use operators::async_io::{AsyncOrder, AsyncSpec, Retry};
    pub use operators::broadcast::{
        BroadcastCx, BroadcastProcess, BroadcastState, KeyedBroadcastProcess, KeyedReadCx, ReadCx,
    };
    pub use operators::keyed::{KeyedCoProcess, KeyedCx, KeyedProcess, TimeDomain, Timer};
    pub use operators::rows::Collector;
    pub use operators::time::WatermarkStrategy;
    pub use operators::window::WindowCx;
    pub use options::RuntimeMode;
    pub use record::{Record, Timestamp};
    pub use runtime::subtask::Failure;
    pub use state::keyed::{Aggregator, ListState, MapState, ReducingState, Ttl, ValueState};

    pub use crate::{
        DataStream, Environment, ExecuteError, KeyedStream, ascending, cumulating, descending, session,
        sliding, tumbling,
    };
}

/// The pages about this crate: what they show are its examples.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/api.md")]
    struct Api;
}
