//! Every example runs and says what it should, in stream and in batch; wrong input gets a line that says what to do.
#![allow(clippy::unwrap_used, reason = "a test falls where it stands")]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output};

const SMALL: &str = "-Dtaskmanager.memory.process.size=256mb";

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).arg(SMALL).output().expect("the example can be started")
}

fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What it prints in batch mode and in streaming, without the number of the subtask.
fn in_both_modes(program: &str, arguments: &[&str]) -> Vec<String> {
    let [batch, streaming] = ["batch", "streaming"].map(|mode| {
        let more = [&["--parallelism", "1", "--mode", mode], arguments].concat();
        lines(&run(program, &more))
    });
    assert_eq!(batch, streaming);
    assert!(!batch.is_empty(), "nothing was printed");
    batch
}

#[test]
fn words_are_counted_as_a_loop_counts_them() {
    let mut text = tempfile::NamedTempFile::new().unwrap();
    let book = "to be or not to be\n\nthat is  the question\na word that is longer than twelve bytes: antidisestablishment\n";
    text.write_all(book.repeat(100).as_bytes()).unwrap();
    let mut counts = BTreeMap::<&str, usize>::new();
    book.split_whitespace().for_each(|word| *counts.entry(word).or_default() += 100);
    let expected: Vec<String> = counts.iter().map(|(word, count)| format!("{word},{count}")).collect();
    let path = text.path().to_str().unwrap();
    for parallelism in ["1", "3"] {
        let arguments =
            ["--input", path, "--output-format", "csv", "--mode", "batch", "--parallelism", parallelism];
        let mut found = lines(&run(env!("CARGO_BIN_EXE_word-count"), &arguments));
        // With several subtasks each line says which.
        found.iter_mut().for_each(|line| *line = line.rsplit("> ").next().unwrap().to_owned());
        found.sort();
        let mut expected = expected.clone();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_missing_file_is_named() {
    let output = run(env!("CARGO_BIN_EXE_word-count"), &["--input", "no/such/file.txt"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("no/such/file.txt"), "{words}");
}

#[test]
fn an_option_that_does_not_exist_is_named() {
    let output = run(env!("CARGO_BIN_EXE_sensors"), &["-Dexecution.runtime-mod=batch"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("execution.runtime-mod") && words.contains("execution.runtime-mode"), "{words}");
}

#[test]
fn sessions_and_alerts_are_the_same_in_both_modes() {
    assert!(in_both_modes(env!("CARGO_BIN_EXE_sessions"), &["--clicks", "2000"]).len() > 10);
    assert!(!in_both_modes(env!("CARGO_BIN_EXE_fraud"), &["--payments", "20000"]).is_empty());
}

#[test]
fn late_readings_go_by_the_side() {
    let streaming = ["--readings", "3000", "--mode", "streaming", "--parallelism", "1"];
    let printed = lines(&run(env!("CARGO_BIN_EXE_sensors"), &streaming));
    assert!(printed.iter().any(|line| line.starts_with("too late: sensor-")), "{printed:?}");
    assert!(printed.iter().any(|line| line.starts_with("(2026-01-01 00:0")), "{printed:?}");
}

#[test]
fn orders_are_enriched_and_none_is_lost() {
    let output = run(env!("CARGO_BIN_EXE_enrichment"), &["--orders", "200", "--parallelism", "1"]);
    let printed = lines(&output);
    assert_eq!(printed.len(), 200);
    assert!(printed.iter().all(|line| line.contains("Customer ") || line.contains("unknown (customer")));
}

#[test]
fn rules_are_seen_by_all_subtasks() {
    let printed = lines(&run(env!("CARGO_BIN_EXE_rules"), &["--readings", "6000"]));
    assert!(printed.iter().all(|line| line.contains("warm: sensor-") || line.contains("hot: sensor-")));
}

#[test]
fn ranks_settle() {
    let output = run(env!("CARGO_BIN_EXE_page-rank"), &["--pages", "200", "--parallelism", "2"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.contains("ranks have settled"), "{words}");
}

#[test]
fn the_demo_comes_to_the_same_windows_twice_and_turns_the_dial() {
    let output = run(env!("CARGO_BIN_EXE_demo"), &["--seconds", "2", "--rate", "20000"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    assert!(words.contains("Both have come to the same"), "{words}");
    let notches = words.lines().filter(|line| line.trim_end().ends_with("µs")).count();
    assert_eq!(notches, 5, "{words}");
}
