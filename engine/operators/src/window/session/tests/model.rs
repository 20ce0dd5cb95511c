//! What sessions are: rows of a key, sorted by time, cut where two of them are further apart than a gap.

use std::collections::BTreeMap;

use crate::aggregate::tests::row::{Row, Value};

/// A session that is over: its key, its first time, the first one behind it, and its rows as they came.
pub(super) type Over = (Vec<Value>, i64, i64, Vec<Row>);

pub(super) struct Model {
    gap: i64,
    key: Vec<usize>,
    watermark: i64,
    /// By key, those of open sessions, as they came.
    rows: BTreeMap<Vec<Value>, Vec<Row>>,
    pub(super) late: i64,
}

impl Model {
    pub(super) fn new(gap: i64, key: &[usize]) -> Self {
        Self { gap, key: key.to_vec(), watermark: i64::MIN, rows: BTreeMap::new(), late: 0 }
    }

    pub(super) fn row(&mut self, row: &Row) {
        let rows = self.rows.entry(row.key(&self.key)).or_default();
        let is_near = |other: &Row| (other.time - row.time).abs() <= self.gap;
        if row.time + self.gap - 1 <= self.watermark && !rows.iter().any(is_near) {
            self.late += 1;
        } else {
            rows.push(row.clone());
        }
    }

    /// Time comes to `now`: the sessions that are over then.
    pub(super) fn time(&mut self, now: i64) -> Vec<Over> {
        self.watermark = now;
        let mut over = Vec::new();
        for (key, rows) in &mut self.rows {
            let mut times: Vec<i64> = rows.iter().map(|row| row.time).collect();
            times.sort_unstable();
            for times in times.chunk_by(|one, next| next - one <= self.gap) {
                let (first, end) = (times[0], times[times.len() - 1] + self.gap);
                if end - 1 > now {
                    continue;
                }
                let is_in = |row: &&Row| row.time >= first && row.time < end;
                over.push((key.clone(), first, end, rows.iter().filter(is_in).cloned().collect()));
                rows.retain(|row| !is_in(&row));
            }
        }
        self.rows.retain(|_, rows| !rows.is_empty());
        over
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
