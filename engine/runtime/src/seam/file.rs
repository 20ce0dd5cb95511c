//! What can be asked of a file system, as values.
//!
//! Every operation owns its bytes, so nobody can free them while the kernel has them. Bytes are Arrow buffers: what
//! was read is used in place, and what is written may be shared with whoever still reads it.
//!
//! A host finishes what the kernel has done in part: an answer is the whole operation or an error. The one exception
//! is reading beyond the end of a file, which gives what there is.

use std::io;
use std::path::{Path, PathBuf};

use arrow_buffer::Buffer;

/// An open file of a host. Never given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u64);

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// An existing file, to read.
    Read,
    /// A file that must not exist yet, to write and read. Its name is durable once its directory was synced.
    Create,
    /// A file without a name in the directory that the path names, to write and read. It is gone when it is closed.
    Temporary,
}

/// One request.
#[derive(Clone, Debug)]
pub enum FileOperation {
    /// Opens a file: [`FileAnswer::Opened`].
    Open {
        /// Its path; for a temporary one that of the directory.
        path: PathBuf,
        /// What for.
        mode: OpenMode,
    },
    /// Reads as much, or up to the end of the file: [`FileAnswer::Bytes`].
    Read {
        /// The file.
        file: FileId,
        /// Where to begin.
        offset: u64,
        /// How much to read at most.
        length: usize,
    },
    /// Writes all of it: [`FileAnswer::Done`]. After an error the bytes at and behind `offset` are unknown.
    Write {
        /// The file.
        file: FileId,
        /// Where to begin.
        offset: u64,
        /// What to write.
        bytes: Buffer,
    },
    /// Makes what was written durable: [`FileAnswer::Done`]. After an error what was written is lost for good: to try
    /// again proves nothing.
    Sync {
        /// The file.
        file: FileId,
    },
    /// How long the file is: [`FileAnswer::Length`].
    Length {
        /// The file.
        file: FileId,
    },
    /// When the file was written last: [`FileAnswer::Modified`].
    Modified {
        /// The file.
        file: FileId,
    },
    /// Gives the file back, whatever is still under way for it: [`FileAnswer::Done`].
    Close {
        /// The file.
        file: FileId,
    },
    /// Gives a file another name, in place of the file that had it: [`FileAnswer::Done`].
    Rename {
        /// Its name.
        from: PathBuf,
        /// The new one.
        to: PathBuf,
    },
    /// Takes a name away from a file: [`FileAnswer::Done`].
    Remove {
        /// The name.
        path: PathBuf,
    },
    /// The names in a directory, in order: [`FileAnswer::Names`].
    List {
        /// The directory.
        directory: PathBuf,
    },
    /// Makes a directory, and those above it, unless it is there: [`FileAnswer::Done`].
    CreateDirectory {
        /// The directory.
        directory: PathBuf,
    },
    /// Makes new, changed and removed names of a directory durable: [`FileAnswer::Done`].
    SyncDirectory {
        /// The directory.
        directory: PathBuf,
    },
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileAnswer {
    /// It is open under this number.
    Opened(FileId),
    /// What was read; shorter than asked for only at the end of the file.
    Bytes(Buffer),
    /// Bytes of the file.
    Length(u64),
    /// Milliseconds since 1970, by the clock of whoever keeps the file.
    Modified(i64),
    /// Names without their directory, in order.
    Names(Vec<String>),
    /// It is done.
    Done,
}

/// The whole operation, or why not.
pub type FileResult = Result<FileAnswer, FileError>;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {cause}", .path.display())]
pub struct FileError {
    /// The verb: `open`, `read`, `write`.
    pub action: &'static str,
    /// Which file or directory.
    pub path: PathBuf,
    /// What the system said.
    pub cause: io::Error,
}

impl FileOperation {
    /// The verb, for messages.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Open { mode: OpenMode::Read, .. } => "open",
            Self::Open { .. } => "create",
            Self::Read { .. } => "read",
            Self::Write { .. } => "write",
            Self::Sync { .. } | Self::SyncDirectory { .. } => "sync",
            Self::Length { .. } => "measure",
            Self::Modified { .. } => "look at",
            Self::Close { .. } => "close",
            Self::Rename { .. } => "rename",
            Self::Remove { .. } => "remove",
            Self::List { .. } => "list",
            Self::CreateDirectory { .. } => "create",
        }
    }

    /// The file it is about, if that is open.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Self::Read { file, .. }
            | Self::Write { file, .. }
            | Self::Sync { file }
            | Self::Length { file }
            | Self::Modified { file }
            | Self::Close { file } => Some(*file),
            _ => None,
        }
    }

    /// The name it is about, if that is not of an open file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Open { path, .. } | Self::Remove { path } | Self::Rename { from: path, .. } => Some(path),
            Self::List { directory }
            | Self::CreateDirectory { directory }
            | Self::SyncDirectory { directory } => Some(directory),
            _ => None,
        }
    }
}

impl FileError {
    /// Whether the same request may succeed later without anybody changing the job. A failed sync never does: the
    /// system forgets what it could not write and says that all is well.
    pub fn retry_may_help(&self) -> bool {
        use io::ErrorKind::{
            Interrupted, OutOfMemory, QuotaExceeded, ResourceBusy, StorageFull, TimedOut, WouldBlock,
        };
        let passes =
            [Interrupted, OutOfMemory, QuotaExceeded, ResourceBusy, StorageFull, TimedOut, WouldBlock];
        self.action != "sync" && passes.contains(&self.cause.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file_and_says_whether_trying_again_helps() {
        let error = |action, kind: io::ErrorKind| FileError {
            action,
            path: "/data/part-0".into(),
            cause: kind.into(),
        };
        let full = error("write", io::ErrorKind::StorageFull);
        assert_eq!(full.to_string(), "cannot write /data/part-0: no storage space");
        assert!(full.retry_may_help());
        assert!(!error("sync", io::ErrorKind::StorageFull).retry_may_help());
        assert!(!error("open", io::ErrorKind::NotFound).retry_may_help());
    }
}
