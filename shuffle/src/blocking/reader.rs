//! The consumer's side: the rows of one target, of one producer or of one after the other.

use std::collections::VecDeque;
use std::ops::Range;
use std::vec;

use memory::{Batch, Lease, Reservation, SpillFile, SpillReader};

use super::partition::Partition;
use crate::error::Error;

/// The rows of one target of a partition, run by run. An iterator: after an error it goes no further.
///
/// What is read ahead was set aside when the reader was made, so nothing but the disk can fail later. A batch that was
/// handed out is its owner's to account for.
pub struct PartitionReader {
    reader: Option<SpillReader>,
    /// The rows of the runs to come.
    ranges: vec::IntoIter<Range<u64>>,
}

/// The rows of one target of several partitions, those of the first producer first. An iterator: when it has no memory
/// to go on with the next producer, it may be asked again; after any other error it goes no further.
///
/// One partition is read at a time, so the memory it takes does not grow with the producers.
pub struct Gathered {
    current: Option<PartitionReader>,
    rest: VecDeque<Partition>,
    target: u32,
    lease: Lease,
    failed: bool,
}

impl PartitionReader {
    pub(super) fn new(file: &SpillFile, ranges: Vec<Range<u64>>, memory: Reservation) -> Self {
        let mut ranges = ranges.into_iter();
        Self { reader: ranges.next().map(|first| file.read_rows(first, memory)), ranges }
    }

    pub(super) fn of_nothing() -> Self {
        Self { reader: None, ranges: Vec::new().into_iter() }
    }
}

impl Iterator for PartitionReader {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        loop {
            match reader.next() {
                Some(Ok(batch)) => return Some(Ok(batch)),
                Some(Err(error)) => {
                    self.reader = None;
                    return Some(Err(error.into()));
                }
                None => match self.ranges.next() {
                    Some(rows) => reader.seek(rows),
                    None => {
                        self.reader = None;
                        return None;
                    }
                },
            }
        }
    }
}

impl Gathered {
    /// The rows of `target` of all `partitions`, in their order.
    pub fn new(partitions: impl IntoIterator<Item = Partition>, target: u32, lease: &Lease) -> Self {
        let rest = partitions.into_iter().collect();
        Self { current: None, rest, target, lease: lease.clone(), failed: false }
    }
}

impl Iterator for Gathered {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            match self.current.as_mut().and_then(Iterator::next) {
                Some(batch) => {
                    self.failed = batch.is_err();
                    return Some(batch);
                }
                None => self.current = None,
            }
            match self.rest.front()?.read(self.target, &self.lease) {
                Ok(reader) => self.current = Some(reader),
                Err(refused) => return Some(Err(refused)),
            }
            self.rest.pop_front();
        }
        None
    }
}
