//! Finds the files that a source reads, how long they are, and, for Parquet, what their footers say.
//!
//! Sans I/O: hands out file operations and takes their answers, in any order, some at a time. What it finds depends on
//! the names alone: files come in the order of the paths that were given, and in a directory by their names. Who looks again
//! and again gets what is new, in the order of time.

use std::collections::{BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::file::metadata::ParquetMetaData;
use runtime::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode};

use super::error::ReadError;
use super::given::{Given, is_visible, matches};
use super::spec::FileSourceSpec;
use crate::bound::{FOOTER_BYTES, LOOKS_MAX};
use crate::format::{Footer, Format, parquet_footer};

/// A file to read.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) path: Arc<Path>,
    pub(crate) length: u64,
    /// When it was written last, if somebody wants to know.
    pub(crate) modified_ms: i64,
    /// Of a Parquet file.
    pub(crate) metadata: Option<Arc<ParquetMetaData>>,
}

/// A search under way.
pub(crate) struct Finder {
    /// Which rows are asked for, among other things.
    spec: FileSourceSpec,
    is_recursive: bool,
    is_parquet: bool,
    /// Whether the times of files are asked for.
    has_times: bool,
    /// Whether a directory may be without a file: partitions come and go.
    may_be_empty: bool,
    /// Whether somebody looks again and again: then files come in the order of time, and may be gone by now.
    is_monitored: bool,
    /// What need not be looked at.
    known: Arc<BTreeSet<Arc<Path>>>,
    givens: Vec<Given>,
    looks: Vec<Look>,
    /// What is to be asked next, and for which look.
    questions: VecDeque<(usize, FileOperation)>,
    under_way: usize,
}

/// A name that is looked at.
struct Look {
    path: Arc<Path>,
    /// Which of the paths it belongs to.
    given: usize,
    /// Whether it is read if it is a directory.
    may_be_directory: bool,
    /// Somebody has named it.
    is_given: bool,
    stage: Stage,
    length: u64,
    modified_ms: i64,
    metadata: Option<Arc<ParquetMetaData>>,
    is_file: bool,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Opening,
    Listing,
    Measuring(FileId),
    Dating(FileId),
    Footing(FileId),
    Closing,
}

impl Finder {
    /// For what a spec names, but for files that are known.
    pub(crate) fn new(spec: &FileSourceSpec, known: Arc<BTreeSet<Arc<Path>>>) -> Result<Self, ReadError> {
        let is_monitored = spec.monitor.is_some();
        let givens = spec.paths.iter().map(|path| Given::of(path)).collect::<Result<Vec<_>, _>>()?;
        let mut finder = Self {
            spec: spec.clone(),
            is_recursive: spec.is_recursive,
            is_parquet: spec.format == Format::Parquet,
            has_times: is_monitored || spec.layout.needs_times(),
            may_be_empty: is_monitored || spec.layout.has_partitions(),
            is_monitored,
            known,
            givens: givens.clone(),
            looks: Vec::new(),
            questions: VecDeque::new(),
            under_way: 0,
        };
        for (number, given) in givens.into_iter().enumerate() {
            match given {
                Given::Exact(path) => finder.look(path, number, true, Stage::Opening),
                Given::Pattern { directory, .. } => finder.look(directory, number, true, Stage::Listing),
            }
        }
        finder.looks.iter_mut().for_each(|look| look.is_given = true);
        Ok(finder)
    }

    /// The next question, and the look that its answer is for.
    pub(crate) fn ask(&mut self) -> Option<(usize, FileOperation)> {
        if self.under_way == LOOKS_MAX {
            return None;
        }
        let question = self.questions.pop_front()?;
        self.under_way += 1;
        Some(question)
    }

    /// Takes an answer.
    pub(crate) fn answer(&mut self, look: usize, result: FileResult) -> Result<(), ReadError> {
        self.under_way -= 1;
        let stage = self.looks[look].stage;
        match (stage, result) {
            (Stage::Opening, Err(error)) if error.cause.kind() == ErrorKind::IsADirectory => {
                if self.looks[look].may_be_directory || self.is_recursive {
                    let directory = self.looks[look].path.to_path_buf();
                    self.go_on(look, Stage::Listing, FileOperation::List { directory });
                }
            }
            (Stage::Closing, _) => {} // What was read is read.
            (Stage::Opening | Stage::Listing, Err(error))
                if self.is_monitored
                    && !self.looks[look].is_given
                    && error.cause.kind() == ErrorKind::NotFound => {} // Somebody has moved it away.
            (_, Err(error)) => return Err(error.into()),
            (Stage::Opening, Ok(FileAnswer::Opened(file))) => {
                self.looks[look].is_file = true;
                self.go_on(look, Stage::Measuring(file), FileOperation::Length { file });
            }
            (Stage::Listing, Ok(FileAnswer::Names(names))) => self.list(look, names),
            (Stage::Measuring(file), Ok(FileAnswer::Length(length))) => {
                self.looks[look].length = length;
                match self.has_times {
                    true => self.go_on(look, Stage::Dating(file), FileOperation::Modified { file }),
                    false => self.measured(look, file)?,
                }
            }
            (Stage::Dating(file), Ok(FileAnswer::Modified(ms))) => {
                self.looks[look].modified_ms = ms;
                self.measured(look, file)?;
            }
            (Stage::Footing(file), Ok(FileAnswer::Bytes(tail))) => self.foot(look, file, &tail)?,
            (stage, Ok(answer)) => unreachable!("{answer:?} while it was {stage:?}"),
        }
        Ok(())
    }

    /// The files, once all is answered.
    pub(crate) fn finish(&mut self) -> Option<Result<Vec<Found>, ReadError>> {
        if self.under_way > 0 || !self.questions.is_empty() {
            return None;
        }
        let mut looks = std::mem::take(&mut self.looks);
        looks.retain(|look| look.is_file);
        let nothing = |given: &usize| looks.iter().all(|look| look.given != *given);
        let is_bad = |given: &usize| match self.givens[*given] {
            Given::Exact(_) => !self.may_be_empty,
            Given::Pattern { .. } => !self.is_monitored,
        };
        if let Some(given) = (0..self.givens.len()).find(|given| nothing(given) && is_bad(given)) {
            return Some(Err(self.nothing_in(given)));
        }
        if self.is_monitored {
            looks.sort_by(|a, b| (a.modified_ms, &a.path).cmp(&(b.modified_ms, &b.path)));
        } else {
            looks.sort_by(|a, b| (a.given, &a.path).cmp(&(b.given, &b.path)));
        }
        let mut files: Vec<Found> = Vec::with_capacity(looks.len());
        let mut seen = BTreeSet::new();
        for Look { path, length, modified_ms, metadata, .. } in looks {
            // Two paths may name the same file; it is read once.
            if seen.insert(path.clone()) {
                files.push(Found { path, length, modified_ms, metadata });
            }
        }
        Some(Ok(files))
    }

    /// All but the columns is known of a file.
    fn measured(&mut self, look: usize, file: FileId) -> Result<(), ReadError> {
        if self.is_parquet {
            return self.foot(look, file, &[]);
        }
        self.close(look, file);
        Ok(())
    }

    fn nothing_in(&self, given: usize) -> ReadError {
        match &self.givens[given] {
            Given::Exact(path) => {
                ReadError::Empty { directory: path.clone(), is_recursive: self.is_recursive }
            }
            Given::Pattern { directory, pattern } => ReadError::NoMatch(directory.join(pattern)),
        }
    }

    fn look(&mut self, path: PathBuf, given: usize, may_be_directory: bool, stage: Stage) {
        if self.known.contains(path.as_path()) {
            return;
        }
        let operation = match stage {
            Stage::Listing => {
                let here = path.as_os_str().is_empty();
                FileOperation::List { directory: if here { ".".into() } else { path.clone() } }
            }
            _ => FileOperation::Open { path: path.clone(), mode: OpenMode::Read },
        };
        self.questions.push_back((self.looks.len(), operation));
        self.looks.push(Look {
            path: path.into(),
            given,
            may_be_directory,
            is_given: false,
            stage,
            length: 0,
            modified_ms: 0,
            metadata: None,
            is_file: false,
        });
    }

    /// The same look has another question; it comes first, so that few files are open.
    fn go_on(&mut self, look: usize, stage: Stage, operation: FileOperation) {
        self.looks[look].stage = stage;
        self.questions.push_front((look, operation));
    }

    fn close(&mut self, look: usize, file: FileId) {
        self.go_on(look, Stage::Closing, FileOperation::Close { file });
    }

    /// Looks at the names of a directory.
    fn list(&mut self, look: usize, names: Vec<String>) {
        let (directory, given) = (self.looks[look].path.clone(), self.looks[look].given);
        // The directory of a pattern is not read itself, only what matches in it.
        let pattern = match &self.givens[given] {
            Given::Pattern { directory: own, pattern } if **own == *directory => Some(pattern.clone()),
            _ => None,
        };
        // What the names down to here rule out may be told otherwise by one below, of the lowest of which files are.
        let is_ruled_out = !self.spec.may_be_in(&directory.join("file"));
        for name in names {
            let is_meant = pattern.as_ref().map_or(is_visible(&name), |pattern| matches(pattern, &name));
            let is_wanted = || self.spec.may_be_in(&directory.join(&name).join("file"));
            let is_meant = is_meant && (!is_ruled_out || is_wanted());
            if is_meant {
                self.look(directory.join(name), given, pattern.is_some(), Stage::Opening);
            }
        }
    }

    /// Reads the footer, as much of it as is needed.
    fn foot(&mut self, look: usize, file: FileId, tail: &[u8]) -> Result<(), ReadError> {
        let length = self.looks[look].length;
        match parquet_footer(tail, length) {
            Ok(Footer::Found(metadata)) => {
                self.looks[look].metadata = Some(Arc::new(metadata));
                self.close(look, file);
                Ok(())
            }
            Ok(Footer::Needs(bytes)) if bytes > tail.len() as u64 => {
                let bytes = bytes.max(FOOTER_BYTES).min(length);
                let wanted = usize::try_from(bytes).expect("a footer is bounded");
                let offset = length - bytes;
                self.go_on(look, Stage::Footing(file), FileOperation::Read { file, offset, length: wanted });
                Ok(())
            }
            Ok(Footer::Needs(_)) => Err(ReadError::Shrunk(self.looks[look].path.clone())),
            Err(cause) => Err(ReadError::Damaged {
                path: self.looks[look].path.clone(),
                format: Format::Parquet.name(),
                cause,
            }),
        }
    }
}
