//! Reads a spill file back, in order, a bounded step ahead.

use std::ops::Range;

use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::reader::StreamDecoder;
use zstd::bulk::Decompressor;

use super::block::{Codec, HEADER_BYTES, Header};
use super::file::SpillFile;
use crate::batch::{Batch, Envelope};
use crate::budget::Reservation;
use crate::error::Error;

/// The batches of a spill file. An iterator: after an error it goes no further.
///
/// Batches of plain blocks are views of what was read ahead; those of compressed blocks own their memory.
pub struct SpillReader {
    file: SpillFile,
    /// The rows still wanted, and the number of the next row that a block will give.
    rows: Range<u64>,
    at: u64,
    /// Blocks to be read from disk.
    unread: Range<usize>,
    /// What pays for the blocks in memory, if somebody counts, and how much of it reading ahead may take.
    memory: Option<Reservation>,
    ahead_bytes_max: u64,
    /// Whole blocks read ahead, and how far they were used.
    ahead: Buffer,
    ahead_offset: u64,
    used: usize,
    /// The block that is being handed out.
    block: Option<Block>,
    /// The number of the block after it.
    number: usize,
    decompressor: Option<Decompressor<'static>>,
    failed: bool,
}

/// A block whose checksums are right.
struct Block {
    /// Where it begins in the file.
    offset: u64,
    stream: StreamDecoder,
    rest: Buffer,
    /// Rows not yet handed out.
    rows: usize,
}

impl SpillReader {
    /// A reader of all rows, within `spill.read-ahead`.
    pub(super) fn new(file: SpillFile) -> Self {
        let rows = 0..file.rows();
        Self::open(file, rows, None)
    }

    /// A reader of these rows, within `memory`.
    pub(super) fn within(file: SpillFile, rows: Range<u64>, memory: Reservation) -> Self {
        Self::open(file, rows, Some(memory))
    }

    fn open(file: SpillFile, rows: Range<u64>, memory: Option<Reservation>) -> Self {
        let mut reader = Self {
            file,
            rows: 0..0,
            at: 0,
            unread: 0..0,
            memory,
            ahead_bytes_max: 0,
            ahead: Buffer::default(),
            ahead_offset: 0,
            used: 0,
            block: None,
            number: 0,
            decompressor: None,
            failed: false,
        };
        reader.seek(rows);
        reader
    }

    /// Goes on with `rows` in place of those not read yet. What was read ahead is forgotten.
    ///
    /// # Panics
    ///
    /// If there are no such rows, or the memory of this reader is less than they need.
    pub fn seek(&mut self, rows: Range<u64>) {
        let contents = &self.file.0;
        self.unread = contents.blocks_of(&rows);
        self.ahead_bytes_max = match &self.memory {
            Some(memory) => {
                let (stored, unpacked) = contents.longest(self.unread.clone());
                assert!(memory.bytes() >= stored + unpacked, "less memory than the longest block takes");
                memory.bytes() - unpacked
            }
            None => contents.format.read_ahead_bytes as u64,
        };
        self.number = self.unread.start;
        self.at = contents.blocks.get(self.number).map_or(0, |block| block.first_row);
        self.rows = rows;
        (self.ahead, self.used, self.block) = (Buffer::default(), 0, None);
    }

    /// What this reader holds in memory, apart from batches it has handed out. It never exceeds
    /// `spill.read-ahead`, except for a single block that is longer.
    pub fn bytes_held(&self) -> usize {
        self.ahead.len()
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        while !self.rows.is_empty() {
            if let Some(block) = &mut self.block {
                let offset = block.offset;
                match block.next_batch(&self.file.0.envelope) {
                    Ok(Some(batch)) => {
                        if let Some(wanted) = self.cut(batch) {
                            return Ok(Some(wanted));
                        }
                    }
                    Ok(None) => self.block = None,
                    Err(what) => return Err(self.damaged(offset, what)),
                }
            } else {
                self.next_block()?;
            }
        }
        (self.ahead, self.used, self.block) = (Buffer::default(), 0, None);
        Ok(None)
    }

    /// The part of `batch`, the next rows of the file, that is wanted.
    fn cut(&mut self, batch: Batch) -> Option<Batch> {
        let (first, end) = (self.at, self.at + batch.rows() as u64);
        self.at = end;
        let wanted = self.rows.start.max(first)..self.rows.end.min(end);
        if wanted.is_empty() {
            return None;
        }
        self.rows.start = wanted.end;
        let offset = usize::try_from(wanted.start - first).expect("within a batch");
        let length = usize::try_from(wanted.end - wanted.start).expect("within a batch");
        Some(if length == batch.rows() { batch } else { batch.slice(offset, length) })
    }

    /// Opens the next block, read ahead or not.
    fn next_block(&mut self) -> Result<(), Error> {
        if self.used == self.ahead.len() {
            self.read_ahead()?;
        }
        let (front, offset) = (self.ahead.slice(self.used), self.ahead_offset + self.used as u64);
        let (block, used) = self.open_block(&front, offset).map_err(|what| self.damaged(offset, what))?;
        self.block = Some(block);
        self.used += used;
        self.number += 1;
        Ok(())
    }

    fn damaged(&self, offset: u64, what: String) -> Error {
        Error::Damaged { directory: self.file.0.directory.to_path_buf(), offset, what }
    }

    /// Reads as many whole blocks as the bound allows, at least one.
    fn read_ahead(&mut self) -> Result<(), Error> {
        let contents = &self.file.0;
        let unread = &contents.blocks[self.unread.clone()];
        let first = unread.first().expect("rows that are wanted lie in a block");
        let (mut bytes, mut count) = (0, 0);
        for block in unread {
            let with_block = bytes + u64::from(block.stored);
            if bytes > 0 && with_block > self.ahead_bytes_max {
                break;
            }
            (bytes, count) = (with_block, count + 1);
        }
        // Free what was read before, unless a batch still shows it, then allocate: never two at a time.
        self.ahead = Buffer::default();
        self.used = 0;
        // Aligned to a cache line, and zeroed: a safe target for `read_at`.
        let length = usize::try_from(bytes).expect("a bounded number of blocks fits the memory");
        let mut ahead = MutableBuffer::from_len_zeroed(length);
        contents.file.read_at(ahead.as_slice_mut(), first.offset).map_err(|cause| Error::Disk {
            action: "read",
            directory: contents.directory.to_path_buf(),
            cause,
        })?;
        self.ahead = ahead.into();
        self.ahead_offset = first.offset;
        self.unread.start += count;
        Ok(())
    }

    /// The block at the front of `front`, and its length.
    fn open_block(&mut self, front: &Buffer, offset: u64) -> Result<(Block, usize), String> {
        let header = front.first_chunk::<HEADER_BYTES>().ok_or("it ends within a header")?;
        let header = Header::read(header, self.number as u64)?;
        let written = self.file.0.rows_of(self.number);
        if u64::from(header.rows) != written {
            return Err(format!("a block of {} rows where {written} were written", header.rows));
        }
        if front.len() < header.block_bytes() {
            return Err(String::from("it ends within a block"));
        }
        let body = front.slice_with_length(HEADER_BYTES, header.stored as usize);
        if crc32c::crc32c(&body) != header.body_checksum {
            return Err(String::from("the checksum of a block does not match"));
        }
        let rest = match header.codec {
            Codec::Plain => body,
            Codec::Zstd => self.decompress(&body, header.raw as usize)?,
        };
        let block = Block { offset, stream: StreamDecoder::new(), rest, rows: header.rows as usize };
        Ok((block, header.block_bytes()))
    }

    fn decompress(&mut self, body: &[u8], raw: usize) -> Result<Buffer, String> {
        let decompressor = match &mut self.decompressor {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new().map_err(|cause| cause.to_string())?),
        };
        let mut into = MutableBuffer::from_len_zeroed(raw);
        let written = decompressor
            .decompress_to_buffer(body, into.as_slice_mut())
            .map_err(|cause| format!("a block does not decompress: {cause}"))?;
        if written != raw {
            Err(format!("{written} bytes where {raw} were compressed"))
        } else {
            Ok(into.into())
        }
    }
}

impl Iterator for SpillReader {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_batch().transpose();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

impl Block {
    fn next_batch(&mut self, envelope: &Envelope) -> Result<Option<Batch>, String> {
        match self.stream.decode(&mut self.rest).map_err(|cause| cause.to_string())? {
            Some(columns) => {
                let rows = columns.num_rows();
                self.rows = self.rows.checked_sub(rows).ok_or("more rows than were written")?;
                Ok(Some(envelope.unpack(columns).ok_or("a row kind that is none")?))
            }
            None if self.rows > 0 => Err(format!("{} rows are missing", self.rows)),
            None => Ok(None),
        }
    }
}
