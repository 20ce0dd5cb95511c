//! The rows of one target of several producers, in the order of a key that each of them has sorted by.
//!
//! ```text
//!   producer 0   2 5 9 │ …     ┐
//!   producer 1   3 4 4 │ …     ├──► 2 3 4 4 │ 5 5 9 │ …       a batch ends where one of those it came from ends
//!   producer 2   5 7 8 │ …     ┘
//! ```
//!
//! A heap of producers by their next key, compared as bytes; of equal keys the first producer's comes first, so the
//! merge is stable. Rows are copied once, and not at all where one producer is ahead of all others for a whole batch.
//! A batch that has been used up is gone before the next one is read, so what is held is one block, one batch in it
//! and its keys for each producer. All of it is set aside: the blocks at the start, the keys as they come.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use memory::{Batch, Envelope, KeyRows, Lease, Reservation};

use super::gather::{Place, gather};
use super::partition::Partition;
use super::reader::PartitionReader;
use super::sort_key::SortKey;
use crate::bound::MERGED_ROWS_MAX;
use crate::error::Error;

/// The merged rows. An iterator: when there is no memory for keys, it may be asked again; after any other error it
/// goes no further.
pub struct Merged {
    key: SortKey,
    lease: Lease,
    /// Of the first batch; all producers of an edge have the same.
    envelope: Option<Envelope>,
    /// The batch of each producer, packed; an empty one without columns when it has none.
    batches: Vec<RecordBatch>,
    cursors: Vec<Cursor>,
    /// Producers with a batch, as a heap: none is before its parent, at half its position.
    heap: Vec<usize>,
    /// Producers whose batch is used up.
    hungry: Vec<usize>,
    ready: VecDeque<Batch>,
    failed: bool,
}

/// A producer, and how far its batch was used.
struct Cursor {
    reader: PartitionReader,
    next: u32,
    keys: Option<KeyRows>,
    memory: Reservation,
}

impl Merged {
    /// The rows of `target` of all `partitions`. Each producer must have written them in the order of `key`.
    pub fn open(partitions: &[Partition], target: u32, key: SortKey, lease: &Lease) -> Result<Self, Error> {
        let open = |partition: &Partition| {
            let memory = lease.reserve(0).expect("nothing can always be had");
            Ok(Cursor { reader: partition.read(target, lease)?, next: 0, keys: None, memory })
        };
        let cursors = partitions.iter().map(open).collect::<Result<Vec<_>, Error>>()?;
        Ok(Self {
            key,
            lease: lease.clone(),
            envelope: None,
            batches: vec![nothing(); cursors.len()],
            heap: Vec::with_capacity(cursors.len()),
            hungry: (0..cursors.len()).collect(),
            cursors,
            ready: VecDeque::new(),
            failed: false,
        })
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        if let Some(batch) = self.ready.pop_front() {
            return Ok(Some(batch));
        }
        while let Some(producer) = self.hungry.last().copied() {
            if self.feed(producer)? {
                self.enter(producer);
            }
            self.hungry.pop();
        }
        let places = self.choose();
        let envelope = &self.envelope;
        let unpack = |rows| {
            let envelope = envelope.as_ref().expect("it was packed by it");
            envelope.unpack(rows).expect("it was packed by it")
        };
        self.ready.extend(gather(&self.batches, &places).into_iter().map(unpack));
        Ok(self.ready.pop_front())
    }

    /// Gets the next batch of a producer and its keys. `false` at its end.
    fn feed(&mut self, producer: usize) -> Result<bool, Error> {
        let (cursor, rows) = (&mut self.cursors[producer], &mut self.batches[producer]);
        if cursor.keys.take().is_some() || rows.num_rows() == 0 {
            // What was used up goes first.
            *rows = nothing();
            cursor.memory.shrink(cursor.memory.bytes());
            let Some(batch) = cursor.reader.next() else { return Ok(false) };
            let batch = batch?;
            *rows = self.envelope.get_or_insert_with(|| Envelope::of(&batch)).pack(&batch);
        }
        let keys = self.key.encode(rows);
        let bytes = keys.bytes() as u64;
        if !cursor.memory.grow(bytes) {
            return Err(Error::no_memory("merge", bytes, &self.lease));
        }
        (cursor.keys, cursor.next) = (Some(keys), 0);
        Ok(true)
    }

    /// The next rows, up to the end of a batch.
    fn choose(&mut self) -> Vec<Place> {
        let mut places = Vec::new();
        while let Some(producer) = self.heap.first().copied() {
            let cursor = &mut self.cursors[producer];
            places.push((u32::try_from(producer).expect("producers are few"), cursor.next));
            cursor.next += 1;
            if cursor.next as usize == self.batches[producer].num_rows() {
                self.heap.swap_remove(0);
                self.hungry.push(producer);
            }
            self.sink();
            if places.len() == MERGED_ROWS_MAX || !self.hungry.is_empty() {
                break;
            }
        }
        places
    }

    /// Whether the next row of `one` comes before that of `other`.
    fn is_before(&self, one: usize, other: usize) -> bool {
        (self.cursors[one].key(), one) < (self.cursors[other].key(), other)
    }

    /// Puts a producer into the heap.
    fn enter(&mut self, producer: usize) {
        let mut at = self.heap.len();
        self.heap.push(producer);
        while at > 0 && self.is_before(self.heap[at], self.heap[(at - 1) / 2]) {
            self.heap.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// Moves the producer at the front to its place.
    fn sink(&mut self) {
        let mut at = 0;
        loop {
            let children = 2 * at + 1..(2 * at + 3).min(self.heap.len());
            let first =
                children.reduce(
                    |one, other| {
                        if self.is_before(self.heap[other], self.heap[one]) { other } else { one }
                    },
                );
            match first {
                Some(child) if self.is_before(self.heap[child], self.heap[at]) => {
                    self.heap.swap(at, child);
                    at = child;
                }
                _ => return,
            }
        }
    }
}

impl Iterator for Merged {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_batch().transpose();
        self.failed = matches!(&next, Some(Err(error)) if !matches!(error, Error::NoMemory { .. }));
        next
    }
}

impl Cursor {
    fn key(&self) -> &[u8] {
        self.keys.as_ref().expect("a producer in the heap has keys").get(self.next as usize)
    }
}

/// No rows of no columns.
fn nothing() -> RecordBatch {
    RecordBatch::new_empty(Schema::empty().into())
}
