//! The rows that an operator keeps one by one, as columns.
//!
//! Keeps what came in memory of its own, and counts which of it somebody still has. Rows that nobody has stay until they
//! are as many as the others; then those are copied together. Never knows why a row is kept.

use arrow_array::RecordBatch;
use memory::own_rows;
use shuffle::{Place, gather};

use crate::rows::BATCH_ROWS;

/// Chunks that may be short before they are copied together.
const CHUNKS: usize = 256;
/// Behind that, the rows that a chunk should have.
const CHUNK_ROWS: usize = 64;

/// Rows, of which some are still had.
#[derive(Default)]
pub(crate) struct Store {
    chunks: Vec<RecordBatch>,
    /// How many chunks at the front are there for good.
    fixed: usize,
    rows: usize,
    live: usize,
    bytes: usize,
}

impl Store {
    /// One whose chunk 0 is this, for good: nobody has to have its rows.
    pub(crate) fn behind(fixed: RecordBatch) -> Self {
        Self { chunks: vec![fixed], fixed: 1, ..Self::default() }
    }

    /// Adds rows, of which nobody has one yet, and says the number of their chunk.
    pub(crate) fn add(&mut self, rows: &RecordBatch) -> u32 {
        let chunk = own_rows(rows);
        self.rows += chunk.num_rows();
        self.bytes += size_of::<RecordBatch>() + chunk.get_array_memory_size();
        self.chunks.push(chunk);
        u32::try_from(self.chunks.len() - 1).expect("chunks are copied together long before")
    }

    /// Somebody has one row more.
    pub(crate) fn have(&mut self) {
        self.live += 1;
    }

    /// Somebody has one row less.
    pub(crate) fn let_go(&mut self) {
        self.live -= 1;
    }

    /// The rows at these places, as columns of their own; mostly one batch.
    pub(crate) fn get(&self, places: &[Place]) -> Vec<RecordBatch> {
        gather(&self.chunks, places)
    }

    /// One without rows but those that are there for good.
    pub(crate) fn cleared(&self) -> Self {
        Self { chunks: self.chunks[..self.fixed].to_vec(), fixed: self.fixed, ..Self::default() }
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether so many rows are not had by anybody, or chunks are so short, that copying pays.
    pub(crate) fn is_loose(&self) -> bool {
        self.rows > 2 * self.live + BATCH_ROWS || self.chunks.len() > CHUNKS + self.live / CHUNK_ROWS
    }

    /// Copies the rows at these places together: all that somebody has. Their places are changed.
    pub(crate) fn tighten(&mut self, places: &mut [&mut Place]) {
        let mut tight = Self { live: self.live, ..self.cleared() };
        for piece in places.chunks_mut(BATCH_ROWS) {
            let former: Vec<Place> = piece.iter().map(|place| **place).collect();
            let mut rest = piece.iter_mut();
            for rows in self.get(&former) {
                let chunk = tight.add(&rows);
                let count = u32::try_from(rows.num_rows()).expect("a piece has fewer rows");
                (0..count).zip(rest.by_ref()).for_each(|(row, place)| **place = (chunk, row));
            }
        }
        *self = tight;
    }
}
