//! The table of `docs/semantics.md`: what Flink and the SQL standard say of a case is what comes out, in a batch and as a stream.
//!
//! The page is what is read here, so it cannot say what is not so. A row of a table of five columns is a case; a row of three
//! says what comes out of a case that is known to differ. The page says how answers are written.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and reads its page"
)]

#[path = "read/csv.rs"]
mod csv;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

/// What stands over the name of a case in what the command prints.
const MARK: &str = "the case";
/// The answer of a case that is refused, or fails.
const ERROR: &str = "an error";
/// How many cases the page has at least.
const CASES_MIN: usize = 200;

const BATCH: &[&str] = &["--parallelism", "2"];
const STREAM: &[&str] =
    &["--mode", "streaming", "--parallelism", "2", "-Dsql-client.execution.result-mode=table"];

/// A row of the table.
struct Case {
    id: String,
    /// An expression or a query.
    asked: String,
    answer: String,
    /// Its type, where that is said.
    data_type: String,
    source: String,
}

impl Case {
    fn is_query(&self) -> bool {
        ["SELECT ", "WITH ", "VALUES "].iter().any(|word| self.asked.starts_with(word))
    }

    fn statement(&self) -> String {
        match (self.is_query(), self.data_type.is_empty()) {
            (true, _) => self.asked.clone(),
            (false, true) => format!("SELECT {} AS answer", self.asked),
            (false, false) => format!("SELECT {0} AS answer, TYPEOF({0}) AS type", self.asked),
        }
    }

    fn has_order(&self) -> bool {
        self.asked.contains(" ORDER BY ") && !self.asked.contains(" OVER ")
    }
}

/// What the page says.
struct Page {
    /// The tables that queries read.
    tables: String,
    cases: Vec<Case>,
    /// What comes out of cases that are known to differ.
    here: BTreeMap<String, String>,
}

impl Page {
    fn read() -> Self {
        let path =
            Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is"))
                .join("../../docs/semantics.md");
        let text = std::fs::read_to_string(path).unwrap();
        let tables = text.split("```sql\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
        let (mut cases, mut here) = (Vec::new(), BTreeMap::new());
        for line in text.lines().filter(|line| line.starts_with("| `")) {
            match <[String; 5]>::try_from(cells_of_row(line)) {
                Ok([id, asked, answer, data_type, source]) => {
                    cases.push(Case { id, asked, answer, data_type, source });
                }
                Err(cells) => {
                    let [id, answer, _] =
                        <[String; 3]>::try_from(cells).expect("a row has five cells, or three");
                    assert!(here.insert(id, answer).is_none(), "a case differs twice: {line}");
                }
            }
        }
        Self { tables, cases, here }
    }

    /// What should come out, and its type behind it where that is said.
    fn wanted(&self, case: &Case) -> String {
        match self.here.get(&case.id) {
            Some(here) => here.clone(),
            None if case.answer == ERROR || case.data_type.is_empty() => case.answer.clone(),
            None => format!("{}, {}", case.answer, case.data_type),
        }
    }
}

/// The cells of a row of Markdown, without what makes code of them.
fn cells_of_row(line: &str) -> Vec<String> {
    let line = line.replace("\\|", "\u{0}");
    let cells = line.trim().trim_matches('|').split('|');
    cells.map(|cell| cell.trim().trim_matches('`').replace('\u{0}', "|")).collect()
}

/// The values of a line of CSV as the page writes them.
fn values_of_line(line: &str) -> Vec<String> {
    let written = |(value, has_quotes): (String, bool)| match value.as_str() {
        "" if !has_quotes => "NULL".to_owned(),
        text if text.is_empty() || text.trim() != text => format!("'{text}'"),
        _ => value,
    };
    csv::values(line).into_iter().map(written).collect()
}

fn millstream(sql: &str, way: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
    command.args(["sql", "--output-format", "csv", "--memory", "256mb", "-q", sql]).args(way);
    // A machine that goes by UTC, wherever this one stands.
    command.env("TZ", "UTC").current_dir(folder.path()).output().unwrap()
}

/// What has come out of a case.
struct Found {
    rows: Vec<String>,
    /// What went wrong.
    error: Option<String>,
}

/// What comes out of cases that are asked in one process; each in its own if one of them fails.
fn asked(tables: &str, cases: &[&Case], way: &[&str]) -> Vec<Found> {
    let mut script = tables.to_owned();
    for case in cases {
        writeln!(script, "SELECT '{}' AS `{MARK}`;\n{};", case.id, case.statement()).unwrap();
    }
    let output = millstream(&script, way);
    let text = String::from_utf8(output.stdout).unwrap();
    match (output.status.code(), cases) {
        (Some(0), _) => {
            let parts: Vec<&str> = text.split(&format!("{MARK}\n")).skip(1).collect();
            assert_eq!(parts.len(), cases.len());
            // The name of the case, the names of its columns, rows.
            let rows =
                |part: &&str| part.lines().skip(2).map(|line| values_of_line(line).join(", ")).collect();
            parts.iter().map(|part| Found { rows: rows(part), error: None }).collect()
        }
        (code, [_]) => {
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(code == Some(1) && !error.contains("panicked"), "{script}\n{error}");
            vec![Found { rows: Vec::new(), error: Some(error.into_owned()) }]
        }
        _ => cases.iter().flat_map(|case| asked(tables, &[*case], way)).collect(),
    }
}

/// What is wrong with what was found, if anything is.
fn complaint(page: &Page, case: &Case, found: &Found, has_order: bool) -> Option<String> {
    let wanted = page.wanted(case);
    let mut rows = found.rows.clone();
    let mut answers: Vec<&str> = match wanted.as_str() {
        ERROR => return found.error.is_none().then(|| rows.join("; ")),
        "no rows" => Vec::new(),
        rows if case.is_query() => rows.split("; ").collect(),
        one => vec![one],
    };
    if !(has_order && case.has_order()) {
        rows.sort_unstable();
        answers.sort_unstable();
    }
    let is_right = found.error.is_none() && rows == answers;
    (!is_right).then(|| found.error.clone().unwrap_or_else(|| rows.join("; ")))
}

fn check(way: &[&str], has_order: bool) {
    let page = Page::read();
    // What ends a process has it for itself.
    let (failing, others): (Vec<&Case>, Vec<&Case>) =
        page.cases.iter().partition(|case| page.wanted(case) == ERROR);
    let groups = failing.chunks(1).chain(others.chunks(40));
    let mut wrong = String::new();
    for group in groups {
        for (case, found) in group.iter().zip(asked(&page.tables, group, way)) {
            if let Some(found) = complaint(&page, case, &found, has_order) {
                let Case { id, asked, source, .. } = case;
                let wanted = page.wanted(case);
                writeln!(wrong, "{id}: {asked}\n  wanted {wanted}\n  found {found}\n  {source}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_the_page_says_comes_out_in_a_batch() {
    check(BATCH, true);
}

#[test]
fn what_the_page_says_comes_out_as_a_stream() {
    check(STREAM, false);
}

#[test]
fn the_page_has_cases_enough_and_a_source_for_each() {
    let page = Page::read();
    assert!(page.cases.len() >= CASES_MIN, "{} cases", page.cases.len());
    let mut ids: Vec<&str> = page.cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "a name for two cases");
    for Case { id, asked, answer, source, .. } in &page.cases {
        assert!(![asked, answer, source].iter().any(|cell| cell.is_empty()), "{id} has an empty cell");
    }
    for (id, here) in &page.here {
        let case = page.cases.iter().find(|case| case.id == *id).unwrap_or_else(|| panic!("no case {id}"));
        assert_ne!(case.answer, *here, "{id} does not differ");
    }
}
