//! One file that takes direct requests.
//!
//! It has two descriptors: the pool's, and one on the ring without the page cache. Reads take whole blocks around what
//! is asked; a write gives the blocks that it covers whole to the ring and its edges to the pool, at the same time.

use std::cell::Cell;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use arrow_buffer::{Buffer, MutableBuffer};
use glommio::GlommioError;
use glommio::io::{DmaFile, OpenOptions};

use super::span::{block_bytes, round_up, whole_blocks, within_block};
use super::{Desk, error};
use crate::bound::DIRECT_CHUNK_BYTES;
use crate::files::table::OpenFile;
use crate::seam::{FileAnswer, FileOperation, FileResult, OpenMode};

pub(super) struct DirectFile {
    direct: DmaFile,
    open: Arc<OpenFile>,
    /// Whether a request was refused, and the file is the pool's from now on.
    refused: Cell<bool>,
}

impl DirectFile {
    /// Opens once more what the pool has opened. By its descriptor and not its path: the file may have another name
    /// by now, or none, and the executor panics over a name that goes away.
    pub(super) async fn open(open: Arc<OpenFile>) -> io::Result<Self> {
        let path = format!("/proc/self/fd/{}", open.file.as_raw_fd());
        let mut options = OpenOptions::new();
        options.read(true).write(open.mode != OpenMode::Read);
        let direct = options.dma_open(path).await.map_err(said)?;
        let align = direct.align_up(1);
        if align > block_bytes() as u64 {
            direct.close().await.map_err(said)?;
            return Err(io::Error::other(format!("its device has blocks of {align} bytes")));
        }
        Ok(Self { direct, open, refused: Cell::new(false) })
    }

    /// Closes the ring's descriptor and gives back the pool's.
    pub(super) async fn close(self) -> Arc<OpenFile> {
        if let Err(cause) = self.direct.close().await {
            // Nothing is lost by it: what must last was synced.
            tracing::debug!("cannot close {}: {cause}", self.open.path.display());
        }
        self.open
    }

    /// Whether the ring is the way for it.
    pub(super) fn takes(&self, operation: &FileOperation) -> bool {
        // Nothing can be there, and the pool says so.
        let in_reach = |offset: u64, length: usize| {
            offset
                .checked_add(round_up(length.min(DIRECT_CHUNK_BYTES)) as u64)
                .is_some_and(|end| end < 1 << 62)
        };
        !self.refused.get()
            && match operation {
                FileOperation::Read { offset, length, .. } => *length > 0 && in_reach(*offset, *length),
                FileOperation::Write { offset, bytes, .. } => {
                    self.open.mode != OpenMode::Read
                        && in_reach(*offset, bytes.len())
                        && whole_blocks(*offset, bytes.len()).is_some()
                }
                _ => false,
            }
    }

    /// Performs what it takes. When the ring refuses, the pool does it all again.
    pub(super) async fn perform(&self, desk: &Desk, operation: FileOperation) -> FileResult {
        let result = match &operation {
            FileOperation::Read { offset, length, .. } => {
                self.read(*offset, *length).await.map(FileAnswer::Bytes)
            }
            FileOperation::Write { offset, bytes, .. } => {
                let edges = self.begin_edges(desk, &operation, *offset, bytes);
                let written = self.write_blocks(*offset, bytes).await;
                for edge in edges {
                    edge.await?;
                }
                written.map(|()| FileAnswer::Done)
            }
            _ => unreachable!("only what it takes"),
        };
        match result {
            Err(cause) if is_refusal(&cause) => {
                self.refused.set(true);
                desk.refusals.set(desk.refusals.get() + 1);
                desk.ask(operation, Some(self.open.clone())).await
            }
            result => result.map_err(|cause| error(&operation, &self.open, cause)),
        }
    }

    async fn read(&self, offset: u64, length: usize) -> io::Result<Buffer> {
        // No more memory than is asked for, and no more than was found but for the last doubling.
        let mut bytes = MutableBuffer::with_capacity(length.min(DIRECT_CHUNK_BYTES));
        while bytes.len() < length {
            let (at, missing) = (offset + bytes.len() as u64, length - bytes.len());
            let before = within_block(at);
            let asked = round_up(missing.min(DIRECT_CHUNK_BYTES - before) + before);
            let found =
                retry(async || self.direct.read_at_aligned(at - before as u64, asked).await.map_err(said))
                    .await?;
            let Some(found) = found.get(before..).filter(|found| !found.is_empty()) else { break };
            bytes.extend_from_slice(&found[..found.len().min(missing)]);
            if within_block(at + found.len() as u64) != 0 {
                break; // Only the end of a file lies within a block.
            }
        }
        if bytes.len() < length {
            bytes.shrink_to_fit();
        }
        Ok(bytes.into())
    }

    /// Asks the pool for what lies before and behind the whole blocks.
    fn begin_edges(
        &self,
        desk: &Desk,
        operation: &FileOperation,
        offset: u64,
        bytes: &Buffer,
    ) -> Vec<impl Future<Output = FileResult> + use<>> {
        let blocks = whole_blocks(offset, bytes.len()).expect("it takes no others");
        let file = operation.file().expect("a write is to a file");
        [0..blocks.start, blocks.end..bytes.len()]
            .into_iter()
            .filter(|edge| !edge.is_empty())
            .map(|edge| {
                let offset = offset + edge.start as u64;
                let bytes = bytes.slice_with_length(edge.start, edge.len());
                desk.ask(FileOperation::Write { file, offset, bytes }, Some(self.open.clone()))
            })
            .collect()
    }

    async fn write_blocks(&self, offset: u64, bytes: &Buffer) -> io::Result<()> {
        let blocks = whole_blocks(offset, bytes.len()).expect("it takes no others");
        let mut done = blocks.start;
        while done < blocks.end {
            let piece = &bytes[done..blocks.end.min(done + DIRECT_CHUNK_BYTES)];
            let written = retry(async || {
                let mut buffer = self.direct.alloc_dma_buffer(piece.len());
                buffer.as_bytes_mut().copy_from_slice(piece);
                self.direct.write_at(buffer, offset + done as u64).await.map_err(said)
            })
            .await?;
            // What was done of a block is done again with the rest of it.
            match written / block_bytes() * block_bytes() {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                whole => done += whole,
            }
        }
        Ok(())
    }
}

/// Whether the way was refused and not the operation: a file system without direct requests, or a device that cannot
/// be polled. An operation that is wrong by itself is refused by the pool again.
fn is_refusal(cause: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::INVAL, Errno::OPNOTSUPP].map(|errno| Some(errno.raw_os_error())).contains(&cause.raw_os_error())
}

/// What the system said, without what the executor says around it.
fn said(error: GlommioError<()>) -> io::Error {
    error.raw_os_error().map_or_else(|| error.into(), io::Error::from_raw_os_error)
}

/// Again, when only a signal was in the way.
async fn retry<T>(mut request: impl AsyncFnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match request().await {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
