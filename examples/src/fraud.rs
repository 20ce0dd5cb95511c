//! A large payment within a minute of a tiny one on the same card: a function with states and timers.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin fraud
//! ```
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use examples::JobArguments;
use examples::readings::mix;
use millstream::prelude::*;

/// Payments that look like fraud.
#[derive(Debug, Parser)]
#[command(name = "fraud", version)]
struct Arguments {
    /// How many payments there are.
    #[arg(long, default_value_t = 20_000)]
    payments: u64,
    #[command(flatten)]
    job: JobArguments,
}

/// A payment by card.
#[derive(Record, Clone, Debug)]
struct Payment {
    card: u64,
    cents: i64,
    at: Timestamp,
}

/// What is suspicious.
#[derive(Record, Clone, Debug)]
struct Alert {
    card: u64,
    cents: i64,
    at: Timestamp,
}

const TINY_CENTS: i64 = 100;
const LARGE_CENTS: i64 = 50_000;
const MINUTE_MS: i64 = 60_000;

/// Remembers a tiny payment for a minute.
#[derive(Clone)]
struct Detector {
    /// When the timer goes off that forgets it.
    tiny_until: ValueState<i64>,
}

impl KeyedProcess<Payment, Alert> for Detector {
    fn process(&mut self, payment: Payment, cx: &mut KeyedCx<'_, Alert>) -> Result<(), Failure> {
        if let Some(until) = self.tiny_until.get(cx) {
            if payment.cents > LARGE_CENTS {
                cx.emit(Alert { card: payment.card, cents: payment.cents, at: payment.at });
                cx.accumulators().add("alerts", 1);
            }
            // Whatever follows a tiny payment, it is over.
            cx.delete_event_timer(until);
            self.tiny_until.clear(cx);
        }
        if payment.cents < TINY_CENTS {
            let until = payment.at.0 + MINUTE_MS;
            self.tiny_until.set(cx, until);
            cx.set_event_timer(until);
        }
        Ok(())
    }

    fn timer(&mut self, _timer: Timer, cx: &mut KeyedCx<'_, Alert>) -> Result<(), Failure> {
        self.tiny_until.clear(cx);
        Ok(())
    }
}

/// Payment number `number`: a hundred a second, with fifty cards.
fn payment(number: u64) -> Payment {
    let chance = mix(number);
    let cents = match (chance >> 8) % 100 {
        0..=2 => 50,
        3..=5 => 90_000,
        _ => 1_000 + ((chance >> 16) % 20_000).cast_signed(),
    };
    Payment { card: chance % 50, cents, at: Timestamp(1_767_225_600_000 + (number * 10).cast_signed()) }
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let _ = env
        .generate("Source: Payments", Some(arguments.payments), None, payment)
        .assign_timestamps_and_watermarks(
            WatermarkStrategy::bounded_out_of_orderness(Duration::from_secs(1))
                .timestamps(|payment: &Payment| payment.at),
        )
        .key_by(|payment| payment.card)
        .process(Detector { tiny_until: ValueState::new("tiny until") })
        .print();
    if let Some(result) = arguments.job.run(&env, "fraud")? {
        examples::say(&format!("{:?}, accumulators: {:?}", result.elapsed, result.accumulators));
    }
    Ok(())
}
