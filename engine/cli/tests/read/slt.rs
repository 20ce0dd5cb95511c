//! Scripts of statements and what they come to, as the files `sql/*.slt` have them; `scripts.rs` says what they mean. For all tests that
//! read them.

/// A script.
pub(crate) struct Script<'a> {
    /// What all of its statements need.
    pub(crate) setup: String,
    pub(crate) records: Vec<Record<'a>>,
}

/// A statement, and what it must come to.
#[allow(dead_code, reason = "one of the tests that share this wants nothing but statements")]
pub(crate) struct Record<'a> {
    pub(crate) line: usize,
    /// `query`, `query ordered` or `error`.
    pub(crate) kind: &'a str,
    pub(crate) sql: String,
    pub(crate) expected: String,
}

impl<'a> Script<'a> {
    /// Without comments and empty lines, and with nothing where `∅` stands.
    pub(crate) fn read(text: &'a str) -> Self {
        let mut script = Self { setup: String::new(), records: Vec::new() };
        let mut in_expected = false;
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with('#') {
                continue;
            }
            if matches!(line, "query" | "query ordered" | "error") {
                let (sql, expected) = (String::new(), String::new());
                script.records.push(Record { line: number, kind: line, sql, expected });
                in_expected = false;
                continue;
            }
            let to = match script.records.last_mut() {
                None => &mut script.setup,
                Some(_) if line == "----" => {
                    in_expected = true;
                    continue;
                }
                Some(record) if in_expected => &mut record.expected,
                Some(record) => &mut record.sql,
            };
            if !line.is_empty() {
                to.push_str(&line.replace('∅', ""));
                to.push('\n');
            }
        }
        script
    }
}
