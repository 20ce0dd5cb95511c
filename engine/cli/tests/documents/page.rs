//! The blocks of a page, run: shell first, then SQL as one session, in a folder that is theirs.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::blocks::{Block, Language};

/// What no page takes in a debug build, unless it never ends.
const SECONDS_MAX: &str = "100";

/// What is wrong with the blocks of a page: their line, and what was found.
pub(crate) fn run(blocks: Vec<Block>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for block in blocks.iter().filter(|block| block.language == Language::Shell) {
        let output = bash(folder.path(), &block.text);
        wrong.extend(compared(block, &output, &text_of(&output)));
    }
    let session: Vec<&Block> = blocks.iter().filter(|block| block.language == Language::Sql).collect();
    if !session.is_empty() {
        wrong.extend(session_of(folder.path(), &session));
    }
    wrong
}

/// `timeout` with the folder and the options that all of them have: two subtasks, whatever the machine has.
pub(crate) fn command(folder: &Path) -> Command {
    let options = folder.join(".options");
    std::fs::create_dir_all(&options).unwrap();
    let text = "parallelism.default: 2\ntaskmanager.memory.process.size: 256mb\n";
    std::fs::write(options.join("config.yaml"), text).unwrap();
    let mut command = Command::new("timeout");
    command.arg(SECONDS_MAX).current_dir(folder).stdin(Stdio::null());
    // A machine that goes by UTC, wherever this one stands.
    command.env("MILLSTREAM_CONF_DIR", options).env("CHECKOUT", crate::checkout()).env("TZ", "UTC");
    command
}

fn bash(folder: &Path, script: &str) -> Output {
    let millstream = Path::new(env!("CARGO_BIN_EXE_millstream")).parent().unwrap();
    let path = format!("{}:{}", millstream.display(), std::env::var("PATH").unwrap_or_default());
    let script = format!("exec 2>&1; set -eu -o pipefail\n{script}");
    command(folder).env("PATH", path).args(["bash", "-c", &script]).output().unwrap()
}

/// Statements in one session, between which the numbers of their blocks are shown.
fn session_of(folder: &Path, blocks: &[&Block]) -> Vec<String> {
    let mut script = String::new();
    for (number, block) in blocks.iter().enumerate() {
        script.push_str(&format!("VALUES ('{}');\n{};\n", mark(number), block.text));
    }
    script.push_str(&format!("VALUES ('{}');\n", mark(blocks.len())));
    let file = folder.join(".script.sql");
    std::fs::write(&file, script).unwrap();
    let output = command(folder)
        .arg(env!("CARGO_BIN_EXE_millstream"))
        .args(["sql", "-f", ".script.sql"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let parts = parts(&shown, blocks.len());
    if !output.status.success() {
        let broken = blocks[parts.len().saturating_sub(1)];
        let shown = parts.last().cloned().unwrap_or_default() + &String::from_utf8_lossy(&output.stderr);
        return vec![told(broken, &shown)];
    }
    let compare = |(block, part): (&&Block, &String)| compared(block, &output, part);
    blocks.iter().zip(&parts).filter_map(compare).collect()
}

/// What is shown before the block of this number.
fn mark(number: usize) -> String {
    format!("block {number:03}")
}

/// What was shown between the marks, each of which is a table of one row.
fn parts(shown: &str, blocks: usize) -> Vec<String> {
    let lines: Vec<&str> = shown.lines().collect();
    let place = |number: usize| lines.iter().position(|line| *line == format!("│ {} │", mark(number)));
    let places: Vec<usize> = (0..=blocks).map_while(place).collect();
    let until = |number: usize| places.get(number + 1).map_or(lines.len(), |place| place - 3);
    let part = |number: usize| {
        lines[places[number] + 3..until(number)].iter().map(|line| format!("{line}\n")).collect()
    };
    (0..places.len().min(blocks)).map(part).collect()
}

fn text_of(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// What is wrong with a block that has shown this, if something is.
fn compared(block: &Block, output: &Output, shown: &str) -> Option<String> {
    let is_right = output.status.success()
        && block.shows.as_ref().is_none_or(|wanted| {
            let [wanted, shown] = [wanted, shown].map(|text| text.lines().map(timeless).collect::<Vec<_>>());
            is_like(&wanted, &shown)
        });
    (!is_right).then(|| told(block, shown))
}

fn told(Block { line, text, shows, .. }: &Block, shown: &str) -> String {
    let wanted = shows.as_ref().map(|shows| format!("the page shows\n{shows}")).unwrap_or_default();
    format!(":{line}\n{text}{wanted}it comes to\n{shown}")
}

/// A line without how long it took, and without blanks at its end.
fn timeless(line: &str) -> String {
    let line = line.trim_end();
    match line.split_once(" row").and_then(|_| line.rsplit_once(", ")) {
        Some((rows, time)) if time.ends_with(" s") => rows.to_owned(),
        _ => line.to_owned(),
    }
}

/// Whether lines are those that are wanted, of which `…` stands for any number.
fn is_like(wanted: &[String], shown: &[String]) -> bool {
    match (wanted, shown) {
        ([], []) => true,
        ([any, rest @ ..], _) if any.trim() == "…" => {
            is_like(rest, shown) || shown.split_first().is_some_and(|(_, shown)| is_like(wanted, shown))
        }
        ([one, wanted @ ..], [other, shown @ ..]) => one == other && is_like(wanted, shown),
        _ => false,
    }
}
