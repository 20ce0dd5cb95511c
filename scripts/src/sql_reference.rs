//! `cargo x sql-reference [--check]`: the pages of `docs/reference`, written from the tables of SQL or compared with them.
//!
//! An example of the crate of SQL prints the pages. It is built with the whole workspace: so it has what is built already, and
//! this command has not.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::page::{self, Page};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    page::run("sql-reference", arguments, || printed().map(|text| pages(&text)))
}

/// What the example prints.
fn printed() -> Result<String, String> {
    let build = ["build", "--quiet", "--locked", "--workspace", "--example", "sql-reference"];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    answered(Command::new(cargo).args(build).current_dir(page::checkout()))?;
    answered(&mut Command::new(beside_this()?))
}

/// The example is built beside this binary.
fn beside_this() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| format!("where this command is: {error}"))?;
    Ok(this.parent().unwrap_or(Path::new(".")).join("examples/sql-reference"))
}

fn answered(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{command:?}: {error}"))
}

/// A page after the other: its path between two NUL, then its text.
fn pages(printed: &str) -> Vec<Page> {
    let mut parts = printed.split('\0').skip(1).map(str::to_owned);
    let mut pages = Vec::new();
    while let (Some(path), Some(text)) = (parts.next(), parts.next()) {
        pages.push(Page { path, text });
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_apart() {
        let pages = pages("\0a.md\0# A\n\0b.md\0# B\n");
        let texts: Vec<_> = pages.iter().map(|page| (page.path.as_str(), page.text.as_str())).collect();
        assert_eq!(texts, [("a.md", "# A\n"), ("b.md", "# B\n")]);
    }
}
