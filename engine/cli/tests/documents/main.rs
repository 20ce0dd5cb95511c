//! README and the pages of `docs/` say what is so: every block of code in them is run.
//!
//! | block | becomes |
//! |---|---|
//! | `sh` | run by bash, those of a page one after the other in a folder of their own, with `millstream` in the path |
//! | `sql` | those of a page are one session, in the same folder |
//! | `text` right behind one of them | what it shows; a line `…` stands for any lines, and how long a query took may differ |
//! | `rust` | compiled as an example of the crate `millstream-api`, which names the pages |
//! | `<!-- given sh` … `-->`, `<!-- given sql` … `-->` | run like the others, and not shown: what a page needs |
//! | a table of examples and results | a query each |
//!
//! What cannot be run stands in [`NOT_RUN`], by its first line and with the reason.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, reads the checkout and makes files"
)]

mod blocks;
mod charts;
#[path = "../read/csv.rs"]
mod csv;
mod examples;
mod page;

use std::path::{Path, PathBuf};

use blocks::{Block, Language, blocks};

/// Blocks that are not run: their page, their first line, and why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("README.md", "scripts/demo", "builds for minutes, and `scripts/test` runs this test"),
    ("README.md", "cargo build --release", "builds for minutes"),
    (
        "README.md",
        "cargo run --release -p millstream-examples",
        "builds for minutes; the examples have tests of their own",
    ),
    ("docs/quick-start.md", "cargo build --release", "builds for minutes"),
];

/// Not that in which this was compiled: clones share what is built.
fn checkout() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// README and all pages of the book, by their path in the checkout.
fn pages() -> Vec<(String, String)> {
    let mut folders = vec![checkout().join("docs")];
    let mut files = vec![checkout().join("README.md")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|end| end.to_str()) {
                None if path.is_dir() => folders.push(path),
                Some("md") => files.push(path),
                _ => {}
            }
        }
    }
    files.sort_unstable();
    let relative = |file: &PathBuf| file.strip_prefix(checkout()).unwrap().to_str().unwrap().to_owned();
    files.iter().map(|file| (relative(file), std::fs::read_to_string(file).unwrap())).collect()
}

/// Why a block of a page is not run, if it is not.
fn reason(page: &str, block: &Block) -> Option<&'static str> {
    let is_meant =
        |(of, begins, _): &&(&str, &str, &str)| *of == page && block.text.trim_start().starts_with(begins);
    NOT_RUN.iter().find(is_meant).map(|(_, _, reason)| *reason)
}

#[test]
fn every_block_of_every_page_does_what_the_page_says() {
    let mut wrong = Vec::new();
    for (path, text) in pages() {
        let blocks = blocks(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let run = blocks.into_iter().filter(|block| reason(&path, block).is_none()).collect();
        wrong.extend(page::run(run).into_iter().map(|error| format!("{path}{error}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_reference_is_what_the_tables_of_sql_say() {
    for (path, text) in sql::reference::pages() {
        let found = std::fs::read_to_string(checkout().join(path)).unwrap();
        assert!(found == text, "{path} is not what the tables say; run `cargo x sql-reference`");
    }
}

#[test]
fn what_is_not_run_is_there() {
    let pages = pages();
    for (of, begins, _) in NOT_RUN {
        let (path, text) = pages.iter().find(|(path, _)| path == of).expect(of);
        let is_there = blocks(text).unwrap().iter().any(|block| block.text.trim_start().starts_with(begins));
        assert!(is_there, "{path} has no block that begins with {begins}: take it out of NOT_RUN");
    }
}

#[test]
fn every_example_of_a_table_comes_to_what_stands_beside_it() {
    let mut wrong = Vec::new();
    for (path, text) in pages() {
        wrong.extend(examples::wrong(&text).into_iter().map(|error| format!("{path}: {error}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pages_with_rust_are_compiled_with_the_crate_that_they_are_about() {
    let named = std::fs::read_to_string(checkout().join("engine/api/src/lib.rs")).unwrap();
    for (path, text) in pages() {
        let has_rust = blocks(&text).unwrap().iter().any(|block| block.language == Language::Rust);
        assert!(!has_rust || named.contains(&path), "name {path} beside the others in engine/api/src/lib.rs");
    }
}

#[test]
fn a_block_that_is_broken_is_found() {
    for (text, error) in [
        ("```sh\nmillstream frobnicate\n```\n", "unrecognized subcommand"),
        ("```sh\necho one\n```\n\n```text\ntwo\n```\n", "echo one"),
        ("```sql\nSELECT 1;\n```\n\n```sql\nSELECT nothing FROM nowhere;\n```\n", "nowhere"),
        (
            "<!-- given sql\nCREATE VIEW v AS SELECT 1 AS n;\n-->\n```sql\nSELECT n FROM v;\n```\n```text\n2\n```\n",
            "SELECT n",
        ),
    ] {
        let wrong = page::run(blocks(text).unwrap());
        assert!(wrong.len() == 1 && wrong[0].contains(error), "{text}: {wrong:?}");
    }
    let right = "```sh\necho one; echo two; echo three\n```\n\n```text\none\n…\nthree\n```\n";
    assert_eq!(page::run(blocks(right).unwrap()), Vec::<String>::new());
    let table = "| example | result |\n|---|---|\n| `1 + 1` | `3` |\n| `'a' \\|\\| 'b'` | `ab` |\n";
    assert_eq!(examples::wrong(table), ["1 + 1 comes to 2, and not to 3"]);
}
