//! Promises of blocking edges. The model is a list of row numbers for each target, and Arrow's own `take`.

mod disk;
mod life;
mod merging;
mod routes;
mod writing;

use std::sync::Arc;

use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use memory::{Batch, Envelope, Lease, RowKind, RowKinds, SpillDirectories, SpillFormat};

use self::disk::FakeDisk;
use super::*;
use crate::bound::WORKING_BLOCKS;
use crate::error::Error;

const FORMAT: SpillFormat = SpillFormat { block_bytes: 16 << 10, compress: true, read_ahead_bytes: 64 << 10 };

/// What a writer takes before it keeps a row.
const WORKING: u64 = WORKING_BLOCKS * FORMAT.block_bytes as u64;

/// Rows with targets, to be written a part at a time.
struct Rows {
    source: Batch,
    targets: Vec<u32>,
    target_count: u32,
}

impl Rows {
    fn new(columns: RecordBatch, target_count: u32, seed: u64) -> Self {
        let targets = (0..columns.num_rows() as u64).map(|row| mixed(seed ^ row) as u32 % target_count);
        Self { targets: targets.collect(), source: Batch::new(columns), target_count }
    }

    /// The numbers from zero on, and a text that makes a row some hundred bytes long.
    fn numbered(rows: usize, target_count: u32) -> Self {
        let texts: Vec<String> = (0..rows as u64).map(|row| format!("{:0100}", mixed(row))).collect();
        let columns = arrow_array::record_batch!(
            ("n", Int64, (0..rows as i64).collect::<Vec<_>>()),
            ("text", Utf8View, texts.iter().map(String::as_str).collect::<Vec<_>>())
        );
        Self::new(columns.unwrap(), target_count, 17)
    }

    /// The same rows as a changelog, with key hashes.
    fn into_changelog(mut self) -> Self {
        let rows = self.source.rows();
        let kind = |row: usize| RowKind::from_number((row % 4) as u8).unwrap();
        self.source = self.source.with_kinds(Some(RowKinds::new((0..rows).map(kind))));
        self.source = self.source.with_hashes(Some((0..rows as u64).collect()));
        self
    }

    fn envelope(&self) -> Envelope {
        Envelope::of(&self.source)
    }

    fn open(&self, spills: &Arc<SpillDirectories>, lease: &Lease) -> PartitionWriter {
        PartitionWriter::open(spills.clone(), self.envelope(), self.target_count, lease).unwrap()
    }

    fn write(&self, writer: &mut PartitionWriter, first: usize, count: usize) -> Result<(), Error> {
        writer.write(&self.source.slice(first, count), &self.targets[first..first + count])
    }

    /// Writes everything, `count` rows at a time.
    fn partition(&self, spills: &Arc<SpillDirectories>, lease: &Lease, count: usize) -> Partition {
        let mut writer = self.open(spills, lease);
        for first in (0..self.targets.len()).step_by(count) {
            self.write(&mut writer, first, count.min(self.targets.len() - first)).unwrap();
        }
        writer.finish().unwrap()
    }

    /// What a consumer of `target` must see, of the rows that `counts` says were written.
    fn expected(&self, target: u32, counts: impl Fn(usize) -> bool) -> RecordBatch {
        let rows = (0..self.targets.len()).filter(|row| self.targets[*row] == target && counts(*row));
        let rows: UInt32Array = rows.map(|row| row as u32).collect();
        take_record_batch(&self.envelope().pack(&self.source), &rows).unwrap()
    }

    /// Reads every target and compares it with the model.
    fn check(&self, partition: &Partition, lease: &Lease) {
        for target in 0..self.target_count {
            let read = partition.read(target, lease).unwrap();
            assert_eq!(self.joined(read), self.expected(target, |_| true), "target {target}");
        }
    }

    fn joined(&self, read: impl Iterator<Item = Result<Batch, Error>>) -> RecordBatch {
        let envelope = self.envelope();
        let read: Vec<RecordBatch> = read.map(|batch| envelope.pack(&batch.unwrap())).collect();
        concat_batches(envelope.packed(), &read).unwrap()
    }
}

/// A number that looks random; the same each time.
fn mixed(number: u64) -> u64 {
    let mixed = (number ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}
