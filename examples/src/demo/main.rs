//! The demo: live temperatures of sensors in windows of event time, then the same program over a file of the same readings,
//! which must come to the same windows, then one plan at several buffer timeouts.
//!
//! ```text
//!   readings, 50,000 a second ─► event time ─► by sensor ─► windows of half a second ─► this terminal
//!   a file of them ───────────────────────────── the same program ───────────────────► the same windows
//!   rows ─► by key ─► count, at 0, 1 ms, 10 ms, 100 ms, auto ──────────────────────────► rows a second, microseconds
//! ```
#![forbid(unsafe_code)]

mod dial;
mod file;
mod live;
mod screen;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use examples::JobArguments;
use millstream::prelude::*;

/// Live temperatures in windows, the same again over a file, and the dial between latency and throughput. Half a minute.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Arguments {
    /// How long the live part lasts, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Readings in a second.
    #[arg(long, default_value_t = 50_000)]
    rate: u64,
    #[command(flatten)]
    job: JobArguments,
}

impl Arguments {
    fn readings(&self) -> u64 {
        self.rate * self.seconds
    }
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    env.mode(RuntimeMode::Streaming);
    let lines = live::windows(&live::readings(&env, &arguments, true));
    if arguments.job.explain {
        // Nobody is left to be told when the output is closed.
        let _ = write!(io::stdout(), "{}", env.explain("live temperatures")?);
        return Ok(());
    }
    let windowed = live::run(&lines, &arguments)?;
    file::run(&arguments, &windowed)?;
    dial::run(&arguments)
}
