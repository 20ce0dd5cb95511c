//! Reads Avro files: a header that says of which columns blocks are, and those that begin in a range of the file.
//!
//! ```text
//!   header ─► columns
//!   bytes ─► framer: whole blocks, checked ─► feed ─► the decoder of Arrow ─► batches
//! ```
//!
//! Only the columns that were declared are decoded. The place in a file is a block and the rows of it that are done.

mod blocks;
mod feed;

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_avro::reader::{HeaderInfo, Reader};
use arrow_buffer::Buffer;
use arrow_schema::SchemaRef;

use self::blocks::{Block, Framed, Framer};
use self::feed::Feed;
use super::columns::Columns;
use super::error::ReadError;
use super::reader::{Made, MadeBatch, SplitReader, Spot};
use super::spec::FileSourceSpec;
use super::split::Split;
use crate::bound::HEADER_BYTES;
use crate::format::{Format, avro_decoder, avro_header, avro_schema, guarded};

/// Reads that are under way or wait.
const READS_AHEAD: usize = 2;

/// Reads the blocks that begin in a range of a file.
pub(super) struct AvroReader {
    path: Arc<Path>,
    range: Range<u64>,
    file_bytes: u64,
    block_bytes: u64,
    batch_rows: usize,
    declared: SchemaRef,
    stage: Stage,
    /// Rows that were sent before a savepoint and are passed over.
    rows_passed: u64,
    place: Spot,
}

enum Stage {
    /// So many of the first bytes are asked for, or are to be.
    Header {
        bytes: u64,
        is_asked: bool,
        given: Option<Buffer>,
    },
    Blocks(Box<Blocks>),
}

/// The blocks of a file whose columns are known.
struct Blocks {
    framer: Framer,
    columns: Columns,
    decoder: Reader<Feed>,
    feed: Feed,
    /// Blocks that the decoder has, and rows of the first of them that have come.
    decoding: VecDeque<Block>,
    rows: u64,
    next_byte: u64,
    reads: usize,
    given: VecDeque<Buffer>,
    has_ended: bool,
}

impl AvroReader {
    pub(super) fn new(spec: &FileSourceSpec, split: &Split) -> Self {
        let bytes = HEADER_BYTES.min(split.length);
        Self {
            path: split.path.clone(),
            range: split.range.clone(),
            file_bytes: split.length,
            block_bytes: spec.block_bytes as u64,
            batch_rows: spec.batch_rows,
            declared: spec.layout.stored.projected.clone(),
            stage: Stage::Header { bytes, is_asked: false, given: None },
            rows_passed: split.rows_done,
            place: Spot { unit: split.range.start, rows: split.rows_done },
        }
    }

    fn damaged(&self, cause: String) -> ReadError {
        ReadError::Damaged { path: self.path.clone(), format: Format::Avro.name(), cause }
    }

    /// What the first bytes say. With too few of them, more are asked for.
    fn read_header(&self, bytes: &Buffer) -> Result<Stage, ReadError> {
        let header = avro_header(bytes, self.file_bytes).map_err(|cause| self.damaged(cause))?;
        match header {
            Some(header) => Ok(Stage::Blocks(Box::new(self.begin(&header, bytes)?))),
            None => {
                let bytes = (bytes.len() as u64 * 8).min(self.file_bytes);
                Ok(Stage::Header { bytes, is_asked: false, given: None })
            }
        }
    }

    fn begin(&self, header: &HeaderInfo, bytes: &Buffer) -> Result<Blocks, ReadError> {
        let damaged = |cause| self.damaged(cause);
        let length = usize::try_from(header.header_len()).expect("it was among the bytes");
        let header_bytes = bytes.slice_with_length(0, length);
        let schema = avro_schema(&header_bytes).map_err(damaged)?;
        let columns = Columns::find(&self.path, &self.declared, &schema)?;
        let builder =
            avro_decoder().with_batch_size(self.batch_rows).with_projection(columns.positions().to_vec());
        let feed = Feed::of(header_bytes);
        let decoder = guarded(|| builder.build(feed.clone())).map_err(damaged)?;
        feed.go_on();
        let framer = Framer::new(header, self.range.clone());
        Ok(Blocks {
            next_byte: framer.begin(),
            framer,
            columns,
            decoder,
            feed,
            decoding: VecDeque::new(),
            rows: 0,
            reads: 0,
            given: VecDeque::new(),
            has_ended: false,
        })
    }
}

impl Blocks {
    /// Gives the decoder the next block; whether there was one.
    fn feed(&mut self, file_bytes: u64) -> Result<bool, String> {
        loop {
            match self.framer.next(file_bytes)? {
                Framed::Block(block, bytes) => {
                    self.feed.give(bytes);
                    self.decoding.push_back(block);
                    return Ok(true);
                }
                Framed::End => {
                    self.has_ended = true;
                    self.feed.end();
                    return Ok(true);
                }
                Framed::Starved => match self.given.pop_front() {
                    Some(bytes) => self.framer.give(&bytes),
                    None => return Ok(false),
                },
            }
        }
    }

    /// The next batch; none, if there are too few bytes.
    fn decode(&mut self, file_bytes: u64) -> Result<Option<Decoded>, String> {
        loop {
            match guarded(|| self.decoder.next().transpose()) {
                Ok(Some(rows)) => return Ok(Some(Decoded::Batch(rows))),
                Ok(None) => return Ok(Some(Decoded::End)),
                Err(_) if self.feed.was_empty() => {
                    if !self.feed(file_bytes)? {
                        return Ok(None);
                    }
                }
                Err(cause) => return Err(cause),
            }
        }
    }

    /// Where the next row is, when so many more have come.
    fn pass(&mut self, rows: u64, place: &mut Spot) {
        self.rows += rows;
        while let Some(block) = self.decoding.front()
            && block.rows <= self.rows
        {
            self.rows -= block.rows;
            *place = Spot { unit: block.end, rows: 0 };
            self.decoding.pop_front();
        }
        if let Some(block) = self.decoding.front() {
            *place = Spot { unit: block.start, rows: self.rows };
        }
    }
}

enum Decoded {
    Batch(RecordBatch),
    End,
}

impl SplitReader for AvroReader {
    fn want(&mut self) -> Option<Range<u64>> {
        match &mut self.stage {
            Stage::Header { is_asked: true, .. } => None,
            Stage::Header { bytes, is_asked, .. } => {
                *is_asked = true;
                Some(0..*bytes)
            }
            Stage::Blocks(blocks) => {
                let ahead = blocks.reads + blocks.given.len();
                // Beyond the range it has to be known that there is need: the last block may be short.
                let is_needed = blocks.next_byte < self.range.end || ahead == 0 && blocks.framer.is_starved();
                if ahead >= READS_AHEAD
                    || !is_needed
                    || blocks.has_ended
                    || blocks.next_byte >= self.file_bytes
                {
                    return None;
                }
                let start = blocks.next_byte;
                blocks.next_byte = (start + self.block_bytes).min(self.file_bytes);
                blocks.reads += 1;
                Some(start..blocks.next_byte)
            }
        }
    }

    fn give(&mut self, bytes: Buffer) {
        match &mut self.stage {
            Stage::Header { given, .. } => *given = Some(bytes),
            Stage::Blocks(blocks) => {
                blocks.reads -= 1;
                blocks.given.push_back(bytes);
            }
        }
    }

    fn next(&mut self) -> Result<Made, ReadError> {
        if let Stage::Header { given, .. } = &mut self.stage {
            let Some(bytes) = given.take() else { return Ok(Made::Nothing) };
            self.stage = self.read_header(&bytes)?;
        }
        loop {
            let Stage::Blocks(blocks) = &mut self.stage else { return Ok(Made::Nothing) };
            let decoded = match blocks.decode(self.file_bytes) {
                Ok(Some(Decoded::Batch(rows))) => rows,
                Ok(Some(Decoded::End)) => return Ok(Made::End),
                Ok(None) => return Ok(Made::Nothing),
                Err(cause) => return Err(self.damaged(cause)),
            };
            blocks.pass(decoded.num_rows() as u64, &mut self.place);
            let passed = self.rows_passed.min(decoded.num_rows() as u64);
            self.rows_passed -= passed;
            let passed = usize::try_from(passed).expect("at most the rows of a batch");
            if passed < decoded.num_rows() {
                let rest = decoded.slice(passed, decoded.num_rows() - passed);
                let rows = Some(blocks.columns.conform(rest.columns().iter(), rest.num_rows())?);
                return Ok(Made::Batch(MadeBatch { rows, bad: Vec::new(), place: self.place }));
            }
        }
    }
}
