//! Input that comes in order: where one group of rows ends and the next begins.
//!
//! Whoever asks for sorted input and gets another is told of it at once: what comes behind is held against what came before.

use arrow_array::RecordBatch;
use memory::hash_key;
use runtime::subtask::Failure;
use shuffle::{Place, SortKey, gather};
use state::{Restore, Snapshot};

use crate::layout::Layout;
use crate::sort::{SortColumn, sort_key};

/// What the order of rows has come to.
pub(super) struct Sorted {
    /// Without a column all rows are in one group.
    key: Option<SortKey>,
    last: Option<Box<[u8]>>,
}

impl Sorted {
    /// By the key of the layout, and then by these columns.
    pub(super) fn new(input: &Layout, order: &[SortColumn]) -> Result<Self, Failure> {
        let key = input.key().iter().map(|column| SortColumn::ascending(*column));
        let columns: Vec<SortColumn> = key.chain(order.iter().copied()).collect();
        let key = (!columns.is_empty()).then(|| sort_key(input, &columns)).transpose()?;
        Ok(Self { key, last: None })
    }

    /// Calls `border` for each of the next rows that differs from the one before it.
    ///
    /// # Panics
    ///
    /// If they are not in order.
    pub(super) fn borders(&mut self, rows: &RecordBatch, mut border: impl FnMut(usize)) {
        let Some(key) = &self.key else { return };
        let keys = key.encode(rows);
        for row in 0..keys.len() {
            let before = if row == 0 { self.last.as_deref() } else { Some(keys.get(row - 1)) };
            let Some(before) = before.filter(|before| *before != keys.get(row)) else { continue };
            assert!(before < keys.get(row), "rows over which functions run in a batch are sorted before");
            border(row);
        }
        if let Some(last) = keys.len().checked_sub(1) {
            self.last = Some(keys.get(last).into());
        }
    }

    /// What predecessors have saved, in order.
    pub(super) fn load(&self, name: &str, from: &Restore) -> Result<Vec<RecordBatch>, Failure> {
        let rows: Vec<RecordBatch> = from.keyed(name).map(|(rows, _)| rows).collect();
        let Some(key) = &self.key else { return Ok(rows) };
        let keys: Vec<_> = rows.iter().map(|rows| key.encode(rows)).collect();
        let number = |number: usize| u32::try_from(number).expect("what was saved fits in memory");
        let mut places: Vec<Place> = Vec::new();
        for (chunk, keys) in keys.iter().enumerate() {
            places.extend((0..keys.len()).map(|row| (number(chunk), number(row))));
        }
        // Stable: those that are sorted alike are in their order.
        places.sort_by(|one, other| {
            let [one, other] = [one, other].map(|place| keys[place.0 as usize].get(place.1 as usize));
            one.cmp(other)
        });
        Ok(gather(&rows, &places))
    }
}

/// Writes rows down, those of a key in their order.
pub(super) fn save(
    name: &str,
    input: &Layout,
    rows: &[RecordBatch],
    to: &mut Snapshot,
) -> Result<(), Failure> {
    for rows in rows {
        let key: Vec<_> = input.key().iter().map(|column| rows.column(*column).clone()).collect();
        let mut hashes = Vec::new();
        hash_key(&key, rows.num_rows(), &mut hashes)?;
        to.keyed(name, rows, hashes);
    }
    Ok(())
}

/// So many rows at the front, and the others.
pub(super) fn split(rows: Vec<RecordBatch>, at: usize) -> (Vec<RecordBatch>, Vec<RecordBatch>) {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    let mut left = at;
    for rows in rows {
        let count = rows.num_rows().min(left);
        left -= count;
        if count > 0 {
            front.push(rows.slice(0, count));
        }
        if count < rows.num_rows() {
            back.push(rows.slice(count, rows.num_rows() - count));
        }
    }
    (front, back)
}
