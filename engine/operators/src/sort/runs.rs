//! Sorted runs on disk, and their merge.
//!
//! ```text
//!   level 0   ─ ─ ─ ─ ─ … ─ ─     a run is what memory held; of so many in a row
//!   level 1   ═══════ ═══════     one is made, and of so many of those again
//! ```
//!
//! A run is a partition of one target (`shuffle::PartitionWriter`). They stand in the order in which their rows came, and
//! only neighbours are merged, so of equal keys the first comes first. What a writer and the smallest merge take is set
//! aside from the start: who runs out of memory must have some to get rid of what he has.

use std::sync::Arc;

use memory::{Batch, Envelope, Lease, Reservation, SpillDirectories};
use runtime::subtask::Failure;
use shuffle::{Error, Merged, Partition, PartitionWriter, SortKey};

use super::buffer::Sorted;
use crate::bound::MERGED_RUNS_MAX;
use crate::rows::BATCH_ROWS;
use crate::seat::OperatorSeat;

/// Blocks for each run of the smallest merge: as it is stored, unpacked, and its keys twice, which may be longer.
const SPARE_BLOCKS: u64 = 2 * 4;

/// The runs of one sort.
pub(super) struct Runs {
    name: Arc<str>,
    spills: Arc<SpillDirectories>,
    envelope: Envelope,
    key: SortKey,
    lease: Lease,
    spare: Option<Reservation>,
    runs: Vec<Run>,
    merging: Option<Merging>,
    /// The most that keys took, for each row.
    key_bytes: usize,
}

struct Run {
    partition: Partition,
    level: u32,
}

/// The last runs are becoming one.
struct Merging {
    count: usize,
    rows: Merged,
    to: PartitionWriter,
}

/// There is not even memory for the least.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} has no memory to {action} sorted rows: {wanted} bytes refused by {lease}; raise taskmanager.memory.managed.size, or lower table.exec.spill-compression.block-size"
)]
struct NoMemory {
    name: Arc<str>,
    action: &'static str,
    wanted: u64,
    lease: String,
}

impl Runs {
    /// None yet. `None` when there is no place for them, or not the memory to write one.
    pub(super) fn open(envelope: Envelope, key: SortKey, seat: &OperatorSeat) -> Option<Self> {
        let mut runs = Self {
            name: seat.name.clone(),
            spills: seat.spills.clone()?,
            envelope,
            key,
            lease: seat.managed.clone(),
            spare: None,
            runs: Vec::new(),
            merging: None,
            key_bytes: 0,
        };
        runs.save_some();
        runs.spare.is_some().then_some(runs)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Keys of so many bytes a row will come.
    pub(super) fn expect_keys(&mut self, key_bytes: usize) {
        self.key_bytes = self.key_bytes.max(key_bytes);
    }

    /// Adds a run. Once the memory of its rows is given back, [`Runs::settle`] must follow.
    pub(super) fn write(&mut self, mut sorted: Sorted) -> Result<(), Failure> {
        self.spare = None;
        let mut writer = self.writer()?;
        loop {
            let piece = sorted.next_piece();
            if piece.is_empty() {
                break;
            }
            for rows in piece {
                let batch = self.envelope.unpack(rows).expect("it was packed by the same envelope");
                writer.write_to(&batch, 0)?;
            }
        }
        self.runs.push(Run { partition: writer.finish()?, level: 0 });
        Ok(())
    }

    /// Prepares for the next run, and begins to merge the last ones if there are enough alike.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        self.save_some();
        let level = self.runs[self.runs.len() - 1].level;
        let alike = self.runs.iter().rev().take_while(|run| run.level == level).count();
        if alike >= MERGED_RUNS_MAX { self.merge_last(alike) } else { Ok(()) }
    }

    /// Whether runs are being merged: call [`Runs::go_on`].
    pub(super) fn is_merging(&self) -> bool {
        self.merging.is_some()
    }

    /// Merges on, a batch at a time, while `may_go_on`.
    pub(super) fn go_on(&mut self, mut may_go_on: impl FnMut() -> bool) -> Result<(), Failure> {
        while let Some(merging) = &mut self.merging {
            match merging.rows.next() {
                Some(batch) => {
                    let batch = batch.map_err(|error| failure(&self.name, error))?;
                    merging.to.write_to(&batch, 0)?;
                }
                None => self.end_merge()?,
            }
            if !may_go_on() {
                break;
            }
        }
        Ok(())
    }

    /// All rows in order; `None` when there are too many runs, some of which are being merged now.
    pub(super) fn open_all(&mut self) -> Result<Option<Merged>, Failure> {
        self.spare = None;
        let count = self.runs.len();
        if count <= MERGED_RUNS_MAX {
            match self.open_last(count) {
                Ok(merged) => return Ok(Some(merged)),
                Err(Error::NoMemory { .. }) if count > 2 => {}
                Err(error) => return Err(failure(&self.name, error)),
            }
        }
        self.merge_last(count.div_ceil(2).clamp(2, MERGED_RUNS_MAX)).map(|()| None)
    }

    /// Calls `each` for the rows of all runs, one after the other: those of equal keys in the order in which they came.
    pub(super) fn read(&mut self, mut each: impl FnMut(Batch)) -> Result<(), Failure> {
        self.spare = None;
        for run in &self.runs {
            let rows = run.partition.read(0, &self.lease).map_err(|error| failure(&self.name, error))?;
            for batch in rows {
                each(batch?);
            }
        }
        self.save_some();
        Ok(())
    }

    /// Begins to make one run of the last `count`, or of fewer, as memory allows.
    fn merge_last(&mut self, mut count: usize) -> Result<(), Failure> {
        self.spare = None;
        let to = self.writer()?;
        let rows = loop {
            match self.open_last(count) {
                Ok(rows) => break rows,
                Err(Error::NoMemory { .. }) if count > 2 => count = count.div_ceil(2),
                Err(error) => return Err(failure(&self.name, error)),
            }
        };
        self.merging = Some(Merging { count, rows, to });
        Ok(())
    }

    fn end_merge(&mut self) -> Result<(), Failure> {
        let Some(Merging { count, rows, to }) = self.merging.take() else { return Ok(()) };
        drop(rows);
        let partition = to.finish()?;
        let merged = self.runs.split_off(self.runs.len() - count);
        let level = merged.iter().map(|run| run.level).max().unwrap_or(0) + 1;
        self.runs.push(Run { partition, level });
        self.save_some();
        Ok(())
    }

    fn open_last(&self, count: usize) -> Result<Merged, Error> {
        let first = self.runs.len() - count;
        let partitions: Vec<Partition> = self.runs[first..].iter().map(|run| run.partition.clone()).collect();
        // Readers take what they can get. What the first keys will take is kept from them.
        let wanted = self.keys_of_a_batch() * count as u64;
        let keys = self.lease.reserve(wanted).ok_or_else(|| self.refused(wanted))?;
        let merged = Merged::open(&partitions, 0, self.key.clone(), &self.lease);
        drop(keys);
        merged
    }

    /// What the keys of a batch of a run take: it has no more rows than a piece, and is no longer than a block.
    fn keys_of_a_batch(&self) -> u64 {
        let rows = (BATCH_ROWS * self.key_bytes) as u64;
        rows.min(self.spills.format().block_bytes as u64 * 2)
    }

    /// A writer that keeps nothing: its rows are in order already, and memory is what is missing.
    fn writer(&self) -> Result<PartitionWriter, Failure> {
        let working = PartitionWriter::working_bytes(&self.spills);
        let lease = self.lease.child("runs", 0, working).expect("nothing is guaranteed");
        let writer = PartitionWriter::open(self.spills.clone(), self.envelope.clone(), 1, &lease);
        writer.map_err(|error| failure(&self.name, error))
    }

    /// Sets aside what the next writer and the smallest merge will take, if it can be had.
    fn save_some(&mut self) {
        let blocks = self.spills.format().block_bytes as u64 * SPARE_BLOCKS;
        self.spare = self.lease.reserve(PartitionWriter::working_bytes(&self.spills) + blocks);
    }

    fn refused(&self, wanted: u64) -> Error {
        Error::NoMemory { action: "merge", wanted, lease: self.lease.to_string() }
    }
}

/// The next batch of a merge.
pub(super) fn next_of(merged: &mut Merged, name: &Arc<str>) -> Result<Option<Batch>, Failure> {
    merged.next().transpose().map_err(|error| failure(name, error))
}

/// Says who lacks memory and what to do; all else can say so itself.
fn failure(name: &Arc<str>, error: Error) -> Failure {
    match error {
        Error::NoMemory { action, wanted, lease } => {
            Failure::lasting(NoMemory { name: name.clone(), action, wanted, lease })
        }
        error => error.into(),
    }
}
