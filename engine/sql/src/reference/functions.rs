//! The page of functions: those of `expr` by topic, aggregates, functions of windows and of the present, and what is written
//! otherwise than as a call. An example is an expression, or a query over the views that the page makes.

use super::flink::{DOCUMENTED, MISSING};
use super::{Described, HEAD, calls, code, syntax, table, words};

const ABOUT: &str = "
# Functions

What a query may call. Null makes null, unless it is said otherwise. Names may be written in small letters. Every example is run by a
test, and gives what stands beside it.

`SHOW FUNCTIONS` lists the functions of a session. Your own are made with [`CREATE FUNCTION`](statements.md#create-function).
";

const VIEWS: &str = "
Examples of aggregates are about these rows:

```sql
CREATE VIEW t (k, x) AS VALUES ('a', 1), ('b', 2), ('a', 2), ('b', 5), ('c', CAST(NULL AS INT));
CREATE VIEW u (x) AS VALUES (10), (20), (20), (30);
CREATE TABLE e (ts TIMESTAMP(3), n INT, WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = 'e', 'format' = 'csv');
INSERT INTO e VALUES (TIMESTAMP '2025-01-01 00:03:00', 1), (TIMESTAMP '2025-01-01 00:07:00', 2);
```
";

/// Functions of `expr` that a syntax calls, under which they are described; nobody need write them.
const SPELLINGS: [&str; 19] = [
    "ARRAY",
    "CEIL_TIME",
    "EXTRACT",
    "FLOOR_TIME",
    "IS_JSON",
    "ITEM",
    "JSON_ARRAY",
    "JSON_ARRAY_NULL_ON_NULL",
    "JSON_EXISTS",
    "JSON_OBJECT",
    "JSON_OBJECT_ABSENT_ON_NULL",
    "JSON_QUERY",
    "JSON_VALUE",
    "MAP",
    "ONLY_VALUE",
    "OVERLAPS",
    "SIMILAR",
    "TIMESTAMPADD",
    "TIMESTAMPDIFF",
];

/// All functions there are: name, what it takes, topic, what it does.
pub(crate) fn listed() -> impl Iterator<Item = [String; 4]> {
    let scalars = expr::functions().map(|(topic, function)| {
        [function.name.to_owned(), function.arguments(), topic.to_owned(), function.about.to_owned()]
    });
    let calls = [
        ("The present", calls::PRESENT),
        ("Aggregates", calls::AGGREGATES),
        ("Functions of OVER", calls::OVER),
        ("Windows", calls::WINDOWS),
    ];
    let of_topic = |(topic, rows): (&'static str, &'static [Described])| {
        rows.iter().map(move |row| {
            let (name, takes) = row.written.split_once('(').unwrap_or((row.written, ")"));
            let takes = takes.strip_suffix(')').unwrap_or(takes);
            [name.to_owned(), takes.to_owned(), topic.to_owned(), row.about.to_owned()]
        })
    };
    scalars.chain(calls.into_iter().flat_map(of_topic))
}

/// The whole page.
pub(super) fn render() -> String {
    let mut page = format!("{HEAD}{ABOUT}");
    section(&mut page, "Operators and syntax", "", syntax::ALL);
    let mut topics: Vec<&str> = expr::functions().map(|(topic, _)| topic).collect();
    topics.dedup();
    for topic in topics {
        let is_written = |function: &expr::Function| !SPELLINGS.contains(&function.name);
        let of_topic = expr::functions().filter(|(each, function)| *each == topic && is_written(function));
        let rows = of_topic.map(|(_, function)| scalar(function));
        page.push_str(&format!("\n## {topic}\n\n{}", table(HEADS, rows)));
    }
    section(&mut page, "The present", calls::ABOUT_PRESENT, calls::PRESENT);
    page.push_str(&format!("\n## Aggregates\n{VIEWS}\n{}\n", calls::ABOUT_AGGREGATES));
    page.push_str(&described(calls::AGGREGATES));
    section(&mut page, "Functions of OVER", calls::ABOUT_OVER, calls::OVER);
    section(&mut page, "Windows", calls::ABOUT_WINDOWS, calls::WINDOWS);
    let (all, missing) = (DOCUMENTED.len(), MISSING.len());
    page.push_str(&format!(
        "\n## What Flink has and Millstream has not\n\nOf the {all} functions that Flink 2.3 knows by name {missing} are not here:\n\n"
    ));
    page.push_str(&table(["function", "why"], MISSING.iter().map(|(name, why)| [code(name), words(why)])));
    page
}

const HEADS: [&str; 5] = ["function", "gives", "what it does", "example", "result"];

fn section(page: &mut String, title: &str, about: &str, rows: &[Described]) {
    page.push_str(&format!("\n## {title}\n\n"));
    if !about.is_empty() {
        page.push_str(&format!("{about}\n\n"));
    }
    page.push_str(&described(rows));
}

fn described(rows: &[Described]) -> String {
    let row = |row: &Described| {
        [code(row.written), words(row.gives), words(row.about), code(row.example), code(row.result)]
    };
    table(HEADS, rows.iter().map(row))
}

fn scalar(function: &expr::Function) -> [String; 5] {
    let (call, result) = function.example;
    let mut about = words(function.about);
    if !function.aliases.is_empty() {
        let others: Vec<String> = function.aliases.iter().map(|alias| code(alias)).collect();
        about.push_str(&format!(" Also {}.", others.join(", ")));
    }
    let written = format!("{}({})", function.name, function.arguments());
    [code(&written), words(function.result()), about, code(call), code(result)]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::aggregates::AGGREGATES;
    use crate::now::PRESENT;
    use crate::window_functions::WINDOW_FUNCTIONS;

    /// The word in front of the bracket.
    fn name(written: &str) -> String {
        written.split(['(', ' ']).next().unwrap_or_default().to_uppercase()
    }

    fn names(rows: &[Described]) -> BTreeSet<String> {
        rows.iter().map(|row| name(row.written)).collect()
    }

    fn upper<const COUNT: usize>(names: [&str; COUNT]) -> BTreeSet<String> {
        names.into_iter().map(str::to_uppercase).collect()
    }

    #[test]
    fn every_aggregate_and_window_function_is_described_and_no_other() {
        // The words of a syntax, which nobody writes as a name.
        let spellings =
            ["JSON_OBJECTAGG_ABSENT_ON_NULL", "JSON_ARRAYAGG_NULL_ON_NULL"].map(str::to_owned).into();
        let aggregates = &upper(AGGREGATES) - &spellings;
        assert_eq!(names(calls::AGGREGATES), aggregates, "calls.rs, AGGREGATES");
        assert_eq!(names(calls::OVER), upper(WINDOW_FUNCTIONS), "calls.rs, OVER");
        assert_eq!(names(calls::PRESENT), upper(PRESENT), "calls.rs, PRESENT");
    }

    #[test]
    fn what_a_syntax_calls_is_there_and_all_else_is_on_the_page() {
        let page = render();
        for name in SPELLINGS {
            assert!(expr::function(name).is_some_and(|function| function.name == name), "{name}");
        }
        for (_, function) in expr::functions() {
            let is_row = page.contains(&format!("| `{}({})` |", function.name, function.arguments()));
            assert_ne!(is_row, SPELLINGS.contains(&function.name), "{}", function.name);
        }
    }

    #[test]
    fn functions_are_listed_with_what_they_take() {
        let listed: Vec<_> = listed().map(|row| row[..3].join("|")).collect();
        for row in ["UPPER|STRING|Text", "NTILE|n|Functions of OVER", "CURRENT_DATE||The present"] {
            assert!(listed.iter().any(|each| each == row), "{row}");
        }
    }

    #[test]
    fn what_flink_documents_is_here_or_said_to_be_missing() {
        let described_ones = [syntax::ALL, calls::PRESENT, calls::AGGREGATES, calls::OVER, calls::WINDOWS];
        let here: BTreeSet<String> = expr::functions()
            .flat_map(|(_, function)| [&[function.name], function.aliases].concat())
            .map(str::to_owned)
            .chain(described_ones.into_iter().flat_map(names))
            .collect();
        for name in DOCUMENTED {
            let is_missing = MISSING.iter().any(|(missing, _)| missing == name);
            match (here.contains(*name), is_missing) {
                (true, true) => panic!("{name} is there: take it out of MISSING in flink.rs"),
                (false, false) => {
                    panic!("{name} is in Flink: describe it, or say in flink.rs why it is missing")
                }
                _ => {}
            }
        }
        for (name, _) in MISSING {
            assert!(DOCUMENTED.contains(name), "{name} is not in Flink");
        }
    }
}
