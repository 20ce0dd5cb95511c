//! A sorted run: what memory held, by target, on its way to disk.
//!
//! The sort counts the rows of each target, then gives each row its place: two passes over the targets, none over the
//! columns. The columns are copied once, when a piece of about a block is gathered for the file.
//!
//! Where blocks end is decided here. A target with at least a *share* of bytes has blocks of its own; smaller
//! neighbours come together until they fill a share. A block costs its header, the schema and the alignment of its
//! buffers whatever it holds, about 300 bytes for each column; with 4 KiB for each column, and 16 KiB at least, that is
//! below a tenth. On the other hand a consumer reads at most one share of others' rows with its own: with blocks of
//! 256 KiB shared by a thousand small targets it would be a thousand times what it wants.

use memory::{Batch, Envelope, Error, Reservation, SpillWriter};

use super::collected::Chunk;
use super::gather::{Place, gather};
use super::index::RunIndex;
use crate::bound::{SHARE_BYTES_MIN, SHARE_BYTES_PER_COLUMN};

/// Rows sorted by target, and how many of them the file has taken.
#[derive(Debug)]
pub(super) struct Run {
    chunks: Vec<arrow_array::RecordBatch>,
    order: Vec<Place>,
    index: RunIndex,
    /// Where shares end, in rows.
    share_ends: Vec<u32>,
    piece_rows: usize,
    taken: usize,
    /// What pays for the rows until they are written.
    _memory: Option<Reservation>,
}

impl Run {
    /// Sorts rows for `targets` targets. Rows of one target keep their order.
    pub(super) fn sort(
        chunks: Vec<Chunk>,
        memory: Option<Reservation>,
        targets: u32,
        block_bytes: usize,
    ) -> Self {
        let bytes: u64 = chunks.iter().map(Chunk::bytes).sum();
        let (order, index) = sort_by_target(&chunks, targets);
        let chunks: Vec<_> = chunks.into_iter().map(|chunk| chunk.rows).collect();
        let row_bytes = usize::try_from(bytes).expect("it is in memory") / order.len().max(1);
        let columns = chunks.first().map_or(0, |rows| rows.num_columns());
        let share_bytes = (columns * SHARE_BYTES_PER_COLUMN).max(SHARE_BYTES_MIN).min(block_bytes);
        Self {
            share_ends: share_ends(&index, share_bytes.div_ceil(row_bytes.max(1))),
            chunks,
            order,
            index,
            piece_rows: (block_bytes / row_bytes.max(1)).max(1),
            taken: 0,
            _memory: memory,
        }
    }

    /// Writes what is not written yet. After an error that a retry may help, it may be called again.
    pub(super) fn write(&mut self, file: &mut SpillWriter, envelope: &Envelope) -> Result<(), Error> {
        // The last time may have ended between a share and the end of its block.
        file.flush()?;
        while self.taken < self.order.len() {
            let share = self.share_ends.partition_point(|end| *end as usize <= self.taken);
            let share_end = self.share_ends[share] as usize;
            self.write_piece(share_end.min(self.taken + self.piece_rows), file, envelope)?;
            if self.taken == share_end {
                file.flush()?;
            }
        }
        Ok(())
    }

    /// Gives the rows up to `end` to the file, which takes them even if it cannot write them now.
    fn write_piece(&mut self, end: usize, file: &mut SpillWriter, envelope: &Envelope) -> Result<(), Error> {
        let piece = gather(&self.chunks, &self.order[self.taken..end]);
        self.taken = end;
        let write = |rows| {
            let batch: Batch = envelope.unpack(rows).expect("it was packed by the same envelope");
            file.write(&batch)
        };
        let written: Vec<_> = piece.into_iter().map(write).collect();
        written.into_iter().collect()
    }

    /// Where the rows of each target are in the run.
    pub(super) fn into_index(self) -> RunIndex {
        assert_eq!(self.taken, self.order.len());
        self.index
    }
}

/// The places of all rows by target, and where each target's begin.
fn sort_by_target(chunks: &[Chunk], targets: u32) -> (Vec<Place>, RunIndex) {
    let mut next = vec![0_u32; targets as usize];
    for chunk in chunks {
        for target in &chunk.targets {
            next[*target as usize] += 1;
        }
    }
    let index = RunIndex::of_counts(&next);
    let mut first = 0;
    for count in &mut next {
        first += std::mem::replace(count, first);
    }
    let mut order = vec![(0, 0); first as usize];
    for (number, chunk) in (0..).zip(chunks) {
        for (row, target) in (0..).zip(&chunk.targets) {
            let place = &mut next[*target as usize];
            order[*place as usize] = (number, row);
            *place += 1;
        }
    }
    (order, index)
}

/// Where shares of about `share_rows` rows end.
fn share_ends(index: &RunIndex, share_rows: usize) -> Vec<u32> {
    let mut ends = Vec::new();
    let mut first = 0;
    for rows in index.ranges() {
        let is_large = rows.len() >= share_rows;
        if is_large && rows.start > first {
            ends.push(rows.start);
            first = rows.start;
        }
        if is_large || (rows.end - first) as usize >= share_rows {
            ends.push(rows.end);
            first = rows.end;
        }
    }
    let end = index.rows();
    if end > first {
        ends.push(end);
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(counts: &[u32], share_rows: usize) -> Vec<u32> {
        share_ends(&RunIndex::of_counts(counts), share_rows)
    }

    #[test]
    fn small_targets_share_and_large_ones_do_not() {
        assert_eq!(shares(&[3, 3, 3, 3, 3], 6), [6, 12, 15], "neighbours come together");
        assert_eq!(shares(&[1, 50, 1], 6), [1, 51, 52], "a large one keeps to itself");
        assert_eq!(shares(&[5, 5, 50, 0, 50], 6), [10, 60, 110]);
        assert!(shares(&[0, 0], 6).is_empty());
    }
}
