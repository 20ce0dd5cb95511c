//! What `millstream bench` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::bench::dial::DialArguments;
use crate::bench::exchange::ExchangeArguments;
use crate::bench::h2o::H2oArguments;
use crate::bench::latency::LatencyArguments;
use crate::bench::nexmark::NexmarkArguments;
use crate::bench::report::ReportArguments;
use crate::bench::sort::SortArguments;
use crate::bench::startup::StartupArguments;
use crate::bench::tpch::TpchArguments;
use crate::bench::wordcount::WordcountArguments;
use crate::bench::ysb::YsbArguments;

/// Measures Millstream, alone or beside other engines.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArguments {
    #[command(subcommand)]
    pub(crate) suite: Suite,
}

const EXAMPLES: &str = "\
Every suite checks its answers before it prints a figure: a wrong answer is an error, and there is no figure. Each prints a
table with the least, the middle and the most of its runs, states the machine, the versions and the settings, and can
write JSON (--json FILE) and draw a picture (--chart FILE). Engines run by turns, A-B-B-A, in the same minutes; ratios are
of runs that followed each other. Figures mean nothing while something else runs on the machine, or of a debug build.

Examples:
  millstream bench startup                                          how fast and how small; ten seconds
  millstream bench nexmark                                          24 queries over a million events, as streams
  millstream bench nexmark --corpus D1 --queries 0,5,18 --peer flink --chart nexmark.svg
  millstream bench nexmark --source parquet --mode batch --peer duckdb
  millstream bench tpch --scale 1 --peer duckdb                     22 queries over tables in Parquet
  millstream bench h2o --rows 10000000 --peer duckdb,polars         groups and joins
  millstream bench sort --inputs random,records --peer duckdb       a million of each
  millstream bench sort --inputs records --rows 100000000 --memory 4gb    by way of the disk
  millstream bench wordcount                                        ten million words
  millstream bench ysb                                              twenty million events
  millstream bench ysb --source parquet --peer duckdb,spark         the same in SQL
  millstream bench exchange                                         twenty million rows of 100 bytes
  millstream bench latency --seconds 60 --warm-up 15                to the last row of ten thousand
  millstream bench dial --json dial.json                            throughput and latency by the buffer timeout
  millstream bench report dial.json --chart dial.svg                shown and drawn again

Peers (--peer duckdb,polars,datafusion,spark,flink) are programs in bench/peers of the repository. Each installs its engine from PyPI the
first time, under ~/.cache/millstream/peers, and needs python3 with pip; Spark needs Java as well, and Flink a JDK.";

#[derive(Debug, Subcommand)]
pub(crate) enum Suite {
    /// The queries of Nexmark: an online auction as a stream of events.
    Nexmark(NexmarkArguments),
    /// The queries of TPC-H: an order book in tables.
    Tpch(TpchArguments),
    /// Ten questions about groups and five about joins: db-benchmark's, of H2O.ai.
    H2o(H2oArguments),
    /// Numbers in three orders, records of 100 bytes and items of orders, sorted.
    Sort(SortArguments),
    /// How often each word comes, as a stream and as a batch.
    Wordcount(WordcountArguments),
    /// The Yahoo streaming benchmark without Kafka, Redis and JSON: views of ads, counted by campaign and ten seconds.
    Ysb(YsbArguments),
    /// Rows of 100 bytes from all subtasks to all, by key and evenly: rows per second.
    Exchange(ExchangeArguments),
    /// How long a row takes that is due at a fixed time: a chain, a count by key on another core, sliding windows.
    Latency(LatencyArguments),
    /// What the buffer timeout gives and takes: rows per second and how long a row takes, at seven timeouts.
    Dial(DialArguments),
    /// From the start of the process to the answer of SELECT 1; what an idle engine takes of memory; the size of the program.
    Startup(StartupArguments),
    /// Shows what a suite has written with --json, and draws it, without measuring again.
    Report(ReportArguments),
    /// An engine in which nothing flows says what memory it takes: asked by `startup` of a process of its own.
    #[command(hide = true)]
    Idle,
}

/// Who else takes part.
#[derive(Args, Clone, Debug)]
pub(crate) struct PeerArguments {
    /// Other engines, measured by turns with Millstream: duckdb, polars, datafusion, spark, flink.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) peer: Vec<String>,
    /// Where the repository with the programs of peers lies; found around the current folder if it is not said.
    #[arg(long, value_name = "DIR")]
    pub(crate) repository: Option<PathBuf>,
}
