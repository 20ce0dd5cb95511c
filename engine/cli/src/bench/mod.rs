//! `millstream bench`: every figure that is claimed anywhere, by one command.
//!
//! ```text
//!   arguments ─► suite ─► contest: check, then engines by turns ─► report: JSON ─► table, bars, SVG
//!                          │ own.rs: a job of this process
//!                          └ peer.rs: a program in bench/peers, lines of JSON
//! ```
//!
//! | part | file |
//! |---|---|
//! | suites | `nexmark/`, `tpch/`, `h2o/`, `sort/`, `wordcount.rs`, `ysb/`, `exchange/`, `latency/`, `dial.rs`, `startup.rs` |
//! | questions in SQL over files, the same for all engines | `suite.rs`, `tables.rs`, `parquet_file.rs` |
//! | jobs that are no queries | `programs.rs` |
//! | rows that are due at fixed times | `open_loop/` |
//! | engines by turns | `contest.rs`, `own.rs`, `peer.rs` |
//! | rows of two engines against each other | `answer.rs`, `near.rs`; in every run, as sums, `consumed.rs` |
//! | where rows go | `sink.rs` |
//! | what is told, and told again | `report.rs`, `kept.rs`, `rounds.rs`, `table.rs`, `chart.rs`, `svg/`, `scale.rs`, `spread.rs`, `machine.rs` |
//! | what is kept between runs | `cache.rs` |
//!
//! No figure without an answer that was checked. Nothing here judges: slower is no error, wrong is one.

mod answer;
mod arguments;
mod cache;
mod chart;
mod consumed;
mod contest;
mod dial;
mod exchange;
mod h2o;
mod kept;
mod latency;
mod machine;
mod near;
mod nexmark;
mod open_loop;
mod own;
mod parquet_file;
mod peer;
mod programs;
mod report;
mod rounds;
mod scale;
mod sink;
mod sort;
mod spread;
mod startup;
mod suite;
mod svg;
mod table;
mod tables;
mod tpch;
mod wordcount;
mod ysb;

pub(crate) use arguments::BenchArguments;

use crate::run::CliError;
use arguments::Suite;

/// Does what the arguments say.
pub(crate) fn run(arguments: &BenchArguments) -> Result<(), CliError> {
    match &arguments.suite {
        Suite::Nexmark(arguments) => nexmark::run(arguments),
        Suite::Tpch(arguments) => tpch::run(arguments),
        Suite::H2o(arguments) => h2o::run(arguments),
        Suite::Sort(arguments) => sort::run(arguments),
        Suite::Wordcount(arguments) => wordcount::run(arguments),
        Suite::Ysb(arguments) => ysb::run(arguments),
        Suite::Exchange(arguments) => exchange::run(arguments),
        Suite::Latency(arguments) => latency::run(arguments),
        Suite::Dial(arguments) => dial::run(arguments),
        Suite::Startup(arguments) => startup::run(arguments),
        Suite::Report(arguments) => report::again(arguments),
        Suite::Idle => startup::idle(),
    }
}
