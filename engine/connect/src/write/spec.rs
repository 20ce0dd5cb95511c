//! Which files, in which form: plain data.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::new_null_array;
use arrow_schema::SchemaRef;

use super::encoder;
use super::trouble::WriteError;
use crate::bound::{ROLL_BYTES, ROW_GROUP_BYTES, ROW_GROUP_ROWS};
use crate::format::{CsvOptions, DEFAULT_PARTITION, directories, is_one_value};

/// What a file sink writes.
#[derive(Clone, Debug)]
pub struct FileSpec {
    /// Where.
    pub target: Target,
    /// In which form.
    pub encoding: Encoding,
    /// The columns of the rows: files without rows have them too.
    pub schema: SchemaRef,
    /// Columns whose values are the names of directories, in their order: `dt=2025-01-01/hm=23-58/part-0-0.csv`. The files
    /// are without them.
    pub partitions: Vec<usize>,
    /// What a directory is called in place of null or an empty string.
    pub default_partition: String,
    /// The name of an empty file that each partition gets when the job has ended, so that others see that it is complete:
    /// `_SUCCESS`.
    pub success_file: Option<String>,
    /// A part that has so many bytes is followed by another one. A single file never is.
    pub roll_bytes: u64,
    /// What this run is called in the names of its files, `part-<run>-<subtask>-<number>.<extension>`: files of runs that are
    /// called otherwise, or not at all, stay and are nobody's trouble. Two runs must not have the same name at a time.
    pub run: Option<String>,
    /// Whether files of an earlier run are replaced, whatever that was called. Those of a directory are removed when the job begins, so what
    /// a failed job leaves is no mixture; a single file is replaced at once, when the new one is whole. Those of
    /// a partition are removed with its first row, and partitions without rows stay as they are.
    pub overwrite: bool,
    /// When files are shown.
    pub publish: Publish,
}

/// Where files lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Files `part-<subtask>-<number>.<extension>` in this directory, which is made if it is not there.
    Directory(PathBuf),
    /// One file, written by one subtask.
    File(PathBuf),
}

/// When a file that is whole is shown under its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publish {
    /// When its subtask has ended: a job that fails before shows nothing.
    #[default]
    AtEnd,
    /// At once: for jobs that do not end. A job that fails shows what was whole by then, and writes it again when it is
    /// started again.
    EachFile,
}

/// The form of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoding {
    /// Rows of one column of text, each a line; null is an empty one. What is in a text is not looked at, newlines
    /// included.
    Lines,
    /// Values between delimiters. Of the options those count that are about writing: header, delimiter, quote, escape and
    /// the word for null.
    Csv(CsvOptions),
    /// An object a line.
    Json(JsonStyle),
    /// An Arrow file with its footer.
    Arrow,
    /// Parquet.
    Parquet(ParquetStyle),
    /// An Avro file with its schema, of the types that Flink makes of those of SQL.
    Avro(AvroStyle),
}

/// How Avro is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AvroStyle {
    /// How blocks are compressed.
    pub codec: AvroCodec,
}

/// How blocks of Avro are compressed. Names and default are those of Flink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvroCodec {
    /// Not at all.
    Null,
    /// Understood by everybody.
    Deflate,
    /// Faster.
    #[default]
    Snappy,
    /// Smaller.
    Zstandard,
}

/// How JSON is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonStyle {
    /// Whether a null is left out, with its name.
    pub leave_out_nulls: bool,
    /// Whether times have a T in the middle, as in ISO 8601, instead of a blank.
    pub iso_times: bool,
}

/// How Parquet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParquetStyle {
    /// How pages are compressed.
    pub compression: Compression,
    /// The most rows of a row group.
    pub row_group_rows: usize,
    /// About the most bytes of one, which are kept in memory until it is full.
    pub row_group_bytes: usize,
}

/// How pages of Parquet are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Fast, and understood by everybody: what Parquet has always had.
    #[default]
    Snappy,
    /// Faster to read (`LZ4_RAW`).
    Lz4,
    /// Smaller.
    Zstd,
}

impl Default for ParquetStyle {
    fn default() -> Self {
        Self {
            compression: Compression::Snappy,
            row_group_rows: ROW_GROUP_ROWS,
            row_group_bytes: ROW_GROUP_BYTES,
        }
    }
}

impl Encoding {
    /// What errors call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lines => "text",
            Self::Csv(_) => "CSV",
            Self::Json(_) => "JSON",
            Self::Arrow => "Arrow",
            Self::Parquet(_) => "Parquet",
            Self::Avro(_) => "Avro",
        }
    }

    /// The end of the names of its files.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Lines => "txt",
            Self::Csv(_) => "csv",
            Self::Json(_) => "jsonl",
            Self::Arrow => "arrow",
            Self::Parquet(_) => "parquet",
            Self::Avro(_) => "avro",
        }
    }
}

impl FileSpec {
    /// Parts of 128 MiB, in place of nothing, shown at the end.
    pub fn new(target: Target, encoding: Encoding, schema: SchemaRef) -> Self {
        Self {
            target,
            encoding,
            schema,
            partitions: Vec::new(),
            default_partition: DEFAULT_PARTITION.to_owned(),
            success_file: None,
            run: None,
            roll_bytes: ROLL_BYTES,
            overwrite: false,
            publish: Publish::AtEnd,
        }
    }

    /// Which columns the files have.
    pub(super) fn stored_columns(&self) -> Vec<usize> {
        (0..self.schema.fields().len()).filter(|column| !self.partitions.contains(column)).collect()
    }

    /// The columns of the files.
    pub(super) fn stored(&self) -> SchemaRef {
        if self.partitions.is_empty() {
            return self.schema.clone(); // With what is said about it as a whole.
        }
        Arc::new(self.schema.project(&self.stored_columns()).expect("columns that are there"))
    }

    /// Whether such rows can be written so.
    pub(super) fn check(&self) -> Result<(), WriteError> {
        if self.roll_bytes == 0 {
            return Err(WriteError::NoBytes { what: "the size of a part" });
        }
        if let Encoding::Parquet(style) = &self.encoding
            && (style.row_group_rows == 0 || style.row_group_bytes == 0)
        {
            return Err(WriteError::NoBytes { what: "the size of a row group" });
        }
        if let Target::File(path) = &self.target
            && path.file_name().is_none()
        {
            return Err(WriteError::NoName { path: path.clone() });
        }
        self.check_partitions()?;
        encoder::check(&self.encoding, &self.stored())
    }

    fn check_partitions(&self) -> Result<(), WriteError> {
        if let (Target::File(path), false) = (&self.target, self.partitions.is_empty()) {
            return Err(WriteError::PartitionedFile { path: path.clone() });
        }
        for (number, column) in self.partitions.iter().enumerate() {
            let field = self.schema.field(*column);
            let wrong = |cause| Err(WriteError::Partition { column: field.name().clone(), cause });
            if self.partitions[..number].contains(column) {
                return wrong("it is named twice; name it once".to_owned());
            }
            // Some types have no text, in spite of all.
            let null = new_null_array(field.data_type(), 1);
            let is_named = || directories(&[Arc::new(field.clone())], &[null], "null").is_ok();
            if !is_one_value(field.data_type()) || !is_named() {
                return wrong(format!("its type is {}; cast it to a string", field.data_type()));
            }
            if field.name().starts_with(['.', '_']) {
                return wrong("names that begin with `.` or `_` are not read; rename it".to_owned());
            }
        }
        Ok(())
    }
}
