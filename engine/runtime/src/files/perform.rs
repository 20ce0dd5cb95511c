//! Performs one operation with ordinary system calls, and waits for it: only helpers may.
//!
//! Finishes what the kernel has done in part. Keeps nothing: the file comes in, and goes out only when it was opened.

#![expect(clippy::disallowed_methods, reason = "this is where the seam for files ends")]

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use arrow_buffer::{Buffer, MutableBuffer};
use rustix::fs::{CWD, Mode, OFlags};

use super::table::OpenFile;
use crate::bound::READ_FIRST_BYTES;
use crate::seam::{FileAnswer, FileError, FileOperation, OpenMode};

/// What a helper hands back.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A file that has no number yet.
    Opened(OpenFile),
    /// Anything else.
    Answer(FileAnswer),
}

/// Does it. `file` is the open file that the operation is about, if it is about one.
pub(super) fn perform(operation: &FileOperation, file: Option<&OpenFile>) -> Result<Outcome, FileError> {
    attempt(operation, file).map_err(|cause| FileError {
        action: operation.action(),
        path: file.map(|file| &*file.path).or(operation.path()).unwrap_or(Path::new("")).to_owned(),
        cause,
    })
}

fn attempt(operation: &FileOperation, file: Option<&OpenFile>) -> io::Result<Outcome> {
    let open = || file.expect("whoever submits looks the file up");
    let answer = match operation {
        FileOperation::Open { path, mode } => {
            let file = open_file(path, *mode)?;
            return Ok(Outcome::Opened(OpenFile::new(file, path.clone(), *mode)));
        }
        FileOperation::Read { offset, length, .. } => {
            FileAnswer::Bytes(read(&open().file, *offset, *length)?)
        }
        FileOperation::Write { .. } if open().mode == OpenMode::Read => {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it was opened to read"));
        }
        FileOperation::Write { offset, bytes, .. } => done(write(&open().file, *offset, bytes))?,
        FileOperation::Sync { .. } => done(open().sync(|file| retry(|| file.sync_data())))?,
        FileOperation::Length { .. } => FileAnswer::Length(retry(|| open().file.metadata())?.len()),
        FileOperation::Modified { .. } => FileAnswer::Modified(modified_ms(&open().file)?),
        // The descriptor goes with the last who holds it.
        FileOperation::Close { .. } => FileAnswer::Done,
        FileOperation::Rename { from, to } => done(retry(|| fs::rename(from, to)))?,
        FileOperation::Remove { path } => done(retry(|| fs::remove_file(path)))?,
        FileOperation::List { directory } => FileAnswer::Names(names(directory)?),
        FileOperation::CreateDirectory { directory } => done(retry(|| fs::create_dir_all(directory)))?,
        FileOperation::SyncDirectory { directory } => done(sync_directory(directory))?,
    };
    Ok(Outcome::Answer(answer))
}

fn done(result: io::Result<()>) -> io::Result<FileAnswer> {
    result.map(|()| FileAnswer::Done)
}

fn open_file(path: &Path, mode: OpenMode) -> io::Result<File> {
    // Without `NONBLOCK` a pipe would hold the helper until somebody writes to it; files do not mind.
    let existing = OFlags::RDONLY | OFlags::NONBLOCK;
    let new = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    match mode {
        OpenMode::Read => {
            let file = open_with(path, existing)?;
            let kind = file.metadata()?.file_type();
            match () {
                () if kind.is_file() => Ok(file),
                () if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
                () => {
                    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a device or a pipe, not a file"))
                }
            }
        }
        OpenMode::Create => open_with(path, new),
        OpenMode::Temporary => retry(|| tempfile::tempfile_in(path)),
    }
}

fn open_with(path: &Path, flags: OFlags) -> io::Result<File> {
    let mode = Mode::from_raw_mode(0o666); // Less what the user's mask takes away.
    let opened = rustix::io::retry_on_intr(|| rustix::fs::openat(CWD, path, flags | OFlags::CLOEXEC, mode));
    Ok(File::from(opened?))
}

fn read(file: &File, offset: u64, length: usize) -> io::Result<Buffer> {
    let mut bytes = MutableBuffer::new(0);
    if length == 0 {
        return Ok(bytes.into());
    }
    // The length is a hint only: the file may be growing. Nobody gets memory for what is not there.
    let there = file.metadata()?.len().saturating_sub(offset);
    let there = usize::try_from(there).unwrap_or(usize::MAX);
    let (mut filled, mut room) = (0, length.min(there.max(READ_FIRST_BYTES)));
    loop {
        bytes.resize(room, 0);
        while filled < room {
            match retry(|| file.read_at(&mut bytes[filled..], offset + filled as u64))? {
                0 => {
                    bytes.truncate(filled);
                    bytes.shrink_to_fit();
                    return Ok(bytes.into());
                }
                more => filled += more,
            }
        }
        if room == length {
            return Ok(bytes.into());
        }
        room = length.min(room.saturating_mul(2));
    }
}

fn write(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match retry(|| file.write_at(bytes, offset))? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => (offset, bytes) = (offset + written as u64, &bytes[written..]),
        }
    }
    Ok(())
}

/// When it was written last, in milliseconds since 1970.
fn modified_ms(file: &File) -> io::Result<i64> {
    let modified = retry(|| file.metadata())?.modified()?;
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Ok(match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => ms(after),
        Err(before) => -ms(before.duration()),
    })
}

fn names(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in retry(|| fs::read_dir(directory))? {
        // A name that is left out would be a file that nobody reads, and nobody misses.
        names.push(entry?.file_name().into_string().map_err(|name| {
            let name = PathBuf::from(name);
            io::Error::new(io::ErrorKind::InvalidData, format!("the name `{}` is not UTF-8", name.display()))
        })?);
    }
    names.sort_unstable();
    Ok(names)
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = open_with(directory, OFlags::RDONLY | OFlags::DIRECTORY)?;
    retry(|| directory.sync_all())
}

/// Again, when only a signal was in the way.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_not_an_error() {
        let mut calls = 0;
        let result = retry(|| {
            calls += 1;
            if calls < 3 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(calls) }
        });
        assert_eq!(result.unwrap(), 3);
    }

    #[test]
    fn a_pipe_is_refused_and_nobody_waits_for_its_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(CWD, &path, kind, Mode::from_raw_mode(0o600), 0).unwrap();
        let error = open_file(&path, OpenMode::Read).unwrap_err();
        assert_eq!(error.to_string(), "it is a device or a pipe, not a file");
    }

    #[test]
    fn a_read_gets_memory_for_what_is_there() {
        let file = tempfile::tempfile().unwrap();
        write(&file, 0, b"little").unwrap();
        let bytes = read(&file, 2, usize::MAX).unwrap();
        assert_eq!(bytes.as_slice(), b"ttle");
        assert!(bytes.capacity() < 1024, "{}", bytes.capacity());
    }

    #[test]
    fn a_name_that_is_not_text_is_told_and_not_left_out() {
        use std::os::unix::ffi::OsStrExt;

        let directory = tempfile::tempdir().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"part-\xff");
        File::create(directory.path().join(name)).unwrap();
        assert_eq!(names(directory.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
