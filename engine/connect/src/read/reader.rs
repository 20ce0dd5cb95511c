//! What turns the bytes of a split into rows, without reading them itself.
//!
//! ```text
//!   want ─► a range of the file ─► (somebody reads it) ─► give ─► next ─► rows, bad records, the place behind them
//! ```
//!
//! A reader asks for some ranges ahead and is given their bytes in the order in which it has asked. It never waits:
//! when it has nothing more to make of what it has, it says so.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;

use super::arrow::ArrowReader;
use super::avro::AvroReader;
use super::bad::BadRecord;
use super::error::ReadError;
use super::lines::LineReader;
use super::parquet::ParquetReader;
use super::spec::FileSourceSpec;
use super::split::Split;
use super::wanted::Wanted;
use crate::format::Format;

/// Reads one split.
pub(crate) trait SplitReader {
    /// The next range to read. Each is told once; nothing, if there are enough under way.
    fn want(&mut self) -> Option<Range<u64>>;

    /// All bytes of the range that was asked for first and not given yet.
    fn give(&mut self, bytes: Buffer);

    /// What can be made of what is there.
    fn next(&mut self) -> Result<Made, ReadError>;

    /// Where the first record begins whose line is counted as the first.
    fn first_byte(&self) -> u64 {
        0
    }
}

/// What a reader has made.
#[derive(Debug)]
pub(crate) enum Made {
    /// Rows, or bad records, or both.
    Batch(MadeBatch),
    /// Nothing before there are more bytes.
    Nothing,
    /// The split is read.
    End,
}

/// Some of the records of a split.
#[derive(Debug)]
pub(crate) struct MadeBatch {
    /// The good ones, in order.
    pub(crate) rows: Option<RecordBatch>,
    /// The bad ones, in order.
    pub(crate) bad: Vec<BadRecord>,
    /// What is done, once these are sent.
    pub(crate) place: Spot,
}

/// A place in a split: the unit that is next, and how many rows of it are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) unit: u64,
    pub(crate) rows: u64,
}

/// A reader for this split, which may leave out rows that nobody wants.
pub(crate) fn reader(
    spec: &FileSourceSpec,
    split: &Arc<Split>,
    wanted: &Wanted,
) -> Result<Box<dyn SplitReader>, ReadError> {
    Ok(match &spec.format {
        Format::Text | Format::Csv(_) | Format::Json(_) => Box::new(LineReader::new(spec, split)?),
        Format::Arrow => Box::new(ArrowReader::new(spec, split)),
        Format::Avro => Box::new(AvroReader::new(spec, split)),
        Format::Parquet => Box::new(ParquetReader::new(spec, split, wanted)?),
    })
}
