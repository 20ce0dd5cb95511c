//! The text of a file that is compressed as a whole, as it is read.
//!
//! Nobody can begin in its middle: who goes on behind a savepoint reads it from its beginning and drops what is done, and
//! counts the lines of that. Takes little at a time, since a few bytes may be many of text.

use std::collections::VecDeque;
use std::io::{self, Write};

use arrow_buffer::Buffer;
use flate2::write::MultiGzDecoder;
use zstd::stream::raw::{Decoder, Operation};

use crate::bound::{BLOCK_BYTES, BLOCK_BYTES_LEAST, PACKED_BYTES};
use crate::format::{Packing, guarded};

/// Text of one step of zstd.
const STEP_BYTES: usize = 128 << 10;

/// A file on its way to being text.
pub(super) struct Unpacker {
    algorithm: Algorithm,
    given: VecDeque<Buffer>,
    /// How much of the first of them is behind us.
    at: usize,
    text: Vec<u8>,
    /// Bytes of text that are dropped yet, and the lines that ended in those before.
    dropped_bytes: u64,
    dropped_lines: u64,
}

enum Algorithm {
    /// A file may be several that were put together.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Zstd {
        decoder: Box<Decoder<'static>>,
        is_whole: bool,
    },
}

impl Unpacker {
    /// For the text of a file from this byte on.
    pub(super) fn new(packing: Packing, from: u64) -> Result<Self, String> {
        let algorithm = match packing {
            Packing::Gzip => Algorithm::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Packing::Zstd => {
                let decoder = Decoder::new().map_err(|error| error.to_string())?;
                Algorithm::Zstd { decoder: Box::new(decoder), is_whole: true }
            }
        };
        let (given, text) = (VecDeque::new(), Vec::new());
        Ok(Self { algorithm, given, at: 0, text, dropped_bytes: from, dropped_lines: 0 })
    }

    /// The next bytes of the file.
    pub(super) fn give(&mut self, bytes: Buffer) {
        self.given.push_back(bytes);
    }

    /// How many that were given wait.
    pub(super) fn given(&self) -> usize {
        self.given.len()
    }

    /// Lines in the text that was dropped since this was asked last.
    pub(super) fn dropped_lines(&mut self) -> u64 {
        std::mem::take(&mut self.dropped_lines)
    }

    /// The next block of text, if there are bytes to make one of.
    pub(super) fn unpack(&mut self) -> Result<Option<Buffer>, String> {
        while let Some(bytes) = self.given.front() {
            let end = (self.at + PACKED_BYTES).min(bytes.len());
            let (algorithm, text) = (&mut self.algorithm, &mut self.text);
            guarded(|| algorithm.step(&bytes[self.at..end], text))?;
            self.at = end;
            if end == bytes.len() {
                self.given.pop_front();
                self.at = 0;
            }
            self.drop_done();
            if self.text.len() >= BLOCK_BYTES {
                return Ok(self.take());
            }
        }
        // The mark that may stand before a text has to be seen as a whole.
        Ok(if self.text.len() < BLOCK_BYTES_LEAST { None } else { self.take() })
    }

    /// No bytes come any more: whether that is all of the file.
    pub(super) fn finish(&mut self) -> Result<Option<Buffer>, String> {
        guarded(|| self.algorithm.finish(&mut self.text))?;
        self.drop_done();
        Ok(self.take())
    }

    fn take(&mut self) -> Option<Buffer> {
        (!self.text.is_empty()).then(|| Buffer::from_vec(std::mem::take(&mut self.text)))
    }

    fn drop_done(&mut self) {
        let bytes =
            usize::try_from(self.dropped_bytes).map_or(self.text.len(), |all| all.min(self.text.len()));
        self.dropped_lines += memchr::memchr_iter(b'\n', &self.text[..bytes]).count() as u64;
        self.dropped_bytes -= bytes as u64;
        self.text.drain(..bytes);
    }
}

impl Algorithm {
    /// Appends the text of some bytes.
    fn step(&mut self, packed: &[u8], text: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(packed)?;
                text.append(decoder.get_mut());
            }
            Self::Zstd { decoder, is_whole } => {
                let mut rest = packed;
                loop {
                    let start = text.len();
                    text.resize(start + STEP_BYTES, 0);
                    let status = decoder.run_on_buffers(rest, &mut text[start..])?;
                    text.truncate(start + status.bytes_written);
                    rest = &rest[status.bytes_read..];
                    if status.bytes_read + status.bytes_written > 0 {
                        *is_whole = status.remaining == 0;
                    }
                    if rest.is_empty() && status.bytes_written < STEP_BYTES {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => {
                decoder.try_finish()?;
                text.append(decoder.get_mut());
            }
            Self::Zstd { is_whole: true, .. } => {}
            Self::Zstd { .. } => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }
}
