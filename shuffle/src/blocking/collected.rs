//! Rows that wait to be sorted, in memory that was set aside for them.

use arrow_array::RecordBatch;
use memory::{Lease, Reservation, own_rows};

use super::gather::Place;

/// Rows with their targets, in the order in which they came.
#[derive(Debug)]
pub(super) struct Collected {
    chunks: Vec<Chunk>,
    rows: u32,
    memory: Reservation,
}

/// Rows that came together.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) rows: RecordBatch,
    pub(super) targets: Vec<u32>,
}

impl Collected {
    pub(super) fn none(lease: &Lease) -> Self {
        let memory = lease.reserve(0).expect("nothing can always be had");
        Self { chunks: Vec::new(), rows: 0, memory }
    }

    /// Keeps a chunk, or hands it back when there is no memory for it.
    pub(super) fn keep(&mut self, chunk: Chunk) -> Option<Chunk> {
        // Runs count rows in 32 bits.
        let rows = chunk.rows.num_rows();
        let Some(rows) = u32::try_from(rows).ok().and_then(|rows| self.rows.checked_add(rows)) else {
            return Some(chunk);
        };
        if !self.memory.grow(chunk.bytes()) {
            return Some(chunk);
        }
        self.rows = rows;
        self.chunks.push(chunk);
        None
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The chunks, and the memory they are kept in.
    pub(super) fn into_chunks(self) -> (Vec<Chunk>, Reservation) {
        (self.chunks, self.memory)
    }
}

impl Chunk {
    /// A copy of its own: what comes may show a few rows of a segment or of a block.
    pub(super) fn copy(rows: &RecordBatch, targets: &[u32]) -> Self {
        Self { rows: own_rows(rows), targets: targets.to_vec() }
    }

    /// What keeping and sorting it takes: the rows, and for each a target and later a place.
    pub(super) fn bytes(&self) -> u64 {
        let beside = self.targets.len() * (size_of::<u32>() + size_of::<Place>());
        (size_of::<Self>() + self.rows.get_array_memory_size() + beside) as u64
    }
}
