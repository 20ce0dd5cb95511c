//! Reads row groups of Parquet files, by a decoder that is given the bytes it asks for.
//!
//! Only the columns that were declared are read, and of most of them only the rows that are asked for (`wanted.rs`). Strings are decoded as views at once, into the pages they come from.
//! A row group is in memory as it lies in the file, while it is decoded batch by batch.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_buffer::Buffer;
use bytes::Bytes;
use parquet::DecodeResult;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};

use super::columns::Columns;
use super::error::ReadError;
use super::reader::{Made, MadeBatch, SplitReader, Spot};
use super::spec::FileSourceSpec;
use super::split::Split;
use super::wanted::Wanted;
use crate::bound::READS_MAX;
use crate::format::{Format, guarded, parquet_schema, with_views};

/// Reads a range of the row groups of a file.
pub(super) struct ParquetReader {
    path: Arc<Path>,
    decoder: ParquetPushDecoder,
    columns: Columns,
    /// For each column that was declared, which of those that were read.
    order: Vec<usize>,
    /// What the decoder needs and was not asked for yet, what is under way, and what has come.
    needed: VecDeque<Range<u64>>,
    asked: VecDeque<Range<u64>>,
    given: Vec<(Range<u64>, Bytes)>,
    place: Spot,
    end: u64,
}

/// A buffer of ours, for `Bytes` to hold on to.
struct Held(Buffer);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl ParquetReader {
    pub(super) fn new(spec: &FileSourceSpec, split: &Split, wanted: &Wanted) -> Result<Self, ReadError> {
        let metadata = split.metadata.clone().expect("the footer was read when the file was found");
        let damaged = |cause| damaged(&split.path, cause);
        // What the file says of strings is heard, but views are made of them.
        let viewed = with_views(&parquet_schema(&metadata).map_err(damaged)?);
        let options = ArrowReaderOptions::new().with_schema(viewed);
        let metadata = guarded(|| {
            ArrowReaderMetadata::try_new(metadata.clone(), options)
                .or_else(|_| ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new()))
        });
        let metadata = metadata.map_err(damaged)?;
        let columns = Columns::find(&split.path, &spec.layout.stored.projected, metadata.schema())?;
        let groups = split.range.clone().map(|group| usize::try_from(group).expect("a row group of a list"));
        let mut builder = ParquetPushDecoderBuilder::new_with_metadata(metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.positions().iter().copied());
        builder = builder.with_projection(mask).with_row_groups(groups.collect());
        builder = builder.with_batch_size(spec.batch_rows);
        // What was done of a row group is counted in rows that were sent.
        let filter = wanted.filter(builder.schema(), builder.parquet_schema());
        if let Some(filter) = filter.filter(|_| split.rows_done == 0) {
            builder = builder.with_row_filter(filter);
        }
        if split.rows_done > 0 {
            builder = builder.with_offset(usize::try_from(split.rows_done).expect("rows of a row group"));
        }
        // The decoder gives its columns in the order of the file.
        let mut read = columns.positions().to_vec();
        read.sort_unstable();
        let order = columns.positions().iter().map(|own| read.partition_point(|position| position < own));
        Ok(Self {
            order: order.collect(),
            decoder: guarded(|| builder.build()).map_err(damaged)?,
            columns,
            needed: VecDeque::new(),
            asked: VecDeque::new(),
            given: Vec::new(),
            place: Spot { unit: split.range.start, rows: split.rows_done },
            end: split.range.end,
            path: split.path.clone(),
        })
    }

    /// The decoder gets all that it has asked for at once.
    fn feed(&mut self) -> Result<(), ReadError> {
        let (ranges, bytes) = std::mem::take(&mut self.given).into_iter().unzip();
        guarded(|| self.decoder.push_ranges(ranges, bytes)).map_err(|cause| damaged(&self.path, cause))
    }
}

impl SplitReader for ParquetReader {
    fn want(&mut self) -> Option<Range<u64>> {
        if self.asked.len() == READS_MAX {
            return None;
        }
        let range = self.needed.pop_front()?;
        self.asked.push_back(range.clone());
        Some(range)
    }

    fn give(&mut self, bytes: Buffer) {
        let range = self.asked.pop_front().expect("it was asked for");
        self.given.push((range, Bytes::from_owner(Held(bytes))));
    }

    fn next(&mut self) -> Result<Made, ReadError> {
        if !self.needed.is_empty() || !self.asked.is_empty() {
            return Ok(Made::Nothing);
        }
        if !self.given.is_empty() {
            self.feed()?;
        }
        let decoded = guarded(|| self.decoder.try_decode()).map_err(|cause| damaged(&self.path, cause))?;
        let rows = match decoded {
            DecodeResult::NeedsData(ranges) => {
                self.needed = ranges.into();
                return Ok(Made::Nothing);
            }
            DecodeResult::Finished => return Ok(Made::End),
            DecodeResult::Data(rows) => rows,
        };
        self.place.rows += rows.num_rows() as u64;
        debug_assert!(self.place.unit < self.end);
        let columns = self.order.iter().map(|position| rows.column(*position));
        let rows = Some(self.columns.conform(columns, rows.num_rows())?);
        Ok(Made::Batch(MadeBatch { rows, bad: Vec::new(), place: self.place }))
    }
}

fn damaged(path: &Arc<Path>, cause: String) -> ReadError {
    ReadError::Damaged { path: path.clone(), format: Format::Parquet.name(), cause }
}
