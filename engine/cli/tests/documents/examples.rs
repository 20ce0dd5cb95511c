//! Tables of a page whose last two columns are an example and its result: each example is a query, or an expression for one.

use std::fmt::Write;

use crate::blocks::{Language, blocks};
use crate::csv;
use crate::page::command;

/// An example of a page.
struct Example {
    sql: String,
    result: String,
}

/// Which examples of a page come to something else. They may use what its blocks of SQL make.
pub(crate) fn wrong(page: &str) -> Vec<String> {
    let examples = examples(page);
    if examples.is_empty() {
        return Vec::new();
    }
    let folder = tempfile::tempdir().unwrap();
    let given = blocks(page).unwrap().into_iter().filter(|block| block.language == Language::Sql);
    let mut script: String = given.map(|block| block.text + ";\n").collect();
    for (number, Example { sql, .. }) in examples.iter().enumerate() {
        let query = if sql.starts_with("SELECT") { sql.clone() } else { format!("SELECT {sql} AS v") };
        writeln!(script, "VALUES ('{}');\n{query};", mark(number)).unwrap();
    }
    std::fs::write(folder.path().join(".script.sql"), script).unwrap();
    let output = command(folder.path())
        .arg(env!("CARGO_BIN_EXE_millstream"))
        .args(["sql", "--output-format", "csv", "--parallelism", "1", "-f", ".script.sql"])
        .output()
        .unwrap();
    if !output.status.success() {
        return vec![String::from_utf8_lossy(&output.stderr).into_owned()];
    }
    let shown = String::from_utf8_lossy(&output.stdout);
    let found = |number: usize| {
        let (_, behind) = shown.split_once(&format!("EXPR$0\n{}\n", mark(number))).expect("a mark is shown");
        behind.split("EXPR$0\nexample ").next().unwrap_or(behind)
    };
    let differs = |(number, Example { sql, result }): (usize, &Example)| {
        // Behind the name of the column; the order of rows is nobody's.
        let mut values: Vec<String> = found(number).lines().skip(1).map(value).collect();
        let mut wanted: Vec<&str> =
            if values.len() == 1 { vec![result] } else { result.split(", ").collect() };
        let found = values.join(", ");
        values.sort_unstable();
        wanted.sort_unstable();
        let is_same = values
            .iter()
            .map(|value| value.to_lowercase())
            .eq(wanted.iter().map(|value| value.to_lowercase()));
        (!is_same).then(|| format!("{sql} comes to {found}, and not to {result}"))
    };
    examples.iter().enumerate().filter_map(differs).collect()
}

/// What is shown before the example of this number.
fn mark(number: usize) -> String {
    format!("example {number:03}")
}

/// A value of CSV.
fn value(line: &str) -> String {
    match csv::values(line).pop() {
        Some((text, false)) if text.is_empty() => "NULL".to_owned(),
        value => value.expect("a line has a value").0,
    }
}

fn examples(page: &str) -> Vec<Example> {
    let (mut examples, mut is_within) = (Vec::new(), false);
    for line in page.lines() {
        let cells = cells(line);
        match cells.as_slice() {
            [.., example, result] if example == "example" && result == "result" => is_within = true,
            [.., sql, result] if is_within && !sql.starts_with("---") => {
                examples.push(Example { sql: sql.clone(), result: result.clone() });
            }
            [] => is_within = false,
            _ => {}
        }
    }
    examples
}

/// The cells of a row, as code is written in them.
fn cells(line: &str) -> Vec<String> {
    let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else { return Vec::new() };
    let plain = |cell: &str| {
        let cell = cell.replace('\0', "|");
        let cell = cell.trim();
        let inner = cell.strip_prefix("`` ").and_then(|cell| cell.strip_suffix(" ``"));
        inner.or_else(|| cell.strip_prefix('`')?.strip_suffix('`')).unwrap_or(cell).to_owned()
    };
    row.replace("\\|", "\0").split('|').map(plain).collect()
}
