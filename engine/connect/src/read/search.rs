//! The search for files of one subtask, for all of them: once, or again and again.
//!
//! Keeps which files were found, if it looks again: as long as the source lives, since nobody knows who puts a file back.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use runtime::seam::{FileOperation, FileResult};

use super::error::ReadError;
use super::find::Finder;
use super::spec::FileSourceSpec;
use super::split::{Done, Split, complete, cut};

/// Looks for files.
pub(super) struct Search {
    /// A look under way.
    finder: Option<Finder>,
    /// Files that are read, or whose splits are published.
    known: Arc<BTreeSet<Arc<Path>>>,
    /// What predecessors had done, until the first look.
    inherited: Vec<Done>,
    /// When the next look begins.
    next_ns: u64,
}

impl Search {
    /// Looks at once, for what is not done.
    pub(super) fn new(spec: &FileSourceSpec, inherited: &[Done]) -> Self {
        let known = if spec.monitor.is_some() { complete(inherited).collect() } else { BTreeSet::new() };
        Self { finder: None, known: Arc::new(known), inherited: inherited.to_vec(), next_ns: 0 }
    }

    /// Begins a look when it is time.
    pub(super) fn begin(&mut self, spec: &FileSourceSpec, now_ns: u64) -> Result<(), ReadError> {
        if self.finder.is_none() && self.next_ns <= now_ns {
            self.finder = Some(Finder::new(spec, self.known.clone())?);
        }
        Ok(())
    }

    /// The next question of a look, and which of its files it is about.
    pub(super) fn ask(&mut self) -> Option<(usize, FileOperation)> {
        self.finder.as_mut()?.ask()
    }

    /// Takes an answer.
    pub(super) fn answer(&mut self, look: usize, result: FileResult) -> Result<(), ReadError> {
        self.finder.as_mut().expect("a look that has asked").answer(look, result)
    }

    /// What a look has found, when it is over.
    pub(super) fn finish(
        &mut self,
        spec: &FileSourceSpec,
        now_ns: u64,
    ) -> Result<Option<Vec<Split>>, ReadError> {
        let Some(files) = self.finder.as_mut().and_then(Finder::finish) else { return Ok(None) };
        let files = files?;
        self.finder = None;
        if let Some(interval) = spec.monitor {
            Arc::make_mut(&mut self.known).extend(files.iter().map(|file| file.path.clone()));
            let interval_ns = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
            self.next_ns = now_ns.saturating_add(interval_ns);
        }
        cut(files, spec, &std::mem::take(&mut self.inherited)).map(Some)
    }

    /// When it has something to do by itself.
    pub(super) fn wakes_ns(&self) -> Option<u64> {
        self.finder.is_none().then_some(self.next_ns)
    }
}
