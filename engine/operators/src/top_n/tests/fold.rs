//! A changelog folded to a table, strictly: what is taken back must be there, and what is added must not.

use std::collections::BTreeMap;

use memory::RowKind;

/// A key, by what it is sorted, and when it came.
pub(super) type Row = (i64, Option<i64>, i64);

/// What a changelog has come to.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// By key and rank; without ranks, by key and when it came.
    rows: BTreeMap<(i64, i64), Row>,
    /// The place whose row was taken back and must be filled next.
    open: Option<(i64, i64)>,
}

impl Table {
    pub(super) fn ranked(&mut self, kind: RowKind, row: Row, rank: i64) {
        let place = (row.0, rank);
        assert!(self.open.is_none_or(|open| kind == RowKind::UpdateAfter && open == place));
        match kind {
            RowKind::Insert => assert_eq!(self.rows.insert(place, row), None),
            RowKind::UpdateBefore => {
                assert_eq!(self.rows.remove(&place), Some(row));
                self.open = Some(place);
            }
            RowKind::UpdateAfter => {
                assert_eq!(self.open.take(), Some(place));
                self.rows.insert(place, row);
            }
            RowKind::Delete => panic!("a rank is never empty again"),
        }
    }

    /// A row of those that are one of each key.
    pub(super) fn only(&mut self, kind: RowKind, row: Row) {
        match kind {
            RowKind::Delete => assert_eq!(self.rows.remove(&(row.0, 1)), Some(row)),
            _ => self.ranked(kind, row, 1),
        }
    }

    /// A row that is in its place, whatever was there: one of a rank, or of each key.
    pub(super) fn upsert(&mut self, kind: RowKind, row: Row, rank: i64) {
        let former = match kind {
            RowKind::Delete => self.rows.remove(&(row.0, rank)),
            _ => self.rows.insert((row.0, rank), row),
        };
        assert_eq!(former.is_some(), kind != RowKind::Insert, "{kind} {row:?}");
        assert_ne!(kind, RowKind::UpdateBefore, "nobody asks for it");
    }

    pub(super) fn unranked(&mut self, kind: RowKind, row: Row) {
        let place = (row.0, row.2);
        match kind {
            RowKind::Insert => assert_eq!(self.rows.insert(place, row), None),
            RowKind::Delete => assert_eq!(self.rows.remove(&place), Some(row)),
            RowKind::UpdateBefore | RowKind::UpdateAfter => panic!("without a rank nothing changes"),
        }
    }

    /// What is left, by key, and by rank or age.
    pub(super) fn rows(&self) -> Vec<Row> {
        assert_eq!(self.open, None);
        self.rows.values().copied().collect()
    }
}
