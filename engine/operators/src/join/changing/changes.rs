//! What a join has to say: pairs and rows by themselves, with kinds, which leave a batch at a time.
//!
//! Keeps numbers, not rows: of the batch that is on its way, and of the other side, neither of which changes meanwhile.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow_buffer::NullBuffer;
use memory::{Batch, RowKind, RowKinds};
use runtime::subtask::Failure;

use super::super::columns::{NONE, taken};
use super::super::hash::JoinKind;
use super::rules::{Alone, kind_of};
use super::side::Side;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

/// What is to be sent.
pub(super) struct Changes {
    output: Layout,
    /// Whether pairs leave, or rows of the left by themselves.
    has_pairs: bool,
    /// Of the batch, or [`NONE`].
    rows: Vec<u32>,
    /// Of the other side, or [`NONE`].
    others: Vec<u32>,
    /// Where the output has kinds.
    kinds: Vec<RowKind>,
    /// Whether a row has a pair, where that is the last column.
    marks: Option<Vec<bool>>,
}

impl Changes {
    pub(super) fn new(output: Layout, kind: JoinKind) -> Self {
        let marks = (kind == JoinKind::LeftMark).then(Vec::new);
        let has_pairs = !kind.is_about_left();
        Self { output, has_pairs, rows: Vec::new(), others: Vec::new(), kinds: Vec::new(), marks }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether there is a batch of them.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS
    }

    /// A row of the batch with one of the other side, or one of them by itself.
    pub(super) fn push(&mut self, row: u32, other: u32, kind: RowKind) {
        self.rows.push(row);
        self.others.push(other);
        if self.output.has_kinds() {
            self.kinds.push(kind);
        }
    }

    /// A row of the batch by itself: it comes or goes, and has a pair or has none.
    pub(super) fn push_alone(&mut self, row: u32, (is_added, has_pair): (bool, bool)) {
        self.push(row, NONE, kind_of(is_added));
        self.marks.iter_mut().for_each(|marks| marks.push(has_pair));
    }

    /// A row of the other side has got its first pair, or lost its last one: so it comes or goes by itself, as it is out with
    /// a pair or without one. `row` makes the pair, if pairs are said.
    pub(super) fn turn(&mut self, row: Option<u32>, other: u32, (is_added, alone): (bool, Alone)) {
        if let Some(marks) = &mut self.marks {
            marks.extend([!is_added, is_added]);
            self.push(NONE, other, RowKind::Delete);
            self.push(NONE, other, RowKind::Insert);
            return;
        }
        if let (Some(row), false) = (row, is_added) {
            self.push(row, other, RowKind::Delete);
        }
        self.push(NONE, other, kind_of(alone.is_out(is_added)));
        if let (Some(row), true) = (row, is_added) {
            self.push(row, other, RowKind::Insert);
        }
    }

    /// The next of them as batches, mostly one: rows of a batch that has come by `port`, and of the other side.
    pub(super) fn take(
        &mut self,
        (port, columns): (usize, &RecordBatch),
        other: &Side,
    ) -> Result<Vec<Batch>, Failure> {
        let count = self.rows.len().min(BATCH_ROWS);
        let [rows, others] = [&mut self.rows, &mut self.others].map(|all| front(all, count));
        let kinds = if self.output.has_kinds() { front(&mut self.kinds, count) } else { Vec::new() };
        let marks = self.marks.as_mut().map_or(Vec::new(), |marks| front(marks, count));
        if !self.has_pairs && port == 0 {
            return Ok(vec![self.batch(picked(columns, &rows)?, (&kinds, &marks), count)]);
        }
        let mut start = 0;
        let mut batches = Vec::with_capacity(1);
        for others in other.get(&others) {
            let end = start + others.num_rows();
            let mut parts = [Vec::new(), others.columns().to_vec()];
            if self.has_pairs {
                parts[0] = picked(columns, &rows[start..end])?;
            }
            parts.rotate_left(port);
            let kinds = kinds.get(start..end).unwrap_or_default();
            let marks = marks.get(start..end).unwrap_or_default();
            batches.push(self.batch(parts.concat(), (kinds, marks), end - start));
            start = end;
        }
        Ok(batches)
    }

    /// Rows that are only added.
    pub(super) fn rows(&self, columns: Vec<ArrayRef>, rows: usize) -> Batch {
        self.batch(columns, (&[], &[]), rows)
    }

    fn batch(&self, mut columns: Vec<ArrayRef>, (kinds, marks): (&[RowKind], &[bool]), rows: usize) -> Batch {
        let width = self.output.schema().fields().len();
        columns.truncate(width - usize::from(self.marks.is_some()));
        columns
            .extend(self.marks.is_some().then(|| Arc::new(BooleanArray::from(marks.to_vec())) as ArrayRef));
        let changelog = kinds.iter().any(|kind| *kind != RowKind::Insert);
        let kinds = changelog.then(|| RowKinds::new(kinds.iter().copied()));
        self.output.batch(columns, rows).with_kinds(kinds)
    }
}

/// The first ones, taken out.
fn front<T>(all: &mut Vec<T>, count: usize) -> Vec<T> {
    let rest = all.split_off(count);
    std::mem::replace(all, rest)
}

/// These rows, and nulls for [`NONE`].
pub(super) fn picked(columns: &RecordBatch, rows: &[u32]) -> Result<Vec<ArrayRef>, Failure> {
    let rows = match rows.contains(&NONE) {
        false => UInt32Array::from(rows.to_vec()),
        true => {
            let nulls: NullBuffer = rows.iter().map(|row| *row != NONE).collect();
            let rows: Vec<u32> = rows.iter().map(|row| if *row == NONE { 0 } else { *row }).collect();
            UInt32Array::new(rows.into(), Some(nulls))
        }
    };
    taken(columns.columns(), &rows)
}
