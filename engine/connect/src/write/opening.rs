//! Before the first file: is the place free, and what has a former attempt left there?
//!
//! ```text
//!   parts:     make the directory ─► list it ─► remove what is ours and old ─► ready
//!   one file:  make the directory ─► is it there? ─► remove what is hidden ─► ready
//! ```
//!
//! The first subtask also makes the directory durable, and those above it: nobody knows which of them are new.
//!
//! A subtask looks at its own parts; the first one also at those of subtasks that this job has not. So no two look at the
//! same files, nor does anybody take a file that a sibling has just ended for an old one.

use std::io::ErrorKind;
use std::path::Path;

use operators::Cx;
use runtime::seam::{FileAnswer, FileError, FileOperation, FileResult, OpenMode, Ticket};
use runtime::subtask::{Failure, Place};

use super::errands::Errands;
use super::names::{self, Found, Names};
use super::trouble::{file_failure, taken};

/// How far it is.
#[derive(Debug)]
pub(super) struct Opening {
    subtask: u32,
    parallelism: u32,
    /// Whether files that are shown may be replaced: somebody has said so, or they are of an attempt before.
    replaces: bool,
    step: Step,
    errands: Errands,
}

#[derive(Debug)]
enum Step {
    NotBegun,
    Making(Ticket),
    /// The errands make it durable.
    Settling,
    Listing(Ticket),
    Looking(Ticket),
    /// The errands, which may be none.
    Clearing,
}

impl Opening {
    pub(super) fn new(place: &Place, replaces: bool) -> Self {
        let (subtask, parallelism) = (place.number, place.parallelism);
        Self { subtask, parallelism, replaces, step: Step::NotBegun, errands: Errands::default() }
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.step, Step::Clearing) && self.errands.are_done()
    }

    /// Begins, if that has not been done.
    pub(super) fn begin(&mut self, names: &Names, cx: &mut Cx<'_>) {
        if let Step::NotBegun = self.step {
            let directory = names.directory.clone();
            self.step = Step::Making(cx.submit(FileOperation::CreateDirectory { directory }));
        }
    }

    /// The next step follows from an answer.
    pub(super) fn file(
        &mut self,
        ticket: Ticket,
        result: FileResult,
        names: &Names,
        cx: &mut Cx<'_>,
    ) -> Result<(), Failure> {
        match self.step {
            Step::Making(asked) if asked == ticket => {
                result.map_err(|error| file_failure(&error))?;
                if self.subtask == 0 {
                    self.errands.add(syncs_above(&names.directory));
                }
                self.step = Step::Settling;
            }
            Step::Settling => match self.errands.answer(ticket, result) {
                Err(error) if !is_no_sync(&error) => return Err(file_failure(&error)),
                _ => {}
            },
            Step::Listing(asked) if asked == ticket => match result {
                Ok(FileAnswer::Names(found)) => self.clear(&names.directory, &found)?,
                Ok(answer) => unreachable!("{answer:?} to a listing"),
                Err(error) => return Err(file_failure(&error)),
            },
            Step::Looking(asked) if asked == ticket => {
                let path = names.single().expect("it is looked for");
                self.look(path, result)?;
            }
            _ => {
                let answered = self.errands.answer(ticket, result).map_err(|error| file_failure(&error))?;
                assert!(answered.is_none(), "{ticket} was asked by nobody");
            }
        }
        self.errands.go_on(cx);
        if let Step::Settling = self.step
            && self.errands.are_done()
        {
            self.step = match names.single() {
                None => Step::Listing(cx.submit(FileOperation::List { directory: names.directory.clone() })),
                Some(path) => {
                    let open = FileOperation::Open { path: path.to_owned(), mode: OpenMode::Read };
                    Step::Looking(cx.submit(open))
                }
            };
        }
        Ok(())
    }

    /// What is ours to remove is removed; what is in the way, and is not, ends it.
    fn clear(&mut self, directory: &Path, found: &[String]) -> Result<(), Failure> {
        let is_ours = |found: &Found| {
            found.subtask == self.subtask || self.subtask == 0 && found.subtask >= self.parallelism
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

/// What makes a directory durable, and all above it.
fn syncs_above(directory: &Path) -> impl Iterator<Item = FileOperation> {
    let above = directory.ancestors().skip(1);
    above.map(|above| {
        let here = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        FileOperation::SyncDirectory { directory: here.to_owned() }
    })
}

/// Whether a directory cannot be synced that nobody can have made anything in: it is not ours, or no disk is behind it.
fn is_no_sync(error: &FileError) -> bool {
    use ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    [InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported].contains(&error.cause.kind())
}
