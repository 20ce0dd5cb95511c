//! `millstream bench startup`: how long a user waits for the first answer, and what the engine takes while nothing happens.
//!
//! Everything is asked of processes of their own, of this same program: a process that has measured something else is no
//! idle one.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use clap::Args;
use millstream::prelude::{DataStream, Environment, RuntimeMode};
use millstream::runtime::Clock;
use options::Settings;
use serde_json::{Value, json};

use crate::bench::chart::{Chart, Form};
use crate::bench::contest::say;
use crate::bench::kept::Part;
use crate::bench::machine::Machine;
use crate::bench::report::{self, Report};
use crate::bench::spread::{Spread, three_digits};
use crate::bench::table::Table;
use crate::run::{CliError, read_file};

/// What is asked, and what must come of it.
const QUERY: &str = "SELECT 1 AS answer";
const ANSWER: &str = "answer\n1\n";
/// How long an engine has been idle when it says what it takes.
const IDLE: Duration = Duration::from_secs(1);

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct StartupArguments {
    /// How often the program is started.
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    #[command(flatten)]
    output: report::Output,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &StartupArguments) -> Result<(), CliError> {
    let machine = Machine::look(&Settings::new())?;
    let program =
        std::env::current_exe().map_err(|error| CliError::Bench(format!("this program is gone: {error}")))?;
    let (mut answers, mut versions) = (Vec::new(), Vec::new());
    // The first start reads the program from disk; it is for later ones.
    for run in 0..=arguments.repetitions {
        say(&format!("start {run} of {}", arguments.repetitions));
        let version = timed(&program, &["--version"], None)?;
        let answer = timed(&program, &["sql", "--output-format", "csv", "-q", QUERY], Some(ANSWER))?;
        if run > 0 {
            versions.push(version);
            answers.push(answer);
        }
    }
    say("");
    let (answers, versions) = (spread(&answers), spread(&versions));
    let sizes = Sizes { idle: idle_bytes(&program)?, program: length(&program)? };
    let report = Report {
        suite: "startup",
        unit: None,
        machine,
        settings: vec![("runs", format!("{} after one that does not count", arguments.repetitions))],
        peers: Vec::new(),
        findings: vec!["the answer was 1 in every run".to_owned()],
        results: results(answers, versions, &sizes),
    };
    report.publish(&arguments.output)
}

/// What is shown of it.
pub(crate) fn shown(results: Part<'_>) -> Result<(Table, Vec<Vec<Chart>>), CliError> {
    let answers = Spread::read(results.part("select_1_seconds"))?;
    let versions = Spread::read(results.part("process_seconds"))?;
    let mut table = Table::new(1, ["what", "min", "median", "max", "unit"]);
    for (what, spread) in
        [("SELECT 1, from start to end of the process", answers), ("--version: the process alone", versions)]
    {
        let mut cells = vec![what.to_owned()];
        cells.extend([spread.min, spread.median, spread.max].map(|seconds| three_digits(seconds * 1e3)));
        cells.push("ms".to_owned());
        table.row(cells);
    }
    for (what, name) in [
        ("resident memory of an idle engine", "idle_resident_bytes"),
        ("size of the program", "program_bytes"),
    ] {
        let megabytes = three_digits(results.number(name)? / 1e6);
        table.row(vec![what.to_owned(), String::new(), megabytes, String::new(), "MB".to_owned()]);
    }
    Ok((table, vec![vec![chart(answers, versions)]]))
}

/// What it takes of the machine, in bytes.
struct Sizes {
    idle: u64,
    program: u64,
}

fn results(answers: Spread, versions: Spread, sizes: &Sizes) -> Value {
    json!({
        "select_1_seconds": answers.json(), "process_seconds": versions.json(),
        "idle_resident_bytes": sizes.idle, "program_bytes": sizes.program,
    })
}

fn chart(answers: Spread, versions: Spread) -> Chart {
    let values = |of: fn(Spread) -> f64| [answers, versions].map(|spread| Some(of(spread) * 1e3)).to_vec();
    Chart::of(
        "milliseconds from start to end of the process",
        Form::Bars,
        vec!["SELECT 1".to_owned(), "--version".to_owned()],
        vec![
            ("min".to_owned(), values(|spread| spread.min)),
            ("median".to_owned(), values(|spread| spread.median)),
            ("max".to_owned(), values(|spread| spread.max)),
        ],
    )
}

/// The seconds of one process, from its start to its end; it must say what is expected.
fn timed(program: &Path, arguments: &[&str], expected: Option<&str>) -> Result<f64, CliError> {
    let clock = Clock::start();
    let output = asked(program, arguments)?;
    let seconds = clock.now_ns() as f64 / 1e9;
    let said = String::from_utf8_lossy(&output.stdout);
    match expected {
        Some(expected) if said != expected => Err(CliError::Bench(format!("{QUERY} has come to {said:?}"))),
        _ => Ok(seconds),
    }
}

fn asked(program: &Path, arguments: &[&str]) -> Result<Output, CliError> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| CliError::Script(program.display().to_string(), error))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(CliError::Bench(format!(
            "millstream {} has failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim_end()
        ))),
    }
}

fn spread(seconds: &[f64]) -> Spread {
    Spread::of(seconds).expect("it was started at least once")
}

fn length(program: &Path) -> Result<u64, CliError> {
    let data = program.metadata().map_err(|error| CliError::Script(program.display().to_string(), error))?;
    Ok(data.len())
}

/// What an engine takes that has a job in which nothing flows.
fn idle_bytes(program: &Path) -> Result<u64, CliError> {
    let output = asked(program, &["bench", "idle"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|_| CliError::Bench(format!("an idle engine says no number: {said:?}")))
}

/// The other end of that: a job whose only row comes, and then nothing for a second.
pub(crate) fn idle() -> Result<(), CliError> {
    let env = Environment::new();
    let rows: DataStream<u64> = env.generate("Source: rarely", None, Some(1), |number| number);
    let _ = rows.rebalance().blackhole();
    let client = env.mode(RuntimeMode::Streaming).execute_async("idle")?;
    if client.has_ended_within(IDLE) {
        client.wait()?;
        return Err(CliError::Bench("a job without end has ended".to_owned()));
    }
    let status = read_file(Path::new("/proc/self/status"))?;
    let bytes =
        resident_bytes(&status).ok_or_else(|| CliError::Bench("the kernel tells no VmRSS".to_owned()))?;
    client.cancel();
    writeln!(std::io::stdout(), "{bytes}")?;
    Ok(())
}

/// `VmRSS:     12345 kB`.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_its_line() {
        assert_eq!(resident_bytes("VmPeak:  9 kB\nVmRSS:\t    1234 kB\n"), Some(1234 * 1024));
        assert_eq!(resident_bytes("VmPeak: 9 kB\n"), None);
    }
}
