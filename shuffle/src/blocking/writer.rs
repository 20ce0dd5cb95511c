//! The producer's side: rows with targets in, a partition out.

use std::sync::Arc;

use memory::{Batch, Envelope, Lease, Reservation, SpillDirectories, SpillWriter};

use super::collected::{Chunk, Collected};
use super::index::Index;
use super::partition::Partition;
use super::run::Run;
use crate::bound::WORKING_BLOCKS;
use crate::error::Error;

/// A partition being written.
///
/// Rows are collected as long as memory is granted; a refusal turns what there is into a sorted run on disk. When
/// that fails, for want of space say, no row is lost and the same call may be made again:
///
/// * an error whose [`Error::retry_may_help`] is true: nothing of this batch was taken, all before it is safe;
/// * any other error: the partition cannot be completed, drop the writer.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow_array::record_batch;
/// # use memory::{Batch, Envelope, Lease, SpillDirectories};
/// # use options::Settings;
/// # use shuffle::PartitionWriter;
/// let spills = Arc::new(SpillDirectories::open(&Settings::new())?);
/// let lease = Lease::root("sort", 64 << 20);
/// let batch = Batch::new(record_batch!(("n", Int64, [10, 11, 12, 13])).unwrap());
///
/// let mut writer = PartitionWriter::open(spills, Envelope::of(&batch), 3, &lease)?;
/// writer.write(&batch, &[2, 0, 2, 0])?;
/// writer.write_to(&batch.slice(0, 1), 0)?;
/// let partition = writer.finish()?;
///
/// let rows: Vec<Batch> = partition.read(0, &lease)?.collect::<Result<_, _>>()?;
/// assert_eq!(rows, [Batch::new(record_batch!(("n", Int64, [11, 13, 10])).unwrap())]);
/// assert!(partition.read(1, &lease)?.next().is_none());
/// # Ok::<(), shuffle::Error>(())
/// ```
pub struct PartitionWriter {
    spills: Arc<SpillDirectories>,
    envelope: Envelope,
    targets: u32,
    lease: Lease,
    collected: Collected,
    /// Sorted, and not wholly written, because the disk refused.
    run: Option<Run>,
    file: Option<SpillWriter>,
    index: Index,
    /// An error came that no retry helps.
    is_lost: bool,
    /// What gathering, encoding and compressing a block takes.
    _working: Reservation,
}

impl PartitionWriter {
    /// A writer for rows of this envelope. It has the memory to write a block from the start, so that it can always
    /// go on, however much of the lease its neighbours use.
    ///
    /// # Panics
    ///
    /// Without a target.
    pub fn open(
        spills: Arc<SpillDirectories>,
        envelope: Envelope,
        targets: u32,
        lease: &Lease,
    ) -> Result<Self, Error> {
        assert!(targets > 0);
        let wanted = Self::working_bytes(&spills);
        let working = lease.reserve(wanted).ok_or_else(|| Error::no_memory("write", wanted, lease))?;
        Ok(Self {
            spills,
            envelope,
            targets,
            lease: lease.clone(),
            collected: Collected::none(lease),
            run: None,
            file: None,
            index: Index::default(),
            is_lost: false,
            _working: working,
        })
    }

    /// What a writer sets aside when it is opened.
    pub fn working_bytes(spills: &SpillDirectories) -> u64 {
        spills.format().block_bytes as u64 * WORKING_BLOCKS
    }

    /// Takes the rows that count, each for the target at the same position of `targets`.
    ///
    /// # Panics
    ///
    /// If there are fewer or more targets than rows, a target does not exist, the batch does not fit the envelope, or
    /// an error has come before that no retry helps.
    pub fn write(&mut self, batch: &Batch, targets: &[u32]) -> Result<(), Error> {
        assert_eq!(targets.len(), batch.rows(), "a target for each row");
        assert!(targets.iter().all(|target| *target < self.targets), "a target that does not exist");
        assert!(!self.is_lost, "the writer is of no use after an error that no retry helps");
        self.settle()?;
        if targets.is_empty() {
            return Ok(());
        }
        let chunk = Chunk::copy(&self.envelope.pack(&batch.clone().compact()), targets);
        let Some(chunk) = self.collected.keep(chunk) else { return Ok(()) };
        self.sort_and_write()?;
        match self.collected.keep(chunk) {
            None => Ok(()),
            Some(chunk) => self.write_alone(chunk),
        }
    }

    /// Takes all rows that count for one target.
    ///
    /// # Panics
    ///
    /// As [`PartitionWriter::write`].
    pub fn write_to(&mut self, batch: &Batch, target: u32) -> Result<(), Error> {
        self.write(batch, &vec![target; batch.rows()])
    }

    /// Writes all that was taken. After an error that a retry may help, it may be called again.
    ///
    /// # Panics
    ///
    /// If an error has come before that no retry helps.
    pub fn flush(&mut self) -> Result<(), Error> {
        assert!(!self.is_lost, "the writer is of no use after an error that no retry helps");
        self.settle()?;
        self.sort_and_write()
    }

    /// Writes all that was taken and turns the partition over to its consumers.
    ///
    /// An error here gives everything up: whoever wants to try again calls [`PartitionWriter::flush`] before.
    ///
    /// # Panics
    ///
    /// As [`PartitionWriter::flush`].
    pub fn finish(mut self) -> Result<Partition, Error> {
        self.flush()?;
        let file = self.file.map(SpillWriter::finish).transpose()?;
        Ok(Partition::new(file, self.index, self.targets))
    }

    /// Makes a run of what was collected and writes it.
    fn sort_and_write(&mut self) -> Result<(), Error> {
        if self.collected.is_empty() {
            return Ok(());
        }
        let collected = std::mem::replace(&mut self.collected, Collected::none(&self.lease));
        let (chunks, memory) = collected.into_chunks();
        self.begin(chunks, Some(memory));
        self.settle()
    }

    /// Writes a chunk that no memory was granted for, although nothing else is kept: as a run of its own.
    fn write_alone(&mut self, chunk: Chunk) -> Result<(), Error> {
        self.begin(vec![chunk], None);
        match self.settle() {
            // The rows are taken by now. If the disk is still full at the next call, that one says so.
            Err(error) if error.retry_may_help() => Ok(()),
            settled => settled,
        }
    }

    fn begin(&mut self, chunks: Vec<Chunk>, memory: Option<Reservation>) {
        assert!(self.run.is_none(), "one run after the other");
        self.run = Some(Run::sort(chunks, memory, self.targets, self.spills.format().block_bytes));
    }

    /// Writes what is left of the run, if there is one.
    fn settle(&mut self) -> Result<(), Error> {
        if self.run.is_none() {
            return Ok(());
        }
        if let Err(error) = self.write_run() {
            self.is_lost = !error.retry_may_help();
            return Err(error.into());
        }
        let run = self.run.take().expect("it was there");
        self.index.push(run.into_index());
        Ok(())
    }

    fn write_run(&mut self) -> Result<(), memory::Error> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.spills.create(self.envelope.clone())?),
        };
        match &mut self.run {
            Some(run) => run.write(file, &self.envelope),
            None => Ok(()),
        }
    }
}
