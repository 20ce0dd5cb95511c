//! The directories of a subtask's files: one, or one for each partition it has rows of.
//!
//! Keeps of each how far it is, the file that rows go to, and the number of the next. Only some have an open file: when
//! there are too many, or they hold too much, one is ended, and further rows of its partition go to another file. Never
//! forgets a directory, since numbers go on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use operators::Cx;
use runtime::seam::{FileResult, Ticket};
use runtime::subtask::Failure;

use super::names::Names;
use super::opening::{Opening, Task, What};
use super::part::Part;
use crate::bound::{OPEN_PARTITIONS_BYTES_MAX, OPEN_PARTITIONS_MAX, READYING_MAX};

/// Directories by number.
pub(super) struct Directories {
    task: Arc<Task>,
    stored: SchemaRef,
    all: Vec<Directory>,
    /// The numbers of partitions by their names.
    partitions: BTreeMap<String, usize>,
    /// Those that are not ready.
    unready: Vec<usize>,
    /// Those that have an open file; that which rows came for last is the last one.
    open: Vec<usize>,
}

struct Directory {
    names: Names,
    opening: Opening,
    part: Option<Part>,
    /// The number of the next file.
    next: u64,
}

impl Directories {
    /// With the first one, which is number 0.
    pub(super) fn new(task: Arc<Task>, what: What, names: Names) -> Self {
        let mut directories = Self {
            stored: task.spec.stored(),
            task,
            all: Vec::new(),
            partitions: BTreeMap::new(),
            unready: Vec::new(),
            open: Vec::new(),
        };
        directories.add(what, names);
        directories
    }

    fn add(&mut self, what: What, names: Names) -> usize {
        let number = self.all.len();
        let opening = Opening::new(self.task.clone(), what, &names);
        self.all.push(Directory { names, opening, part: None, next: 0 });
        self.unready.push(number);
        number
    }

    /// The number of a partition: a directory in the first one.
    pub(super) fn partition(&mut self, name: &str) -> usize {
        if let Some(number) = self.partitions.get(name) {
            return *number;
        }
        let number = self.add(What::Partition, self.all[0].names.within(name));
        self.partitions.insert(name.to_owned(), number);
        number
    }

    /// Whether all are ready. What can be done about it is begun.
    pub(super) fn are_ready(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.unready.is_empty() {
            return true;
        }
        let mut busy = self.unready.iter().filter(|number| self.all[**number].opening.is_busy()).count();
        for number in &self.unready {
            let Directory { names, opening, .. } = &mut self.all[*number];
            if busy < READYING_MAX {
                let was_busy = opening.is_busy();
                opening.begin(names, cx);
                busy += usize::from(opening.is_busy() && !was_busy);
            }
        }
        let ready = self.unready.extract_if(.., |number| self.all[*number].opening.is_ready());
        ready.for_each(|number| self.all[number].opening.settle(&self.all[number].names));
        self.unready.is_empty()
    }

    /// Takes rows for a directory. What becomes too much is ended.
    pub(super) fn write(
        &mut self,
        number: usize,
        rows: &RecordBatch,
        ended: &mut Vec<Part>,
    ) -> Result<(), Failure> {
        let part = self.begin(number)?;
        part.encode(rows)?;
        let (bytes, roll_bytes) = (part.bytes(), self.task.spec.roll_bytes);
        if bytes >= roll_bytes && self.all[number].names.single().is_none() {
            ended.push(self.end(number)?);
        } else if self.open.len() > OPEN_PARTITIONS_MAX {
            ended.push(self.end(self.open[0])?);
        }
        Ok(())
    }

    /// Ends files until the others hold no more than they may. One alone may hold what it likes.
    pub(super) fn shrink(&mut self, ended: &mut Vec<Part>) -> Result<(), Failure> {
        let held = |number: &usize| self.all[*number].part.as_ref().map_or(0, Part::held_bytes);
        let mut by_size: Vec<(usize, usize)> =
            self.open.iter().map(|number| (held(number), *number)).collect();
        let mut total: usize = by_size.iter().map(|(held, _)| held).sum();
        if total <= OPEN_PARTITIONS_BYTES_MAX {
            return Ok(());
        }
        by_size.sort_unstable();
        while total > OPEN_PARTITIONS_BYTES_MAX
            && by_size.len() > 1
            && let Some((held, number)) = by_size.pop()
        {
            ended.push(self.end(number)?);
            total -= held;
        }
        Ok(())
    }

    /// No rows come any more: ends all files. Without any, the one place of a subtask gets an empty one: who reads it
    /// finds the columns.
    pub(super) fn finish(&mut self, ended: &mut Vec<Part>) -> Result<(), Failure> {
        if self.task.spec.partitions.is_empty() && self.all[0].next == 0 {
            self.begin(0)?;
        }
        while let Some(number) = self.open.last() {
            ended.push(self.end(*number)?);
        }
        Ok(())
    }

    /// The file that the rows of a directory go to.
    fn begin(&mut self, number: usize) -> Result<&mut Part, Failure> {
        let Directory { names, part, next, .. } = &mut self.all[number];
        if self.open.last() != Some(&number) {
            self.open.retain(|open| *open != number);
            self.open.push(number);
        }
        if part.is_none() {
            *part = Some(Part::begin(&self.task.spec.encoding, &self.stored, names.shown(*next))?);
            *next += 1;
        }
        Ok(part.as_mut().expect("just begun"))
    }

    /// No row goes to the open file of a directory any more.
    fn end(&mut self, number: usize) -> Result<Part, Failure> {
        self.open.retain(|open| *open != number);
        let mut part = self.all[number].part.take().expect("what is open has a file");
        part.finish()?;
        Ok(part)
    }

    /// The open files.
    pub(super) fn open(&self) -> impl Iterator<Item = &Part> {
        self.open.iter().filter_map(|number| self.all[*number].part.as_ref())
    }

    /// Begins what can be begun with them.
    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>) {
        for number in &self.open {
            self.all[*number].part.iter_mut().for_each(|part| part.go_on(cx));
        }
    }

    /// Takes the answer, if the question was asked by one of them.
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        mut result: FileResult,
        cx: &mut Cx<'_>,
    ) -> Result<Option<FileResult>, Failure> {
        for number in self.unready.iter().chain(&self.open) {
            let Directory { names, opening, part, .. } = &mut self.all[*number];
            if !opening.is_ready() {
                match opening.answer(ticket, result, names, cx)? {
                    Some(unclaimed) => result = unclaimed,
                    None => return Ok(None),
                }
            }
            if let Some(part) = part {
                match part.answer(ticket, result, cx)? {
                    Some(unclaimed) => result = unclaimed,
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(result))
    }

    /// Partitions that have files.
    pub(super) fn written(&self) -> Vec<PathBuf> {
        let written = self.all.iter().filter(|directory| directory.next > 0);
        written.map(|directory| directory.names.directory.clone()).collect()
    }

    /// Looks at partitions that an earlier attempt has begun: rows may not come for them this time.
    pub(super) fn look_again(&mut self, partitions: &[PathBuf]) {
        let above = self.all[0].names.directory.clone();
        for name in partitions.iter().filter_map(|partition| partition.strip_prefix(&above).ok()?.to_str()) {
            self.partition(name);
        }
    }
}
