//! A file of Parquet that is written here and not by a job: a sink of files begins another one after some bytes, and peers read
//! one for each table.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::run::CliError;

/// Rows of a row group: some for each of two readers, even of a small table.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// A file to which rows are added. It is whole when it is closed.
pub(crate) struct ParquetFile {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl ParquetFile {
    /// An empty one, in the place of any that is there.
    pub(crate) fn create(path: &Path, schema: SchemaRef) -> Result<Self, CliError> {
        #[expect(clippy::disallowed_methods, reason = "no job writes here, so there is no host to ask")]
        let file = File::create(path).map_err(|error| CliError::Script(path.display().to_string(), error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let writer =
            ArrowWriter::try_new(file, schema, Some(properties)).map_err(|error| failed(path, error))?;
        Ok(Self { path: path.to_owned(), writer })
    }

    /// More rows.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), CliError> {
        self.writer.write(rows).map_err(|error| failed(&self.path, error))
    }

    /// No more rows.
    pub(crate) fn close(self) -> Result<(), CliError> {
        self.writer.close().map(drop).map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &Path, error: ParquetError) -> CliError {
    CliError::Bench(format!("{}: {error}", path.display()))
}
