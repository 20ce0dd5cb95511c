//! What a changelog has come to, strictly: a row for each key, and what is taken back is what was there.

use std::collections::BTreeMap;

use memory::RowKind;

use crate::aggregate::tests::row::Value;

/// A row for each key.
#[derive(Default)]
pub(super) struct Table {
    pub(super) rows: BTreeMap<Vec<Value>, Vec<Value>>,
    /// What was taken back, and must be put into its place next.
    open: Option<Vec<Value>>,
    /// Whether nobody says what is taken back by a new row.
    is_by_key: bool,
}

impl Table {
    pub(super) fn new(is_by_key: bool) -> Self {
        Self { is_by_key, ..Self::default() }
    }

    /// The rows of a batch, whose event time does not count.
    pub(super) fn apply(&mut self, changes: Vec<(RowKind, Vec<Value>)>, keys: usize) {
        for (kind, mut row) in changes {
            row.pop();
            let key = row[..keys].to_vec();
            match kind {
                RowKind::Insert => assert_eq!(self.rows.insert(key, row), None),
                RowKind::Delete => assert_eq!(self.rows.remove(&key), Some(row)),
                RowKind::UpdateBefore => {
                    assert!(!self.is_by_key, "nobody asks for it");
                    assert_eq!(self.rows.remove(&key).as_ref(), Some(&row));
                    self.open = Some(row);
                    continue;
                }
                RowKind::UpdateAfter => {
                    let known = if self.is_by_key { self.rows.remove(&key) } else { self.open.take() };
                    let former = known.expect("the former row comes first");
                    assert_eq!(former[..keys], row[..keys], "two rows of one key");
                    // Floats are rounded here: their last bits may have changed.
                    let is_float = |value: &Value| matches!(value, Value::Float(_));
                    assert!(former != row || row[keys..].iter().any(is_float), "nothing has changed");
                    self.rows.insert(key, row);
                }
            }
            assert_eq!(self.open, None, "the new row follows");
        }
        assert_eq!(self.open, None, "both rows are in one batch");
    }
}
