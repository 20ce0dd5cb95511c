//! Writes batches to a spill file, block by block.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use zstd::bulk::Compressor;

use super::SpillFormat;
use super::block::{Codec, HEADER_BYTES, Header};
use super::disk::DiskFile;
use super::file::{Contents, Placed, SpillFile};
use super::payoff::Payoff;
use super::tidy::tidy;
use crate::batch::{Batch, Envelope};
use crate::bound::{BLOCK_BYTES_MAX, COMPRESS_LEVEL};
use crate::budget::Reservation;
use crate::error::Error;

/// A spill file being written.
///
/// Rows are encoded as they come, so the memory they came in is free at once; a block goes to disk when it is
/// full. When that fails, for want of space say, nothing is lost: what was taken waits, and the next call tries
/// again.
pub struct SpillWriter {
    target: Target,
    envelope: Arc<Envelope>,
    /// Taken, and not encoded because the block before them could not be written.
    waiting: VecDeque<RecordBatch>,
    open: Option<OpenBlock>,
    rows: u64,
    /// What an encoded row takes, by the last ones.
    row_bytes: usize,
    payoff: Payoff,
    compressor: Option<Compressor<'static>>,
}

/// The block that is being filled.
#[expect(clippy::large_enum_variant, reason = "a writer has one")]
enum OpenBlock {
    /// Batches can be added.
    Growing { stream: StreamWriter<Vec<u8>>, rows: usize },
    /// As it goes to disk, which failed the last time.
    Sealed(Header, Vec<u8>),
}

/// Where blocks go, and the account of them.
pub(super) struct Target {
    pub(super) file: Box<dyn DiskFile>,
    pub(super) directory: Arc<Path>,
    pub(super) space: Reservation,
    pub(super) format: SpillFormat,
    /// What all spill files may hold together.
    pub(super) size_max: u64,
    /// The blocks written, and the number of their rows.
    pub(super) blocks: Vec<Placed>,
    pub(super) rows: u64,
}

impl SpillWriter {
    pub(super) fn new(target: Target, envelope: Envelope) -> Self {
        let row_bytes_unknown = target.format.block_bytes / 64;
        Self {
            target,
            envelope: Arc::new(envelope),
            waiting: VecDeque::new(),
            open: None,
            rows: 0,
            // Unknown yet: a guess that makes the first part of a large batch a small one.
            row_bytes: row_bytes_unknown,
            payoff: Payoff::default(),
            compressor: None,
        }
    }

    /// Takes the rows of a batch. They are on disk at the latest after [`SpillWriter::finish`].
    ///
    /// The rows are taken even when this fails: go on with another batch, or with
    /// [`SpillWriter::flush`], not with this one.
    ///
    /// # Panics
    ///
    /// If the batch does not fit the envelope of this file.
    pub fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let columns = self.envelope.pack(&batch.clone().compact());
        if columns.num_rows() > 0 {
            self.rows += columns.num_rows() as u64;
            self.waiting.push_back(columns);
        }
        self.encode_waiting()
    }

    /// Writes all that was taken; what comes next begins a block of its own. After an error it may be called again.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.encode_waiting()?;
        self.put_block()
    }

    /// Writes all that was taken and turns the file over to its readers.
    pub fn finish(mut self) -> Result<SpillFile, Error> {
        self.flush()?;
        let Target { file, directory, space, format, blocks, rows, .. } = self.target;
        assert_eq!(rows, self.rows, "what was taken is in the blocks");
        let envelope = self.envelope;
        Ok(SpillFile(Arc::new(Contents { file, directory, envelope, format, blocks, rows, space })))
    }

    /// Rows taken so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes on disk so far.
    pub fn bytes(&self) -> u64 {
        self.target.space.bytes()
    }

    /// Adds what waits to the open block, and writes each block that is full.
    fn encode_waiting(&mut self) -> Result<(), Error> {
        while let Some(columns) = self.waiting.pop_front() {
            if let Err(error) = self.put_full_block() {
                self.waiting.push_front(columns);
                return Err(error);
            }
            if let Some(rest) = self.encode_part(columns)? {
                self.waiting.push_front(rest);
            }
        }
        Ok(())
    }

    /// Encodes as many rows as the open block has room for, at least one, and returns the others.
    fn encode_part(&mut self, columns: RecordBatch) -> Result<Option<RecordBatch>, Error> {
        let total = columns.num_rows();
        let mut count = (self.target.format.block_bytes / self.row_bytes.max(1)).clamp(1, total);
        while !self.try_encode(&columns.slice(0, count))? {
            if count == 1 {
                self.rows -= total as u64;
                return Err(Error::RowTooWide { bytes_max: BLOCK_BYTES_MAX as u64 });
            }
            count /= 2;
        }
        Ok((count < total).then(|| columns.slice(count, total - count)))
    }

    /// Adds these rows to the open block. `false`, and nothing added, when they make it longer than any may be.
    fn try_encode(&mut self, rows: &RecordBatch) -> Result<bool, Error> {
        let rows = tidy(rows);
        let (stream, rows_before) = match self.open.take() {
            Some(OpenBlock::Growing { stream, rows }) => (stream, rows),
            Some(OpenBlock::Sealed(..)) => unreachable!("a full block was written before"),
            None => (self.start_stream()?, 0),
        };
        let mut stream = stream;
        let before = stream.get_ref().len();
        stream.write(&rows).map_err(|cause| self.target.trouble(io::Error::other(cause), 0))?;
        let grown = stream.get_ref().len() - before;
        self.row_bytes = grown.div_ceil(rows.num_rows());
        if before + grown <= BLOCK_BYTES_MAX {
            self.open = Some(OpenBlock::Growing { stream, rows: rows_before + rows.num_rows() });
            return Ok(true);
        }
        // Messages stand one behind the other, so cutting the last one off leaves a whole stream. But the stream
        // may believe that it has sent a dictionary: only the end can follow.
        stream.get_mut().truncate(before);
        if rows_before > 0 {
            self.open = Some(OpenBlock::Growing { stream, rows: rows_before });
            self.put_block()?;
        }
        Ok(false)
    }

    fn start_stream(&self) -> Result<StreamWriter<Vec<u8>>, Error> {
        let mut bytes = Vec::with_capacity(self.target.format.block_bytes + HEADER_BYTES);
        bytes.resize(HEADER_BYTES, 0);
        let stream = StreamWriter::try_new(bytes, self.envelope.packed());
        stream.map_err(|cause| self.target.trouble(io::Error::other(cause), 0))
    }

    /// Writes the open block if it has reached its length.
    fn put_full_block(&mut self) -> Result<(), Error> {
        let full = match &self.open {
            Some(OpenBlock::Growing { stream, .. }) => {
                stream.get_ref().len() >= self.target.format.block_bytes
            }
            Some(OpenBlock::Sealed(..)) => true,
            None => false,
        };
        if full { self.put_block() } else { Ok(()) }
    }

    /// Writes the open block, if there is one. After an error it is still there.
    fn put_block(&mut self) -> Result<(), Error> {
        let (header, block) = match self.open.take() {
            Some(OpenBlock::Growing { stream, rows }) => self.seal(stream, rows)?,
            Some(OpenBlock::Sealed(header, block)) => (header, block),
            None => return Ok(()),
        };
        let written = self.target.put(&header, &block);
        if written.is_err() {
            self.open = Some(OpenBlock::Sealed(header, block));
        }
        written
    }

    /// Ends the stream of a block, compresses it if that pays, and writes the header.
    fn seal(&mut self, stream: StreamWriter<Vec<u8>>, rows: usize) -> Result<(Header, Vec<u8>), Error> {
        let ended = stream.into_inner(); // Writes the end of the stream.
        let mut block = ended.map_err(|cause| self.target.trouble(io::Error::other(cause), 0))?;
        let raw = block.len() - HEADER_BYTES;
        let codec = self.compress(&mut block)?;
        let body = &block[HEADER_BYTES..];
        let header = Header {
            number: self.target.blocks.len() as u64,
            codec,
            stored: in_header(body.len()),
            raw: in_header(raw),
            rows: in_header(rows),
            body_checksum: crc32c::crc32c(body),
        };
        block[..HEADER_BYTES].copy_from_slice(&header.write());
        block.resize(header.block_bytes(), 0);
        Ok((header, block))
    }

    fn compress(&mut self, block: &mut Vec<u8>) -> Result<Codec, Error> {
        let raw = block.len() - HEADER_BYTES;
        if !self.target.format.compress || !self.payoff.try_next(raw) {
            return Ok(Codec::Plain);
        }
        let compressor = match &mut self.compressor {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(COMPRESS_LEVEL).expect("a level that zstd has")),
        };
        let packed = compressor.compress(&block[HEADER_BYTES..]);
        let packed = packed.map_err(|cause| self.target.trouble(cause, raw))?;
        if !self.payoff.learn(raw, packed.len()) {
            return Ok(Codec::Plain);
        }
        block.truncate(HEADER_BYTES);
        block.extend_from_slice(&packed);
        Ok(Codec::Zstd)
    }
}

impl Target {
    /// Sends a block to the disk. The space is accounted first, and given back if the write fails.
    fn put(&mut self, header: &Header, block: &[u8]) -> Result<(), Error> {
        let (offset, bytes) = (self.space.bytes(), block.len() as u64);
        if !self.space.grow(bytes) {
            return Err(Error::SpillBound { wanted: bytes, size_max: self.size_max });
        }
        if let Err(cause) = self.file.write_at(block, offset) {
            self.space.shrink(bytes);
            return Err(self.trouble(cause, block.len()));
        }
        let unpacked = if header.codec == Codec::Plain { 0 } else { header.raw };
        self.blocks.push(Placed { offset, first_row: self.rows, stored: in_header(block.len()), unpacked });
        self.rows += u64::from(header.rows);
        Ok(())
    }

    fn trouble(&self, cause: io::Error, wanted: usize) -> Error {
        let directory = self.directory.to_path_buf();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Error::DiskFull { directory, wanted: wanted as u64, why: cause.to_string() }
            }
            _ => Error::Disk { action: "write", directory, cause },
        }
    }
}

fn in_header(count: usize) -> u32 {
    u32::try_from(count).expect("no block is much longer than BLOCK_BYTES_MAX")
}
