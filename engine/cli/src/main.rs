//! `millstream`: SQL from the command line.
//!
//! ```sh
//! millstream sql -q "SELECT channel, COUNT(*) FROM 'bids.parquet' GROUP BY channel"
//! millstream sql                                # a shell
//! millstream run job.sql
//! millstream explain -q "SELECT …"
//! ```
//!
//! | part | file |
//! |---|---|
//! | arguments, and how it ends | here, `arguments.rs` |
//! | statements, jobs, Ctrl-C | `run.rs` |
//! | the rows of a query, which may be taken back | `results.rs` |
//! | the shell | `shell/` |
//! | rows as tables, CSV, JSON | `show.rs` |
//! | files whose columns nobody declared | `files.rs` |
//!
//! Exit codes: 0 it is done, 1 something failed, 2 the arguments are wrong, 130 Ctrl-C.
#![forbid(unsafe_code)]

mod arguments;
mod files;
mod results;
mod run;
mod shell;
mod show;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use run::CliError;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Who has closed the output has seen enough.
        Err(CliError::Closed) => ExitCode::SUCCESS,
        Err(CliError::Interrupted) => ExitCode::from(130),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "millstream: {error}");
            ExitCode::FAILURE
        }
    }
}
