//! A subtask that writes files: one after the other, or one for each partition, and others while those before are being
//! ended.
//!
//! Takes every row at once and says [`Flow::Wait`] while more is in memory than the window, so at most a batch and what the
//! encoders make of it lie beyond it. Never shows a file that is not whole.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::seam::{FileOperation, FileResult, Ticket};
use runtime::subtask::{Failure, Seat};

use super::claims::Claims;
use super::directories::Directories;
use super::errands::Errands;
use super::inserts_only;
use super::names::Names;
use super::opening::{Task, What};
use super::part::Part;
use super::partitioner::Partitioner;
use super::spec::{FileSpec, Publish};
use super::trouble::file_failure;
use crate::bound::{READYING_MAX, WINDOW_BYTES};

/// Files that are being ended while another one is written. With more the disk is behind, and so should be the rows.
const ENDING_MAX: usize = 1;

/// The subtask.
pub(super) struct Writing {
    task: Arc<Task>,
    partitioner: Option<Partitioner>,
    /// By the partitioner's number: that of the directory.
    partitions: Vec<usize>,
    directories: Directories,
    /// All of their rows have come.
    ending: Vec<Part>,
    /// They are whole, and hidden.
    whole: Vec<Part>,
    /// Directories that stay, whatever becomes of the machine.
    durable: BTreeSet<PathBuf>,
    /// What shows them.
    errands: Errands,
    stage: Stage,
}

/// What is left to do.
#[derive(Debug)]
enum Stage {
    /// Rows come.
    Rows,
    /// None comes any more, and all files are to be shown.
    Files,
    /// Then these partitions are to be marked as complete.
    Marks(VecDeque<PathBuf>),
}

impl Writing {
    pub(super) fn new(spec: Arc<FileSpec>, claims: Arc<Claims>, seat: &Seat) -> Self {
        let place = &seat.place;
        let (number, parallelism, poke) = (place.number, place.parallelism, seat.poke.clone());
        let names = Names::of(&spec, place);
        let partitioner = Partitioner::of(&spec);
        let task = Arc::new(Task { number, parallelism, spec, claims, poke });
        let what = if partitioner.is_some() { What::Above } else { What::Own };
        let mut directories = Directories::new(task.clone(), what, names);
        if number == 0 {
            directories.look_again(&task.claims.partitions_before());
        }
        Self {
            task,
            partitioner,
            partitions: Vec::new(),
            directories,
            ending: Vec::new(),
            whole: Vec::new(),
            durable: BTreeSet::new(),
            errands: Errands::default(),
            stage: Stage::Rows,
        }
    }

    /// Begins whatever can be begun, and says whether more rows may come.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Flow {
        if !self.directories.are_ready(cx) {
            return Flow::Wait;
        }
        self.ending.iter_mut().take(READYING_MAX).for_each(|part| part.go_on(cx));
        self.directories.go_on(cx);
        self.whole.extend(self.ending.extract_if(.., |part| part.is_closed()));
        let is_written = !matches!(self.stage, Stage::Rows) && self.ending.is_empty();
        if is_written || self.task.spec.publish == Publish::EachFile {
            self.publish();
        }
        self.errands.go_on(cx);
        if is_written && self.errands.are_done() {
            return if self.mark() { self.go_on(cx) } else { Flow::Next };
        }
        self.flow()
    }

    fn publish(&mut self) {
        let mut directories = BTreeSet::new();
        for part in &self.whole {
            let directory = part.directory();
            // That a partition is there is durable when those above it are.
            let above = if self.durable.contains(directory) { 0 } else { self.task.spec.partitions.len() };
            directories.extend(directory.ancestors().take(1 + above).map(Path::to_owned));
            self.durable.insert(directory.to_owned());
        }
        self.errands.add(self.whole.drain(..).map(Part::publication));
        let sync = |directory| FileOperation::SyncDirectory { directory };
        self.errands.add(directories.into_iter().map(sync));
    }

    /// All files are shown. Begins to mark partitions, or more of them; whether there is something to do.
    fn mark(&mut self) -> bool {
        if let Stage::Files = self.stage {
            let written = self.directories.written();
            let complete = self.task.claims.leave(written, self.task.parallelism);
            let marks = self.task.spec.success_file.iter().filter(|_| self.partitioner.is_some());
            let marks = marks.flat_map(|mark| complete.iter().map(move |directory| directory.join(mark)));
            self.stage = Stage::Marks(marks.collect());
        }
        let Stage::Marks(left) = &mut self.stage else { return false };
        let next = left.drain(..left.len().min(READYING_MAX));
        self.ending.extend(next.map(Part::empty));
        !self.ending.is_empty()
    }

    fn flow(&self) -> Flow {
        let unwritten: usize =
            self.ending.iter().chain(self.directories.open()).map(Part::unwritten_bytes).sum();
        let may_rest =
            matches!(self.stage, Stage::Rows) && unwritten <= WINDOW_BYTES && self.ending.len() <= ENDING_MAX;
        if may_rest { Flow::Next } else { Flow::Wait }
    }

    /// Takes an answer to where it was asked.
    fn answer(&mut self, ticket: Ticket, result: FileResult, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let mut unclaimed = self.directories.answer(ticket, result, cx)?;
        for part in &mut self.ending {
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
        let rows = rows.with_schema(self.task.spec.schema.clone()).map_err(|cause| {
            Failure::lasting(format!("rows have come with other columns than a sink was made for: {cause}"))
        })?;
        match &mut self.partitioner {
            None => self.directories.write(0, &rows, &mut self.ending)?,
            Some(partitioner) => {
                let shares = partitioner.split(&rows)?;
                let numbers = shares.new.iter().map(|name| self.directories.partition(name));
                self.partitions.extend(numbers);
                for (number, rows) in &shares.rows {
                    self.directories.write(self.partitions[*number], rows, &mut self.ending)?;
                }
                self.directories.shrink(&mut self.ending)?;
            }
        }
        Ok(self.go_on(cx))
    }

    fn end(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.directories.finish(&mut self.ending)?;
        self.stage = Stage::Files;
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
