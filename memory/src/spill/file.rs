//! A finished spill file: where its blocks lie, which rows they hold, and what reading some of them takes.
//!
//! The list of blocks stays in memory, 24 bytes for a block of some hundred kilobytes. It makes any range of rows
//! cheap to find, so whoever sorts rows before writing them needs no index but row numbers.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::SpillFormat;
use super::disk::DiskFile;
use super::reader::SpillReader;
use crate::batch::Envelope;
use crate::budget::Reservation;

/// A finished spill file. Readers share it; the space is given back when the last one is done.
#[derive(Clone, Debug)]
pub struct SpillFile(pub(super) Arc<Contents>);

#[derive(Debug)]
pub(super) struct Contents {
    pub(super) file: Box<dyn DiskFile>,
    pub(super) directory: Arc<Path>,
    pub(super) envelope: Arc<Envelope>,
    pub(super) format: SpillFormat,
    pub(super) blocks: Vec<Placed>,
    pub(super) rows: u64,
    pub(super) space: Reservation,
}

/// A block in its place. The one behind it says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) offset: u64,
    pub(super) first_row: u64,
    /// Bytes on disk, header and padding included.
    pub(super) stored: u32,
    /// Bytes beside those that reading it takes: its decompressed body, nothing for a plain one.
    pub(super) unpacked: u32,
}

/// The memory that reading takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadMemory {
    /// Without this nothing can be read: the longest block as it is stored and as it is unpacked.
    pub least: u64,
    /// With this everything is read in steps of `spill.read-ahead`; more is of no use.
    pub most: u64,
}

impl SpillFile {
    /// The rows from the first on. Several readers may read at once.
    pub fn read(&self) -> SpillReader {
        SpillReader::new(self.clone())
    }

    /// Only these rows, read ahead as far as `memory` reaches. It is given back with the reader.
    ///
    /// # Panics
    ///
    /// If there are no such rows, or `memory` is less than [`SpillFile::memory_to_read`] says.
    pub fn read_rows(&self, rows: Range<u64>, memory: Reservation) -> SpillReader {
        SpillReader::within(self.clone(), rows, memory)
    }

    /// What a reader of these rows needs.
    ///
    /// # Panics
    ///
    /// If there are no such rows.
    pub fn memory_to_read(&self, rows: &Range<u64>) -> ReadMemory {
        let blocks = self.0.blocks_of(rows);
        let (longest, unpacked) = self.0.longest(blocks.clone());
        let all: u64 = self.0.blocks[blocks].iter().map(|block| u64::from(block.stored)).sum();
        let ahead = all.min(self.0.format.read_ahead_bytes as u64).max(longest);
        ReadMemory { least: longest + unpacked, most: ahead + unpacked }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.0.rows
    }

    /// How many bytes they take on disk.
    pub fn bytes(&self) -> u64 {
        self.0.space.bytes()
    }
}

impl ReadMemory {
    /// What reads the one and then the other.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { least: self.least.max(other.least), most: self.most.max(other.most) }
    }
}

impl Contents {
    /// The blocks that hold these rows, by their numbers.
    pub(super) fn blocks_of(&self, rows: &Range<u64>) -> Range<usize> {
        assert!(rows.start <= rows.end);
        assert!(rows.end <= self.rows, "rows beyond the end");
        if rows.is_empty() {
            return 0..0;
        }
        let first = self.blocks.partition_point(|block| block.first_row <= rows.start) - 1;
        let end = self.blocks.partition_point(|block| block.first_row < rows.end);
        first..end
    }

    /// The longest of these blocks as stored, and the most that one of them takes beside that.
    pub(super) fn longest(&self, blocks: Range<usize>) -> (u64, u64) {
        let longest = |(stored, unpacked): (u64, u64), block: &Placed| {
            (stored.max(u64::from(block.stored)), unpacked.max(u64::from(block.unpacked)))
        };
        self.blocks[blocks].iter().fold((0, 0), longest)
    }

    /// How many rows were written to this block.
    pub(super) fn rows_of(&self, block: usize) -> u64 {
        let end = self.blocks.get(block + 1).map_or(self.rows, |next| next.first_row);
        end - self.blocks[block].first_row
    }
}
