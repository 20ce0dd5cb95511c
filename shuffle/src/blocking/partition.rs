//! What a producer has left for its consumers, and who still needs it.

use std::ops::Range;
use std::sync::Arc;

use memory::{Lease, ReadMemory, SpillFile};

use super::index::Index;
use super::reader::PartitionReader;
use crate::error::Error;

/// The whole result of one producer. A clone is another handle on it; the last handle or reader takes the file along.
#[derive(Clone, Debug)]
pub struct Partition(Arc<Contents>);

#[derive(Debug)]
struct Contents {
    /// None if there are no rows.
    file: Option<SpillFile>,
    index: Index,
    targets: u32,
}

/// The right of one consumer to a partition, which exists as long as there is a ticket.
///
/// A consumer reads as often as it must, so it can begin anew after a failure; once it is done with what it has read,
/// it releases its ticket. There is one for each consumer, and no way to make another.
#[derive(Debug)]
#[must_use = "the partition goes away with its last ticket"]
pub struct Ticket(Partition);

impl Partition {
    pub(super) fn new(file: Option<SpillFile>, index: Index, targets: u32) -> Self {
        assert_eq!(file.as_ref().map_or(0, SpillFile::rows), index.rows(), "every row has a target");
        Self(Arc::new(Contents { file, index, targets }))
    }

    /// The rows of `target`, in the order in which they were written. Reading ahead is paid for by `lease`; with
    /// little of it left the steps are smaller.
    ///
    /// # Panics
    ///
    /// If there is no such target.
    pub fn read(&self, target: u32, lease: &Lease) -> Result<PartitionReader, Error> {
        let ranges: Vec<Range<u64>> = self.ranges(target).collect();
        let Some(file) = &self.0.file else { return Ok(PartitionReader::of_nothing()) };
        let need =
            ranges.iter().map(|rows| file.memory_to_read(rows)).fold(ReadMemory::default(), ReadMemory::max);
        let memory = lease.reserve(need.most).or_else(|| lease.reserve(need.least));
        let memory = memory.ok_or_else(|| Error::no_memory("read", need.least, lease))?;
        Ok(PartitionReader::new(file, ranges, memory))
    }

    /// A ticket for each of `consumers`. Without a consumer the partition is gone, unless somebody has a clone.
    pub fn for_consumers(self, consumers: usize) -> Vec<Ticket> {
        std::iter::repeat_n(self, consumers).map(Ticket).collect()
    }

    /// How many targets there are, with rows or without.
    pub fn targets(&self) -> u32 {
        self.0.targets
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.0.index.rows()
    }

    /// How many rows one target has: by this, consumers can be given about the same.
    ///
    /// # Panics
    ///
    /// If there is no such target.
    pub fn rows_of(&self, target: u32) -> u64 {
        self.ranges(target).map(|rows| rows.end - rows.start).sum()
    }

    /// How many bytes the rows take on disk.
    pub fn bytes(&self) -> u64 {
        self.0.file.as_ref().map_or(0, SpillFile::bytes)
    }

    fn ranges(&self, target: u32) -> impl Iterator<Item = Range<u64>> {
        assert!(target < self.0.targets, "a target that does not exist");
        self.0.index.rows_of(target)
    }
}

impl Ticket {
    /// What it is a right to. A clone of it keeps the rows as the ticket does.
    pub fn partition(&self) -> &Partition {
        &self.0
    }

    /// This consumer needs the rows no longer.
    pub fn release(self) {}
}
