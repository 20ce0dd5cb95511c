//! Files: `'connector' = 'filesystem'`, and files by their path.

use std::path::PathBuf;
use std::time::Duration;

use arrow_schema::SchemaRef;
use connect::format::{DEFAULT_PARTITION, Format};
use connect::read::{FileFact, FileSourceSpec, OnError};
use connect::write::{FileSpec, Target};

use super::Declared;
use super::formats::{encoding_of, format_of, on_error};
use super::options::{Options, instead};
use crate::error::SqlError;

/// A table in files.
#[derive(Clone, Debug)]
pub(crate) struct FilesTable {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    on_error: OnError,
    /// The columns that stand in the names of directories.
    partitions: Vec<usize>,
    /// The columns that are known of the file that a row is from.
    facts: Vec<(usize, FileFact)>,
    /// What a directory is called whose rows have nothing in its column.
    default_partition: String,
    /// The name of a file that says that a directory is complete.
    success_file: Option<String>,
    /// How often new files are looked for.
    monitor: Option<Duration>,
}

/// What Flink has and a job that writes its files when it ends has no use for: whatever it says, partitions are complete then.
const ROLLING: [&str; 9] = [
    "sink.partition-commit.trigger",
    "sink.partition-commit.delay",
    "sink.partition-commit.watermark-time-zone",
    "partition.time-extractor.kind",
    "partition.time-extractor.timestamp-pattern",
    "partition.time-extractor.timestamp-formatter",
    "sink.rolling-policy.rollover-interval",
    "sink.rolling-policy.check-interval",
    "sink.rolling-policy.file-size",
];

impl FilesTable {
    /// Files at this path, all of whose records have to be right.
    pub(crate) fn at(path: PathBuf, format: Format) -> Self {
        Self {
            path,
            format,
            on_error: OnError::Fail,
            partitions: Vec::new(),
            facts: Vec::new(),
            default_partition: DEFAULT_PARTITION.to_owned(),
            success_file: None,
            monitor: None,
        }
    }

    pub(super) fn of(options: &mut Options<'_>, declared: Declared<'_>) -> Result<Self, SqlError> {
        let facts = declared.metadata.iter().zip(declared.taken..);
        let facts = facts.map(|(key, column)| Ok((column, fact(declared.table, key)?)));
        let facts = facts.collect::<Result<_, SqlError>>()?;
        let path = PathBuf::from(options.need("path", "data/")?.trim_start_matches("file://"));
        let format = options.need("format", "parquet")?;
        let format = format_of(&format, options)?;
        let on_error = on_error(&format, options)?;
        let success_file = success_file(options)?;
        ROLLING.into_iter().for_each(|key| drop(options.take(key)));
        let default_partition = options.take("partition.default-name");
        let default_partition = default_partition.unwrap_or_else(|| DEFAULT_PARTITION.to_owned());
        let monitor = options.duration("source.monitor-interval")?;
        let partitions = declared.partitions;
        Ok(Self { path, format, on_error, partitions, facts, default_partition, success_file, monitor })
    }

    /// What a query reads.
    pub(crate) fn source(&self, stored: &SchemaRef) -> FileSourceSpec {
        let spec = FileSourceSpec::new([self.path.clone()], self.format.clone(), stored);
        let spec = spec.recursive(true).on_error(self.on_error.clone());
        let spec = spec.facts(self.facts.clone());
        let spec = match self.partitions.is_empty() {
            true => spec,
            false => {
                spec.partitions(self.partitions.clone()).default_partition(self.default_partition.clone())
            }
        };
        match self.monitor {
            Some(interval) => spec.monitor(interval),
            None => spec,
        }
    }

    /// Whether names of directories or footers can tell that a file has no row with some value of a column.
    pub(crate) fn tells(&self, column: usize) -> bool {
        let is_fact = self.facts.iter().any(|(fact, _)| *fact == column);
        self.ends() && (self.partitions.contains(&column) || self.format == Format::Parquet && !is_fact)
    }

    /// The columns that stand in the names of directories.
    pub(crate) fn partitions(&self) -> &[usize] {
        &self.partitions
    }

    /// What a directory is called whose rows have nothing in its column.
    pub(crate) fn default_partition(&self) -> &str {
        &self.default_partition
    }

    /// Whether there is a last file.
    pub(crate) fn ends(&self) -> bool {
        self.monitor.is_none()
    }

    /// Which files an insert writes: in place of those that are there, or beside them under the name of its run.
    pub(crate) fn target(&self, schema: SchemaRef, run: Option<String>) -> FileSpec {
        FileSpec {
            overwrite: run.is_none(),
            run,
            partitions: self.partitions.clone(),
            default_partition: self.default_partition.clone(),
            success_file: self.success_file.clone(),
            ..FileSpec::new(Target::Directory(self.path.clone()), encoding_of(&self.format), schema)
        }
    }
}

/// What is known of a file by this name.
fn fact(table: &str, key: &str) -> Result<FileFact, SqlError> {
    let facts = [
        ("file.path", FileFact::Path),
        ("file.name", FileFact::Name),
        ("file.size", FileFact::Size),
        ("file.modification-time", FileFact::Modified),
    ];
    let found = facts.into_iter().find(|(known, _)| *known == key);
    found.map(|(_, fact)| fact).ok_or_else(|| {
        let advice = instead(key, &facts.map(|(known, _)| known));
        SqlError::new(format!("table {table}: files have no metadata column '{key}'; {advice}"))
    })
}

/// The name of the file that a complete partition gets, if it gets one.
fn success_file(options: &mut Options<'_>) -> Result<Option<String>, SqlError> {
    let table = options.table;
    let name = options.take("sink.partition-commit.success-file.name");
    match options.take("sink.partition-commit.policy.kind").as_deref() {
        None => Ok(None),
        Some("success-file") => Ok(Some(name.unwrap_or_else(|| "_SUCCESS".to_owned()))),
        Some(other) => Err(SqlError::new(format!(
            "table {table}: 'sink.partition-commit.policy.kind' = '{other}' is not supported yet; there is success-file"
        ))),
    }
}
