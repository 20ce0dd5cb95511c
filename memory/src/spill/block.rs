//! The frame of a block: everything a reader must know before it believes a byte.
//!
//! ```text
//!   0    4        5         8             16          20          24           28         32          60
//!   MSSB  version  codec  0  number u64    stored u32  raw u32     rows u32     body crc   zeroes       header crc
//! ```
//!
//! Little endian. The header's own checksum covers the bytes before it, so a damaged length is noticed before it
//! is used. Blocks are numbered: one that was written to the wrong place does not pass for its neighbour.

use crate::bound::{BLOCK_BYTES_MAX, COLUMN_ALIGN};

/// The length of a header, and the alignment of blocks.
pub(super) const HEADER_BYTES: usize = COLUMN_ALIGN;

const MAGIC: [u8; 4] = *b"MSSB";
const VERSION: u8 = 1;

/// How the body is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Plain = 0,
    Zstd = 1,
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) number: u64,
    pub(super) codec: Codec,
    /// Bytes of the body on disk, without padding.
    pub(super) stored: u32,
    /// Bytes of the body once decompressed.
    pub(super) raw: u32,
    pub(super) rows: u32,
    pub(super) body_checksum: u32,
}

impl Header {
    pub(super) fn write(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[5] = self.codec as u8;
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        for (at, value) in [(16, self.stored), (20, self.raw), (24, self.rows), (28, self.body_checksum)] {
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of block `number`, or says what does not fit.
    pub(super) fn read(bytes: &[u8; HEADER_BYTES], number: u64) -> Result<Self, String> {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        if word(60) != crc32c::crc32c(&bytes[..60]) {
            return Err(String::from("the checksum of a block header does not match"));
        }
        if bytes[..4] != MAGIC || bytes[4] != VERSION {
            return Err(format!("no block of version {VERSION} begins here"));
        }
        let codec = match bytes[5] {
            0 => Codec::Plain,
            1 => Codec::Zstd,
            other => return Err(format!("no codec has the number {other}")),
        };
        let found = u64::from_le_bytes(bytes[8..16].try_into().expect("eight bytes"));
        if found != number {
            return Err(format!("block {found} stands in the place of block {number}"));
        }
        let header =
            Self { number, codec, stored: word(16), raw: word(20), rows: word(24), body_checksum: word(28) };
        if header.raw as usize > BLOCK_BYTES_MAX || header.stored > header.raw {
            return Err(format!("a block of {} bytes, {} stored, is impossible", header.raw, header.stored));
        }
        Ok(header)
    }

    /// Bytes of the whole block on disk, header and padding included.
    pub(super) fn block_bytes(&self) -> usize {
        HEADER_BYTES + (self.stored as usize).next_multiple_of(COLUMN_ALIGN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        number: 7,
        codec: Codec::Zstd,
        stored: 1000,
        raw: 4000,
        rows: 12,
        body_checksum: 0xdead_beef,
    };

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Header::read(&HEADER.write(), 7), Ok(HEADER));
        assert_eq!(HEADER.block_bytes(), 64 + 1024);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        for bit in 0..HEADER_BYTES * 8 {
            let mut bytes = HEADER.write();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::read(&bytes, 7).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_block_in_the_wrong_place_is_noticed() {
        let why = Header::read(&HEADER.write(), 8).unwrap_err();
        assert_eq!(why, "block 7 stands in the place of block 8");
    }

    #[test]
    fn a_length_beyond_the_bound_is_refused_before_it_is_allocated() {
        for (stored, raw) in [(10, BLOCK_BYTES_MAX as u32 + 1), (11, 10)] {
            let bytes = Header { stored, raw, ..HEADER }.write();
            assert!(Header::read(&bytes, 7).unwrap_err().contains("impossible"));
        }
    }
}
