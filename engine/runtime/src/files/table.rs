//! Open files: a number for whoever asks, a descriptor for whoever serves.
//!
//! The table belongs to one core. Closing takes a file out of it at once; what is under way keeps the descriptor open
//! until it is over, and whoever ends last closes it. So a late request never meets a descriptor that has become
//! another file's.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::seam::{FileId, OpenMode};

/// A file with what is remembered of it.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: File,
    /// What it was opened as. A rename does not change it: a message means the file that the caller opened.
    pub(super) path: PathBuf,
    pub(super) mode: OpenMode,
    /// Whether a sync has failed.
    unsynced: Mutex<bool>,
}

impl OpenFile {
    pub(super) fn new(file: File, path: PathBuf, mode: OpenMode) -> Self {
        Self { file, path, mode, unsynced: Mutex::new(false) }
    }

    /// Makes durable what was written, by `flush`. After one failure there is only failure: the kernel tells of a
    /// write that it has lost once, and would then say that all is well.
    ///
    /// One after the other for the same reason: of two at the same time only one would be told.
    pub(super) fn sync(&self, flush: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        if *unsynced {
            return Err(io::Error::other(SyncLost));
        }
        let flushed = flush(&self.file);
        *unsynced = flushed.is_err();
        flushed
    }
}

/// Why a file cannot be made durable any more.
#[derive(Debug, thiserror::Error)]
#[error("an earlier sync of this file failed, and what was written before it may be lost")]
pub(super) struct SyncLost;

/// The files that one core has open.
#[derive(Debug, Default)]
pub(super) struct Table {
    files: BTreeMap<FileId, Arc<OpenFile>>,
}

impl Table {
    pub(super) fn insert(&mut self, id: FileId, file: Arc<OpenFile>) {
        let had = self.files.insert(id, file);
        assert!(had.is_none(), "a number is given out once");
    }

    pub(super) fn get(&self, id: FileId) -> Option<&Arc<OpenFile>> {
        self.files.get(&id)
    }

    pub(super) fn remove(&mut self, id: FileId) -> Option<Arc<OpenFile>> {
        self.files.remove(&id)
    }
}

/// What a message calls a file that is not open, and so has no path.
pub(super) fn nameless(id: FileId) -> PathBuf {
    Path::new(&format!("file {}", id.0)).to_owned()
}

/// Why a number cannot be used.
pub(super) fn not_open() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not open here: closed already, or another core's")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str) -> OpenFile {
        OpenFile::new(tempfile::tempfile().unwrap(), name.into(), OpenMode::Temporary)
    }

    #[test]
    fn after_a_failed_sync_every_later_one_fails() {
        let file = open("/data/part-0");
        file.sync(|_| Ok(())).unwrap();
        let lost = file.sync(|_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert_eq!(lost.kind(), io::ErrorKind::StorageFull);
        for _ in 0..2 {
            let again = file.sync(|_| panic!("the kernel would say that all is well")).unwrap_err();
            assert!(again.get_ref().unwrap().is::<SyncLost>(), "{again}");
        }
    }

    #[test]
    fn another_file_is_not_blamed() {
        let [lost, sound] = ["lost", "sound"].map(open);
        lost.sync(|_| Err(io::ErrorKind::Other.into())).unwrap_err();
        sound.sync(|_| Ok(())).unwrap();
    }
}
