//! Finds the blocks that begin in a range of an Avro file.
//!
//! ```text
//!   header, mark │ rows, bytes, data …, mark │ rows, bytes, data …, mark │ …
//!                └ a block belongs to the range in which it begins, behind the mark of the one before it
//! ```
//!
//! Each mark is compared with that of the header, and a file has to end behind one: so a file that was cut is told from
//! one that has fewer rows. Keeps the bytes that make no whole block yet.

use std::ops::Range;

use arrow_avro::reader::HeaderInfo;
use arrow_buffer::Buffer;
use memchr::memmem;

use crate::bound::AVRO_BLOCK_BYTES_MAX;

/// Bytes of a mark.
const MARK_BYTES: usize = 16;

/// A file on its way to being blocks.
pub(super) struct Framer {
    mark: [u8; MARK_BYTES],
    /// Where a block begins that is not ours.
    end: u64,
    bytes: Vec<u8>,
    /// How many of them are behind us.
    at: usize,
    /// The byte of the file that is next.
    position: u64,
    /// Where the first block begins is known.
    is_found: bool,
    is_starved: bool,
}

/// A block of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) start: u64,
    /// Where the next one begins.
    pub(super) end: u64,
    pub(super) rows: u64,
}

/// What can be made of what is there.
#[derive(Debug)]
pub(super) enum Framed {
    /// A block with its bytes.
    Block(Block, Buffer),
    /// More bytes are needed.
    Starved,
    /// No block of ours comes any more.
    End,
}

impl Framer {
    /// For the blocks that begin in `range`. The bytes that it is given begin at [`Framer::begin`].
    pub(super) fn new(header: &HeaderInfo, range: Range<u64>) -> Self {
        let first = header.header_len();
        let is_found = range.start <= first;
        // What is behind a mark that ends in the range begins in it.
        let position = if is_found { first } else { range.start - MARK_BYTES as u64 };
        Self {
            mark: header.sync(),
            end: range.end,
            bytes: Vec::new(),
            at: 0,
            position: position.max(first - MARK_BYTES as u64),
            is_found,
            is_starved: true,
        }
    }

    /// Where reading begins.
    pub(super) fn begin(&self) -> u64 {
        self.position
    }

    /// Whether it could not go on with what it was given.
    pub(super) fn is_starved(&self) -> bool {
        self.is_starved
    }

    /// The next bytes of the file.
    pub(super) fn give(&mut self, bytes: &Buffer) {
        self.bytes.drain(..std::mem::take(&mut self.at));
        self.bytes.extend_from_slice(bytes);
    }

    /// The next block.
    pub(super) fn next(&mut self, file_bytes: u64) -> Result<Framed, String> {
        self.is_starved = false;
        if !self.is_found {
            match memmem::find(&self.bytes[self.at..], &self.mark) {
                Some(mark) => {
                    self.skip(mark + MARK_BYTES);
                    self.is_found = true;
                }
                None => {
                    // A mark may have begun in the last bytes.
                    let rest = self.bytes.len() - self.at;
                    self.skip(rest.saturating_sub(MARK_BYTES - 1));
                    return Ok(self.starve(file_bytes));
                }
            }
        }
        if self.position >= self.end || self.position == file_bytes {
            return Ok(Framed::End);
        }
        let there = &self.bytes[self.at..];
        let Some((block, bytes)) = self.frame(there)? else {
            return match self.position + there.len() as u64 == file_bytes {
                true => Err("it ends within a block".to_owned()),
                false => Ok(self.starve(file_bytes)),
            };
        };
        let bytes = Buffer::from(&there[..bytes]);
        self.skip(bytes.len());
        Ok(Framed::Block(block, bytes))
    }

    /// The block that these bytes begin with, and how many of them it has, if it is whole.
    fn frame(&self, bytes: &[u8]) -> Result<Option<(Block, usize)>, String> {
        let damaged = || format!("the block at byte {} is damaged", self.position);
        let Some((rows, first)) = number(bytes).ok_or_else(damaged)? else { return Ok(None) };
        let Some((data, second)) = number(&bytes[first..]).ok_or_else(damaged)? else { return Ok(None) };
        let (rows, data) = (u64::try_from(rows).map_err(|_| damaged())?, usize::try_from(data));
        let data = data.ok().filter(|bytes| *bytes <= AVRO_BLOCK_BYTES_MAX).ok_or_else(damaged)?;
        let whole = first + second + data + MARK_BYTES;
        if bytes.len() < whole {
            return Ok(None);
        }
        if bytes[whole - MARK_BYTES..whole] != self.mark {
            return Err(damaged());
        }
        let end = self.position + whole as u64;
        Ok(Some((Block { start: self.position, end, rows }, whole)))
    }

    fn starve(&mut self, file_bytes: u64) -> Framed {
        if self.position + (self.bytes.len() - self.at) as u64 == file_bytes {
            return Framed::End;
        }
        self.is_starved = true;
        Framed::Starved
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.position += bytes as u64;
    }
}

/// A number as Avro writes it, and its bytes. Inner nothing, if it is not whole; outer, if it is none.
fn number(bytes: &[u8]) -> Option<Option<(i64, usize)>> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let number = (value >> 1).cast_signed() ^ -(value & 1).cast_signed();
            return Some(Some((number, index + 1)));
        }
    }
    if bytes.len() < 10 { Some(None) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_avro() {
        for (bytes, expected) in [
            (&[0][..], Some(Some((0, 1)))),
            (&[1], Some(Some((-1, 1)))),
            (&[2, 9], Some(Some((1, 1)))),
            (&[0x80, 0x01], Some(Some((64, 2)))),
            (&[0x80], Some(None)),
            (&[], Some(None)),
            (&[0xff; 10], None),
        ] {
            assert_eq!(number(bytes), expected, "{bytes:?}");
        }
    }
}
