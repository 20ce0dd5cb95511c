//! The page of connectors and formats: what `WITH (…)` takes.

use super::connector_list::{CONNECTORS, FORMATS};
use super::{HEAD, code, table, words};

/// Where rows are, or how they are written there.
pub(super) struct Described {
    /// What the option `connector` or `format` says.
    pub(super) name: &'static str,
    /// Whether it can be read, and written.
    pub(super) can: &'static str,
    /// What it is.
    pub(super) about: &'static str,
    pub(super) options: &'static [DescribedOption],
    /// A use of it, if it is none of the formats.
    pub(super) example: &'static str,
}

/// An option of a connector or a format.
pub(super) struct DescribedOption {
    /// Its key. `fields.#` is the name of a column.
    pub(super) key: &'static str,
    /// What it takes.
    pub(super) kind: &'static str,
    /// What holds if it is not given; or that it is needed.
    pub(super) default: &'static str,
    pub(super) about: &'static str,
}

const ABOUT: &str = "
# Connectors and formats

What stands behind `WITH` in [`CREATE TABLE`](statements.md#create-table). Names and meanings are Flink's; an option that Flink does not have
is marked **ours**. An option that does not exist is an error, and the message names the nearest one that does. Options of a session, set by
`SET`, are in [Configuration](../configuration.md#sql).
";

const FORMAT_ABOUT: &str = "
The value of the option `format`. Text files may be compressed as a whole: `.gz`, `.zst`.
";

/// The whole page.
pub(super) fn render() -> String {
    let mut page = format!("{HEAD}{ABOUT}\n");
    let can = |each: &Described| [code(each.name), words(each.can), words(each.about)];
    page.push_str(&table(["connector", "can be", "what it is"], CONNECTORS.iter().map(can)));
    for connector in CONNECTORS {
        page.push_str(&format!("\n## {}\n\n", connector.name));
        page.push_str(&options(connector));
        page.push_str(&format!("\n```sql\n{}\n```\n", connector.example));
    }
    page.push_str(&format!("\n## Formats\n{FORMAT_ABOUT}\n"));
    page.push_str(&table(["format", "can be", "what it is"], FORMATS.iter().map(can)));
    for format in FORMATS.iter().filter(|format| !format.options.is_empty()) {
        page.push_str(&format!("\n### {}\n\n{}", format.name, options(format)));
    }
    page
}

fn options(of: &Described) -> String {
    if of.options.is_empty() {
        return "It has no options.\n".to_owned();
    }
    let row = |option: &DescribedOption| {
        [code(option.key), words(option.kind), words(option.default), words(option.about)]
    };
    table(["option", "type", "default", "meaning"], of.options.iter().map(row))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use arrow_schema::{DataType, Field, Schema, TimeUnit};

    use super::*;
    use crate::connector::asked;

    /// The keys that a connector asks for in this format, which are all that it takes.
    fn keys(connector: &str, format: &str) -> BTreeSet<String> {
        let given = [
            ("connector", connector),
            ("format", format),
            ("path", "p"),
            ("hostname", "localhost"),
            ("port", "1"),
            ("fields.s.kind", "sequence"),
            ("fields.s.start", "1"),
            ("fields.s.end", "2"),
        ];
        let given: BTreeMap<_, _> =
            given.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let text = Field::new("v", DataType::Utf8View, true);
        let made =
            [Field::new("s", DataType::Int32, true), Field::new("i", DataType::Int32, true), text.clone()];
        let time = Field::new("t", DataType::Timestamp(TimeUnit::Millisecond, None), true);
        let fields = match (connector, format) {
            ("nexmark", _) => vec![Field::new("n", DataType::Int64, true)],
            ("datagen", _) => made.into_iter().chain([time]).collect(),
            _ => vec![text],
        };
        let asked = asked(&Arc::new(Schema::new(fields)), given).expect(connector);
        let general = |key: String| match key.strip_prefix("fields.").and_then(|rest| rest.split_once('.')) {
            Some((_, what)) => format!("fields.#.{what}"),
            None => key,
        };
        asked.into_iter().filter(|key| key != "connector").map(general).collect()
    }

    fn described(of: &Described) -> BTreeSet<String> {
        of.options.iter().map(|option| option.key.trim_end_matches(" **ours**").to_owned()).collect()
    }

    #[test]
    fn every_option_that_a_connector_takes_is_described_and_no_other() {
        for connector in CONNECTORS {
            let own = described(connector);
            let in_csv = keys(connector.name, "csv");
            let of_format = |key: &&String| !key.starts_with("csv.");
            assert_eq!(
                in_csv.iter().filter(of_format).cloned().collect::<BTreeSet<_>>(),
                own,
                "{}",
                connector.name
            );
        }
    }

    #[test]
    fn every_option_that_a_format_takes_is_described_and_no_other() {
        for format in FORMATS {
            let of_format = |key: &String| key.starts_with(&format!("{}.", format.name));
            let taken: BTreeSet<_> = keys("filesystem", format.name).into_iter().filter(of_format).collect();
            assert_eq!(taken, described(format), "{}", format.name);
        }
    }
}
