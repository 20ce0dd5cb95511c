//! One split on its way to being rows: the open file, the reads under way, and what of it was sent.

use std::sync::Arc;

use memory::Batch;
use operators::Cx;
use runtime::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode, Ticket};
use runtime::subtask::Failure;

use super::bad::BadRecord;
use super::dead_letters::DeadLetters;
use super::error::ReadError;
use super::layout::Assembly;
use super::line_count::{Counted, LineCount};
use super::reader::{Made, MadeBatch, SplitReader, Spot, reader};
use super::reads::Reads;
use super::spec::{FileSourceSpec, OnError};
use super::split::{Done, Split};
use super::wanted::Wanted;

/// A split that is being read.
pub(super) struct Pass {
    number: u32,
    split: Arc<Split>,
    reader: Box<dyn SplitReader>,
    assembly: Assembly,
    file: File,
    reads: Reads,
    lines_before: LinesBefore,
    /// What was counted in an earlier split.
    counted: Option<Counted>,
    /// Waits until lines are counted.
    held: Option<MadeBatch>,
    place: Spot,
}

enum File {
    Shut,
    Opening(Ticket),
    Open(FileId),
}

/// How many lines of the file lie before the first one that the reader counts.
enum LinesBefore {
    /// Nobody has asked.
    Unknown,
    Counting(LineCount, Option<Ticket>),
    /// Nothing, if there are too many.
    Known(Option<u64>),
}

/// How far a pass has come.
pub(super) enum Went {
    /// Some records further.
    On,
    /// Nowhere before a file answers.
    Waits,
    /// To the end of the split.
    Through,
}

impl Pass {
    pub(super) fn new(
        (number, split): (u32, Arc<Split>),
        counted: Option<Counted>,
        (spec, wanted): (&FileSourceSpec, &Wanted),
    ) -> Result<Self, ReadError> {
        Ok(Self {
            number,
            reader: reader(spec, &split, wanted)?,
            assembly: Assembly::new(&spec.layout, &split.constants),
            file: File::Shut,
            reads: Reads::default(),
            lines_before: LinesBefore::Unknown,
            counted,
            held: None,
            place: Spot { unit: split.range.start, rows: split.rows_done },
            split,
        })
    }

    /// The split's number in the list.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// What of the split is done.
    pub(super) fn done(&self) -> Done {
        self.done_to(self.place)
    }

    /// What is done when all of the split is.
    pub(super) fn done_through(&self) -> Done {
        self.done_to(Spot { unit: self.split.range.end, rows: 0 })
    }

    fn done_to(&self, place: Spot) -> Done {
        Done {
            path: self.split.path.clone(),
            length: self.split.length,
            units: self.split.units,
            start: self.split.range.start,
            place: place.unit,
            rows: place.rows,
        }
    }

    /// What is known of the lines of the file, for the next split.
    pub(super) fn counted(&mut self) -> Option<Counted> {
        match self.lines_before {
            LinesBefore::Known(Some(lines)) => {
                let (path, byte) = (self.split.path.clone(), self.reader.first_byte());
                Some(Counted { path, byte, lines })
            }
            _ => self.counted.take(),
        }
    }

    /// Gives the file back.
    pub(super) fn close(self) -> Option<FileOperation> {
        match self.file {
            File::Open(file) => Some(FileOperation::Close { file }),
            File::Shut | File::Opening(_) => None,
        }
    }

    /// Makes some records, if it can.
    pub(super) fn go_on(
        &mut self,
        spec: &FileSourceSpec,
        letters: Option<&mut DeadLetters>,
        cx: &mut Cx<'_>,
    ) -> Result<Went, Failure> {
        let Some(file) = self.open(cx) else { return Ok(Went::Waits) };
        if !self.has_counted(file, cx) {
            return Ok(Went::Waits);
        }
        if let Some(made) = self.held.take() {
            return self.deliver(made, spec, letters, cx);
        }
        loop {
            while let Some(bytes) = self.reads.next() {
                spec.figures.add_bytes(bytes.len());
                self.reader.give(bytes);
            }
            // What comes next is fetched while this is decoded.
            self.ask(file, cx);
            match self.reader.next()? {
                Made::Batch(made) => return self.deliver(made, spec, letters, cx),
                Made::End => return Ok(Went::Through),
                Made::Nothing => self.ask(file, cx),
            }
            assert!(!self.reads.is_empty(), "a reader that waits for nothing");
            if !self.reads.is_ready() {
                return Ok(Went::Waits);
            }
        }
    }

    /// Takes the answer to one of its operations.
    pub(super) fn answer(&mut self, ticket: Ticket, result: FileResult) -> Result<(), ReadError> {
        if let LinesBefore::Counting(count, asked) = &mut self.lines_before
            && asked.take_if(|asked| *asked == ticket).is_some()
        {
            match result? {
                FileAnswer::Bytes(bytes) if bytes.is_empty() => {
                    return Err(ReadError::Shrunk(self.split.path.clone()));
                }
                FileAnswer::Bytes(bytes) => count.give(&bytes),
                other => unreachable!("{other:?} to a read"),
            }
            return Ok(());
        }
        match self.file {
            File::Opening(opening) if opening == ticket => match result? {
                FileAnswer::Opened(file) => self.file = File::Open(file),
                other => unreachable!("{other:?} to an open"),
            },
            _ => self.reads.answer(ticket, result, &self.split.path)?,
        }
        Ok(())
    }

    fn open(&mut self, cx: &mut Cx<'_>) -> Option<FileId> {
        match self.file {
            File::Open(file) => Some(file),
            File::Opening(_) => None,
            File::Shut => {
                let path = self.split.path.to_path_buf();
                self.file = File::Opening(cx.submit(FileOperation::Open { path, mode: OpenMode::Read }));
                None
            }
        }
    }

    fn ask(&mut self, file: FileId, cx: &mut Cx<'_>) {
        while let Some(range) = self.reader.want() {
            let length = usize::try_from(range.end - range.start).expect("what fits into memory");
            let ticket = cx.submit(FileOperation::Read { file, offset: range.start, length });
            self.reads.begin(ticket, &range);
        }
    }

    /// Whether no count is under way any more.
    fn has_counted(&mut self, file: FileId, cx: &mut Cx<'_>) -> bool {
        let LinesBefore::Counting(count, asked) = &mut self.lines_before else { return true };
        if let Some(lines) = count.lines() {
            self.lines_before = LinesBefore::Known(Some(lines));
            return true;
        }
        if asked.is_none()
            && let Some(range) = count.want()
        {
            let length = usize::try_from(range.end - range.start).expect("at most a block");
            *asked = Some(cx.submit(FileOperation::Read { file, offset: range.start, length }));
        }
        false
    }

    /// Sends good records, and does with bad ones what is to be done with them.
    fn deliver(
        &mut self,
        made: MadeBatch,
        spec: &FileSourceSpec,
        letters: Option<&mut DeadLetters>,
        cx: &mut Cx<'_>,
    ) -> Result<Went, Failure> {
        let is_told = !matches!(spec.on_error, OnError::Skip | OnError::Null);
        if !made.bad.is_empty() && is_told {
            let Some(lines) = self.lines_before() else {
                self.held = Some(made);
                return Ok(Went::On); // The count begins with the next call.
            };
            let line = |bad: &BadRecord| lines.map(|lines| lines + bad.line + 1);
            let path = &self.split.path;
            match letters {
                None => {
                    let first = &made.bad[0];
                    return Err(ReadError::Record(first.error(path, line(first))).into());
                }
                Some(letters) => made.bad.iter().for_each(|bad| letters.push(&bad.letter(path, line(bad)))),
            }
        }
        spec.figures.add_skipped(made.bad.len());
        if let Some(rows) = made.rows {
            spec.figures.add_rows(rows.num_rows());
            cx.send_split(self.number, Batch::new(self.assembly.assemble(rows)))?;
        }
        self.place = made.place;
        Ok(Went::On)
    }

    /// The lines before the split, if they are known; otherwise they are to be counted.
    fn lines_before(&mut self) -> Option<Option<u64>> {
        if let LinesBefore::Known(lines) = self.lines_before {
            return Some(lines);
        }
        let first_byte = self.reader.first_byte();
        match LineCount::before(&self.split.path, first_byte, self.counted.as_ref()) {
            Some(count) => {
                self.lines_before = LinesBefore::Counting(count, None);
                None
            }
            None => {
                self.lines_before = LinesBefore::Known(None);
                Some(None)
            }
        }
    }
}
