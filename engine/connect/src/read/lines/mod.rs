//! Reads files of lines: text, CSV, JSON.
//!
//! ```text
//!   blocks ─► cutter ─► records ─► decoder ─► a batch
//!                                     │ a record is bad
//!                                     └─► sift: halves, down to the bad ones ─► good rows in order, complaints
//! ```
//!
//! Two blocks are read ahead of each other: while one is decoded, the other one is fetched. Lines are counted as they
//! are cut; what lies before the split is counted only when somebody has to be told.

mod csv;
mod cut;
mod decoder;
mod json;
mod records;
mod sift;
mod text;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_buffer::Buffer;

use self::cut::{Cut, Cutter};
use self::decoder::{RecordDecoder, decoder};
use self::records::Records;
use self::sift::{Sifted, sift};
use super::bad::{BadRecord, Complaint};
use super::error::ReadError;
use super::reader::{Made, MadeBatch, SplitReader, Spot};
use super::spec::{FileSourceSpec, OnError};
use super::split::Split;
use crate::bound::{BATCH_BYTES_ENOUGH, BLOCK_BYTES_LEAST, TAIL_BYTES};
use crate::format::{Format, RecordEnds};

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
        Ok(Self {
            path: split.path.clone(),
            file_bytes: split.length,
            block_bytes: spec.block_bytes as u64,
            batch_rows: spec.batch_rows,
            has_newlines_within: quoted,
            fails: spec.on_error == OnError::Fail,
            next_byte: Cutter::begin(&range),
            reads: 0,
            cutter: Cutter::new(RecordEnds::of(&spec.format), range.clone(), split.length, header),
            records: Records::default(),
            byte: range.start,
            lines: 0,
            decoder: decoder(spec)?,
            range,
        })
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
        self.cutter.give(bytes);
    }

    fn next(&mut self) -> Result<Made, ReadError> {
        match self.cutter.cut(&mut self.records, self.batch_rows) {
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
        self.cutter.first_byte()
    }
}
