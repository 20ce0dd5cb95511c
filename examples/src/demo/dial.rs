//! The dial: one plan at some buffer timeouts, and what each gives and takes.
//!
//! A running count by key, every update sent on. At full speed it tells how many rows go through, and at a rate how long one
//! takes from the source to behind the count. `millstream bench dial` measures the same with care.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use examples::say;
use millstream::prelude::*;

use crate::Arguments;

const KEYS: u64 = 10_000;
/// Rows at full speed.
const ROWS: u64 = 4_000_000;
/// Rows a second where it is measured how long one takes, for a second.
const RATE: u64 = 20_000;
/// The first ones find everything cold.
const COLD: usize = 2_000;
const TIMEOUTS: [&str; 5] = ["0", "1ms", "10ms", "100ms", "auto"];

/// Says what each timeout gives.
pub(crate) fn run(arguments: &Arguments) -> Result<(), ExecuteError> {
    say(&format!(
        "\n3  The dial: one plan, a count of {KEYS} keys, at some buffer timeouts (execution.buffer-timeout.interval).\n\n   \
         {:>7}  {:>19}  {:>10}  {:>10}",
        "timeout", "rows/s at full load", "p50", "p99"
    ));
    for timeout in TIMEOUTS {
        let rate = full(arguments, timeout)?;
        let (middle, late) = paced(arguments, timeout)?;
        say(&format!("   {timeout:>7}  {:>17.1} M  {middle:>7} µs  {late:>7} µs", rate / 1e6));
    }
    say("\n   A row takes at most the timeout, and `auto` sends it when somebody is there to take it.");
    Ok(())
}

fn environment(arguments: &Arguments, timeout: &str) -> Result<Environment, ExecuteError> {
    let env = arguments.job.environment()?;
    env.mode(RuntimeMode::Streaming).set(&format!("execution.buffer-timeout.interval={timeout}"))?;
    Ok(env)
}

/// The plan. A row has its key, and when it was made.
fn counts(
    env: &Environment,
    rows: u64,
    rate: Option<u64>,
    made: impl Fn() -> i64 + Send + Sync + 'static,
) -> DataStream<(i64, i64, i64)> {
    env.generate("Source: Rows", Some(rows), rate, move |number| {
        ((number % KEYS * 7_919 % KEYS).cast_signed(), made())
    })
    .key_by_columns::<i64>(&["f0"])
    .aggregate_columns([Function::Count.named("count"), Function::Max(1).named("made")])
}

/// Rows a second.
fn full(arguments: &Arguments, timeout: &str) -> Result<f64, ExecuteError> {
    let env = environment(arguments, timeout)?;
    let _ = counts(&env, ROWS, None, || 0).blackhole();
    let done = env.execute("the dial at full load")?;
    Ok(ROWS as f64 / done.elapsed.as_secs_f64())
}

/// How many microseconds a row takes: the middle, and what ninety-nine of a hundred keep.
fn paced(arguments: &Arguments, timeout: &str) -> Result<(u64, u64), ExecuteError> {
    let env = environment(arguments, timeout)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "it is the rows that are timed, and not the engine that asks"
    )]
    let began = Instant::now();
    let now = move || i64::try_from(began.elapsed().as_nanos()).expect("less than centuries");
    let heard = Arc::new(Mutex::new(Vec::<u64>::new()));
    let ear = heard.clone();
    let _ = counts(&env, RATE + COLD as u64, Some(RATE), now)
        .map(move |(_, count, made)| {
            let took = (now() - made).unsigned_abs();
            ear.lock().unwrap_or_else(PoisonError::into_inner).push(took);
            count
        })
        .blackhole();
    env.execute("the dial at a rate")?;
    let heard = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    let mut took = heard.get(COLD..).unwrap_or_default().to_vec();
    took.sort_unstable();
    let of_hundred = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or(0) / 1_000;
    Ok((of_hundred(50), of_hundred(99)))
}
