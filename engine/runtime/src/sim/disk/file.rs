//! The bytes of one file: what is shown, what is durable, and the writes between the two.
//!
//! A file is dense: it lies in memory up to its end, holes included. It never fails; what fails is decided above.

use std::collections::VecDeque;
use std::ops::Range;

use arrow_buffer::Buffer;

use super::Loss;
use super::faults::DiskCounts;
use crate::random::Random;

/// What a disk writes wholly or not at all.
pub(super) const SECTOR_BYTES: usize = 512;

/// Bytes, twice.
#[derive(Debug, Default)]
pub(super) struct File {
    /// As readers see it: the cache of the machine.
    shown: Vec<u8>,
    /// As it is after a crash, if that takes all it can.
    durable: Vec<u8>,
    /// What a sync would make durable, oldest first.
    unsynced: VecDeque<Write>,
}

#[derive(Debug)]
struct Write {
    stamp: u64,
    offset: usize,
    bytes: Buffer,
}

impl File {
    pub(super) fn length(&self) -> usize {
        self.shown.len()
    }

    /// The part of a wish that exists.
    pub(super) fn clamp(&self, offset: u64, length: usize) -> Range<usize> {
        let start = usize::try_from(offset).map_or(self.length(), |start| start.min(self.length()));
        start..start.saturating_add(length).min(self.length())
    }

    pub(super) fn read(&self, range: Range<usize>) -> Buffer {
        Buffer::from(&self.shown[range])
    }

    /// Fills the gap before it with zeroes. Writing nothing does not make a file longer.
    pub(super) fn write(&mut self, stamp: u64, offset: usize, bytes: &Buffer) {
        if !bytes.is_empty() {
            put(&mut self.shown, offset, bytes);
            self.unsynced.push_back(Write { stamp, offset, bytes: bytes.clone() });
        }
    }

    /// Makes durable what was written before the stamp.
    pub(super) fn sync(&mut self, before: u64) {
        for write in drain_before(&mut self.unsynced, before) {
            put(&mut self.durable, write.offset, &write.bytes);
        }
    }

    /// Forgets to make it durable, and says how many writes that was about. Readers go on seeing them, as they do when
    /// the kernel marks pages clean that it could not write.
    pub(super) fn lose(&mut self, before: u64) -> u64 {
        drain_before(&mut self.unsynced, before).count() as u64
    }

    /// The machine went down.
    pub(super) fn crash(&mut self, loss: Loss, random: &mut Random, counts: &mut DiskCounts) {
        for write in self.unsynced.drain(..) {
            let kept =
                if loss == Loss::All { Vec::new() } else { surviving(&write.bytes, write.offset, random) };
            let bytes: usize = kept.iter().map(|(_, bytes)| bytes.len()).sum();
            counts.lost_writes += u64::from(bytes == 0);
            counts.torn_writes += u64::from(0 < bytes && bytes < write.bytes.len());
            for (offset, bytes) in kept {
                put(&mut self.durable, offset, &bytes);
            }
        }
        self.shown.clone_from(&self.durable);
    }

    /// Turns a bit over, wherever the byte is kept.
    pub(super) fn flip(&mut self, offset: usize, bit: u64) {
        for bytes in [&mut self.shown, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(offset) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }
}

/// What is left of a write that was interrupted: nothing, all, the sectors up to one, or any sectors.
pub(super) fn surviving(bytes: &Buffer, offset: usize, random: &mut Random) -> Vec<(usize, Buffer)> {
    let (kind, end) = (random.below(4), offset + bytes.len());
    let first = offset / SECTOR_BYTES;
    let sectors = (first..end.div_ceil(SECTOR_BYTES)).map(|sector| {
        let start = offset.max(sector * SECTOR_BYTES);
        let length = end.min((sector + 1) * SECTOR_BYTES) - start;
        (start, bytes.slice_with_length(start - offset, length))
    });
    match kind {
        0 => Vec::new(),
        1 => vec![(offset, bytes.clone())],
        2 => {
            let count = random.below(sectors.len() as u64 + 1);
            sectors.zip(0..count).map(|(sector, _)| sector).collect()
        }
        _ => sectors.filter(|_| random.chance(500)).collect(),
    }
}

fn put(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    into.resize(into.len().max(end), 0);
    into[offset..end].copy_from_slice(bytes);
}

fn drain_before(writes: &mut VecDeque<Write>, before: u64) -> impl Iterator<Item = Write> {
    let count = writes.partition_point(|write| write.stamp < before);
    writes.drain(..count)
}
