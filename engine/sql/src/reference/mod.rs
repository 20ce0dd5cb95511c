//! The reference of SQL, as the pages `docs/reference/*.md`.
//!
//! | page | file |
//! |---|---|
//! | functions | `functions.rs`; beside those of `expr` what `calls.rs` and `syntax.rs` say, and what `flink.rs` misses |
//! | statements | `statements.rs`, `statement_list.rs` |
//! | connectors and formats | `connectors.rs`, `connector_list.rs` |
//!
//! Tables of this crate and of `expr` are the only source, and tests hold each against what the engine takes. The same tables
//! give the same bytes. `cargo x sql-reference` writes the pages.

mod calls;
mod connector_list;
mod connectors;
mod flink;
mod functions;
mod statement_list;
mod statements;
mod syntax;

pub(crate) use functions::listed;

/// What stands above each page.
const HEAD: &str = "<!-- `cargo x sql-reference` writes this page; change the tables in engine/sql/src/reference or \
engine/expr/src/functions instead. -->\n";

/// All pages: where they are in the checkout, and their text.
pub fn pages() -> [(&'static str, String); 3] {
    [
        ("docs/reference/functions.md", functions::render()),
        ("docs/reference/statements.md", statements::render()),
        ("docs/reference/connectors.md", connectors::render()),
    ]
}

/// A call or a syntax, and one use of it.
struct Described {
    /// How it is written: `SUM(number)`.
    written: &'static str,
    /// Its type, in words.
    gives: &'static str,
    /// What it does, in a sentence.
    about: &'static str,
    /// An expression, or a query of one column.
    example: &'static str,
    /// What the example comes to; of several rows the values of each.
    result: &'static str,
}

/// A table of Markdown with these heads.
fn table<const COLUMNS: usize>(
    heads: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let mut text = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(COLUMNS));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

/// Code within a cell, which a bar would end; a backtick in it takes two around it.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Words within a cell.
fn words(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_and_a_backtick_do_not_end_a_cell() {
        assert_eq!(code("a || b"), "`a \\|\\| b`");
        assert_eq!(code("`at`"), "`` `at` ``");
        assert_eq!(table(["a", "b"], [[code("x"), words("y|z")]]), "| a | b |\n|---|---|\n| `x` | y\\|z |\n");
    }

    #[test]
    fn every_page_has_one_title_and_says_who_writes_it() {
        for (path, text) in pages() {
            assert!(text.starts_with(HEAD), "{path}");
            assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1, "{path}");
        }
    }
}
