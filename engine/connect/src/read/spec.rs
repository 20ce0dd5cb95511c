//! What a source reads, as plain data: which files, in which format, which columns, and what becomes of bad records.

use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow_schema::{DataType, Schema, SchemaRef};
use parquet::file::metadata::ParquetMetaData;

use super::conditions::{Condition, groups_of};
use super::constants::{Constant, FileFact};
use super::error::ReadError;
use super::figures::Figures;
use super::given::Given;
use super::layout::Layout;
use super::wanted::Sieved;
use crate::bound::{BATCH_ROWS, BLOCK_BYTES, BLOCK_BYTES_LEAST, SPLIT_BYTES};
use crate::format::{
    CsvOptions, DEFAULT_PARTITION, Format, JsonOptions, is_one_value, text_schema, with_views,
};

/// What becomes of a record that cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The job fails, and is told file and line.
    #[default]
    Fail,
    /// It is left out, and counted in [`Figures::skipped`].
    Skip,
    /// Its values that cannot be read are null, as in Flink; so are those that a line of CSV has not, and those that it has more
    /// are dropped. What is no record at all, or has no value for a column that takes no null, is left out and counted.
    Null,
    /// It is left out, counted, and written as a line of JSON with its file, its line, the error and itself, to a file
    /// in this directory. Each subtask writes its own, when it has something to write. A record may be written again
    /// when the job is started again.
    DeadLetter(PathBuf),
}

/// What a source reads.
///
/// ```
/// # use connect::read::{FileSourceSpec, OnError};
/// let lines = FileSourceSpec::text(["logs/", "old/2024-*.log"]).recursive(true).on_error(OnError::Skip);
/// assert_eq!(lines.schema().field(0).name(), "value");
/// ```
#[derive(Clone, Debug)]
pub struct FileSourceSpec {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) format: Format,
    pub(crate) layout: Layout,
    pub(crate) default_partition: String,
    pub(crate) is_recursive: bool,
    /// How long after a look for files comes the next one.
    pub(crate) monitor: Option<Duration>,
    pub(crate) split_bytes: u64,
    pub(crate) block_bytes: usize,
    pub(crate) batch_rows: usize,
    pub(crate) on_error: OnError,
    pub(crate) figures: Figures,
    /// Which rows are asked for.
    pub(crate) conditions: Vec<Condition>,
    /// Whether single rows are left out, too.
    pub(crate) tells_rows: bool,
    /// Who tells which keys are asked for.
    pub(crate) sieves: Vec<Sieved>,
}

impl FileSourceSpec {
    /// Files of a format. Each path is a file, a directory, or a pattern for names in a directory: `data/*.csv`. CSV is
    /// read by position: `columns` are all columns of a file. Otherwise they are found by their names, and a file may
    /// have more. Strings come as views, whatever was declared; lines of text are one column of them, `value` if none is
    /// declared. Files of lines whose names end with `.gz` or `.zst` are compressed.
    pub fn new<P: Into<PathBuf>>(
        paths: impl IntoIterator<Item = P>,
        format: Format,
        columns: &Schema,
    ) -> Self {
        let is_text = format == Format::Text && columns.fields().is_empty();
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            format,
            layout: Layout::new(if is_text { text_schema() } else { with_views(columns) }),
            default_partition: DEFAULT_PARTITION.to_owned(),
            is_recursive: false,
            monitor: None,
            split_bytes: SPLIT_BYTES,
            block_bytes: BLOCK_BYTES,
            batch_rows: BATCH_ROWS,
            on_error: OnError::default(),
            figures: Figures::default(),
            conditions: Vec::new(),
            tells_rows: false,
            sieves: Vec::new(),
        }
    }

    /// Lines of text, as rows of one column `value`.
    pub fn text<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self::new(paths, Format::Text, &Schema::empty())
    }

    /// CSV with these columns.
    pub fn csv<P: Into<PathBuf>>(
        paths: impl IntoIterator<Item = P>,
        options: CsvOptions,
        columns: &Schema,
    ) -> Self {
        Self::new(paths, Format::Csv(options), columns)
    }

    /// JSON lines with these columns.
    pub fn json<P: Into<PathBuf>>(
        paths: impl IntoIterator<Item = P>,
        options: JsonOptions,
        columns: &Schema,
    ) -> Self {
        Self::new(paths, Format::Json(options), columns)
    }

    /// Arrow files or streams with these columns, or more.
    pub fn arrow<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>, columns: &Schema) -> Self {
        Self::new(paths, Format::Arrow, columns)
    }

    /// Parquet files with these columns, or more.
    pub fn parquet<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>, columns: &Schema) -> Self {
        Self::new(paths, Format::Parquet, columns)
    }

    /// Avro files with these columns, or more.
    pub fn avro<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>, columns: &Schema) -> Self {
        Self::new(paths, Format::Avro, columns)
    }

    /// The same with some of the declared columns, in this order.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[must_use]
    pub fn project(self, columns: impl Into<Vec<usize>>) -> Self {
        Self { layout: self.layout.project(columns.into()), ..self }
    }

    /// The same with these of the declared columns in the names of directories, in place of the files:
    /// `dt=2025-01-01/hm=23-58/part-0-0.csv`, in any order. They are read recursively, and none may be there.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[must_use]
    pub fn partitions(self, columns: impl Into<Vec<usize>>) -> Self {
        let columns = columns.into();
        let is_recursive = self.is_recursive || !columns.is_empty();
        let constants = columns.into_iter().map(|column| (column, Constant::Partition));
        Self { is_recursive, layout: self.layout.with(constants), ..self }
    }

    /// The same with these of the declared columns as facts of the file that a row is from.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[must_use]
    pub fn facts(self, columns: impl IntoIterator<Item = (usize, FileFact)>) -> Self {
        let constants = columns.into_iter().map(|(column, fact)| (column, Constant::Fact(fact)));
        Self { layout: self.layout.with(constants), ..self }
    }

    /// The same without files and row groups that have no row for which all of these hold, as far as names of directories
    /// and footers say so. Other rows may come all the same.
    #[must_use]
    pub fn conditions(self, conditions: impl Into<Vec<Condition>>) -> Self {
        Self { conditions: conditions.into(), ..self }
    }

    /// The same without single rows of Parquet for which the conditions do not hold, where that is known for less than reading
    /// all of them. Only for what is never begun in the middle of a row group: what was done of it is counted in rows that were
    /// sent.
    #[must_use]
    pub fn by_row(self) -> Self {
        Self { tells_rows: true, ..self }
    }

    /// The same without rows whose keys these joins have no pair for, in the same way. It begins when all of them have told which
    /// keys they have.
    #[must_use]
    pub fn sieved(self, sieves: impl Into<Vec<Sieved>>) -> Self {
        Self { sieves: sieves.into(), ..self }
    }

    /// The same with another name of directories for what is null.
    #[must_use]
    pub fn default_partition(self, name: impl Into<String>) -> Self {
        Self { default_partition: name.into(), ..self }
    }

    /// The same with the directories in directories, or without. Names that begin with `.` or `_` are left out always.
    #[must_use]
    pub fn recursive(self, is_recursive: bool) -> Self {
        Self { is_recursive, ..self }
    }

    /// The same source, which never ends: it looks for new files again and again, with so much time between two looks.
    /// They are read in the order in which they were written last, each once, as it is when it is found. A file that was
    /// read may go away; one of the same name is not read again.
    #[must_use]
    pub fn monitor(self, interval: Duration) -> Self {
        Self { monitor: Some(interval), ..self }
    }

    /// The same with splits of about so many bytes.
    #[must_use]
    pub fn split_bytes(self, split_bytes: u64) -> Self {
        Self { split_bytes: split_bytes.max(1), ..self }
    }

    /// The same with reads of so many bytes.
    #[must_use]
    pub fn block_bytes(self, block_bytes: usize) -> Self {
        Self { block_bytes: block_bytes.clamp(BLOCK_BYTES_LEAST, BLOCK_BYTES), ..self }
    }

    /// The same with batches of so many rows at most.
    #[must_use]
    pub fn batch_rows(self, batch_rows: usize) -> Self {
        Self { batch_rows: batch_rows.max(1), ..self }
    }

    /// The same with another end for bad records.
    #[must_use]
    pub fn on_error(self, on_error: OnError) -> Self {
        Self { on_error, ..self }
    }

    /// Whether files in directories of these names can have rows that are asked for.
    pub(crate) fn may_be_in(&self, path: &Path) -> bool {
        let named = self.conditions.iter().filter(|condition| self.layout.is_partition(condition.column));
        let (declared, default) = (&self.layout.declared, &self.default_partition);
        named.into_iter().all(|condition| condition.may_hold_in(path, declared, default))
    }

    /// Which row groups of a Parquet file can have rows that are asked for.
    pub(crate) fn groups(&self, metadata: &ParquetMetaData) -> Vec<bool> {
        let stored = self.conditions.iter().filter(|condition| self.layout.is_stored(condition.column));
        groups_of(stored, metadata, &self.layout.declared)
    }

    /// The columns of the rows.
    pub fn schema(&self) -> SchemaRef {
        self.layout.projected.clone()
    }

    /// What has been read so far by all subtasks of all attempts. Every clone of a spec counts in the same place.
    pub fn figures(&self) -> Figures {
        self.figures.clone()
    }

    /// Whether all that it says can be.
    ///
    /// # Errors
    ///
    /// What cannot, and what to do.
    pub fn check(&self) -> Result<(), ReadError> {
        if self.paths.is_empty() {
            return Err(ReadError::NoPath);
        }
        self.paths.iter().try_for_each(|path| Given::of(path).map(|_| ()))?;
        self.layout.check()?;
        let stored = &self.layout.stored;
        match &self.format {
            Format::Csv(options) => {
                options.check().map_err(ReadError::Option)?;
                let nested = stored.projected.fields().iter().find(|field| !is_one_value(field.data_type()));
                if let Some(field) = nested {
                    let (name, data_type) = (field.name().clone(), field.data_type().clone());
                    return Err(ReadError::NotInCsv { name, data_type });
                }
            }
            Format::Text => match stored.declared.fields().as_ref() {
                [line] if line.data_type() == &DataType::Utf8View => {}
                _ => return Err(ReadError::NotLines(stored.declared.clone())),
            },
            Format::Json(_) | Format::Arrow | Format::Parquet | Format::Avro => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::Field;

    use super::*;

    fn columns() -> Schema {
        let items = DataType::new_list(DataType::Int32, true);
        Schema::new(vec![Field::new("name", DataType::Utf8, true), Field::new("items", items, true)])
    }

    #[test]
    fn what_cannot_be_is_told_before_anything_is_read() {
        let told = |spec: FileSourceSpec| spec.check().unwrap_err().to_string();
        assert_eq!(told(FileSourceSpec::text(Vec::<PathBuf>::new())), "no file to read is named; name one");
        assert_eq!(
            told(FileSourceSpec::csv(["a.csv"], CsvOptions::default(), &columns())),
            "column items: CSV cannot hold List(Int32); read it as a string, or leave it out"
        );
        let clash = CsvOptions::default().comment(b',');
        assert_eq!(
            told(FileSourceSpec::csv(["a.csv"], clash, &columns())),
            "csv.delimiter and csv.comment are both `,`; take different letters"
        );
        assert_eq!(
            told(FileSourceSpec::parquet(["a.parquet"], &Schema::empty())),
            "no column is declared; declare some, or infer them from a file"
        );
        assert_eq!(
            told(FileSourceSpec::text(["logs/*/today.log"])),
            "logs/*/today.log: only the last part of a path may be a pattern; read the directory recursively, or name \
             each directory"
        );
    }

    #[test]
    fn a_column_that_is_left_out_may_be_anything() {
        let spec = FileSourceSpec::csv(["a.csv"], CsvOptions::default(), &columns()).project([0]);
        assert_eq!(spec.check().map_err(|error| error.to_string()), Ok(()));
        assert_eq!(*spec.schema(), Schema::new(vec![Field::new("name", DataType::Utf8View, true)]));
    }
}
