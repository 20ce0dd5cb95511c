//! Windows that are over, one after the other.
//!
//! ```text
//!   next ─► add the panes that have come to an end ─► send a row for each key ─► remove the panes that go ─► turn ─┐
//!    ▲ │                                                                                                           │
//!    │ └─ no window is over ─► clean: panes that are in no window any more ─► the watermark                        │
//!    └─────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Each step is a pane or a batch, so that it can stop between any two of them.

use std::collections::BTreeMap;

use shuffle::Watermark;
use state::Slot;

use super::content::Content;
use super::outbox::Outbox;
use super::progress::Progress;
use crate::rows::BATCH_ROWS;

/// How far it is.
pub(super) struct Firing {
    now: Watermark,
    /// The last window that is over.
    last: i64,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Next,
    Add {
        window: i64,
        from: i64,
    },
    Send {
        window: i64,
        next: usize,
    },
    /// Totals that were lent change next: what is gathered has to be sent first.
    Sent {
        window: i64,
    },
    Remove {
        window: i64,
        from: i64,
    },
    Turn,
    Clean,
}

/// What a step has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It has dealt with so many keys.
    Worked(usize),
    /// What is gathered must be sent before it can go on.
    Full,
    /// All is done, and nothing is gathered.
    Done,
}

/// What it works on.
pub(super) struct Bench<'a> {
    pub(super) content: &'a mut Content,
    pub(super) progress: &'a mut Progress,
    pub(super) outbox: &'a mut Outbox,
    /// Keys of which more windows were sent than of others, and the last of them.
    pub(super) ahead: &'a mut BTreeMap<Slot, i64>,
}

impl Firing {
    /// Time has come to `now`.
    pub(super) fn new(now: Watermark, progress: &Progress) -> Self {
        Self { now, last: progress.grid().last_over(now.0), stage: Stage::Next }
    }

    /// The watermark that goes behind all of it.
    pub(super) fn now(&self) -> Watermark {
        self.now
    }

    pub(super) fn step(&mut self, bench: &mut Bench<'_>) -> Step {
        match self.stage {
            Stage::Next => self.next(bench),
            Stage::Add { window, from } => self.add(window, from, bench),
            Stage::Send { window, next } => self.send(window, next, bench),
            Stage::Sent { .. } if !bench.outbox.is_empty() => Step::Full,
            Stage::Sent { window } => {
                let from = bench.progress.grid().panes_of(window).start;
                self.stage = Stage::Remove { window, from };
                Step::Worked(1)
            }
            Stage::Remove { window, from } => self.remove(window, from, bench),
            Stage::Turn => self.turn(bench),
            Stage::Clean => clean(self.now, bench),
        }
    }

    fn next(&mut self, bench: &mut Bench<'_>) -> Step {
        let (content, progress) = (&mut *bench.content, &mut *bench.progress);
        let grid = *progress.grid();
        let following = progress.sent() + 1;
        let window = if content.keys_in_totals().is_empty() {
            let first = content.panes.first_in(grid.panes_of(following).start..i64::MAX);
            first.map(|(pane, _)| *grid.windows_of(pane).start())
        } else {
            Some(following)
        };
        self.stage = match window.filter(|window| *window <= self.last) {
            None => {
                progress.advance(self.now.0);
                Stage::Clean
            }
            Some(window) if content.totals.is_none() => Stage::Send { window, next: 0 },
            Some(window) => {
                let from = progress.ahead_from().max(grid.panes_of(window).start);
                Stage::Add { window, from }
            }
        };
        Step::Worked(1)
    }

    fn add(&mut self, window: i64, from: i64, bench: &mut Bench<'_>) -> Step {
        let Content { panes, totals: Some(totals), cells, .. } = &mut *bench.content else {
            unreachable!("a window that is a pane has nothing to add")
        };
        let Some((number, pane)) = panes.first_in(from..bench.progress.grid().panes_of(window).end) else {
            self.stage = Stage::Send { window, next: 0 };
            return Step::Worked(1);
        };
        totals.add(pane, cells);
        let worked = pane.members().len();
        panes.seal(number);
        self.stage = Stage::Add { window, from: number + 1 };
        Step::Worked(worked)
    }

    fn send(&mut self, window: i64, next: usize, bench: &mut Bench<'_>) -> Step {
        let room = bench.outbox.room();
        if room == 0 {
            return Step::Full;
        }
        let Content { panes, totals, cells, .. } = &mut *bench.content;
        let progress = &mut *bench.progress;
        let ahead = &*bench.ahead;
        let is_due = |key: &Slot| ahead.get(key).is_none_or(|sent| *sent < window);
        let end = if let Some(totals) = totals {
            let keys = totals.keys();
            let end = keys.len().min(next + room);
            let due = keys[next..end].iter().copied().filter(is_due);
            match totals.whole().filter(|_| lends(keys.len())) {
                Some(whole) => bench.outbox.lend(window, due.map(|key| (key, whole[key as usize]))),
                None => {
                    let due: Vec<Slot> = due.collect();
                    let copies: Vec<Slot> = due.iter().map(|_| cells.take()).collect();
                    totals.copy(&due, &copies, cells);
                    bench.outbox.give(window, &due, &copies);
                }
            }
            (end < keys.len()).then_some(end)
        } else {
            let (_, pane) = panes.first_in(progress.grid().panes_of(window)).expect("a pane with rows");
            let members = pane.members();
            let end = members.len().min(next + room);
            let due = members[next..end].iter().filter(|member| is_due(&member.key));
            bench.outbox.lend(window, due.map(|member| (member.key, member.cell)));
            (end < members.len()).then_some(end)
        };
        self.stage = match end {
            Some(next) => Stage::Send { window, next },
            None if let Some(totals) = totals.as_ref() => {
                match totals.whole().is_some() && lends(totals.keys().len()) {
                    true => Stage::Sent { window },
                    false => Stage::Remove { window, from: progress.grid().panes_of(window).start },
                }
            }
            None => {
                progress.send(window);
                Stage::Next
            }
        };
        Step::Worked(room.min(1 + end.unwrap_or(0).saturating_sub(next)))
    }

    fn remove(&mut self, window: i64, from: i64, bench: &mut Bench<'_>) -> Step {
        let grid = *bench.progress.grid();
        let Content { panes, totals: Some(totals), cells, .. } = &mut *bench.content else {
            unreachable!("a window that is a pane has nothing to remove")
        };
        let going = from..grid.panes_of(window + 1).start;
        if grid.is_cumulating() && !going.is_empty() {
            totals.clear(cells);
        } else if let Some((number, pane)) = panes.first_in(going) {
            totals.remove(number, pane, cells);
            self.stage = Stage::Remove { window, from: number + 1 };
            return Step::Worked(pane.members().len());
        }
        bench.progress.send(window);
        self.stage = Stage::Turn;
        Step::Worked(1)
    }

    fn turn(&mut self, bench: &mut Bench<'_>) -> Step {
        let Content { panes, totals: Some(totals), cells, .. } = &mut *bench.content else {
            unreachable!("a window that is a pane has nothing to turn")
        };
        if !totals.turn(bench.progress.included(), panes, cells) {
            self.stage = Stage::Next;
        }
        Step::Worked(totals.keys().len())
    }
}

/// Whether a window of so many keys is sent by itself, with totals that it lends: of fewer, several are copied into a batch.
fn lends(keys: usize) -> bool {
    // Windows of tests are small, and are to be of both kinds.
    keys >= if cfg!(test) { 3 } else { BATCH_ROWS / 8 }
}

/// Takes away what is in no window any more, once nothing is gathered that is of it.
fn clean(now: Watermark, bench: &mut Bench<'_>) -> Step {
    if !bench.outbox.is_empty() {
        return Step::Full;
    }
    let end = bench.progress.alive_from(now.0);
    let ahead = &mut *bench.ahead;
    let is_more = bench.content.clean(end, |key| {
        ahead.remove(&key);
    });
    if is_more { Step::Worked(BATCH_ROWS) } else { Step::Done }
}
