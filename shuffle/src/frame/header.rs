//! The first 64 bytes of a frame: all that a reader must know before it believes, or allocates, anything.
//!
//! ```text
//!   0     4        5     6      7      8        12       16        24                            60
//!   MSFR  version  kind  codec  flags  channel  attempt  sequence  36 bytes, depending on kind   header crc
//!
//!   of rows:    24      28    32       36      40   44        48
//!               charge  rows  buffers  stored  raw  body crc  zeroes
//! ```
//!
//! Little endian. The checksum at the end covers the 60 bytes before it, so a damaged length is noticed before it
//! is used. Magic number, version and checksum stay where they are in every version.

use super::compress::Codec;
use super::error::FrameError;
use crate::ChannelId;
use crate::bound::{FRAME_ALIGN, FRAME_BUFFERS_MAX, FRAME_BYTES_MAX, FRAME_ROWS_MAX};

/// The length of a header.
pub(super) const HEADER_BYTES: usize = 64;

/// The version of frames that this code writes and reads.
pub(super) const VERSION: u8 = 1;

/// The bytes whose meaning depends on the kind.
pub(super) type Words = [u8; WORDS_END - WORDS_START];

const MAGIC: [u8; 4] = *b"MSFR";
const WORDS_START: usize = 24;
const WORDS_END: usize = 60;
/// The rows of a message go on in the next frame of its channel.
const GOES_ON: u8 = 1;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Rows = 1,
    Watermark = 2,
    Barrier = 3,
    Idle = 4,
    Active = 5,
    LatencyMark = 6,
    End = 7,
    Credit = 8,
    Wanted = 9,
    BarrierAhead = 10,
}

/// What all frames have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) channel: ChannelId,
    pub(super) attempt: u32,
    pub(super) sequence: u64,
    pub(super) content: Content,
}

/// What the frames of a kind have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Rows(RowsHeader),
    Event(Words),
}

/// What a header says of the rows behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowsHeader {
    pub(super) codec: Codec,
    /// Whether the next frame of the channel holds more rows of the same message.
    pub(super) goes_on: bool,
    pub(super) charge: u32,
    pub(super) rows: u32,
    pub(super) buffers: u32,
    /// Bytes of the body as it travels, without padding behind it.
    pub(super) stored: u32,
    /// Bytes of the body once decompressed.
    pub(super) raw: u32,
    /// Over the body as it travels, padding included.
    pub(super) checksum: u32,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Rows,
        Self::Watermark,
        Self::Barrier,
        Self::Idle,
        Self::Active,
        Self::LatencyMark,
        Self::End,
        Self::Credit,
        Self::Wanted,
        Self::BarrierAhead,
    ];

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

impl Header {
    pub(super) fn write(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[5] = self.kind as u8;
        bytes[8..12].copy_from_slice(&self.channel.0.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.attempt.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        let words = match &self.content {
            Content::Rows(rows) => {
                bytes[6] = rows.codec as u8;
                bytes[7] = if rows.goes_on { GOES_ON } else { 0 };
                rows.write()
            }
            Content::Event(words) => *words,
        };
        bytes[WORDS_START..WORDS_END].copy_from_slice(&words);
        let checksum = crc32c::crc32c(&bytes[..WORDS_END]);
        bytes[WORDS_END..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads a header and checks what can be checked without knowing the connection. Every length it answers is
    /// within its cap, and that of the body within `bytes_max`.
    pub(super) fn read(bytes: &[u8; HEADER_BYTES], bytes_max: usize) -> Result<Self, FrameError> {
        let found = bytes.first_chunk().expect("a header has four bytes");
        if word(bytes, WORDS_END) != crc32c::crc32c(&bytes[..WORDS_END]) {
            // Whoever sends no frames at all should not read about checksums.
            return Err(if *found == MAGIC {
                FrameError::Damaged { part: "header" }
            } else {
                FrameError::NoFrame { found: *found }
            });
        }
        if *found != MAGIC {
            return Err(FrameError::NoFrame { found: *found });
        }
        if bytes[4] != VERSION {
            return Err(FrameError::Version { ours: VERSION, theirs: bytes[4] });
        }
        let wrong = |what: String| FrameError::Header { what };
        let kind =
            Kind::from_number(bytes[5]).ok_or_else(|| wrong(format!("no kind has number {}", bytes[5])))?;
        let words = bytes[WORDS_START..WORDS_END].try_into().expect("the length of the words");
        let content = if kind == Kind::Rows {
            Content::Rows(RowsHeader::read(&words, [bytes[6], bytes[7]], bytes_max).map_err(wrong)?)
        } else if bytes[6..8] == [0, 0] {
            Content::Event(words)
        } else {
            return Err(wrong(String::from("an event with a codec or flags")));
        };
        let sequence = u64::from_le_bytes(bytes[16..24].try_into().expect("eight bytes"));
        Ok(Self { kind, channel: ChannelId(word(bytes, 8)), attempt: word(bytes, 12), sequence, content })
    }

    /// Bytes behind the header, padding included.
    pub(super) fn bytes_behind(&self) -> usize {
        match &self.content {
            Content::Rows(rows) => (rows.stored as usize).next_multiple_of(FRAME_ALIGN),
            Content::Event(_) => 0,
        }
    }
}

impl RowsHeader {
    fn write(&self) -> Words {
        let mut words = [0; WORDS_END - WORDS_START];
        let fields = [self.charge, self.rows, self.buffers, self.stored, self.raw, self.checksum];
        for (place, field) in words.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        words
    }

    fn read(words: &Words, [codec, flags]: [u8; 2], bytes_max: usize) -> Result<Self, String> {
        let codec = Codec::from_number(codec).ok_or_else(|| format!("no codec has number {codec}"))?;
        if flags & !GOES_ON != 0 {
            return Err(format!("nobody knows the flags {flags:#04x}"));
        }
        let at = |index: usize| word(words, index * 4);
        let header = Self {
            codec,
            goes_on: flags & GOES_ON != 0,
            charge: at(0),
            rows: at(1),
            buffers: at(2),
            stored: at(3),
            raw: at(4),
            checksum: at(5),
        };
        header.check(bytes_max)?;
        if words[24..].iter().any(|byte| *byte != 0) {
            return Err(String::from("a reserved byte is not zero"));
        }
        Ok(header)
    }

    /// All that is refused before a byte of the body is looked at.
    fn check(&self, bytes_max: usize) -> Result<(), String> {
        for (what, found, most) in [
            ("bytes", self.raw, bytes_max.min(FRAME_BYTES_MAX)),
            ("rows", self.rows, FRAME_ROWS_MAX),
            ("buffers", self.buffers, FRAME_BUFFERS_MAX),
        ] {
            if found as usize > most {
                return Err(format!("{found} {what} where at most {most} may be"));
            }
        }
        let possible = match self.codec {
            Codec::Plain => self.stored == self.raw,
            Codec::Lz4 | Codec::Zstd => self.stored < self.raw,
        };
        if !possible || !(self.raw as usize).is_multiple_of(FRAME_ALIGN) {
            return Err(format!("a body of {} bytes cannot travel in {}", self.raw, self.stored));
        }
        Ok(())
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: RowsHeader = RowsHeader {
        codec: Codec::Lz4,
        goes_on: true,
        charge: 9,
        rows: 12,
        buffers: 3,
        stored: 1000,
        raw: 4096,
        checksum: 0xdead_beef,
    };

    fn header(rows: RowsHeader) -> Header {
        Header {
            kind: Kind::Rows,
            channel: ChannelId(7),
            attempt: 2,
            sequence: 1 << 40,
            content: Content::Rows(rows),
        }
    }

    /// A header with some bytes changed under a right checksum.
    fn forged(change: impl FnOnce(&mut [u8; HEADER_BYTES])) -> Result<Header, FrameError> {
        let mut bytes = header(ROWS).write();
        change(&mut bytes);
        let checksum = crc32c::crc32c(&bytes[..WORDS_END]);
        bytes[WORDS_END..].copy_from_slice(&checksum.to_le_bytes());
        Header::read(&bytes, FRAME_BYTES_MAX)
    }

    #[test]
    fn what_is_written_is_read() {
        let rows = header(ROWS);
        assert_eq!(Header::read(&rows.write(), FRAME_BYTES_MAX), Ok(rows));
        assert_eq!(rows.bytes_behind(), 1024);
        let event = Header { kind: Kind::Credit, content: Content::Event([5; 36]), ..rows };
        assert_eq!(Header::read(&event.write(), FRAME_BYTES_MAX), Ok(event));
        assert_eq!(event.bytes_behind(), 0);
    }

    #[test]
    fn a_length_beyond_its_cap_is_refused() {
        let too_many = |count: usize| count as u32 + 1;
        for (rows, what) in [
            (RowsHeader { raw: too_many(FRAME_BYTES_MAX), ..ROWS }, "bytes where at most"),
            (RowsHeader { rows: too_many(FRAME_ROWS_MAX), ..ROWS }, "rows where at most"),
            (RowsHeader { buffers: too_many(FRAME_BUFFERS_MAX), ..ROWS }, "buffers where at most"),
            (RowsHeader { stored: 4096, ..ROWS }, "cannot travel"),
            (RowsHeader { codec: Codec::Plain, ..ROWS }, "cannot travel"),
            (RowsHeader { raw: 4095, ..ROWS }, "cannot travel"),
        ] {
            let refused = Header::read(&header(rows).write(), FRAME_BYTES_MAX).unwrap_err().to_string();
            assert!(refused.contains(what), "{refused}");
        }
        let refused = Header::read(&header(ROWS).write(), 4032).unwrap_err().to_string();
        assert!(refused.ends_with("4096 bytes where at most 4032 may be"), "{refused}");
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        for (at, value, what) in [
            (5, 0, "no kind has number 0"),
            (5, 11, "no kind has number 11"),
            (6, 3, "no codec has number 3"),
            (7, 2, "nobody knows the flags 0x02"),
            (48, 1, "a reserved byte is not zero"),
            (59, 1, "a reserved byte is not zero"),
            (5, Kind::Idle as u8, "an event with a codec or flags"),
        ] {
            let refused = forged(|bytes| bytes[at] = value);
            assert_eq!(refused, Err(FrameError::Header { what: what.into() }));
        }
        assert_eq!(forged(|bytes| bytes[4] = 2), Err(FrameError::Version { ours: 1, theirs: 2 }));
        assert_eq!(forged(|bytes| bytes[0] = b'G'), Err(FrameError::NoFrame { found: *b"GSFR" }));
    }
}
