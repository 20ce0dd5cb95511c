//! The rows that an operator keeps one by one, as columns.
//!
//! Keeps what came in memory of its own, and counts which of it somebody still has. Chunks of which all rows were had and are
//! had no more are dropped. Other rows that nobody has stay until they are as many as those that are had; then these are copied
//! together. Never knows why a row is kept.

use arrow_array::{RecordBatch, UInt32Array};
use memory::{own_chosen, own_rows};
use shuffle::{Place, gather, gather_columns};

use crate::rows::BATCH_ROWS;

/// Chunks that may be short before they are copied together.
const CHUNKS: usize = 256;
/// Behind that, the rows that a chunk should have.
const CHUNK_ROWS: usize = 64;

/// Rows, of which some are still had.
#[derive(Default)]
pub(crate) struct Store {
    chunks: Vec<RecordBatch>,
    /// By chunk: how many of its rows were let go by their place.
    gone: Vec<u32>,
    /// Chunks of which all were.
    spent: Vec<u32>,
    /// Numbers of chunks that were dropped.
    free: Vec<u32>,
    /// How many chunks at the front are there for good.
    fixed: usize,
    rows: usize,
    live: usize,
    bytes: usize,
}

impl Store {
    /// One whose chunk 0 is this, for good: nobody has to have its rows.
    pub(crate) fn behind(fixed: RecordBatch) -> Self {
        Self { chunks: vec![fixed], gone: vec![0], fixed: 1, ..Self::default() }
    }

    /// Adds rows, of which nobody has one yet, and says the number of their chunk.
    pub(crate) fn add(&mut self, rows: &RecordBatch) -> u32 {
        self.push(own_rows(rows))
    }

    /// The same with some of these rows, in this order.
    pub(crate) fn add_chosen(&mut self, rows: &RecordBatch, chosen: &UInt32Array) -> u32 {
        self.push(own_chosen(rows, chosen))
    }

    /// The number of the chunk that is added next.
    pub(crate) fn next_chunk(&self) -> u32 {
        let new = || u32::try_from(self.chunks.len()).expect("chunks are copied together long before");
        self.free.last().copied().unwrap_or_else(new)
    }

    fn push(&mut self, chunk: RecordBatch) -> u32 {
        let number = self.next_chunk();
        self.rows += chunk.num_rows();
        self.bytes += bytes_of(&chunk);
        match self.free.pop() {
            Some(free) => (self.chunks[free as usize], self.gone[free as usize]) = (chunk, 0),
            None => {
                self.chunks.push(chunk);
                self.gone.push(0);
            }
        }
        number
    }

    /// Somebody has one row more.
    pub(crate) fn have(&mut self) {
        self.live += 1;
    }

    /// Somebody has one row less.
    pub(crate) fn let_go(&mut self) {
        self.live -= 1;
    }

    /// The same with the row at this place, of a chunk whose rows are all had once. It can be got until [`Store::sweep`].
    pub(crate) fn let_go_at(&mut self, (chunk, _): Place) {
        self.live -= 1;
        let (rows, gone) = (self.chunks[chunk as usize].num_rows(), &mut self.gone[chunk as usize]);
        *gone += 1;
        if *gone as usize == rows {
            self.spent.push(chunk);
        }
    }

    /// Drops the chunks of which all rows are gone.
    pub(crate) fn sweep(&mut self) {
        for number in self.spent.drain(..) {
            let chunk = &mut self.chunks[number as usize];
            self.rows -= chunk.num_rows();
            self.bytes -= bytes_of(chunk);
            *chunk = RecordBatch::new_empty(chunk.schema());
            self.free.push(number);
        }
    }

    /// The rows at these places, as columns of their own; mostly one batch.
    pub(crate) fn get(&self, places: &[Place]) -> Vec<RecordBatch> {
        gather(&self.chunks, places)
    }

    /// The same with some of their columns.
    pub(crate) fn get_columns(&self, places: &[Place], columns: &[usize]) -> Vec<RecordBatch> {
        gather_columns(&self.chunks, places, columns)
    }

    /// One without rows but those that are there for good.
    pub(crate) fn cleared(&self) -> Self {
        Self {
            chunks: self.chunks[..self.fixed].to_vec(),
            gone: vec![0; self.fixed],
            fixed: self.fixed,
            ..Self::default()
        }
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether so many rows are not had by anybody, or chunks are so short, that copying pays.
    pub(crate) fn is_loose(&self) -> bool {
        let chunks = self.chunks.len() - self.free.len();
        self.rows > 2 * self.live + BATCH_ROWS || chunks > CHUNKS + self.live / CHUNK_ROWS
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

fn bytes_of(chunk: &RecordBatch) -> usize {
    size_of::<RecordBatch>() + chunk.get_array_memory_size()
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;

    use super::*;

    #[test]
    fn a_chunk_of_which_all_rows_are_gone_is_dropped_and_its_number_given_out_again() {
        let rows = |from: i32| record_batch!(("n", Int32, [from, from + 1, from + 2])).unwrap();
        let mut store = Store::behind(rows(0));
        let chunks = [10, 20, 30].map(|from| store.add(&rows(from)));
        chunks.iter().for_each(|_| (0..3).for_each(|_| store.have()));
        let full = store.bytes();
        (0..3).for_each(|row| store.let_go_at((chunks[1], row)));
        store.let_go_at((chunks[2], 0));
        assert_eq!(store.get(&[(chunks[1], 1), (chunks[0], 0)])[0].num_rows(), 2, "it is told of until then");
        store.sweep();
        assert!(store.bytes() < full && !store.is_loose());
        assert_eq!(
            (store.next_chunk(), store.add_chosen(&rows(40), &vec![2, 0].into())),
            (chunks[1], chunks[1])
        );
        let left = store.get(&[(chunks[1], 0), (chunks[1], 1), (chunks[2], 1), (0, 2)]);
        assert_eq!(left, [record_batch!(("n", Int32, [42, 40, 31, 2])).unwrap()]);
    }
}
