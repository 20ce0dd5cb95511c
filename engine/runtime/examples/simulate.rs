//! Runs simulations by their seeds: `scripts/simulate --seed 7`, `scripts/simulate --seeds 0..10000`.
//!
//! The same runs as those of the tests, for who looks for a mistake: prints what a seed draws, and the end of the trace
//! when something is wrong.

use std::ops::Range;
use std::process::ExitCode;

#[path = "../tests/simulation/oracle.rs"]
mod oracle;
#[path = "../tests/simulation/parts.rs"]
mod parts;
#[path = "../tests/simulation/plan.rs"]
mod plan;
#[path = "../tests/simulation/row.rs"]
mod row;
#[path = "../tests/simulation/run.rs"]
mod run;

use parts::Planted;

const HELP: &str = "\
usage: scripts/simulate [--seed N | --seeds FIRST..END] [--planted]

  --seed N            one seed: prints what it draws, and what came of it
  --seeds FIRST..END  many, up to the first that fails (default 0..1000)
  --planted           with a mistake in an operator, to see that it is found
  --help              print this

The exit code is 1 if a seed fails.
";

struct Arguments {
    seeds: Range<u64>,
    planted: Option<Planted>,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Arguments { seeds, planted } = match read(&arguments) {
        Ok(arguments) => arguments,
        Err(words) => {
            eprintln!("simulate: {words}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let alone = seeds.clone().count() == 1;
    for seed in seeds.clone() {
        if alone {
            println!("{}", run::Drawn::of(seed));
        }
        match run::run(seed, planted) {
            Ok(verdict) if alone => println!("seed {seed}: {verdict:?}"),
            Ok(_) => {}
            Err(fault) => {
                println!("seed {seed}, trace {:016x}: {fault}", fault.hash);
                println!("to see it again: scripts/simulate --seed {seed}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{} seeds, nothing lost, nothing doubled, nothing stuck", seeds.count());
    ExitCode::SUCCESS
}

fn read(arguments: &[String]) -> Result<Arguments, String> {
    let mut read = Arguments { seeds: 0..1_000, planted: None };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument}: a value is missing"));
        match argument.as_str() {
            "--seed" => {
                let seed = number(argument, value()?)?;
                read.seeds = seed..seed + 1;
            }
            "--seeds" => {
                let text = value()?;
                let ends = text.split_once("..").ok_or_else(|| {
                    format!("{argument} {text}: not accepted; accepted: two numbers, such as 0..1000")
                })?;
                read.seeds = number(argument, ends.0)?..number(argument, ends.1)?;
            }
            "--planted" => read.planted = Some(Planted::ForgetsWhenFull),
            _ => return Err(format!("unknown argument: {argument}")),
        }
    }
    Ok(read)
}

fn number(argument: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{argument} {text}: not accepted; accepted: a whole number"))
}
