//! How what is typed may go on: tables behind `FROM`, columns of the tables that are named, functions, keywords, options behind `SET '`,
//! files behind `FROM '`.
//!
//! Looks at words, and understands no SQL: what was typed is mostly not SQL yet. Knows no terminal.

use sql::Listed;

/// Words that statements are made of.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "DISTINCT",
    "AS",
    "ON",
    "JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "USING",
    "UNION ALL",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "WITH",
    "VALUES",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AND",
    "OR",
    "NOT",
    "IN",
    "EXISTS",
    "BETWEEN",
    "LIKE",
    "IS NULL",
    "IS NOT NULL",
    "CAST",
    "TRY_CAST",
    "INTERVAL",
    "OVER",
    "PARTITION BY",
    "ROWS BETWEEN",
    "RANGE BETWEEN",
    "FILTER",
    "GROUPING SETS",
    "ROLLUP",
    "CUBE",
    "TABLE",
    "TUMBLE",
    "HOP",
    "CUMULATE",
    "SESSION",
    "DESCRIPTOR",
    "CREATE TABLE",
    "CREATE VIEW",
    "CREATE FUNCTION",
    "DROP TABLE",
    "DROP VIEW",
    "INSERT INTO",
    "INSERT OVERWRITE",
    "EXPLAIN",
    "DESCRIBE",
    "SHOW TABLES",
    "SHOW FUNCTIONS",
    "SET",
    "RESET",
    "WATERMARK FOR",
    "PARTITIONED BY",
    "FOR SYSTEM_TIME AS OF",
    "ALTER TABLE",
    "ALTER VIEW",
    "TRUNCATE TABLE",
    "SHOW PARTITIONS",
    "SHOW CREATE TABLE",
    "SHOW DATABASES",
    "SHOW CATALOGS",
    "SHOW COLUMNS FROM",
    "CREATE CATALOG",
    "CREATE DATABASE",
    "USE CATALOG",
    "USE",
    "EXECUTE STATEMENT SET BEGIN",
    "LATERAL",
    "UNNEST",
    "FETCH FIRST",
    "NULLS FIRST",
    "NULLS LAST",
    "ASC",
    "DESC",
    "PRIMARY KEY",
    "NOT ENFORCED",
    "COMMENT",
];

/// Behind these words a table is named.
const BEFORE_TABLES: [&str; 10] =
    ["FROM", "JOIN", "INTO", "OVERWRITE", "TABLE", "VIEW", "DESCRIBE", "DESC", "PARTITIONS", "EXISTS"];

/// What the shell does itself.
const COMMANDS: [&str; 9] =
    ["\\d", "\\df", "\\format ", "\\help", "\\i ", "\\mode ", "\\q", "\\timing", "\\?"];

/// What there is a name of.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    /// With their columns.
    pub(super) tables: Vec<(String, Vec<String>)>,
    pub(super) functions: Vec<String>,
    pub(super) options: Vec<String>,
}

/// How it may go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Completion {
    /// What is typed from here on
    pub(super) from: usize,
    /// may be one of these.
    pub(super) words: Vec<String>,
}

/// What is in a directory.
type List<'a> = dyn Fn(&str) -> Vec<Listed> + 'a;

/// How a text goes on that was typed so far.
pub(super) fn completion(text: &str, vocabulary: &Vocabulary, list: &List<'_>) -> Completion {
    if let Some(command) = text.strip_prefix('\\') {
        return command_completion(text, command, vocabulary, list);
    }
    if let Some(quote) = open_quote(text) {
        let before = words(&text[..quote]);
        let typed = &text[quote + 1..];
        let found = match before.last().map(|word| word.to_uppercase()).as_deref() {
            Some("SET" | "RESET") => {
                let options = vocabulary.options.iter().filter(|option| option.starts_with(typed));
                options.map(|option| format!("{option}'")).collect()
            }
            Some(word) if BEFORE_TABLES.contains(&word) => files(typed, "'", list),
            _ => Vec::new(),
        };
        return Completion { from: quote + 1, words: found };
    }
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let from = text.trim_end_matches(is_of_name).len();
    let (before, typed) = text.split_at(from);
    let statement = &before[before.rfind(';').map_or(0, |end| end + 1)..];
    let known = words(statement);
    if let Some(before) = before.strip_suffix('.') {
        let qualifier = &before[before.trim_end_matches(is_of_name).len()..];
        let columns = columns_of(qualifier, &known, vocabulary);
        return Completion { from, words: beginning(columns.iter().map(String::as_str), typed) };
    }
    let last = known.last().map(|word| word.to_uppercase()).unwrap_or_default();
    let tables = vocabulary.tables.iter().map(|(name, _)| name.as_str());
    if BEFORE_TABLES.contains(&last.as_str()) {
        return Completion { from, words: beginning(tables, typed) };
    }
    if typed.is_empty() {
        return Completion { from, words: Vec::new() };
    }
    let named = vocabulary.tables.iter().filter(|(name, _)| known.contains(&name.as_str()));
    let mut columns: Vec<&str> = named.flat_map(|(_, columns)| columns).map(String::as_str).collect();
    if columns.is_empty() {
        // The tables come behind what is asked of them.
        columns = vocabulary.tables.iter().flat_map(|(_, columns)| columns).map(String::as_str).collect();
    }
    let mut words = beginning(columns, typed);
    words.extend(beginning(tables, typed));
    let is_small = !typed.contains(char::is_uppercase);
    let cased = |word: &str| if is_small { word.to_lowercase() } else { word.to_owned() };
    let calls = vocabulary.functions.iter().map(|name| format!("{name}("));
    let calls = calls.filter(|call| begins(call, typed)).map(|call| cased(&call));
    let keywords = KEYWORDS.iter().filter(|word| begins(word, typed)).map(|word| cased(word));
    words.extend(keywords.chain(calls));
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    Completion { from, words }
}

/// How a command goes on.
fn command_completion(text: &str, command: &str, vocabulary: &Vocabulary, list: &List<'_>) -> Completion {
    let Some((name, typed)) = command.split_once(' ') else {
        let words = COMMANDS.into_iter().filter(|word| word.starts_with(text)).map(str::to_owned).collect();
        return Completion { from: 0, words };
    };
    let from = text.len() - typed.len();
    let words = match name {
        "d" => beginning(vocabulary.tables.iter().map(|(name, _)| name.as_str()), typed),
        "format" => beginning(["table", "csv", "json"], typed),
        "mode" => beginning(["table", "changelog", "tableau"], typed),
        "i" => files(typed, "", list),
        _ => Vec::new(),
    };
    Completion { from, words }
}

/// Where a text begins that has no end yet.
fn open_quote(text: &str) -> Option<usize> {
    let mut open = None;
    for (at, letter) in text.char_indices() {
        match open {
            None if matches!(letter, '\'' | '`' | '"') => open = Some((at, letter)),
            Some((_, quote)) if quote == letter => open = None,
            _ => {}
        }
    }
    open.filter(|(_, quote)| *quote == '\'').map(|(at, _)| at)
}

/// The words of a text, without what is between them.
fn words(text: &str) -> Vec<&str> {
    let is_between = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '$'));
    text.split(is_between).filter(|word| !word.is_empty()).collect()
}

/// The columns of a table, or of what is called so: `FROM bids AS b`.
fn columns_of<'a>(qualifier: &str, known: &[&str], vocabulary: &'a Vocabulary) -> &'a [String] {
    let of =
        |name: &str| vocabulary.tables.iter().find(|(table, _)| table == name).map(|(_, columns)| columns);
    if let Some(columns) = of(qualifier) {
        return columns;
    }
    let called = known.iter().enumerate().find_map(|(at, name)| {
        let behind = known.get(at + 1).filter(|word| !word.eq_ignore_ascii_case("AS"));
        let alias = behind.or_else(|| known.get(at + 2))?;
        (*alias == qualifier).then(|| of(name)).flatten()
    });
    called.map_or(&[], Vec::as_slice)
}

/// Those that begin so, as they have to be written.
fn beginning<'a>(names: impl IntoIterator<Item = &'a str>, typed: &str) -> Vec<String> {
    let is_plain = |name: &str| {
        name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
            && !name.starts_with(|letter: char| letter.is_numeric())
    };
    let written = |name: &str| if is_plain(name) { name.to_owned() } else { format!("`{name}`") };
    let mut words: Vec<String> = names.into_iter().filter(|name| begins(name, typed)).map(written).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a name begins so, in capital letters or small ones.
fn begins(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed))
}

/// The files and directories whose paths begin so.
fn files(typed: &str, end: &str, list: &List<'_>) -> Vec<String> {
    let (directory, name) = typed.rfind('/').map_or(("", typed), |at| typed.split_at(at + 1));
    let listed = list(if directory.is_empty() { "." } else { directory });
    let is_meant = |listed: &Listed| {
        listed.name.starts_with(name) && (listed.name.starts_with('.') == name.starts_with('.'))
    };
    let path = |listed: Listed| {
        let end = if listed.is_directory { "/" } else { end };
        format!("{directory}{}{end}", listed.name)
    };
    let mut paths: Vec<String> = listed.into_iter().filter(is_meant).map(path).collect();
    paths.sort_unstable();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Vocabulary {
            tables: vec![
                ("bids".to_owned(), texts(&["auction", "price", "what is it"])),
                ("people".to_owned(), texts(&["id", "name"])),
            ],
            functions: texts(&["COUNT", "COALESCE", "UPPER"]),
            options: texts(&["execution.runtime-mode", "parallelism.default"]),
        }
    }

    /// What may stand in place of what was typed last.
    fn check(text: &str, typed: &str, expected: &[&str]) {
        let list = |directory: &str| {
            let names: &[(&str, bool)] = match directory {
                "." => &[("bids.csv", false), ("old", true), (".hidden", false)],
                "old/" => &[("bids.csv", false)],
                _ => &[],
            };
            let listed = |(name, is_directory): &(&str, bool)| Listed {
                name: (*name).to_owned(),
                is_directory: *is_directory,
            };
            names.iter().map(listed).collect()
        };
        let found = completion(text, &vocabulary(), &list);
        assert_eq!(
            (&text[found.from..], found.words),
            (typed, expected.iter().map(|word| (*word).to_owned()).collect())
        );
    }

    #[test]
    fn tables_come_where_a_table_is_named() {
        check("SELECT * FROM ", "", &["bids", "people"]);
        check("SELECT * FROM b", "b", &["bids"]);
        check("INSERT INTO pe", "pe", &["people"]);
        check("\\d b", "b", &["bids"]);
    }

    #[test]
    fn columns_are_those_of_the_tables_that_are_named() {
        check("SELECT * FROM bids WHERE pr", "pr", &["price", "primary key"]);
        check("SELECT * FROM bids AS b WHERE b.", "", &["`what is it`", "auction", "price"]);
        check("SELECT * FROM bids b JOIN people p ON p.na", "na", &["name"]);
        check("SELECT 1; SELECT people.i", "i", &["id"]);
        check("SELECT nam", "nam", &["name"]);
    }

    #[test]
    fn functions_and_keywords_are_written_as_what_was_typed() {
        check("SELECT COU", "COU", &["COUNT("]);
        check("SELECT coa", "coa", &["coalesce("]);
        check("SELECT a FROM people WHE", "WHE", &["WHERE", "WHEN"]);
        check("SELECT a ", "", &[]);
    }

    #[test]
    fn what_stands_in_quotes_is_an_option_or_a_file() {
        check("SET 'exec", "exec", &["execution.runtime-mode'"]);
        check("SELECT * FROM '", "", &["bids.csv'", "old/"]);
        check("SELECT * FROM 'old/b", "old/b", &["old/bids.csv'"]);
        check("SELECT 'b", "b", &[]);
        check("\\i o", "o", &["old/"]);
    }

    #[test]
    fn commands_begin_with_a_backslash() {
        check("\\f", "\\f", &["\\format "]);
        check("\\mode ", "", &["changelog", "table", "tableau"]);
    }
}
