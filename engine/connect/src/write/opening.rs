//! Before the first file: is the place free, and what has a former attempt left there?
//!
//! ```text
//!   parts:       make the directory ─► list it ─► remove what is ours and old ─► ready
//!   one file:    make the directory ─► is it there? ─► remove what is hidden ─► ready
//!   partitions:  make the directory above them ─► ready
//!   partition:   is another subtask at it? ─ no ─► as parts, whoever has written them
//!                                          └ yes ─► wait ─► ready
//! ```
//!
//! The first subtask also makes the directory durable, and those above it: nobody knows which of them are new.
//!
//! A subtask looks at its own parts; the first one also at those of subtasks that this job has not. So no two look at the
//! same files, nor does anybody take a file that a sibling has just ended for an old one. Of a partition nobody knows who
//! will have rows: who is the first looks at all of its files, before anybody writes one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use operators::Cx;
use runtime::plane::bridge::Poke;
use runtime::seam::{FileAnswer, FileError, FileOperation, FileResult, OpenMode, Ticket};
use runtime::subtask::Failure;

use super::claims::{Claim, Claims, Entry};
use super::errands::Errands;
use super::names::{self, Found, Names};
use super::spec::FileSpec;
use super::trouble::{file_failure, taken};

/// How far it is.
pub(super) struct Opening {
    task: Arc<Task>,
    what: What,
    /// Whether files that are shown may be replaced: somebody has said so, or they are of an attempt before.
    replaces: bool,
    step: Step,
    errands: Errands,
}

/// The subtask that opens, and what it shares with its siblings.
pub(super) struct Task {
    pub(super) number: u32,
    pub(super) parallelism: u32,
    pub(super) spec: Arc<FileSpec>,
    pub(super) claims: Arc<Claims>,
    pub(super) poke: Arc<dyn Poke>,
}

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The place of the subtask's own files.
    Own,
    /// The directory above the partitions.
    Above,
    /// A partition.
    Partition,
}

#[derive(Debug)]
enum Step {
    NotBegun,
    /// A sibling makes it ready.
    Waiting,
    Making(Ticket),
    /// The errands make it durable.
    Settling,
    Listing(Ticket),
    Looking(Ticket),
    /// The errands, which may be none.
    Clearing,
}

impl Opening {
    pub(super) fn new(task: Arc<Task>, what: What, names: &Names) -> Self {
        let replaces = task.spec.overwrite || task.claims.holds(&claim(&task, what, names));
        Self { task, what, replaces, step: Step::NotBegun, errands: Errands::default() }
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.step, Step::Clearing) && self.errands.are_done()
    }

    /// Whether operations of it are under way.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.step, Step::NotBegun | Step::Waiting) && !self.is_ready()
    }

    /// Begins, if that has not been done; or goes on, if a sibling is done.
    pub(super) fn begin(&mut self, names: &Names, cx: &mut Cx<'_>) {
        let (directory, claims) = (&names.directory, &self.task.claims);
        let entry = match self.step {
            Step::NotBegun if self.what == What::Partition => claims.enter(directory, &self.task.poke),
            Step::NotBegun => Entry::First,
            Step::Waiting if claims.is_ready(directory) => Entry::Ready,
            _ => return,
        };
        self.step = match entry {
            Entry::First => {
                Step::Making(cx.submit(FileOperation::CreateDirectory { directory: directory.clone() }))
            }
            Entry::Waits => Step::Waiting,
            Entry::Ready => Step::Clearing,
        };
    }

    /// It is ready: nobody need look at the place again.
    pub(super) fn settle(&self, names: &Names) {
        self.task.claims.add(claim(&self.task, self.what, names));
        if self.what == What::Partition {
            self.task.claims.make_ready(&names.directory);
        }
    }

    /// The next step follows from an answer, if the question was asked here.
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: FileResult,
        names: &Names,
        cx: &mut Cx<'_>,
    ) -> Result<Option<FileResult>, Failure> {
        match self.step {
            Step::Making(asked) if asked == ticket => {
                result.map_err(|error| file_failure(&error))?;
                self.errands.add(self.syncs(&names.directory));
                self.step = Step::Settling;
            }
            Step::Listing(asked) if asked == ticket => match result {
                Ok(FileAnswer::Names(found)) => self.clear(&names.directory, &found)?,
                Ok(answer) => unreachable!("{answer:?} to a listing"),
                Err(error) => return Err(file_failure(&error)),
            },
            Step::Looking(asked) if asked == ticket => {
                let path = names.single().expect("it is looked for");
                self.look(path, result)?;
            }
            _ => match (self.errands.answer(ticket, result), &self.step) {
                (Ok(None), _) => {}
                (Ok(unclaimed), _) => return Ok(unclaimed),
                (Err(error), Step::Settling) if is_no_sync(&error) => {}
                (Err(error), _) => return Err(file_failure(&error)),
            },
        }
        self.errands.go_on(cx);
        if let Step::Settling = self.step
            && self.errands.are_done()
        {
            self.step = self.settled(names, cx);
        }
        Ok(None)
    }

    /// The directory is there.
    fn settled(&self, names: &Names, cx: &mut Cx<'_>) -> Step {
        match names.single() {
            _ if self.what == What::Above => Step::Clearing,
            None => Step::Listing(cx.submit(FileOperation::List { directory: names.directory.clone() })),
            Some(path) => {
                let open = FileOperation::Open { path: path.to_owned(), mode: OpenMode::Read };
                Step::Looking(cx.submit(open))
            }
        }
    }

    /// What makes the directory durable, and those above it that may be new.
    fn syncs(&self, directory: &Path) -> Vec<FileOperation> {
        let count = match self.what {
            What::Own | What::Above if self.task.number == 0 => usize::MAX,
            What::Own | What::Above => 0,
            What::Partition => 0, // When its first file is shown.
        };
        let above = directory.ancestors().skip(1).take(count);
        above.map(|above| FileOperation::SyncDirectory { directory: names::here(above).to_owned() }).collect()
    }

    /// What is ours to remove is removed; what is in the way, and is not, ends it.
    fn clear(&mut self, directory: &Path, found: &[String]) -> Result<(), Failure> {
        let (number, parallelism) = (self.task.number, self.task.parallelism);
        let run = self.task.spec.run.as_deref().filter(|_| !self.task.spec.overwrite);
        let is_ours = |found: &Found<'_>| {
            (run.is_none() || found.run == run)
                && (self.what == What::Partition
                    || found.subtask == number
                    || number == 0 && found.subtask >= parallelism)
        };
        let ours =
            found.iter().filter_map(|name| names::parse(name).filter(is_ours).map(|found| (name, found)));
        for (name, found) in ours {
            let path = directory.join(name);
            if !found.is_hidden && !self.replaces {
                return Err(taken(&path));
            }
            self.errands.add([FileOperation::Remove { path }]);
        }
        if let (What::Partition, Some(mark)) = (self.what, &self.task.spec.success_file) {
            // It is not complete any more.
            let (mark, found) = (directory.join(mark), |path: &PathBuf| {
                path.file_name().is_some_and(|name| found.iter().any(|found| found.as_str() == name))
            });
            let marks = [names::hidden(&mark), mark].into_iter().filter(found);
            self.errands.add(marks.map(|path| FileOperation::Remove { path }));
        }
        self.step = Step::Clearing;
        Ok(())
    }

    fn look(&mut self, path: &Path, result: FileResult) -> Result<(), Failure> {
        match result {
            Ok(FileAnswer::Opened(file)) if self.replaces => {
                self.errands.add([FileOperation::Close { file }])
            }
            Ok(_) => return Err(taken(path)),
            Err(error) => match error.cause.kind() {
                ErrorKind::NotFound => {}
                ErrorKind::IsADirectory => {
                    return Err(Failure::lasting(format!(
                        "{} is a directory, and was to be one file; name a file in it, or write parts into it",
                        path.display()
                    )));
                }
                // It is there, and need not be read to be replaced.
                ErrorKind::PermissionDenied if self.replaces => {}
                _ => return Err(file_failure(&error)),
            },
        }
        self.errands.add([FileOperation::Remove { path: names::hidden(path) }]);
        self.step = Step::Clearing;
        Ok(())
    }
}

/// What is claimed when it is ready.
fn claim(task: &Task, what: What, names: &Names) -> Claim {
    (names.directory.clone(), (what != What::Partition).then_some(task.number))
}

/// Whether a directory cannot be synced that nobody can have made anything in: it is not ours, or no disk is behind it.
fn is_no_sync(error: &FileError) -> bool {
    use ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    [InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported].contains(&error.cause.kind())
}
