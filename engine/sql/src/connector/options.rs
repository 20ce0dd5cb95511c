//! The options of a table: `WITH ('key' = 'value', …)`. Each has to be known, and what is wrong names the table and the key.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::SqlError;
use crate::table::nearest;

/// The options of a table, each of which has to be known.
pub(super) struct Options<'a> {
    pub(super) table: &'a str,
    left: BTreeMap<String, String>,
    known: Vec<String>,
}

impl<'a> Options<'a> {
    /// Those of this table.
    pub(super) fn new(table: &'a str, options: BTreeMap<String, String>) -> Self {
        Self { table, left: options, known: Vec::new() }
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<u64>, SqlError> {
        let table = self.table;
        let Some(text) = self.take(key) else { return Ok(None) };
        let number = text.trim().parse();
        number
            .map(Some)
            .map_err(|_| SqlError::new(format!("table {table}: '{key}' = '{text}'; it is a whole number")))
    }

    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        self.known.push(key.to_owned());
        self.left.remove(key)
    }

    pub(super) fn duration(&mut self, key: &str) -> Result<Option<Duration>, SqlError> {
        let table = self.table;
        let Some(text) = self.take(key) else { return Ok(None) };
        match options::duration::read(&text) {
            Ok(duration) if !duration.is_zero() => Ok(Some(duration)),
            _ => Err(SqlError::new(format!("table {table}: '{key}' = '{text}'; it is a time like 10 s"))),
        }
    }

    pub(super) fn need(&mut self, key: &str, example: &str) -> Result<String, SqlError> {
        let table = self.table;
        self.take(key)
            .ok_or_else(|| SqlError::new(format!("table {table} has no '{key}'; add '{key}' = '{example}'")))
    }

    pub(super) fn truth(&mut self, key: &str) -> Result<bool, SqlError> {
        let table = self.table;
        match self.take(key).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                Err(SqlError::new(format!("table {table}: '{key}' = '{other}'; it is true or false")))
            }
        }
    }

    pub(super) fn letter(&mut self, key: &str) -> Result<Option<u8>, SqlError> {
        let table = self.table;
        match self.take(key) {
            None => Ok(None),
            Some(text) => match (text.as_str(), text.as_bytes()) {
                ("\\t", _) => Ok(Some(b'\t')),
                (_, [letter]) => Ok(Some(*letter)),
                _ => Err(SqlError::new(format!("table {table}: '{key}' = '{text}'; it is a single letter"))),
            },
        }
    }

    /// What was asked for so far.
    #[cfg(test)]
    pub(super) fn known(&self) -> &[String] {
        &self.known
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Result<(), SqlError> {
        let Some((key, _)) = self.left.first_key_value() else { return Ok(()) };
        let near = nearest(key, self.known.iter().map(String::as_str));
        let advice = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("it takes {}", self.known.join(", ")),
        };
        Err(SqlError::new(format!("table {}: there is no option '{key}'; {advice}", self.table)))
    }
}

/// What is there in place of a word, quoted as options are.
pub(super) fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("there are {}", known.join(", ")),
    }
}
