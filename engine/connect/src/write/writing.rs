//! A subtask that writes files: one after the other, the next while the one before is being ended.
//!
//! Takes every row at once and says [`Flow::Wait`] while more is in memory than the window, so at most a batch and what an
//! encoder makes of it lie beyond it. Never shows a file that is not whole.

use std::sync::Arc;

use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::seam::{FileOperation, FileResult, Ticket};
use runtime::subtask::{Failure, Place};

use super::errands::Errands;
use super::names::Names;
use super::opening::Opening;
use super::part::Part;
use super::spec::{FileSpec, Publish};
use super::trouble::file_failure;
use super::{Claims, inserts_only};
use crate::bound::WINDOW_BYTES;

/// Files that are being ended while another one is written. With more the disk is behind, and so should be the rows.
const ENDING_MAX: usize = 1;

/// The subtask.
pub(super) struct Writing {
    spec: Arc<FileSpec>,
    claims: Arc<Claims>,
    subtask: u32,
    names: Names,
    opening: Opening,
    is_open: bool,
    current: Option<Part>,
    /// All of their rows have come.
    ending: Vec<Part>,
    /// They are whole, and hidden.
    whole: Vec<Part>,
    /// What shows them.
    errands: Errands,
    /// The number of the next file.
    next: u64,
    has_ended: bool,
}

impl Writing {
    pub(super) fn new(spec: Arc<FileSpec>, claims: Arc<Claims>, place: &Place) -> Self {
        let replaces = claims.holds(place.number, place.attempt) || spec.overwrite;
        Self {
            names: Names::of(&spec, place),
            spec,
            claims,
            subtask: place.number,
            opening: Opening::new(place, replaces),
            is_open: false,
            current: None,
            ending: Vec::new(),
            whole: Vec::new(),
            errands: Errands::default(),
            next: 0,
            has_ended: false,
        }
    }

    /// The file that rows go to.
    fn current(&mut self) -> Result<&mut Part, Failure> {
        if self.current.is_none() {
            let shown = self.names.shown(self.next);
            self.next += 1;
            self.current = Some(Part::begin(&self.spec, shown)?);
        }
        Ok(self.current.as_mut().expect("just begun"))
    }

    /// No row goes to the current file any more.
    fn end_current(&mut self) -> Result<(), Failure> {
        if let Some(mut part) = self.current.take() {
            part.finish()?;
            self.ending.push(part);
        }
        Ok(())
    }

    /// Begins whatever can be begun, and says whether more rows may come.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Flow {
        if !self.opening.is_ready() {
            self.opening.begin(&self.names, cx);
            return Flow::Wait;
        }
        if !self.is_open {
            self.is_open = true;
            self.claims.add(self.subtask);
        }
        self.ending.iter_mut().chain(&mut self.current).for_each(|part| part.go_on(cx));
        self.whole.extend(self.ending.extract_if(.., |part| part.is_closed()));
        let is_written = self.has_ended && self.ending.is_empty();
        if is_written || self.spec.publish == Publish::EachFile {
            self.publish();
        }
        self.errands.go_on(cx);
        self.flow(is_written)
    }

    fn publish(&mut self) {
        if !self.whole.is_empty() {
            self.errands.add(self.whole.drain(..).map(Part::publication));
            self.errands.add([FileOperation::SyncDirectory { directory: self.names.directory.clone() }]);
        }
    }

    fn flow(&self, is_written: bool) -> Flow {
        let unwritten: usize = self.ending.iter().chain(&self.current).map(Part::unwritten_bytes).sum();
        let may_rest = match self.has_ended {
            true => is_written && self.errands.are_done(),
            false => unwritten <= WINDOW_BYTES && self.ending.len() <= ENDING_MAX,
        };
        if may_rest { Flow::Next } else { Flow::Wait }
    }

    /// Takes an answer to where it was asked.
    fn answer(&mut self, ticket: Ticket, result: FileResult, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if !self.opening.is_ready() {
            return self.opening.file(ticket, result, &self.names, cx);
        }
        let mut unclaimed = Some(result);
        for part in self.ending.iter_mut().chain(&mut self.current) {
            let Some(result) = unclaimed.take() else { return Ok(()) };
            unclaimed = part.answer(ticket, result, cx)?;
        }
        let Some(result) = unclaimed else { return Ok(()) };
        let unclaimed = self.errands.answer(ticket, result).map_err(|error| file_failure(&error))?;
        assert!(unclaimed.is_none(), "{ticket} was asked by nobody");
        Ok(())
    }
}

impl Sink for Writing {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let rows = inserts_only(batch)?;
        let rows = rows.with_schema(self.spec.schema.clone()).map_err(|cause| {
            Failure::lasting(format!("rows have come with other columns than a sink was made for: {cause}"))
        })?;
        let (roll_bytes, is_single) = (self.spec.roll_bytes, self.names.single().is_some());
        let part = self.current()?;
        part.encode(&rows)?;
        if part.bytes() >= roll_bytes && !is_single {
            self.end_current()?;
        }
        Ok(self.go_on(cx))
    }

    fn end(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.next == 0 {
            self.current()?; // Who reads the directory finds the columns, though there are no rows.
        }
        self.end_current()?;
        self.has_ended = true;
        Ok(self.go_on(cx))
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(self.go_on(cx))
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(self.go_on(cx))
    }

    fn file(&mut self, ticket: Ticket, result: FileResult, cx: &mut Cx<'_>) -> Result<(), Failure> {
        self.answer(ticket, result, cx)?;
        let _ = self.go_on(cx); // Whoever waits is asked again after each answer.
        Ok(())
    }
}
