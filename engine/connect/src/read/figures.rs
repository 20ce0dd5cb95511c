//! What a source has read, for whoever watches it from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a source, over all of its subtasks. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Figures(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    rows: AtomicU64,
    skipped: AtomicU64,
    splits: AtomicU64,
    bytes: AtomicU64,
}

impl Figures {
    /// Rows that were sent.
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    /// Records that could not be read and were left out, dead letters among them.
    pub fn skipped(&self) -> u64 {
        self.0.skipped.load(Ordering::Relaxed)
    }

    /// Splits that were read to their end.
    pub fn splits(&self) -> u64 {
        self.0.splits.load(Ordering::Relaxed)
    }

    /// Bytes that were read from files.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add_rows(&self, rows: usize) {
        self.0.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_skipped(&self, records: usize) {
        self.0.skipped.fetch_add(records as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_split(&self) {
        self.0.splits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
