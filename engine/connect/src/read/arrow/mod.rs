//! Reads Arrow IPC: files with a footer, and streams. The first bytes say which it is.
//!
//! A file is read block by block, as its footer says, one block ahead; a stream from its beginning to its end.
//! Batches are cut into ours, and share their memory.

mod blocks;
mod stream;

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_schema::{Schema, SchemaRef};

use self::blocks::BlockReader;
use self::stream::StreamBytes;
use super::columns::Columns;
use super::error::ReadError;
use super::reader::{Made, MadeBatch, SplitReader, Spot};
use super::spec::FileSourceSpec;
use super::split::Split;
use crate::format::{ARROW_MAGIC, Format};

/// Reads an Arrow file or stream.
pub(super) struct ArrowReader {
    path: Arc<Path>,
    file_bytes: u64,
    block_bytes: u64,
    batch_rows: usize,
    declared: SchemaRef,
    form: Form,
    /// Known with the schema of the file.
    columns: Option<Columns>,
    /// What was decoded and not cut up yet.
    decoded: VecDeque<RecordBatch>,
    /// Rows that were sent before a savepoint and are passed over.
    rows_passed: u64,
    place: Spot,
}

/// Which of the two it is.
enum Form {
    /// Nobody has looked. `asked`: the first bytes are on their way.
    Unknown {
        asked: bool,
    },
    File(Box<BlockReader>),
    Stream(StreamBytes),
}

/// What decodes one of the forms.
trait Decode {
    /// The next range to read, as in [`SplitReader::want`].
    fn want(&mut self) -> Option<Range<u64>>;
    /// Its bytes.
    fn give(&mut self, bytes: Buffer);
    /// The next batch.
    fn decode(&mut self) -> Result<Decoded, String>;
    /// The columns of the file, once they are known.
    fn schema(&self) -> Option<Arc<Schema>>;
}

/// What was decoded.
enum Decoded {
    Batch(RecordBatch),
    /// More bytes are needed.
    Nothing,
    End,
}

impl ArrowReader {
    pub(super) fn new(spec: &FileSourceSpec, split: &Split) -> Self {
        Self {
            path: split.path.clone(),
            file_bytes: split.length,
            block_bytes: spec.block_bytes as u64,
            batch_rows: spec.batch_rows,
            declared: spec.layout.stored.projected.clone(),
            form: Form::Unknown { asked: false },
            columns: None,
            decoded: VecDeque::new(),
            rows_passed: split.rows_done,
            place: Spot { unit: 0, rows: split.rows_done },
        }
    }

    fn decode(&mut self) -> Result<Decoded, ReadError> {
        let form: &mut dyn Decode = match &mut self.form {
            Form::Unknown { .. } => return Ok(Decoded::Nothing),
            Form::File(file) => &mut **file,
            Form::Stream(stream) => stream,
        };
        let damaged =
            |cause| ReadError::Damaged { path: self.path.clone(), format: Format::Arrow.name(), cause };
        let decoded = form.decode().map_err(damaged)?;
        if self.columns.is_none()
            && let Some(schema) = form.schema()
        {
            self.columns = Some(Columns::find(&self.path, &self.declared, &schema)?);
        }
        Ok(decoded)
    }

    /// Takes a batch as it was written: without what was sent before, with the declared columns.
    fn keep(&mut self, batch: &RecordBatch) -> Result<(), ReadError> {
        let rows = batch.num_rows() as u64;
        let passed = self.rows_passed.min(rows);
        self.rows_passed -= passed;
        if passed < rows {
            let passed = usize::try_from(passed).expect("at most the rows of a batch");
            let rest = batch.slice(passed, batch.num_rows() - passed);
            let columns = self.columns.as_ref().expect("a batch comes behind its schema");
            let own = columns.positions().iter().map(|position| rest.column(*position));
            self.decoded.push_back(columns.conform(own, rest.num_rows())?);
        }
        Ok(())
    }
}

impl SplitReader for ArrowReader {
    fn want(&mut self) -> Option<Range<u64>> {
        match &mut self.form {
            Form::Unknown { asked: true } => None,
            Form::Unknown { asked } => {
                *asked = true;
                Some(0..self.file_bytes.min(ARROW_MAGIC.len() as u64))
            }
            Form::File(file) => file.want(),
            Form::Stream(stream) => stream.want(),
        }
    }

    fn give(&mut self, bytes: Buffer) {
        match &mut self.form {
            Form::Unknown { .. } if bytes.starts_with(ARROW_MAGIC) => {
                self.form = Form::File(Box::new(BlockReader::new(self.file_bytes)));
            }
            Form::Unknown { .. } => {
                self.form = Form::Stream(StreamBytes::new(self.file_bytes, self.block_bytes));
            }
            Form::File(file) => file.give(bytes),
            Form::Stream(stream) => stream.give(bytes),
        }
    }

    fn next(&mut self) -> Result<Made, ReadError> {
        while self.decoded.is_empty() {
            match self.decode()? {
                Decoded::Batch(batch) => self.keep(&batch)?,
                Decoded::Nothing => return Ok(Made::Nothing),
                Decoded::End => return Ok(Made::End),
            }
        }
        let whole = self.decoded.pop_front().expect("it is not empty");
        let rows = whole.slice(0, whole.num_rows().min(self.batch_rows));
        if rows.num_rows() < whole.num_rows() {
            self.decoded.push_front(whole.slice(rows.num_rows(), whole.num_rows() - rows.num_rows()));
        }
        self.place.rows += rows.num_rows() as u64;
        Ok(Made::Batch(MadeBatch { rows: Some(rows), bad: Vec::new(), place: self.place }))
    }
}
