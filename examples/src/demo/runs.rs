//! Ordered runs on disk, never too many of them.
//!
//! Sixteen runs of a level are merged into one of the next level, so that neither open files nor what a merge
//! reads ahead grow with the input: it is rewritten once for each level, and a level holds sixteen times the
//! one below.
//!
//! Thin: the runs of `operators`, which will also reserve what their readers hold.

use std::sync::Arc;

use memory::{Batch, SpillDirectories, SpillFile};

use super::failure::Failure;
use super::job::Counters;
use super::merge::Merge;
use super::total;

/// A reader holds `spill.read-ahead` and a block: sixteen of them about 20 MiB with the defaults.
const LEVEL_RUNS_MAX: usize = 16;
/// Rows of a batch on the way from one run to another.
const BATCH_ROWS: usize = 1024;

#[derive(Debug)]
pub(crate) struct Runs {
    directories: Arc<SpillDirectories>,
    counters: Arc<Counters>,
    levels: Vec<Vec<SpillFile>>,
}

impl Runs {
    /// None yet.
    pub(crate) fn new(directories: Arc<SpillDirectories>, counters: Arc<Counters>) -> Self {
        Self { directories, counters, levels: Vec::new() }
    }

    /// Writes batches, whose pages are in order, as a run.
    pub(crate) fn write(&mut self, batches: impl Iterator<Item = Batch>) -> Result<(), Failure> {
        let mut run = self.write_file(batches.map(Ok))?;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(run);
            if self.levels[level].len() < LEVEL_RUNS_MAX {
                break;
            }
            let full = std::mem::take(&mut self.levels[level]);
            run = self.write_file(Rewritten { merge: merge(&full)? })?;
        }
        Ok(())
    }

    /// All runs, opened for merging.
    pub(crate) fn read(&self) -> Result<Merge<'static>, Failure> {
        merge(self.levels.iter().flatten())
    }

    fn write_file(
        &self,
        batches: impl Iterator<Item = Result<Batch, Failure>>,
    ) -> Result<SpillFile, Failure> {
        let mut writer = self.directories.create(total::envelope())?;
        for batch in batches {
            writer.write(&batch?)?;
        }
        let file = writer.finish()?;
        self.counters.spilled(file.bytes());
        Ok(file)
    }
}

fn merge<'a>(runs: impl IntoIterator<Item = &'a SpillFile>) -> Result<Merge<'static>, Failure> {
    let mut merge = Merge::new();
    runs.into_iter().try_for_each(|run| merge.add(run.read()))?;
    Ok(merge)
}

/// What a merge gives, in batches.
struct Rewritten {
    merge: Merge<'static>,
}

impl Iterator for Rewritten {
    type Item = Result<Batch, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rows = Vec::with_capacity(BATCH_ROWS);
        while rows.len() < BATCH_ROWS {
            match self.merge.next() {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => break,
                Err(cause) => return Some(Err(cause.into())),
            }
        }
        let batch = || total::batch(rows.iter().map(|(page, total)| (page.as_str(), *total)));
        (!rows.is_empty()).then(|| Ok(batch()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::total::Total;
    use options::Settings;

    #[test]
    fn more_runs_than_a_level_holds_lose_nothing() {
        let directories = Arc::new(SpillDirectories::open(&Settings::new()).unwrap());
        let mut runs = Runs::new(directories.clone(), Arc::new(Counters::default()));
        let count = LEVEL_RUNS_MAX * LEVEL_RUNS_MAX + 3;
        for run in 0..count {
            let own = format!("/run/{run:04}");
            let batch =
                total::batch([("/every", Total::of(1, 1)), (own.as_str(), Total::of(1, 1))].into_iter());
            runs.write([batch].into_iter()).unwrap();
        }
        assert_eq!(runs.levels.iter().map(Vec::len).collect::<Vec<_>>(), [3, 0, 1]);
        let mut merge = runs.read().unwrap();
        assert_eq!(
            merge.next().unwrap(),
            Some(("/every".to_owned(), Total { clicks: 259, bytes: 259, last_ms: 1 }))
        );
        for run in 0..count {
            assert_eq!(merge.next().unwrap().unwrap().0, format!("/run/{run:04}"));
        }
        assert_eq!(merge.next().unwrap(), None);
        drop((merge, runs));
        assert_eq!(directories.figures().used, 0);
    }
}
