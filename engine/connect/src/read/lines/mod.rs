//! Reads files of lines: text, CSV, JSON.
//!
//! ```text
//!   blocks ─► cutter ─► records ─► decoder ─► a batch
//!                                     │ a record is bad
//!                                     └─► sift: halves, down to the bad ones ─► good rows in order, complaints
//! ```
//!
//! Two blocks are read ahead of each other: while one is decoded, the other one is fetched. Lines are counted as they
//! are cut; what lies before the split is counted only when somebody has to be told. A file that is compressed as a whole is
//! one split: bytes of it are asked for, and its text is cut.

mod csv;
mod cut;
mod decoder;
mod json;
mod received;
mod records;
mod sift;
mod text;
mod unpack;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_buffer::Buffer;

use self::cut::{Cut, Cutter};
use self::decoder::{RecordDecoder, decoder};
pub(crate) use self::received::ReceivedLines;
use self::records::Records;
use self::sift::{Sifted, sift};
use self::unpack::Unpacker;
use super::bad::{BadRecord, Complaint};
use super::error::ReadError;
use super::reader::{Made, MadeBatch, SplitReader, Spot};
use super::spec::{FileSourceSpec, OnError};
use super::split::Split;
use crate::bound::{BATCH_BYTES_ENOUGH, BLOCK_BYTES_LEAST, TAIL_BYTES};
use crate::format::{Format, Packing, RecordEnds};

/// Blocks that are under way or wait: the one that is cut next, and the one behind it.
const BLOCKS_AHEAD: usize = 2;

/// Reads a range of a file of lines.
pub(super) struct LineReader {
    path: Arc<Path>,
    range: Range<u64>,
    file_bytes: u64,
    block_bytes: u64,
    batch_rows: usize,
    /// Whether records may hold newlines.
    has_newlines_within: bool,
    /// Whether one bad record is enough to know.
    fails: bool,
    /// The byte that is read next, and how many reads have no answer yet.
    next_byte: u64,
    reads: usize,
    /// Of a file that is compressed, until all of its text is there.
    unpacker: Option<(Packing, Unpacker)>,
    is_packed: bool,
    cutter: Cutter,
    records: Records,
    /// The byte at which these begin, and the lines of the split before it.
    byte: u64,
    lines: u64,
    decoder: Box<dyn RecordDecoder>,
}

impl LineReader {
    pub(super) fn new(spec: &FileSourceSpec, split: &Split) -> Result<Self, ReadError> {
        let (header, quoted) = match &spec.format {
            Format::Csv(options) => (options.header, options.quoted_newlines),
            _ => (false, false),
        };
        let range = split.range.clone();
        let packing = Packing::of(&spec.format, &split.path);
        let text_bytes = if packing.is_some() { u64::MAX } else { split.length };
        let begin = Cutter::begin(&range);
        let unpacker = match packing {
            Some(packing) => {
                let unpacker = Unpacker::new(packing, begin);
                let damaged = |cause| damaged(&split.path, packing, cause);
                Some((packing, unpacker.map_err(damaged)?))
            }
            None => None,
        };
        Ok(Self {
            path: split.path.clone(),
            file_bytes: split.length,
            block_bytes: spec.block_bytes as u64,
            batch_rows: spec.batch_rows,
            has_newlines_within: quoted,
            fails: spec.on_error == OnError::Fail,
            next_byte: if packing.is_some() { 0 } else { begin },
            reads: 0,
            is_packed: packing.is_some(),
            unpacker,
            cutter: Cutter::new(RecordEnds::of(&spec.format), range.clone(), text_bytes, header),
            records: Records::default(),
            byte: range.start,
            // In a file that is read from its beginning, lines are those of the file: the header is one, and what is
            // dropped ends before the last byte of a line.
            lines: u64::from(packing.is_some() && (header || range.start > 0)),
            decoder: decoder(spec)?,
            range,
        })
    }

    /// Text from bytes that were read; whether there is more of it now, or it is known to have ended.
    fn unpack(&mut self) -> Result<bool, ReadError> {
        let Some((packing, unpacker)) = &mut self.unpacker else { return Ok(false) };
        let damaged = |cause| damaged(&self.path, *packing, cause);
        let is_last = self.next_byte == self.file_bytes && self.reads == 0;
        let mut text = unpacker.unpack().map_err(damaged)?;
        if text.is_none() && is_last {
            if self.file_bytes > 0 {
                text = unpacker.finish().map_err(damaged)?;
            }
            self.lines += unpacker.dropped_lines();
            self.unpacker = None;
            text.into_iter().for_each(|text| self.cutter.give(text));
            self.cutter.end();
            return Ok(true);
        }
        self.lines += unpacker.dropped_lines();
        Ok(text.map(|text| self.cutter.give(text)).is_some())
    }

    /// The next bytes of a file that is compressed.
    fn want_packed(&mut self) -> Option<Range<u64>> {
        let (_, unpacker) = self.unpacker.as_ref()?;
        let start = self.next_byte;
        if start == self.file_bytes || self.reads + unpacker.given() >= BLOCKS_AHEAD {
            return None;
        }
        self.next_byte = (start + self.block_bytes).min(self.file_bytes);
        self.reads += 1;
        Some(start..self.next_byte)
    }

    /// Decodes what was cut.
    fn make(&mut self) -> MadeBatch {
        let records = std::mem::take(&mut self.records);
        let Sifted { rows, complaints } = sift(&mut *self.decoder, &records, self.fails);
        let bad = self.count_lines(&records, complaints);
        self.byte = self.cutter.position();
        MadeBatch { rows, bad, place: Spot { unit: self.byte, rows: 0 } }
    }

    /// Goes on counting lines, and says in which one the bad records are.
    fn count_lines(&mut self, records: &Records, complaints: Vec<(usize, Complaint)>) -> Vec<BadRecord> {
        if complaints.is_empty() && !self.has_newlines_within {
            self.lines += records.len() as u64;
            return Vec::new();
        }
        let mut bad = Vec::with_capacity(complaints.len());
        let mut complaints = complaints.into_iter().peekable();
        for (index, record) in records.iter().enumerate() {
            if let Some((_, complaint)) = complaints.next_if(|(position, _)| *position == index) {
                let record = String::from_utf8_lossy(record).into_owned();
                bad.push(BadRecord { byte: self.byte, line: self.lines, complaint, record });
            }
            self.lines += 1 + memchr::memchr_iter(b'\n', record).count() as u64;
        }
        bad
    }
}

impl SplitReader for LineReader {
    fn want(&mut self) -> Option<Range<u64>> {
        if self.is_packed {
            return self.want_packed();
        }
        let start = self.next_byte;
        let ahead = self.reads + self.cutter.blocks_waiting();
        if start == self.file_bytes || ahead >= BLOCKS_AHEAD || self.cutter.is_over() {
            return None;
        }
        // Reads end on a grid, whatever the split begins with: devices and decoders of columns like that.
        let grid = (start / self.block_bytes + 1) * self.block_bytes;
        let end = match start < self.range.end {
            true if grid < self.range.end => grid,
            true => self.range.end + TAIL_BYTES.min(self.block_bytes),
            // The last line is longer than that. Now it has to be known that there is need.
            false if ahead > 0 || !self.cutter.is_starved() => return None,
            false => start + self.block_bytes,
        };
        let end = end.max(start + BLOCK_BYTES_LEAST as u64).min(self.file_bytes);
        self.next_byte = end;
        self.reads += 1;
        Some(start..end)
    }

    fn give(&mut self, bytes: Buffer) {
        self.reads -= 1;
        match &mut self.unpacker {
            Some((_, unpacker)) => unpacker.give(bytes),
            None => self.cutter.give(bytes),
        }
    }

    fn next(&mut self) -> Result<Made, ReadError> {
        let cut = loop {
            let cut = self.cutter.cut(&mut self.records, self.batch_rows);
            if cut != Cut::Starved || !self.unpack()? {
                break cut;
            }
        };
        match cut {
            Cut::TooLong => {
                Err(ReadError::LongLine { path: self.path.clone(), byte: self.cutter.position() })
            }
            // A few lines wait for company, many bytes do not.
            Cut::Starved if self.records.bytes() < BATCH_BYTES_ENOUGH => Ok(Made::Nothing),
            Cut::Over if self.records.is_empty() => Ok(Made::End),
            Cut::Starved | Cut::Over | Cut::Full => Ok(Made::Batch(self.make())),
        }
    }

    fn first_byte(&self) -> u64 {
        if self.is_packed { 0 } else { self.cutter.first_byte() }
    }
}

fn damaged(path: &Arc<Path>, packing: Packing, cause: String) -> ReadError {
    ReadError::Damaged { path: path.clone(), format: packing.name(), cause }
}
