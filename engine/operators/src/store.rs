//! The rows that an operator keeps one by one, as columns.
//!
//! Keeps what came in memory of its own, and counts which of it somebody still has. Chunks of which all rows were had and are
//! had no more are dropped. Other rows that nobody has stay until they are as many as those that are had; then those of chunks that
//! have lost many are copied together. Never knows why a row is kept.

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
        for number in std::mem::take(&mut self.spent) {
            self.drop_chunk(number as usize);
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

    /// Copies the rows at these places together: all that somebody has. Their places are changed, and ascend.
    pub(crate) fn tighten(&mut self, places: &mut [&mut Place]) {
        let former = std::mem::replace(self, Self { live: self.live, ..self.cleared() });
        self.copy(places, |places| former.get(places));
    }

    /// The same with rows of chunks that are short, or of which nobody has a good part; the others stay as they are, so that what
    /// has been there for long is not copied over and over. Some of the places are changed, in no order.
    pub(crate) fn tighten_some(&mut self, places: &mut [&mut Place]) {
        self.sweep();
        let mut live = vec![0_usize; self.chunks.len()];
        places.iter().for_each(|(chunk, _)| live[*chunk as usize] += 1);
        let stays = |number: usize| {
            let (rows, live) = (self.chunks[number].num_rows(), live[number]);
            number < self.fixed || live >= CHUNK_ROWS && live * 4 >= rows * 3
        };
        let stay: Vec<bool> = (0..self.chunks.len()).map(stays).collect();
        let moves = |place: &&mut &mut Place| !stay[place.0 as usize];
        let mut moving: Vec<&mut Place> = places.iter_mut().filter(moves).map(|place| &mut **place).collect();
        let former = self.chunks.clone();
        self.copy(&mut moving, |places| gather(&former, places));
        // Numbers of chunks that were dropped before have been given out in between.
        let leave = (0..stay.len()).filter(|number| !stay[*number] && former[*number].num_rows() > 0);
        leave.for_each(|number| self.drop_chunk(number));
    }

    /// Adds the rows at these places, which are had already, and changes the places.
    fn copy(&mut self, places: &mut [&mut Place], get: impl Fn(&[Place]) -> Vec<RecordBatch>) {
        for piece in places.chunks_mut(BATCH_ROWS) {
            let former: Vec<Place> = piece.iter().map(|place| **place).collect();
            let mut rest = piece.iter_mut();
            for rows in get(&former) {
                let chunk = self.add(&rows);
                let count = u32::try_from(rows.num_rows()).expect("a piece has fewer rows");
                (0..count).zip(rest.by_ref()).for_each(|(row, place)| **place = (chunk, row));
            }
        }
    }

    fn drop_chunk(&mut self, number: usize) {
        let chunk = &mut self.chunks[number];
        self.rows -= chunk.num_rows();
        self.bytes -= bytes_of(chunk);
        *chunk = RecordBatch::new_empty(chunk.schema());
        self.free.push(u32::try_from(number).expect("it was given out"));
    }
}

fn bytes_of(chunk: &RecordBatch) -> usize {
    size_of::<RecordBatch>() + chunk.get_array_memory_size()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{Int32Array, record_batch};

    use super::*;
    use crate::aggregate::tests::drive::Random;

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

    /// Rows come in chunks of some size, and go, the younger ones sooner; what is left is there after each copy.
    #[test]
    fn rows_stay_what_they_are_wherever_they_are_copied() {
        let mut copies = 0;
        for seed in 0..40 {
            let mut random = Random::new(seed);
            let mut store = Store::behind(record_batch!(("n", Int32, [-1])).unwrap());
            let (mut had, mut next) = (Vec::<(i32, Place)>::new(), 0_i32);
            let chunk_max = *random.pick(&[3, 100, 2000]);
            for _ in 0..300 {
                let count = 1 + random.below(chunk_max);
                let numbers: Vec<i32> = (next..).take(count).collect();
                next += i32::try_from(count).unwrap();
                let rows =
                    RecordBatch::try_from_iter([("n", Arc::new(Int32Array::from(numbers.clone())) as _)]);
                let chunk = store.add(&rows.unwrap());
                for (row, number) in (0..).zip(numbers) {
                    store.have();
                    had.push((number, (chunk, row)));
                }
                for _ in 0..count.min(had.len() - 1) {
                    if random.below(10) < 9 {
                        let from = if random.one_in(4) { 0 } else { had.len() / 2 };
                        let (_, place) = had.swap_remove(from + random.below(had.len() - from));
                        store.let_go_at(place);
                    }
                }
                store.sweep();
                if store.is_loose() {
                    copies += 1;
                    store.tighten_some(&mut had.iter_mut().map(|(_, place)| place).collect::<Vec<_>>());
                    assert!(!store.is_loose(), "seed {seed}: it would be copied again at once");
                }
            }
            let places: Vec<Place> = had.iter().map(|(_, place)| *place).collect();
            let got = store.get(&places);
            let got =
                got.iter().flat_map(|rows| rows.column(0).as_primitive::<Int32Type>().values().to_vec());
            assert_eq!(got.collect::<Vec<_>>(), had.iter().map(|(number, _)| *number).collect::<Vec<_>>());
            had.drain(..).for_each(|(_, place)| store.let_go_at(place));
            store.sweep();
            assert_eq!((store.rows, store.live, store.bytes), (0, 0, 0));
        }
        assert!(copies > 40, "rows were copied {copies} times");
    }
}
