//! Scripts of statements and what they must come to, run by the command as a user runs it.
//!
//! A file begins with what all of its queries need. Then come records:
//!
//! ```text
//! query                     rows in any order; `query ordered`: in this one
//! SELECT …
//! ----
//! header,of,csv
//! rows                      with ∅ where nothing is, a null
//!
//! error                     what the command says of it, or a part of that
//! SELECT …
//! ----
//! there is no table …
//! ```
//!
//! What is expected was found by hand, by DuckDB or in what Flink says of itself, never by Millstream, and a comment says so where
//! a value is not obvious. Every query runs three times, each time in a folder of its own: on
//! one subtask; on three whose exchanges wait on disk and whose rows leave at once; as a stream, whose last rows are those
//! of the batch, in any order. Scripts whose names end in `_batch` ask what a stream does not answer.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and makes its files"
)]

#[path = "read/csv.rs"]
mod csv;
#[path = "read/slt.rs"]
mod slt;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use slt::{Record, Script};

const WAYS: [&[&str]; 2] = [
    &["--parallelism", "1"],
    &["--parallelism", "3", "--buffer-timeout", "0", "-Dexecution.batch-shuffle-mode=all_exchanges_blocking"],
];

/// What a query comes to as a stream.
const STREAM: &[&str] = &[
    "--mode",
    "streaming",
    "--parallelism",
    "2",
    "--buffer-timeout",
    "-1",
    "-Dsql-client.execution.result-mode=table",
];

fn millstream(folder: &Path, sql: &str, way: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
    command.args(["sql", "--output-format", "csv", "--memory", "256mb", "-q", sql]).args(way);
    // A machine that goes by UTC, wherever this one stands.
    command.env("TZ", "UTC").current_dir(folder).output().unwrap()
}

fn sorted(rows: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = rows.lines().collect();
    if let Some(rows) = lines.get_mut(1..) {
        rows.sort_unstable();
    }
    lines
}

fn check(name: &str, text: &str) {
    let Script { setup, records } = Script::read(text);
    assert!(records.len() > 3, "a script with little in it");
    let mut wrong = String::new();
    for record in &records {
        let is_streamed = record.kind != "error" && !name.ends_with("_batch.slt");
        for way in WAYS.into_iter().chain(is_streamed.then_some(STREAM)) {
            let folder = folder_with_files();
            let output = millstream(folder.path(), &format!("{setup}\n{}", record.sql), way);
            let (out, err) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let is_right = match record.kind {
                "query" => output.status.success() && sorted(&out) == sorted(&record.expected),
                "query ordered" if way == STREAM => {
                    output.status.success() && sorted(&out) == sorted(&record.expected)
                }
                "query ordered" => output.status.success() && out == record.expected,
                _ => output.status.code() == Some(1) && err.contains(record.expected.trim_end()),
            };
            if !is_right {
                let Record { line, sql, expected, .. } = record;
                write!(wrong, "{name}:{line} {way:?}\n{sql}wanted\n{expected}found\n{out}{err}\n").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A folder of one query: what it writes no other one finds.
fn folder_with_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in FILES {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// What the scripts read.
const FILES: [(&str, &str); 12] = [
    ("bids.csv", include_str!("sql/bids.csv")),
    ("people.csv", include_str!("sql/people.csv")),
    ("events.jsonl", include_str!("sql/events.jsonl")),
    ("bad.csv", include_str!("sql/bad.csv")),
    ("offers.csv", include_str!("sql/offers.csv")),
    ("heights.csv", include_str!("sql/heights.csv")),
    ("ticks.csv", include_str!("sql/ticks.csv")),
    ("carts.jsonl", include_str!("sql/carts.jsonl")),
    ("orders.csv", include_str!("sql/orders.csv")),
    ("shipments.csv", include_str!("sql/shipments.csv")),
    ("rates.csv", include_str!("sql/rates.csv")),
    ("instants.csv", include_str!("sql/instants.csv")),
];

macro_rules! scripts {
    ($($name:ident),+) => {$(
        #[test]
        fn $name() {
            let file = concat!("sql/", stringify!($name), ".slt");
            check(file, include_str!(concat!("sql/", stringify!($name), ".slt")));
        }
    )+};
}

scripts!(select, aggregates, joins, order, statements, errors, values, windows, over, changes);

// One topic each.
scripts!(
    aggregate_functions,
    arithmetic,
    casts,
    catalogs,
    changelog_rows_batch,
    changelogs,
    checksums,
    comparisons,
    conditionals,
    contenders,
    datagen,
    decimals,
    definitions,
    distinct,
    distinct_filters,
    empty_batch,
    floats,
    functions,
    group_windows,
    grouping,
    grouping_sets,
    interval_joins,
    join_kinds,
    join_order,
    lateral,
    limits,
    literals,
    logic,
    multisets,
    names,
    not_null,
    nulls,
    over_frames,
    over_ranks,
    partitions,
    rows,
    set_operations,
    settings,
    sieves_batch,
    split_distinct,
    subjects,
    subqueries,
    subqueries_anywhere,
    syntax,
    tables,
    tables_batch,
    temporal_joins,
    text,
    time_zones,
    times,
    top_n,
    unnest,
    user_functions,
    views,
    window_functions,
    with_clauses
);

#[test]
fn every_function_does_what_its_example_says() {
    let folder = tempfile::tempdir().unwrap();
    let functions: Vec<_> = expr::functions().map(|(_, function)| function).collect();
    let calls: Vec<String> =
        functions.iter().map(|function| format!("CAST({} AS STRING)", function.example.0)).collect();
    // Computed when the query is planned, and for the rows of a table.
    for from in ["", " FROM 'one.csv'"] {
        std::fs::write(folder.path().join("one.csv"), "n\n1\n").unwrap();
        let output = millstream(folder.path(), &format!("SELECT {}{from}", calls.join(", ")), WAYS[0]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let out = String::from_utf8(output.stdout).unwrap();
        let found = csv::values(out.lines().nth(1).unwrap());
        for (function, (found, _)) in functions.iter().zip(found) {
            let expected = function.example.1;
            assert_eq!(
                found.to_lowercase(),
                expected.to_lowercase(),
                "{} should be {expected}",
                function.example.0
            );
        }
    }
}

#[test]
fn a_script_is_read_from_the_standard_input_and_a_file() {
    use std::io::Write;
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("job.sql");
    std::fs::write(&script, "-- a comment\nSELECT 1 AS one; SELECT 2 AS two").unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_millstream")).arg("run").arg(&script).output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && text.contains("│ one │") && text.contains("│ two │"), "{text}");
    let mut sql = Command::new(env!("CARGO_BIN_EXE_millstream"));
    let mut sql = sql
        .args(["sql", "--output-format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    sql.stdin.take().unwrap().write_all(b"SELECT 'a' AS x;").unwrap();
    let output = sql.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"x\":\"a\"}\n");
    let missing =
        Command::new(env!("CARGO_BIN_EXE_millstream")).args(["run", "missing.sql"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).starts_with("millstream: missing.sql: No such file"));
    let unknown = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .args(["sql", "-Dparalelism.default=2", "-q", "SELECT 1"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("parallelism.default"));
}
