//! The subtasks that count: count, sum and latest per page, in memory while there is some, on disk when there is not.
//!
//! ```text
//!   taking ──► refused ──► sorting ──► spilling ──► rewriting ──► taking
//!     │          no memory for one more page            too many runs
//!     └──► end ──► sorting ──► opening the runs ──► merging ──► the part is sent, done
//! ```
//!
//! Everything behind `taking` takes far longer than a step may, so it is done in slices: between two of them the core
//! receives and steps whoever else is ready.
//!
//! Thin: a keyed operator of `operators` over the state of `state`, and a sink of `connect` behind it.

use std::mem;
use std::sync::mpsc::Sender;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use memory::{Batch, Error, Lease};
use runtime::subtask::{Failure, Progress, StepCx, Subtask};
use shuffle::Arrival;

use super::answer::Part;
use super::clicks::{AT, BYTES, PAGE};
use super::merge::Merge;
use super::runs::Runs;
use super::table::{Ordered, Table};
use super::total::Total;

/// Pages that are taken from the merge before the time is looked at.
const SLICE_PAGES: usize = 64;

/// What a subtask is given, all of it its own.
pub(crate) struct Means {
    /// Where the table's memory comes from.
    pub(crate) managed: Lease,
    pub(crate) table: Table,
    pub(crate) runs: Runs,
    pub(crate) part: Part,
    /// Who wants the part.
    pub(crate) parts: Sender<Part>,
}

pub(crate) struct Aggregation {
    managed: Lease,
    work: Work,
    /// Clicks for which there was no room, from this row on.
    rest: Option<(Batch, usize)>,
    has_ended: bool,
    part: Part,
    parts: Sender<Part>,
}

/// What there is to do. The runs go with it: in the end they become the merge.
enum Work {
    Taking(Table, Runs),
    Sorting(Ordered, Runs),
    Spilling(Ordered, Runs),
    Rewriting(Table, Runs),
    Opening(Merge<'static>),
    Merging(Merge<'static>),
    Over,
}

impl Aggregation {
    pub(crate) fn new(means: Means) -> Self {
        let Means { managed, table, runs, part, parts } = means;
        Self { managed, work: Work::Taking(table, runs), rest: None, has_ended: false, part, parts }
    }

    /// Takes what comes. Nothing more to take for now: says so.
    fn take(&mut self, cx: &mut StepCx<'_>) -> Option<Progress> {
        if self.rest.is_none() {
            match cx.next() {
                None => return Some(Progress::IDLE),
                Some(Arrival::Batch { batch, .. }) => self.rest = Some((batch, 0)),
                Some(Arrival::End) => self.has_ended = true,
                Some(Arrival::InputEnded(_)) => {}
                Some(other) => unreachable!("no demo says {other:?}"),
            }
        }
        self.add_rest();
        None
    }

    /// Adds clicks, which came with the hashes of their pages, until there is no memory for one.
    fn add_rest(&mut self) {
        let Work::Taking(table, _) = &mut self.work else { unreachable!("asked while taking") };
        let rest =
            self.rest.take().and_then(|(clicks, from)| add(table, &clicks, from).map(|row| (clicks, row)));
        assert!(rest.is_none() || !table.is_empty(), "an empty table has room for a page: {table:?}");
        self.rest = rest;
        if self.rest.is_some() || self.has_ended {
            self.work.become_sorting();
        }
    }

    /// The next slice of what follows when the table is full, or all has come.
    fn go_on(&mut self) -> Result<(), Error> {
        self.work = match mem::replace(&mut self.work, Work::Over) {
            Work::Sorting(mut ordered, runs) => match (ordered.sort_some(), self.has_ended) {
                (true, _) => Work::Sorting(ordered, runs),
                (false, false) => Work::Spilling(ordered, runs),
                (false, true) => {
                    let mut merge = runs.into_merge();
                    merge.add(ordered.map(Ok));
                    Work::Opening(merge)
                }
            },
            Work::Spilling(mut ordered, mut runs) => match ordered.next() {
                Some(batch) => {
                    runs.write(&batch)?;
                    Work::Spilling(ordered, runs)
                }
                None => {
                    runs.complete()?;
                    Work::Rewriting(ordered.into_empty(), runs)
                }
            },
            Work::Rewriting(table, mut runs) => match runs.rewrite_some()? {
                true => Work::Rewriting(table, runs),
                false => Work::Taking(table, runs),
            },
            Work::Opening(mut merge) => match merge.open_one()? {
                true => Work::Opening(merge),
                false => Work::Merging(merge),
            },
            Work::Merging(mut merge) => match self.answer_some(&mut merge)? {
                true => Work::Merging(merge),
                false => Work::Over,
            },
            other @ (Work::Taking(..) | Work::Over) => other,
        };
        Ok(())
    }

    /// Takes some pages for the part. `false` when there are no more; then the part has been sent.
    fn answer_some(&mut self, merge: &mut Merge) -> Result<bool, Error> {
        for _ in 0..SLICE_PAGES {
            let Some(page) = merge.next()? else {
                self.part.managed_peak = self.managed.figures().peak;
                let part = mem::take(&mut self.part);
                let _ = self.parts.send(part); // Whoever has gone wants none.
                return Ok(false);
            };
            self.part.take(page);
        }
        Ok(true)
    }
}

impl Subtask for Aggregation {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        loop {
            match self.work {
                Work::Over => return Ok(Progress::Done),
                Work::Taking(..) => {
                    if let Some(progress) = self.take(cx) {
                        return Ok(progress);
                    }
                }
                _ if cx.may_go_on() => self.go_on()?,
                _ => return Ok(Progress::Worked),
            }
        }
    }
}

impl Work {
    fn become_sorting(&mut self) {
        *self = match mem::replace(self, Self::Over) {
            Self::Taking(table, runs) => Self::Sorting(Ordered::of(table), runs),
            other => other,
        };
    }
}

/// Adds the clicks from this row on. Says which row there was no room for.
fn add(table: &mut Table, clicks: &Batch, from: usize) -> Option<usize> {
    let columns = clicks.columns();
    let pages = columns.column(PAGE).as_string_view();
    let at = columns.column(AT).as_primitive::<TimestampMillisecondType>().values();
    let bytes = columns.column(BYTES).as_primitive::<Int32Type>().values();
    let hashes = clicks.hashes().expect("the exchange sends hashes");
    (from..clicks.rows())
        .find(|row| !table.add(hashes[*row], pages.value(*row), Total::of(bytes[*row], at[*row])))
}
