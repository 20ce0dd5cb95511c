//! Counts words: of a file in the end, of a socket as they come.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin word-count -- --input README.md
//! nc -lk 9999 & cargo run --release -p millstream-examples --bin word-count -- --socket localhost:9999
//! ```
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use examples::JobArguments;
use millstream::connect::{Print, RowStyle};
use millstream::prelude::*;

/// Counts words.
#[derive(Debug, Parser)]
#[command(name = "word-count", version)]
struct Arguments {
    /// A file, a directory, or a pattern such as `books/*.txt`.
    #[arg(long, value_name = "PATH", required_unless_present = "socket")]
    input: Option<PathBuf>,
    /// Where lines come from instead.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "input")]
    socket: Option<String>,
    /// What is done with the counts.
    #[arg(long, value_enum, default_value_t = Output::Print)]
    output_format: Output,
    #[command(flatten)]
    job: JobArguments,
}

/// What is done with the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Rows as `(word, 3)`.
    Print,
    /// Lines as `word,3`.
    Csv,
    /// Nothing: to see how fast the counting is.
    None,
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let lines = match (&arguments.input, &arguments.socket) {
        (Some(path), _) => env.read_text(path),
        (None, Some(address)) => {
            let (host, port) = address.rsplit_once(':').unwrap_or((address, "9999"));
            env.socket_text(host, port.parse().unwrap_or(9999))
        }
        (None, None) => unreachable!("one of the two is required"),
    };
    let counts: DataStream<(String, i64)> = lines
        .flat_map(|line: String, words: &mut Collector<String>| {
            line.split_whitespace().for_each(|word| words.emit_borrowed(word));
        })
        .key_by_columns::<String>(&["value"])
        .aggregate_columns([Function::Count.named("count")]);
    let _ = match arguments.output_format {
        Output::Print => counts.print(),
        Output::Csv => counts
            .map(|(word, count)| format!("{word},{count}"))
            .print_to(Print::default().style(RowStyle::Plain)),
        Output::None => counts.blackhole(),
    };
    arguments.job.run(&env, "word count").map(|_| ())
}
