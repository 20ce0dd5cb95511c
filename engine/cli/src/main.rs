//! `millstream`: SQL from the command line.
//!
//! ```sh
//! millstream sql -q "SELECT channel, COUNT(*) FROM 'bids.parquet' GROUP BY channel"
//! millstream sql                                # a shell
//! millstream run job.sql
//! millstream explain -q "SELECT …"
//! millstream bench nexmark --peer duckdb
//! ```
//!
//! | part | file |
//! |---|---|
//! | arguments, and how it ends | here, `arguments.rs` |
//! | statements, jobs, Ctrl-C | `run.rs` |
//! | the rows of a query, which may be taken back | `results.rs`, `left.rs` |
//! | the same while it runs | `live.rs` |
//! | the shell | `shell/` |
//! | rows as tables, CSV, JSON | `show.rs` |
//! | sums of rows that nobody keeps | `sums.rs` |
//! | how far a job is | `progress.rs` |
//! | files before a job runs: their columns, catalogs | `files.rs` |
//! | what is piped in, as a table | `standard_input.rs` |
//! | measuring, alone and beside others | `bench/` |
//!
//! Exit codes: 0 it is done, 1 something failed, 2 the arguments are wrong, 130 Ctrl-C.
#![forbid(unsafe_code)]

mod arguments;
mod bench;
mod files;
mod left;
mod live;
mod progress;
mod results;
mod run;
mod shell;
mod show;
mod standard_input;
mod sums;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use run::CliError;

/// A batch is some dozens of blocks, which one core takes and another one gives back; glibc's allocator spent a quarter of some
/// queries on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Planning walks a query as deep as it is nested: address space, of which only what is touched costs memory.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match runtime::threads::deep("main", STACK_BYTES, move || run::run(&arguments)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // Who has closed the output has seen enough.
        Ok(Err(CliError::Closed)) => ExitCode::SUCCESS,
        Ok(Err(CliError::Interrupted)) => ExitCode::from(130),
        Ok(Err(error @ CliError::Argument(_))) => failed(&error, 2),
        Ok(Err(error)) => failed(&error, 1),
        // What a panic said is on the screen already, with its place.
        Err(runtime::Error::Panicked { .. }) => ExitCode::from(101),
        Err(error) => failed(&error, 1),
    }
}

fn failed(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "millstream: {error}");
    ExitCode::from(code)
}
