//! Reads a spill file back, in order, a bounded step ahead.

use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::reader::StreamDecoder;
use zstd::bulk::Decompressor;

use super::SpillFile;
use super::block::{Codec, HEADER_BYTES, Header};
use crate::batch::{Batch, Envelope};
use crate::error::Error;

/// The batches of a spill file. An iterator: after an error it goes no further.
///
/// Batches of plain blocks are views of what was read ahead; those of compressed blocks own their memory.
pub struct SpillReader {
    file: SpillFile,
    /// The next block to read from disk, and where it begins.
    next: usize,
    offset: u64,
    /// Whole blocks read ahead, and how far they were used.
    ahead: Buffer,
    ahead_offset: u64,
    used: usize,
    /// The block that is being handed out.
    block: Option<Block>,
    /// The number of the block after it.
    number: u64,
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
    pub(super) fn new(file: SpillFile) -> Self {
        Self {
            file,
            next: 0,
            offset: 0,
            ahead: Buffer::default(),
            ahead_offset: 0,
            used: 0,
            block: None,
            number: 0,
            decompressor: None,
            failed: false,
        }
    }

    /// What this reader holds in memory, apart from batches it has handed out. It never exceeds
    /// `spill.read-ahead`, except for a single block that is longer.
    pub fn bytes_held(&self) -> usize {
        self.ahead.len()
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        loop {
            if let Some(block) = &mut self.block {
                let offset = block.offset;
                match block.next_batch(&self.file.0.envelope) {
                    Ok(Some(batch)) => return Ok(Some(batch)),
                    Ok(None) => self.block = None,
                    Err(what) => return Err(self.damaged(offset, what)),
                }
            }
            if self.used == self.ahead.len() && !self.read_ahead()? {
                return Ok(None);
            }
            let (front, offset) = (self.ahead.slice(self.used), self.ahead_offset + self.used as u64);
            let (block, used) = self.open_block(&front, offset).map_err(|what| self.damaged(offset, what))?;
            self.block = Some(block);
            self.used += used;
            self.number += 1;
        }
    }

    fn damaged(&self, offset: u64, what: String) -> Error {
        Error::Damaged { directory: self.file.0.directory.to_path_buf(), offset, what }
    }

    /// Reads as many whole blocks as the bound allows, at least one. `false` at the end of the file.
    fn read_ahead(&mut self) -> Result<bool, Error> {
        let contents = &self.file.0;
        let mut bytes = 0;
        let mut end = self.next;
        while let Some(block) = contents.blocks.get(end) {
            let with_block = bytes + *block as usize;
            if bytes > 0 && with_block > contents.format.read_ahead_bytes {
                break;
            }
            bytes = with_block;
            end += 1;
        }
        // Free what was read before, unless a batch still shows it, then allocate: never two at a time.
        self.ahead = Buffer::default();
        self.used = 0;
        if bytes == 0 {
            return Ok(false);
        }
        // Aligned to a cache line, and zeroed: a safe target for `read_at`.
        let mut ahead = MutableBuffer::from_len_zeroed(bytes);
        contents.file.read_at(ahead.as_slice_mut(), self.offset).map_err(|cause| Error::Disk {
            action: "read",
            directory: contents.directory.to_path_buf(),
            cause,
        })?;
        self.ahead = ahead.into();
        self.ahead_offset = self.offset;
        self.offset += bytes as u64;
        self.next = end;
        Ok(true)
    }

    /// The block at the front of `front`, and its length.
    fn open_block(&mut self, front: &Buffer, offset: u64) -> Result<(Block, usize), String> {
        let header = front.first_chunk::<HEADER_BYTES>().ok_or("it ends within a header")?;
        let header = Header::read(header, self.number)?;
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
