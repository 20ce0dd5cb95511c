//! One file, from its first byte to its last.
//!
//! ```text
//!   New ─► Creating ─► Open: writes, some at a time ─► Syncing ─► Closing ─► Closed
//!   encoder ─► bytes ─► pieces that wait ─► pieces under way
//! ```
//!
//! Rows are encoded as they come, before the file is there. Pieces are cut at multiples of their size, so that a host with
//! direct writes has them aligned. Keeps the encoder, what it has not given yet, and what is not written yet. Never has
//! more under way than the window; what waits beyond it is for the sink to bound.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_schema::SchemaRef;
use operators::Cx;
use runtime::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode, Ticket};
use runtime::subtask::Failure;

use super::encoder::{Encode, encoder};
use super::names;
use super::spec::Encoding;
use super::trouble::{encode_failure, file_failure};
use crate::bound::{PIECE_BYTES, WINDOW_BYTES};

/// A file on its way.
pub(super) struct Part {
    shown: PathBuf,
    hidden: PathBuf,
    /// None when all rows have come.
    encoder: Option<Box<dyn Encode>>,
    waiting: VecDeque<Buffer>,
    waiting_bytes: usize,
    under_way: BTreeMap<Ticket, usize>,
    under_way_bytes: usize,
    /// Where the next piece goes.
    offset: u64,
    step: Step,
}

#[derive(Debug)]
enum Step {
    New,
    Creating(Ticket),
    Open(FileId),
    Syncing(FileId, Ticket),
    Closing(Ticket),
    Closed,
}

impl Part {
    /// A file of these columns that is to be called `shown`.
    pub(super) fn begin(encoding: &Encoding, columns: &SchemaRef, shown: PathBuf) -> Result<Self, Failure> {
        let encoder = encoder(encoding, columns).map_err(|cause| encode_failure(&shown, &cause))?;
        Ok(Self { encoder: Some(encoder), ..Self::empty(shown) })
    }

    /// A file with nothing in it.
    pub(super) fn empty(shown: PathBuf) -> Self {
        Self {
            hidden: names::hidden(&shown),
            shown,
            encoder: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            under_way: BTreeMap::new(),
            under_way_bytes: 0,
            offset: 0,
            step: Step::New,
        }
    }

    /// Where it lies.
    pub(super) fn directory(&self) -> &Path {
        names::above(&self.shown)
    }

    /// The rename that shows it.
    pub(super) fn publication(self) -> FileOperation {
        FileOperation::Rename { from: self.hidden, to: self.shown }
    }

    /// Bytes of the file as far as it is known, what the encoder holds included.
    pub(super) fn bytes(&self) -> u64 {
        self.offset + (self.waiting_bytes + self.held_bytes()) as u64
    }

    /// Bytes that the encoder holds.
    pub(super) fn held_bytes(&self) -> usize {
        self.encoder.as_ref().map_or(0, |encoder| encoder.held_bytes())
    }

    /// Bytes that are in memory and ready to be written.
    pub(super) fn unwritten_bytes(&self) -> usize {
        self.waiting_bytes + self.under_way_bytes
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.step, Step::Closed)
    }

    pub(super) fn encode(&mut self, rows: &RecordBatch) -> Result<(), Failure> {
        let encoder = self.encoder.as_mut().expect("more rows behind the end of a file");
        encoder.encode(rows).map_err(|cause| encode_failure(&self.shown, &cause))?;
        self.cut(false);
        Ok(())
    }

    /// No row comes any more.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let encoder = self.encoder.as_mut().expect("a file ends once");
        encoder.finish().map_err(|cause| encode_failure(&self.shown, &cause))?;
        self.cut(true);
        self.encoder = None;
        Ok(())
    }

    /// Takes from the encoder what it has ready. What does not fill a piece stays, unless there will be no more.
    fn cut(&mut self, is_last: bool) {
        let bytes = self.encoder.as_mut().expect("it is there until the end").ready();
        let keep = if is_last { 0 } else { bytes.len() % PIECE_BYTES };
        if bytes.len() == keep {
            return;
        }
        let rest = bytes.split_off(bytes.len() - keep);
        let whole = Buffer::from_vec(std::mem::replace(bytes, rest));
        self.waiting_bytes += whole.len();
        for offset in (0..whole.len()).step_by(PIECE_BYTES) {
            let length = PIECE_BYTES.min(whole.len() - offset);
            self.waiting.push_back(whole.slice_with_length(offset, length));
        }
    }

    /// Begins what can be begun.
    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>) {
        match self.step {
            Step::New => {
                let open = FileOperation::Open { path: self.hidden.clone(), mode: OpenMode::Create };
                self.step = Step::Creating(cx.submit(open));
            }
            Step::Open(file) => {
                self.write(file, cx);
                let is_written = self.waiting.is_empty() && self.under_way.is_empty();
                if is_written && self.encoder.is_none() {
                    self.step = Step::Syncing(file, cx.submit(FileOperation::Sync { file }));
                }
            }
            Step::Creating(_) | Step::Syncing(..) | Step::Closing(_) | Step::Closed => {}
        }
    }

    fn write(&mut self, file: FileId, cx: &mut Cx<'_>) {
        while self.under_way_bytes < WINDOW_BYTES
            && let Some(bytes) = self.waiting.pop_front()
        {
            let (offset, length) = (self.offset, bytes.len());
            let ticket = cx.submit(FileOperation::Write { file, offset, bytes });
            self.under_way.insert(ticket, length);
            (self.waiting_bytes, self.under_way_bytes) =
                (self.waiting_bytes - length, self.under_way_bytes + length);
            self.offset += length as u64;
        }
    }

    /// Takes the answer, if the question was asked here.
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: FileResult,
        cx: &mut Cx<'_>,
    ) -> Result<Option<FileResult>, Failure> {
        let answer = |result: FileResult| result.map_err(|error| file_failure(&error));
        match self.step {
            Step::Creating(asked) if asked == ticket => match answer(result)? {
                FileAnswer::Opened(file) => self.step = Step::Open(file),
                other => unreachable!("{other:?} to an opening"),
            },
            Step::Syncing(file, asked) if asked == ticket => {
                answer(result)?;
                self.step = Step::Closing(cx.submit(FileOperation::Close { file }));
            }
            Step::Closing(asked) if asked == ticket => {
                answer(result)?;
                self.step = Step::Closed;
            }
            _ => match self.under_way.remove(&ticket) {
                None => return Ok(Some(result)),
                Some(length) => {
                    answer(result)?;
                    self.under_way_bytes -= length;
                }
            },
        }
        Ok(None)
    }
}
