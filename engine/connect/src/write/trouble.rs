//! What a file sink says when something is wrong: with the file, and with what can be done.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use arrow_schema::ArrowError;
use runtime::seam::FileError;
use runtime::subtask::Failure;

/// Why rows cannot be written as was wished: known before the job begins.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A line is one value.
    #[error(
        "lines of text are rows of one column of text, and these have {found}; make one of them, or write CSV or JSON"
    )]
    NotLines {
        /// The columns there are.
        found: String,
    },
    /// What is sent row by row has to be read so.
    #[error("{format} has no lines; send text, CSV or JSON")]
    NoLines {
        /// The form.
        format: &'static str,
    },
    /// A type that the form has no place for.
    #[error("{format} cannot hold these rows: {cause}; cast or leave out the column, or write Parquet")]
    Columns {
        /// The form.
        format: &'static str,
        /// What the encoder has said.
        cause: ArrowError,
    },
    /// A name that the form has no way to write.
    #[error("{format} has no column called {column:?}; call it by letters, digits and `_`")]
    Name {
        /// The form.
        format: &'static str,
        /// The column.
        column: String,
    },
    /// Rows without columns are nothing to read.
    #[error("the rows have no columns, and a file of them would hold nothing; write at least one")]
    NoColumns,
    /// A size of nothing.
    #[error("{what} is 0, so nothing would fit; make it larger, or leave it as it is")]
    NoBytes {
        /// Which.
        what: &'static str,
    },
    /// A delimiter or quote that cannot be told from what it is about.
    #[error("CSV cannot be written with the {what} {byte:?}; take another one")]
    Mark {
        /// Which.
        what: &'static str,
        /// What it is.
        byte: char,
    },
    /// A column that is no name of directories.
    #[error("column {column} cannot name the directories of partitions: {cause}")]
    Partition {
        /// Which.
        column: String,
        /// Why, and what to do.
        cause: String,
    },
    /// Partitions are directories.
    #[error("{} is one file, and was to have partitions; name a directory", .path.display())]
    PartitionedFile {
        /// The path.
        path: PathBuf,
    },
    /// A path without a name at its end.
    #[error("{} names no file; add a name to it", .path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
}

/// A file operation has failed.
pub(super) fn file_failure(error: &FileError) -> Failure {
    let way_out = match error.cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space there, or write elsewhere",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; let this user write there, or write elsewhere"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists if error.action == "create" => {
            "; a file is in the way: remove it, or write elsewhere"
        }
        _ => "",
    };
    let words = format!("{error}{way_out}");
    if error.retry_may_help() { Failure::passing(words) } else { Failure::lasting(words) }
}

/// The place is taken.
pub(super) fn taken(found: &Path) -> Failure {
    Failure::lasting(format!(
        "{} is there already, from an earlier run; remove it, write elsewhere, or set overwrite",
        found.display()
    ))
}

/// Rows cannot be encoded.
pub(super) fn encode_failure(file: &Path, cause: &ArrowError) -> Failure {
    Failure::lasting(format!("rows cannot be written to {}: {cause}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_files_say_what_to_do() {
        for (action, kind, passes, expected) in [
            (
                "write",
                ErrorKind::StorageFull,
                true,
                "cannot write /data/.part-0-0.csv.inprogress: no storage space; free some space there, or write elsewhere",
            ),
            (
                "create",
                ErrorKind::ReadOnlyFilesystem,
                false,
                "cannot create /data/.part-0-0.csv.inprogress: read-only filesystem or storage medium; let this user write \
                 there, or write elsewhere",
            ),
            (
                "create",
                ErrorKind::NotADirectory,
                false,
                "cannot create /data/.part-0-0.csv.inprogress: not a directory; a file is in the way: remove it, or write \
                 elsewhere",
            ),
            ("rename", ErrorKind::Other, false, "cannot rename /data/.part-0-0.csv.inprogress: other error"),
        ] {
            let failure = file_failure(&FileError {
                action,
                path: "/data/.part-0-0.csv.inprogress".into(),
                cause: kind.into(),
            });
            assert_eq!((failure.to_string().as_str(), failure.retry_may_help()), (expected, passes));
        }
    }
}
