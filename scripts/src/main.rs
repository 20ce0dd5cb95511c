//! `cargo x <command>`: what shell does badly.
//!
//! Each command is a file with one `run` that takes the arguments after its name and answers how the process
//! ends: 0 it is so, 1 it is not so, 2 it was asked wrongly. Nothing here is part of the engine.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool of the developers: it reads and writes the checkout and speaks to a terminal"
)]

use std::process::ExitCode;

mod config_reference;
mod count_tests;
mod page;
#[cfg(target_os = "linux")]
mod refuse_io_uring;
mod sql_reference;

/// What a command comes to.
enum Outcome {
    /// It is as it should be; the line says what was done.
    Done(String),
    /// It is not; the line says what to do about it.
    Failed(String),
    /// It was asked wrongly; the line says how.
    Misused(String),
}

/// A command: its name, what it does, and the function that does it.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "config-reference",
        about: "write docs/configuration.md; with --check, only compare",
        run: config_reference::run,
    },
    Command {
        name: "count-tests",
        about: "read the output of `cargo test` and sum it up in one line",
        run: count_tests::run,
    },
    #[cfg(target_os = "linux")]
    Command {
        name: "refuse-io-uring",
        about: "run COMMAND [ARGUMENTS…] as if the kernel answered EPERM to io_uring",
        run: refuse_io_uring::run,
    },
    Command {
        name: "sql-reference",
        about: "write docs/reference; with --check, only compare",
        run: sql_reference::run,
    },
    Command { name: "help", about: "print this", run: |_| Outcome::Done(help()) },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Outcome::Done(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Outcome::Failed(line) => {
            println!("{line}");
            ExitCode::FAILURE
        }
        Outcome::Misused(line) => {
            eprintln!("{line}\n\n{}", help());
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        return Outcome::Misused("which command?".into());
    };
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Outcome::Misused(format!("no such command: {name}")),
    }
}

fn help() -> String {
    let line = |command: &Command| format!("\n  {:<18}{}", command.name, command.about);
    format!("usage: cargo x <command>\n{}", COMMANDS.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(arguments: &[&str]) -> Outcome {
        dispatch(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn help_names_every_command() {
        let Outcome::Done(text) = ask(&["help"]) else { panic!("help helps") };
        assert!(COMMANDS.iter().all(|command| text.contains(command.name)));
    }

    #[test]
    fn a_wrong_question_is_told_from_a_wrong_state() {
        for arguments in [&[][..], &["frobnicate"], &["config-reference", "--chek"], &["count-tests", "file"]]
        {
            assert!(matches!(ask(arguments), Outcome::Misused(_)), "{arguments:?}");
        }
    }
}
