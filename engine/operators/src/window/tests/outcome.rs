//! What was sent in a trial, key by key.

use std::collections::BTreeMap;

use super::trial::Row;

/// What was sent: rows with their times by key, and what went to side outputs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome<O> {
    pub(crate) rows: BTreeMap<i64, Vec<(i64, O)>>,
    pub(crate) late: [BTreeMap<i64, Vec<(i64, Row)>>; 2],
}

impl<O> Default for Outcome<O> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), late: Default::default() }
    }
}

impl<O> Outcome<O> {
    pub(crate) fn push(&mut self, key: i64, time: i64, row: O) {
        self.rows.entry(key).or_default().push((time, row));
    }

    pub(crate) fn push_late(&mut self, port: usize, time: i64, row: Row) {
        self.late[port].entry(row.0).or_default().push((time, row));
    }

    /// All rows of all keys.
    pub(crate) fn all(&self) -> Vec<O>
    where
        O: Clone,
    {
        self.rows.values().flatten().map(|(_, row)| row.clone()).collect()
    }
}
