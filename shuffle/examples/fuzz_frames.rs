//! Forges frames and decodes them: `fuzz_frames <first seed> <seeds>`, or `fuzz_frames <file>` to replay one.
//!
//! What `tests/frame_fuzz.rs` does with the same seeds each time, `scripts/fuzz` does here with fresh ones. An
//! input that makes a decoder panic is written to the working directory, and ends the run.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a tool of the developers: it reads and writes files and speaks to a terminal"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "tests cast small numbers they have chosen, and end with what cannot be made"
)]

#[path = "../tests/frame_fuzz/corpus.rs"]
#[expect(dead_code, reason = "the kept inputs are the test's")]
mod corpus;
#[path = "../tests/frame_fuzz/mutator.rs"]
mod mutator;
#[path = "../src/frame/tests/random.rs"]
#[expect(dead_code, reason = "whole batches are for the tests of the crate")]
mod random;
#[path = "../tests/frame_fuzz/target.rs"]
mod target;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [file] => {
            let input = std::fs::read(file).expect("the file can be read");
            println!("{:?}", target::decode(&input));
            ExitCode::SUCCESS
        }
        [first, count] => {
            let number = |text: &String| text.parse::<u64>().expect("a number of seeds");
            run(number(first), number(count))
        }
        _ => {
            println!("usage: fuzz_frames <first seed> <seeds>, or fuzz_frames <file>");
            ExitCode::from(2)
        }
    }
}

fn run(first: u64, count: u64) -> ExitCode {
    let frames = corpus::frames();
    for seed in first..first.saturating_add(count) {
        let input = mutator::forge(&frames, &mut random::Random(seed));
        if std::panic::catch_unwind(|| target::decode(&input)).is_err() {
            let file = format!("frame-{seed}");
            std::fs::write(&file, &input).expect("the input can be written");
            println!("seed {seed} makes a decoder panic; to replay: fuzz_frames {file}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
