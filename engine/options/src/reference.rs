//! The reference of all options, as the page `docs/configuration.md`.
//!
//! The catalogue is its only source, so the page cannot say anything else than the engine does. The same
//! catalogue gives the same bytes.

use std::fmt::{self, Write};

use crate::{Entry, GROUPS, Otherwise, Whose, catalogue::Group};

const HEAD: &str = "\
<!-- `cargo x config-reference` writes this page; change the option catalogue instead. -->

# Configuration

An option is set on the command line (`-Dname=value`) or in a configuration file (`name: value`, flat or nested
as in Flink's `config.yaml`). A value that is not accepted stops the start, with a line that says what would be.

Names and meanings are Flink's. An option that Flink does not have is marked **ours**.

Sizes are whole numbers of `b`, `kb`, `mb`, `gb` or `tb`, all binary: `1kb` is 1024 bytes. Durations are whole
numbers of `ns`, `us`, `ms`, `s`, `min`, `h` or `d`. Letter case and a space before the unit do not matter.
";

/// The whole page.
///
/// ```
/// assert!(options::reference::render().contains("`taskmanager.memory.segment-size`"));
/// ```
pub fn render() -> String {
    let mut page = String::from(HEAD);
    for group in GROUPS {
        write_group(&mut page, group).expect("a string takes all that is written to it");
    }
    page
}

fn write_group(page: &mut String, group: &Group) -> fmt::Result {
    writeln!(page, "\n## {}\n\n{}\n", group.title, group.about)?;
    writeln!(page, "| option | type | default | accepted | meaning |")?;
    writeln!(page, "|---|---|---|---|---|")?;
    group.entries.iter().try_for_each(|entry| write_row(page, *entry))
}

fn write_row(page: &mut String, entry: &dyn Entry) -> fmt::Result {
    let mark = match entry.whose() {
        Whose::Flink => "",
        Whose::Ours => " **ours**",
    };
    let default = match entry.otherwise() {
        Otherwise::Is(text) => format!("`{text}`"),
        Otherwise::Unset(what) => format!("unset: {what}"),
    };
    let cells = [entry.kind(), &default, &entry.accepted(), entry.meaning()].map(cell);
    writeln!(page, "| `{}`{mark} | {} |", entry.name(), cells.join(" | "))
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::all;

    #[test]
    fn every_option_has_one_row_that_says_all_about_it() {
        let page = render();
        for entry in all() {
            let head = format!("| `{}`", entry.name());
            let rows: Vec<_> = page.lines().filter(|line| line.starts_with(&head)).collect();
            assert_eq!(rows.len(), 1, "{head}");
            assert!(rows[0].contains(&cell(entry.meaning())), "{head}");
        }
    }

    #[test]
    fn a_row_shows_default_bounds_and_mark() {
        let page = render();
        for row in [
            "| `taskmanager.memory.segment-size` | size | `32kb` | a power of two from 4kb to 2mb |",
            "| `spill.size.max` **ours** | size | unset: what the directories hold | a size, such as 100gb |",
            "| `runtime.io-backend` **ours** | choice | `auto` | auto, uring or std |",
        ] {
            assert!(page.contains(row), "{row}\n{page}");
        }
    }

    #[test]
    fn a_bar_does_not_end_a_cell() {
        assert_eq!(cell("a | b"), "a \\| b");
    }
}
