//! Ordered runs on disk, never too many of them.
//!
//! Sixteen runs of a level are merged into one of the next level, so that neither open files nor what a merge
//! reads ahead grow with the input: it is rewritten once for each level, and a level holds sixteen times the
//! one below. Nothing here is done at once: a batch is written, a run is opened or a batch is rewritten at a time.
//!
//! Files are read and written with `memory`'s synchronous disk, in the middle of a step: a core waits for its disk. A
//! host's files will do that without waiting.
//!
//! Thin: the runs of `operators`, which will also reserve what their readers hold.

use std::sync::Arc;

use memory::{Batch, Error, SpillDirectories, SpillFile, SpillWriter};

use super::job::Counters;
use super::merge::Merge;
use super::total::{self, PageTotal};

/// A reader holds `spill.read-ahead` and a block: sixteen of them about 20 MiB with the defaults.
const LEVEL_RUNS_MAX: usize = 16;
/// Rows of a batch on the way from one run to another: what a step may take.
const BATCH_ROWS: usize = 512;

pub(crate) struct Runs {
    directories: Arc<SpillDirectories>,
    counters: Arc<Counters>,
    /// The run that is being written.
    open: Option<SpillWriter>,
    rewriting: Option<Rewriting>,
    levels: Vec<Vec<SpillFile>>,
}

/// The runs of a full level on their way into one.
struct Rewriting {
    level: usize,
    merge: Merge<'static>,
    writer: SpillWriter,
}

impl Runs {
    /// None yet.
    pub(crate) fn new(directories: Arc<SpillDirectories>, counters: Arc<Counters>) -> Self {
        Self { directories, counters, open: None, rewriting: None, levels: Vec::new() }
    }

    /// Writes a batch to the present run. Its pages come behind those that were written before.
    pub(crate) fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let writer = match self.open.take() {
            Some(writer) => writer,
            None => self.directories.create(total::envelope())?,
        };
        self.open.insert(writer).write(batch)
    }

    /// The present run is complete. Then [`Runs::rewrite_some`] has to be called until it says no.
    pub(crate) fn complete(&mut self) -> Result<(), Error> {
        match self.open.take() {
            Some(writer) => self.finish(writer, 0),
            None => Ok(()),
        }
    }

    /// Goes on with making many runs one, if there are too many. `false` when there is nothing to do.
    pub(crate) fn rewrite_some(&mut self) -> Result<bool, Error> {
        let Some(Rewriting { level, mut merge, mut writer }) = self.rewriting.take() else {
            return Ok(false);
        };
        if !merge.open_one()? {
            let Some(batch) = next_batch(&mut merge)? else {
                self.finish(writer, level + 1)?;
                return Ok(true);
            };
            writer.write(&batch)?;
        }
        self.rewriting = Some(Rewriting { level, merge, writer });
        Ok(true)
    }

    /// All runs, for merging; they lie on disk until they have been read.
    pub(crate) fn into_merge(self) -> Merge<'static> {
        debug_assert!(self.open.is_none() && self.rewriting.is_none());
        merge(self.levels.into_iter().flatten())
    }

    fn finish(&mut self, writer: SpillWriter, level: usize) -> Result<(), Error> {
        let run = writer.finish()?;
        self.counters.spilled(run.bytes());
        if level == self.levels.len() {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(run);
        if self.levels[level].len() == LEVEL_RUNS_MAX {
            let full = std::mem::take(&mut self.levels[level]);
            let writer = self.directories.create(total::envelope())?;
            self.rewriting = Some(Rewriting { level, merge: merge(full), writer });
        }
        Ok(())
    }
}

fn merge(runs: impl IntoIterator<Item = SpillFile>) -> Merge<'static> {
    let mut merge = Merge::new();
    runs.into_iter().for_each(|run| merge.add(run.read()));
    merge
}

/// What a merge gives, in batches.
fn next_batch(merge: &mut Merge) -> Result<Option<Batch>, Error> {
    let mut rows: Vec<PageTotal> = Vec::with_capacity(BATCH_ROWS);
    while rows.len() < BATCH_ROWS
        && let Some(row) = merge.next()?
    {
        rows.push(row);
    }
    let batch = || total::batch(rows.iter().map(|(page, total)| (page.as_str(), *total)));
    Ok((!rows.is_empty()).then(batch))
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
            for page in ["/every", own.as_str()] {
                runs.write(&total::batch([(page, Total::of(1, 1))].into_iter())).unwrap();
            }
            runs.complete().unwrap();
            while runs.rewrite_some().unwrap() {}
        }
        assert_eq!(runs.levels.iter().map(Vec::len).collect::<Vec<_>>(), [3, 0, 1]);
        let mut merge = runs.into_merge();
        assert_eq!(
            merge.next().unwrap(),
            Some(("/every".to_owned(), Total { clicks: 259, bytes: 259, last_ms: 1 }))
        );
        for run in 0..count {
            assert_eq!(merge.next().unwrap().unwrap().0, format!("/run/{run:04}"));
        }
        assert_eq!(merge.next().unwrap(), None);
        drop(merge);
        assert_eq!(directories.figures().used, 0);
    }

    #[test]
    fn a_run_without_batches_is_none() {
        let directories = Arc::new(SpillDirectories::open(&Settings::new()).unwrap());
        let mut runs = Runs::new(directories, Arc::new(Counters::default()));
        runs.complete().unwrap();
        assert!(!runs.rewrite_some().unwrap());
        assert_eq!(runs.into_merge().next().unwrap(), None);
    }
}
