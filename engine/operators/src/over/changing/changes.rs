//! What is to be said of rows: with kinds, a batch at a time.
//!
//! Keeps places, not rows: what is gone is still in its store when that is told.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use memory::{Batch, RowKind, RowKinds};
use runtime::subtask::Failure;
use shuffle::Place;

use super::super::outbox::widened;
use super::rows::Rows;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

/// What is to be sent.
pub(super) struct Changes {
    output: Layout,
    /// The event time, if it stands beside the record.
    time: Option<usize>,
    waiting: VecDeque<Change>,
}

/// A row to be sent.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) kind: RowKind,
    pub(super) row: Place,
    pub(super) results: Place,
    /// When it came to this. Of a new row that is its own time.
    pub(super) time: Option<i64>,
}

impl Changes {
    pub(super) fn new(output: Layout) -> Self {
        let time = output.time().filter(|time| *time >= output.record());
        Self { output, time, waiting: VecDeque::new() }
    }

    pub(super) fn push(&mut self, change: Change) {
        self.waiting.push_back(change);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether there is a batch of them.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= BATCH_ROWS
    }

    /// The next of them.
    pub(super) fn take(&mut self, kept: &Rows) -> Result<Batch, Failure> {
        let count = self.waiting.len().min(BATCH_ROWS);
        let changes: Vec<Change> = self.waiting.drain(..count).collect();
        let places = |place: fn(&Change) -> Place| changes.iter().map(place).collect::<Vec<_>>();
        let rows = kept.rows(&places(|change| change.row))?;
        let results = kept.results(&places(|change| change.results))?;
        let mut columns = widened(&rows, results.columns(), &self.output);
        if let Some(time) = self.time {
            let own = self.output.times(&self.output.batch(columns.clone(), count));
            let times = changes.iter().zip(&own).map(|(change, own)| change.time.unwrap_or(*own));
            columns[time] = Arc::new(TimestampMillisecondArray::from_iter_values(times)) as ArrayRef;
        }
        let changelog = changes.iter().any(|change| change.kind != RowKind::Insert);
        let kinds = changelog.then(|| RowKinds::new(changes.iter().map(|change| change.kind)));
        Ok(self.output.batch(columns, count).with_kinds(kinds))
    }
}
