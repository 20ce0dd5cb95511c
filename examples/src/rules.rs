//! Readings that break a rule; rules come by a stream of their own, which every subtask sees.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin rules
//! ```
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;
use examples::JobArguments;
use examples::readings::{Reading, reading};
use millstream::prelude::*;

/// Readings that break rules.
#[derive(Debug, Parser)]
#[command(name = "rules", version)]
struct Arguments {
    /// How many readings there are.
    #[arg(long, default_value_t = 5_000)]
    readings: u64,
    #[command(flatten)]
    job: JobArguments,
}

/// What is not allowed.
#[derive(Record, Clone, Debug, PartialEq)]
struct Rule {
    name: String,
    above: f64,
}

/// Keeps readings until there is a rule, and then those that break one.
#[derive(Clone)]
struct Check {
    rules: BroadcastState<String, Rule>,
}

impl BroadcastProcess<Reading, Rule, String> for Check {
    fn process(&mut self, reading: Reading, cx: &mut ReadCx<'_, String>) -> Result<(), Failure> {
        for (name, rule) in self.rules.entries(cx) {
            if reading.degrees > rule.above {
                cx.emit(format!("{name}: {} had {:.2} at {}", reading.sensor, reading.degrees, reading.at));
            }
        }
        Ok(())
    }

    fn broadcast(&mut self, rule: Rule, cx: &mut BroadcastCx<'_, String>) -> Result<(), Failure> {
        self.rules.put(cx, rule.name.clone(), rule);
        Ok(())
    }
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let rule = |name: &str, above| Rule { name: name.to_owned(), above };
    let rules = env.collection([rule("warm", 25.0), rule("hot", 25.8)]).name("Source: Rules");
    let _ = env
        .generate("Source: Readings", Some(arguments.readings), Some(20_000), reading)
        .connect_broadcast(&rules)
        .process(Check { rules: BroadcastState::new("rules") })
        .print();
    arguments.job.run(&env, "rules").map(|_| ())
}
