//! Why files cannot be read, in words for the user: which file, what is wrong, what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{DataType, SchemaRef};
use runtime::seam::FileError;
use runtime::subtask::Failure;

use crate::bound::LINE_BYTES_MAX;

/// Why a source cannot go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing to read.
    #[error("no file to read is named; name one")]
    NoPath,
    /// There is nothing to read in it.
    #[error("no column is declared; declare some, or infer them from a file")]
    NoColumn,
    /// An option that cannot be.
    #[error("{0}")]
    Option(String),
    /// A type that CSV has no way to write.
    #[error("column {name}: CSV cannot hold {data_type}; read it as a string, or leave it out")]
    NotInCsv {
        /// The column.
        name: String,
        /// Its type.
        data_type: DataType,
    },
    /// Lines of text are one value.
    #[error("a line of text is one column of strings, and there are {}; declare one STRING", named(.0))]
    NotLines(SchemaRef),
    /// A column that no name of a directory can hold.
    #[error("column {name}: no directory can be named by {data_type}; leave it out, or declare it as STRING")]
    NotInPath {
        /// The column.
        name: String,
        /// Its type.
        data_type: DataType,
    },
    /// A column that cannot hold what the system says of a file.
    #[error("column {name}: what is known of a file is {own}, not {data_type}; declare it so")]
    NotAFact {
        /// The column.
        name: String,
        /// Its type.
        data_type: DataType,
        /// What it could be.
        own: DataType,
    },
    /// A pattern in the middle of a path.
    #[error(
        "{}: only the last part of a path may be a pattern; read the directory recursively, or name each directory",
        .0.display()
    )]
    Pattern(PathBuf),
    /// The system refuses it.
    #[error("cannot {action} {}: {cause}; {remedy}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// What the system said.
        cause: String,
        /// What to do.
        remedy: &'static str,
        /// Whether trying again may help.
        retry_may_help: bool,
    },
    /// A directory without a file in it.
    #[error(
        "nothing to read in {}: it has no file whose name begins with neither `.` nor `_`; check the path{}",
        .directory.display(),
        if *.is_recursive { "" } else { ", or read it recursively" }
    )]
    Empty {
        /// Which.
        directory: PathBuf,
        /// Whether the directories in it were looked at.
        is_recursive: bool,
    },
    /// A pattern that no name matches.
    #[error("nothing matches {}; check the pattern", .0.display())]
    NoMatch(PathBuf),
    /// A file that is not of its format.
    #[error("{} cannot be read as {format}: {cause}; check that it is whole, and of this format", .path.display())]
    Damaged {
        /// Which.
        path: Arc<Path>,
        /// What it should be.
        format: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// A file that does not have what was declared.
    #[error("{}: {cause}", .path.display())]
    Columns {
        /// Which.
        path: Arc<Path>,
        /// What is wrong, and what to do.
        cause: String,
    },
    /// A file that somebody has cut while it was read.
    #[error("{} has become shorter while it was read; let nobody write to it meanwhile", .0.display())]
    Shrunk(Arc<Path>),
    /// A file that a savepoint speaks of and that is not what it was.
    #[error("{} {what} since the savepoint; bring it back, or start without the savepoint", .path.display())]
    Changed {
        /// Which.
        path: PathBuf,
        /// What has happened.
        what: &'static str,
    },
    /// A line without an end.
    #[error(
        "{}, byte {byte}: a line of more than {LINE_BYTES_MAX} bytes; check the format and the ends of lines",
        .path.display()
    )]
    LongLine {
        /// The file.
        path: Arc<Path>,
        /// Where the line begins.
        byte: u64,
    },
    /// A record that cannot be read. The words say which.
    #[error("{0}")]
    Record(String),
    /// A state that is not ours.
    #[error("the savepoint does not hold the place of a file source: {0}")]
    State(String),
}

/// Columns and their types.
fn named(schema: &SchemaRef) -> String {
    let named = schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type()));
    let named: Vec<_> = named.collect();
    named.join(", ")
}

impl ReadError {
    /// Whether the same job may succeed when it is started again.
    pub fn retry_may_help(&self) -> bool {
        matches!(self, Self::File { retry_may_help: true, .. })
    }
}

impl From<FileError> for ReadError {
    fn from(error: FileError) -> Self {
        let retry_may_help = error.retry_may_help();
        let FileError { action, path, cause } = error;
        let (cause, remedy) = match cause.kind() {
            io::ErrorKind::NotFound => (
                "no such file or directory".to_owned(),
                "check the path, which every machine that reads must be able to see",
            ),
            io::ErrorKind::PermissionDenied => {
                ("permission denied".to_owned(), "let the user of this process read it")
            }
            _ if retry_may_help => (cause.to_string(), "it may pass: start the job again"),
            _ => (cause.to_string(), "check the file and its disk"),
        };
        Self::File { action, path, cause, remedy, retry_may_help }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        if error.retry_may_help() { Self::passing(error) } else { Self::lasting(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_is_named() {
        let error = |kind: io::ErrorKind| {
            ReadError::from(FileError { action: "open", path: "data/x.csv".into(), cause: kind.into() })
        };
        assert_eq!(
            error(io::ErrorKind::NotFound).to_string(),
            "cannot open data/x.csv: no such file or directory; check the path, which every machine that reads must \
             be able to see"
        );
        assert!(!error(io::ErrorKind::NotFound).retry_may_help());
        assert!(error(io::ErrorKind::TimedOut).retry_may_help());
    }
}
