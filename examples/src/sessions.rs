//! Clicks of users as sessions: which pages one has looked at until there was a pause.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin sessions
//! ```
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use examples::JobArguments;
use examples::readings::mix;
use millstream::prelude::*;

/// Clicks as sessions.
#[derive(Debug, Parser)]
#[command(name = "sessions", version)]
struct Arguments {
    /// How many clicks there are.
    #[arg(long, default_value_t = 5_000)]
    clicks: u64,
    /// A pause this long ends a session, in seconds.
    #[arg(long, default_value_t = 30)]
    gap: u64,
    #[command(flatten)]
    job: JobArguments,
}

/// A click.
#[derive(Record, Clone, Debug)]
struct Click {
    user: u64,
    page: String,
    at: Timestamp,
}

/// What a user has done between two pauses.
#[derive(Record, Clone, Debug)]
struct Session {
    user: u64,
    from: Timestamp,
    seconds: f64,
    clicks: u64,
    first_page: String,
    last_page: String,
}

/// Click number `number`: users come and go.
fn click(number: u64) -> Click {
    let chance = mix(number);
    let page = ["/", "/search", "/cart", "/checkout", "/help"][usize::try_from(chance % 5).unwrap_or(0)];
    // Forty users are awake at a time, and others a minute later.
    let user = number / 600 * 7 + (chance >> 8) % 40;
    Click { user, page: page.to_owned(), at: Timestamp(1_767_225_600_000 + (number * 100).cast_signed()) }
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let _ = env
        .generate("Source: Clicks", Some(arguments.clicks), None, click)
        .assign_timestamps_and_watermarks(
            WatermarkStrategy::bounded_out_of_orderness(Duration::from_secs(5))
                .timestamps(|click: &Click| click.at),
        )
        .key_by(|click| click.user)
        .window(session(Duration::from_secs(arguments.gap)))
        .process(|clicks: &[Click], cx: &mut WindowCx<'_, Session>| {
            // Rows come as they came; a session is told in the order of time.
            let first = clicks.iter().min_by_key(|click| click.at);
            let last = clicks.iter().max_by_key(|click| click.at);
            let (Some(first), Some(last)) = (first, last) else { return };
            let seconds = (last.at.0 - first.at.0) as f64 / 1000.0;
            let (first_page, last_page) = (first.page.clone(), last.page.clone());
            let (user, from, clicks) = (first.user, first.at, clicks.len() as u64);
            cx.emit(Session { user, from, seconds, clicks, first_page, last_page });
        })
        .print();
    arguments.job.run(&env, "sessions").map(|_| ())
}
