//! The first half of windows: the rows of a key in a pane become one where they are, before they travel.
//!
//! ```text
//!   rows ─► groups of their pane ──── a round is over, or a window of some pane ────► [key, what is known, time] ─► exchange
//! ```
//!
//! A combined row has a time of its pane, so [`PaneAggregate::merging`] finds the pane by it as it does that of a row. What waits is sent before any watermark that ends a window in which it lies: it is late behind the
//! exchange only if its rows were. Rows that are late here already are passed on one by one, so that all of them are counted.
//!
//! Never sends a window, and never drops a row.
//!
//! [`PaneAggregate::merging`]: super::PaneAggregate::merging

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{ArrayRef, TimestampMillisecondArray};
use arrow_buffer::ScalarBuffer;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Slot, Snapshot};

use super::progress::Progress;
use super::runs::{self, Run};
use super::spec::WindowedAggregation;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::groups::Groups;
use crate::aggregate::held::Held;
use crate::aggregate::keys::hashes_of;
use crate::aggregate::leaving::Leaving;
use crate::aggregate::rounds::Rounds;
use crate::aggregate::singles::Singles;
use crate::aggregate::{Aggregation, dense, refuse_changes};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::seat::OperatorSeat;
use crate::watermark;

/// The state's name in a snapshot: rows as they leave.
const PANES: &str = "panes";

/// Combines the rows of a key in a pane.
pub struct LocalPanes {
    aggregation: Aggregation,
    partial: Layout,
    progress: Progress,
    /// The panes in which rows wait.
    open: BTreeMap<i64, Groups>,
    /// Groups of panes that have left, for their memory.
    spare: Vec<Groups>,
    singles: Singles,
    keys_max: usize,
    rounds: Rounds,
    /// The first of the open panes, while they leave.
    leaving: Leaving,
    /// What comes behind all of them.
    then: Option<Watermark>,
    runs: Vec<Run>,
    has_ended: bool,
    held: Held,
}

impl LocalPanes {
    /// Makes rows of [`WindowedAggregation::partial`], and knows about `keys_max` keys of panes at most (a batch more, and then
    /// they are sent).
    ///
    /// # Errors
    ///
    /// If a function does not take its column, a type cannot be a key, or the windows are none.
    pub fn new(spec: &WindowedAggregation, keys_max: usize) -> Result<Self, Failure> {
        spec.check().map_err(Failure::lasting)?;
        let grid = spec.windows.grid().map_err(Failure::lasting)?;
        let aggregation = spec.aggregation.clone();
        Ok(Self {
            partial: spec.partial().map_err(Failure::lasting)?,
            progress: Progress::new(grid, spec.allowed_lateness),
            open: BTreeMap::new(),
            // What cannot be aggregated is found out now.
            spare: vec![Groups::new(&aggregation, false)?],
            singles: Singles::new(&aggregation)?,
            aggregation,
            keys_max,
            rounds: Rounds::default(),
            leaving: Leaving::default(),
            then: None,
            runs: Vec::new(),
            has_ended: false,
            held: Held::default(),
        })
    }

    /// The same operator for a stream: it sends what it has after so many rows, and so many nanoseconds after a row when few
    /// come, so that little is left to be sent when a window ends.
    #[must_use]
    pub fn in_rounds(self, rows: usize, wait_ns: u64) -> Self {
        Self { rounds: Rounds::of(Some((rows, wait_ns))), ..self }
    }

    /// The same operator, which reserves its memory.
    #[must_use]
    pub fn seated(mut self, seat: &OperatorSeat) -> Self {
        self.held = Held::of(seat);
        self
    }

    /// Whether some of the rows whose runs were found are late, or in no window.
    fn has_others(&self) -> bool {
        let (ahead_from, grid) = (self.progress.ahead_from(), self.progress.grid());
        self.runs.iter().any(|run| run.pane < ahead_from || grid.windows_of(run.pane).is_empty())
    }

    /// Whether a pane that waits lies in a window that is over at this time.
    fn is_over(&self, now: Watermark) -> bool {
        let grid = self.progress.grid();
        let first = self.open.keys().next();
        first.is_some_and(|pane| *grid.windows_of(*pane).start() <= grid.last_over(now.0))
    }

    /// The groups of a pane.
    fn open(&mut self, pane: i64) -> Result<&mut Groups, Failure> {
        let Self { open, spare, aggregation, .. } = self;
        Ok(match open.entry(pane) {
            Entry::Occupied(groups) => groups.into_mut(),
            Entry::Vacant(place) => place.insert(match spare.pop() {
                Some(groups) => groups,
                None => Groups::new(aggregation, false)?,
            }),
        })
    }

    /// Notes rows whose runs have been found.
    fn note(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key = self.aggregation.input.key_columns(batch);
        let (hashes, rows) = (hashes_of(batch, &key)?, Selected::of(batch));
        if let [run] = self.runs[..] {
            self.open(run.pane)?.note((&key, &hashes), rows, batch.columns());
        } else {
            for (pane, rows) in parts(&self.runs, rows) {
                self.open(pane)?.note((&key, &hashes), Selected::Only(&rows), batch.columns());
            }
        }
        self.hold()
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let Self { held, open, spare, .. } = self;
        held.hold(|| open.values().chain(&*spare).map(Groups::bytes).sum())
    }

    fn leave(&mut self, then: Option<Watermark>, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.then = then;
        self.begin();
        self.more(cx)
    }

    /// The first pane is the next one that leaves.
    fn begin(&mut self) {
        let slots = self.open.values().next().map(Groups::slots);
        self.leaving = Leaving::new(slots.unwrap_or_default(), None);
    }
}

/// Some groups of a pane as rows that travel.
fn leaving(partial: &Layout, (progress, pane): (&Progress, i64), groups: &Groups, slots: &[Slot]) -> Batch {
    let mut columns = groups.partials(slots);
    let time = progress.grid().pane_start(pane);
    columns.push(Arc::new(TimestampMillisecondArray::from(vec![time; slots.len()])) as ArrayRef);
    partial.batch(columns, slots.len()).with_hashes(Some(groups.hashes(slots).into()))
}

/// The rows of each pane: all of its runs.
fn parts(runs: &[Run], rows: Selected<'_>) -> BTreeMap<i64, Vec<u32>> {
    let mut parts: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    let mut start = 0;
    for run in runs {
        let positions = std::mem::replace(&mut start, run.end)..run.end;
        let numbers = positions
            .map(|at| u32::try_from(rows.row(at)).expect("a batch has fewer than four billion rows"));
        parts.entry(run.pane).or_default().extend(numbers);
    }
    parts
}

impl Operator for LocalPanes {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        let batch = dense(batch);
        let times: ScalarBuffer<i64> = self.aggregation.input.times(&batch);
        runs::find(self.progress.grid(), &times, Selected::of(&batch), &mut self.runs);
        if self.has_others() || self.rounds.pass(batch.rows()) {
            cx.send(self.singles.of(batch))?;
            return Ok(Flow::Next);
        }
        self.rounds.take_in(batch.rows(), cx);
        self.note(&batch)?;
        let keys = self.open.values().map(Groups::len).sum();
        match self.rounds.ends(keys, self.keys_max) {
            true => self.leave(None, cx),
            false => Ok(Flow::Next),
        }
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let is_over = self.is_over(now);
        self.progress.advance(now.0.max(self.progress.watermark()));
        if is_over {
            return self.leave(Some(now), cx);
        }
        cx.time(now)?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended = true;
        self.leave(None, cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        while let Some(first) = self.open.first_entry() {
            let at = (&self.progress, *first.key());
            let (partial, groups) = (&self.partial, first.get());
            let flow = self.leaving.go_on(cx, |slots| Ok(leaving(partial, at, groups, slots)))?;
            if flow == Flow::Again {
                return Ok(Flow::Again);
            }
            let mut groups = first.remove();
            groups.clear();
            self.spare.push(groups);
            self.begin();
        }
        self.rounds.begin_anew();
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        if self.has_ended {
            self.spare.clear();
            self.held.hold(|| 0)?;
        }
        Ok(Flow::Next)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave(None, cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        for (pane, groups) in &self.open {
            let slots = groups.slots();
            let rows = leaving(&self.partial, (&self.progress, *pane), groups, &slots);
            to.keyed(PANES, rows.columns(), groups.hashes(&slots));
        }
        let watermark = self.progress.watermark();
        if watermark < i64::MAX {
            watermark::save(watermark, to);
        }
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        if let Some((watermark, _)) = watermark::load(from) {
            self.progress.advance(watermark);
        }
        for (rows, hashes) in from.keyed(PANES) {
            let (time, known) = rows.columns().split_last().expect("a time behind the others");
            let (key, partials) = known.split_at(self.aggregation.input.key().len());
            let times = time.as_primitive::<TimestampMillisecondType>().values();
            let all = Selected::All(rows.num_rows());
            runs::find(self.progress.grid(), times, all, &mut self.runs);
            for (pane, rows) in parts(&self.runs, all) {
                self.open(pane)?.absorb_columns((key, &hashes), partials, Selected::Only(&rows));
            }
        }
        self.hold()
    }
}
