//! A record that cannot be read, and what the user is told of it.
//!
//! `orders.csv:17: column price: cannot read "abc" as Float64; fix the line, declare the column as STRING, or set
//! on-error = skip`

use std::path::Path;

use serde_json::json;

use crate::bound::SHOWN_CHARS;

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The column it is about, if it is about one.
    pub(crate) column: Option<String>,
    /// What is wrong.
    pub(crate) words: String,
    /// What the user can do beside fixing the line and skipping it.
    pub(crate) remedy: Option<&'static str>,
}

/// A record and what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct BadRecord {
    /// The byte of the file at which the batch of the record begins: where to look when lines cannot be counted.
    pub(crate) byte: u64,
    /// Its line, counted from zero at the first record of the split.
    pub(crate) line: u64,
    pub(crate) complaint: Complaint,
    /// The record itself, as text.
    pub(crate) record: String,
}

impl Complaint {
    /// About the record as a whole.
    pub(crate) fn whole(words: impl Into<String>) -> Self {
        Self { column: None, words: words.into(), remedy: None }
    }

    /// About a column.
    pub(crate) fn of(column: &str, words: impl Into<String>, remedy: Option<&'static str>) -> Self {
        Self { column: Some(column.to_owned()), words: words.into(), remedy }
    }
}

impl BadRecord {
    /// The error of a job that does not go on. `line` is counted from one; none, if nobody has counted.
    pub(crate) fn error(&self, path: &Path, line: Option<u64>) -> String {
        let place = match line {
            Some(line) => format!("{}:{line}", path.display()),
            None => format!("{}, behind byte {}", path.display(), self.byte),
        };
        let mut remedies = vec!["fix the line"];
        remedies.extend(self.complaint.remedy);
        let (last, first) = ("set on-error = skip", remedies.join(", "));
        let comma = if remedies.len() > 1 { "," } else { "" };
        format!("{place}: {}; {first}{comma} or {last}", self.words())
    }

    /// The line of a dead letter.
    pub(crate) fn letter(&self, path: &Path, line: Option<u64>) -> String {
        let file = path.display().to_string();
        // Not by a map: fields keep their order.
        format!(
            "{{\"file\":{},\"line\":{},\"error\":{},\"record\":{}}}\n",
            json!(file),
            json!(line),
            json!(self.words()),
            json!(self.record)
        )
    }

    fn words(&self) -> String {
        match &self.complaint.column {
            Some(column) => format!("column {column}: {}", self.complaint.words),
            None => self.complaint.words.clone(),
        }
    }
}

/// A value as an error shows it: in quotes, on one line, and not too long.
pub(crate) fn shown(value: &str) -> String {
    format!("{:?}", short(value))
}

/// The beginning of a long text.
pub(crate) fn short(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(remedy: Option<&'static str>) -> BadRecord {
        let complaint = Complaint::of("price", "cannot read \"abc\" as Float64", remedy);
        BadRecord { byte: 99, line: 16, complaint, record: "1,\"abc\"".to_owned() }
    }

    #[test]
    fn an_error_names_file_line_and_column_and_says_what_to_do() {
        let path = Path::new("orders.csv");
        assert_eq!(
            bad(Some("declare the column as STRING")).error(path, Some(17)),
            "orders.csv:17: column price: cannot read \"abc\" as Float64; fix the line, declare the column as STRING, \
             or set on-error = skip"
        );
        assert_eq!(
            bad(None).error(path, None),
            "orders.csv, behind byte 99: column price: cannot read \"abc\" as Float64; fix the line or set on-error = \
             skip"
        );
    }

    #[test]
    fn a_letter_is_a_line_of_json() {
        assert_eq!(
            bad(None).letter(Path::new("orders.csv"), Some(17)),
            "{\"file\":\"orders.csv\",\"line\":17,\"error\":\"column price: cannot read \\\"abc\\\" as Float64\",\
             \"record\":\"1,\\\"abc\\\"\"}\n"
        );
    }

    #[test]
    fn what_is_shown_is_short_and_on_one_line() {
        assert_eq!(shown("a\nb"), "\"a\\nb\"");
        assert_eq!(shown(&"é".repeat(99)).chars().count(), SHOWN_CHARS + 3);
    }
}
