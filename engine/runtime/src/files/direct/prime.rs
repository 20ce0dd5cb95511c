//! Tells the executor what a device can do, before it draws the wrong conclusion.
//!
//! With the first file of a device that is opened, the executor asks for its first block on a ring that polls, and
//! believes for ever after that the device can be polled if no error comes. A read of an empty file, or of a hole, does
//! not reach the device, so a device that cannot be polled passes; then every write to it fails. So the first file of a
//! device is one of ours, whose first block is on the disk.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use arrow_buffer::Buffer;

use super::file::DirectFile;
use super::span::block_bytes;
use super::{Desk, FileAnswer, FileOperation, OpenFile};
use crate::seam::{FileError, FileId, OpenMode};

impl Desk {
    /// Makes the device of the file known. Without success it stays unknown, and a write that is refused for it goes
    /// to the pool.
    pub(super) async fn prime(&self, open: &OpenFile) {
        // The kernel has it at hand: this is no request to a device.
        let Ok(status) = rustix::fs::fstat(&open.file) else { return };
        if !self.primed.borrow_mut().insert(status.st_dev) {
            return;
        }
        if let Err(error) = self.look_at_block(open).await {
            tracing::debug!("what the device can do is not known: {error}");
        }
    }

    async fn look_at_block(&self, open: &OpenFile) -> Result<(), FileError> {
        let directory = match open.mode {
            OpenMode::Temporary => open.path.clone(),
            // A path without a parent is a name in the working directory.
            OpenMode::Read | OpenMode::Create => match open.path.parent() {
                Some(parent) if parent != Path::new("") => parent.to_owned(),
                _ => Path::new(".").to_owned(),
            },
        };
        let mode = OpenMode::Temporary;
        let opened = self.ask(FileOperation::Open { path: directory, mode }, None).await?;
        let FileAnswer::Opened(file) = opened else { unreachable!("what was asked") };
        let Some(primer) = self.pool.borrow_mut().forget(file) else { return Ok(()) };
        self.write_block(file, &primer).await?;
        if let Ok(direct) = DirectFile::open(primer).await {
            self.release(Rc::new(direct)).await;
        }
        Ok(())
    }

    async fn write_block(&self, file: FileId, primer: &Arc<OpenFile>) -> Result<(), FileError> {
        let bytes = Buffer::from(vec![1; block_bytes()]);
        self.ask(FileOperation::Write { file, offset: 0, bytes }, Some(primer.clone())).await?;
        self.ask(FileOperation::Sync { file }, Some(primer.clone())).await?;
        Ok(())
    }
}
