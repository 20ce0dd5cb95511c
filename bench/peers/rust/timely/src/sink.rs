//! Where rows end: counted, perhaps read, and thrown away, or kept for an answer.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::path::Path;
use std::rc::Rc;

use peer::{Row, RowFile, Sum};
use rustc_hash::FxHashMap;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::{Operator, Probe};
use timely::dataflow::{ProbeHandle, StreamVec};

use crate::job::Ended;

/// The end of a worker's dataflow.
pub(crate) struct Output {
    probe: ProbeHandle<u64>,
    rows: Rc<Cell<u64>>,
    /// What was read, if rows are.
    sum: Option<Rc<Cell<Sum>>>,
    file: Option<Rc<RefCell<RowFile>>>,
}

impl Output {
    /// With a folder for an answer, or without one.
    pub(crate) fn new(answer: Option<&Path>, reads: bool, worker: usize) -> Self {
        let sum = reads.then(Rc::default);
        let file = answer.map(|folder| Rc::new(RefCell::new(RowFile::create(folder, worker))));
        Self { probe: ProbeHandle::new(), rows: Rc::default(), sum, file }
    }

    /// Rows of which each one stays.
    pub(crate) fn rows<R: Row + 'static>(&self, stream: StreamVec<'_, u64, R>) {
        let (rows, sum, file) = (Rc::clone(&self.rows), self.sum.clone(), self.file.clone());
        stream.probe_with(&self.probe).sink(Pipeline, "rows", move |(input, _)| {
            input.for_each(|_, batch| {
                rows.set(rows.get() + batch.len() as u64);
                if let Some(sum) = &sum {
                    sum.set(sum.get().and(read(batch.iter(), 0)));
                }
                if let Some(file) = &file {
                    batch.iter().for_each(|row| file.borrow_mut().put(row));
                }
                batch.clear();
            });
        });
    }

    /// Rows of which the last one of its key stays.
    pub(crate) fn latest<K: Hash + Eq + 'static, R: Row + 'static>(
        &self,
        stream: StreamVec<'_, u64, (K, R)>,
    ) {
        let (rows, sum, file) = (Rc::clone(&self.rows), self.sum.clone(), self.file.clone());
        let mut latest: FxHashMap<K, R> = FxHashMap::default();
        stream.probe_with(&self.probe).sink(Pipeline, "latest rows", move |(input, frontier)| {
            input.for_each(|_, batch| {
                rows.set(rows.get() + batch.len() as u64);
                if let Some(sum) = &sum {
                    // Most of them take the place of another one.
                    sum.set(sum.get().and(read(batch.iter().map(|(_, row)| row), batch.len())));
                }
                match file {
                    Some(_) => latest.extend(batch.drain(..)),
                    None => batch.clear(),
                }
            });
            if let Some(file) = &file
                && frontier.is_empty()
            {
                latest.drain().for_each(|(_, row)| file.borrow_mut().put(&row));
            }
        });
    }

    /// Whether rows of a time before this one may come.
    pub(crate) fn is_before(&self, time: u64) -> bool {
        self.probe.less_than(&time)
    }

    /// Whether no more rows come.
    pub(crate) fn is_done(&self) -> bool {
        self.probe.done()
    }

    /// How many have come, and what was read of them.
    pub(crate) fn end(&self) -> Ended {
        (self.rows.get(), self.sum.as_ref().map(|sum| sum.get()))
    }
}

fn read<'a, R: Row + 'a>(rows: impl Iterator<Item = &'a R>, changes: usize) -> Sum {
    let checksum = rows.fold(0, |sum: u64, row| sum.wrapping_add(row.hash()));
    Sum { checksum, changes: changes as u64 }
}
