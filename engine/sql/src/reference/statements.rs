//! The page of statements: the syntax of each, what it does, and an example. The examples are one script, which a test runs.

use super::HEAD;
use super::statement_list::STATEMENTS;

/// A statement.
pub(super) struct Described {
    /// What it is called: `CREATE TABLE`.
    pub(super) title: &'static str,
    /// How it is written: words in brackets may be left out, one of those between bars is taken.
    pub(super) syntax: &'static str,
    /// What it does.
    pub(super) about: &'static str,
    /// One use of it, behind those of the statements before.
    pub(super) example: &'static str,
    /// What the example shows, if it shows something.
    pub(super) shows: &'static str,
}

const ABOUT: &str = "
# Statements

Each statement with its syntax and an example: `[ ]` may be left out, `{ | }` is a choice, `…` goes on in the same way. A semicolon ends a
statement. The examples are one script, which a test runs from the first one to the last. [SQL](../sql.md) says what queries have, and
what is not here yet.
";

/// The whole page.
pub(super) fn render() -> String {
    let mut page = format!("{HEAD}{ABOUT}");
    for Described { title, syntax, about, example, shows } in STATEMENTS {
        page.push_str(&format!(
            "\n## {title}\n\n```text\n{syntax}\n```\n\n{about}\n\n```sql\n{example}\n```\n"
        ));
        if !shows.is_empty() {
            page.push_str(&format!("\n```text\n{shows}\n```\n"));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement;

    #[test]
    fn every_example_is_a_script() {
        for Described { title, example, .. } in STATEMENTS {
            let parsed = statement::parse(example);
            assert!(parsed.is_ok_and(|parsed| !parsed.is_empty()), "{title}: {example}");
        }
    }

    #[test]
    fn a_title_stands_in_the_example_and_in_the_syntax() {
        for Described { title, syntax, example, .. } in STATEMENTS {
            let first = title.split([',', ' ']).next().unwrap_or_default();
            assert!(syntax.contains(first), "{title}: {syntax}");
            assert!(example.contains(first), "{title}: {example}");
        }
    }
}
