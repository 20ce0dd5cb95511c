//! Says which host this machine gives and why, in the line of the log, and compares it with what was expected.
//!
//! For who wonders why a worker does not run on io_uring, and for `scripts/test`, which refuses io_uring on purpose.

use std::process::ExitCode;

use runtime::{IoBackend, Preflight};

const HELP: &str = "\
usage: cargo run --package millstream-runtime --example host -- [EXPECTED LINE]

Prints which host `runtime.io-backend = auto` comes to here, and why.

The exit code is 1 if that is not the expected line, whose words may be arguments of their own.
";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(option) = arguments.iter().find(|argument| argument.starts_with('-')) {
        if option == "--help" || option == "-h" {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        eprintln!("host: unknown argument: {option}\n\n{HELP}");
        return ExitCode::from(2);
    }
    // The same line goes to the log, for those who listen to it.
    let line = match Preflight::run(IoBackend::Auto) {
        Ok(report) => report.to_string(),
        Err(error) => {
            eprintln!("host: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{line}");
    let expected = arguments.join(" ");
    if expected.is_empty() || line == expected {
        return ExitCode::SUCCESS;
    }
    eprintln!("host: expected was: {expected}");
    ExitCode::FAILURE
}
