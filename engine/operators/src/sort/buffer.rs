//! Rows in memory with their keys, and the same rows in order.
//!
//! Keeps each batch as it came, in memory of its own. Sorting moves row numbers and eight bytes of each key, and looks at
//! more of a key only where those are equal; columns are copied once, when a piece leaves. Rows of equal keys keep the
//! order in which they came. Never reserves memory: it says what it takes.

use std::cmp::Ordering;

use arrow_array::RecordBatch;
use memory::{KeyRows, own_rows};
use shuffle::{Place, SortKey, gather};

use crate::rows::BATCH_ROWS;

/// Rows that wait to be sorted.
pub(super) struct Buffer {
    key: SortKey,
    chunks: Vec<Chunk>,
    rows: usize,
    bytes: usize,
}

/// Rows that came together, with their keys.
pub(super) struct Chunk {
    rows: RecordBatch,
    keys: KeyRows,
}

/// A row, with the front of its key.
#[derive(Clone, Copy)]
struct Entry {
    front: u64,
    place: Place,
}

/// Rows in order, which leave piece by piece.
pub(super) struct Sorted {
    chunks: Vec<RecordBatch>,
    order: Vec<Entry>,
    next: usize,
}

impl Chunk {
    /// What it takes, its part of the sort included.
    pub(super) fn bytes(&self) -> usize {
        let entries = self.rows.num_rows() * size_of::<Entry>();
        size_of::<Self>() + self.rows.get_array_memory_size() + self.keys.bytes() + entries
    }

    pub(super) fn rows(&self) -> &RecordBatch {
        &self.rows
    }

    /// What a key takes, about.
    pub(super) fn key_bytes(&self) -> usize {
        self.keys.bytes().div_ceil(self.rows.num_rows().max(1))
    }

    /// The key of a row.
    pub(super) fn key(&self, row: usize) -> &[u8] {
        self.keys.get(row)
    }
}

impl Buffer {
    pub(super) fn new(key: SortKey) -> Self {
        Self { key, chunks: Vec::new(), rows: 0, bytes: 0 }
    }

    /// These rows with their keys, in memory of their own.
    pub(super) fn chunk(&self, rows: &RecordBatch) -> Chunk {
        let rows = own_rows(rows);
        let keys = self.key.encode(&rows);
        Chunk { rows, keys }
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        self.rows += chunk.rows.num_rows();
        self.bytes += chunk.bytes();
        self.chunks.push(chunk);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows as they came.
    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Takes the first `front` rows of the order out, and all others too, which are dropped.
    pub(super) fn sort(&mut self, front: usize) -> Sorted {
        let chunks = std::mem::take(&mut self.chunks);
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut order = Vec::with_capacity(rows);
        for (number, chunk) in (0..).zip(&chunks) {
            let entry =
                |row: usize| Entry { front: front_of(chunk.keys.get(row)), place: (number, in_chunk(row)) };
            order.extend((0..chunk.keys.len()).map(entry));
        }
        let compare = |one: &Entry, other: &Entry| compare(&chunks, one, other);
        if front < rows {
            if front > 0 {
                order.select_nth_unstable_by(front - 1, compare);
            }
            order.truncate(front);
        }
        // No two are equal, so it is stable.
        order.sort_unstable_by(compare);
        Sorted { chunks: chunks.into_iter().map(|chunk| chunk.rows).collect(), order, next: 0 }
    }
}

impl Sorted {
    /// The next rows, mostly as one batch; none at the end.
    pub(super) fn next_piece(&mut self) -> Vec<RecordBatch> {
        let end = self.order.len().min(self.next + BATCH_ROWS);
        let places: Vec<Place> = self.order[self.next..end].iter().map(|entry| entry.place).collect();
        self.next = end;
        gather(&self.chunks, &places)
    }
}

/// The first bytes of a key as a number that compares as they do.
fn front_of(key: &[u8]) -> u64 {
    let mut front = [0; 8];
    let length = key.len().min(8);
    front[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(front)
}

/// By key, and of equal keys by when they came.
fn compare(chunks: &[Chunk], one: &Entry, other: &Entry) -> Ordering {
    let key = |place: Place| chunks[place.0 as usize].keys.get(place.1 as usize);
    let by_key = one.front.cmp(&other.front).then_with(|| key(one.place).cmp(key(other.place)));
    by_key.then(one.place.cmp(&other.place))
}

fn in_chunk(row: usize) -> u32 {
    u32::try_from(row).expect("a batch has fewer rows")
}
