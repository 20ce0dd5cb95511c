//! The operator: rows in, a row for each key and window out.

use std::collections::BTreeMap;

use arrow_array::BooleanArray;
use arrow_buffer::ScalarBuffer;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Slot, Snapshot};

use super::super::{Late, LateCount};
use super::content::{Arrived, Content};
use super::firing::{Bench, Firing, Step};
use super::outbox::Outbox;
use super::progress::{Fate, Progress};
use super::refiring::Refiring;
use super::runs::{self, Run};
use super::spec::WindowedAggregation;
use super::written;
use crate::accumulators::Accumulators;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::held::Held;
use crate::aggregate::keys::hashes_of;
use crate::aggregate::{dense, refuse_changes};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::rows_of;
use crate::seat::OperatorSeat;

/// Where rows go whose windows are all gone: they leave as they came.
pub const LATE_OUTPUT: usize = 1;

/// Keys that are dealt with before it asks whether to go on: some tens of microseconds.
const KEYS_BETWEEN_QUESTIONS: usize = 2048;

/// Aggregates of windows that share panes.
pub struct PaneAggregate {
    input: Layout,
    output: Layout,
    content: Content,
    progress: Progress,
    outbox: Outbox,
    ahead: BTreeMap<Slot, i64>,
    late: Late,
    late_count: LateCount,
    accumulators: Option<Accumulators>,
    work: Work,
    runs: Vec<Run>,
    held: Held,
}

/// What it has begun and not ended.
enum Work {
    Nothing,
    Firing(Firing),
    Refiring(Box<Refiring>),
}

impl PaneAggregate {
    /// Makes rows of [`WindowedAggregation::output`], and of the input's layout at [`LATE_OUTPUT`].
    ///
    /// # Errors
    ///
    /// If a function does not take its column, a type cannot be a key, or the windows are none.
    pub fn new(spec: &WindowedAggregation) -> Result<Self, Failure> {
        spec.check().map_err(Failure::lasting)?;
        let grid = spec.windows.grid().map_err(Failure::lasting)?;
        let late = Late::default();
        Ok(Self {
            input: spec.aggregation.input.clone(),
            output: spec.output().map_err(Failure::lasting)?,
            content: Content::new(&spec.aggregation, &grid)?,
            progress: Progress::new(grid, spec.allowed_lateness),
            outbox: Outbox::default(),
            ahead: BTreeMap::new(),
            late_count: LateCount::of(&late),
            late,
            accumulators: None,
            work: Work::Nothing,
            runs: Vec::new(),
            held: Held::default(),
        })
    }

    /// The second half of windows whose rows were combined before: takes rows of [`WindowedAggregation::partial`].
    ///
    /// # Errors
    ///
    /// As [`PaneAggregate::new`].
    pub fn merging(spec: &WindowedAggregation) -> Result<Self, Failure> {
        let whole = Self::new(spec)?;
        let input = spec.partial().map_err(Failure::lasting)?;
        Ok(Self { input, content: whole.content.merging(), ..whole })
    }

    /// Figures of the rows that came too late.
    pub fn late(&self) -> Late {
        self.late.clone()
    }

    /// The same operator, which reserves its memory and makes known what it drops.
    #[must_use]
    pub fn seated(mut self, seat: &OperatorSeat) -> Self {
        self.held = Held::of(seat);
        self.accumulators = Some(seat.accumulators.clone());
        self
    }

    /// Notes rows whose runs have been found.
    fn note(&mut self, batch: &Batch, hashes: &[u64], rows: Selected<'_>) -> Result<(), Failure> {
        let key = self.input.key_columns(batch);
        let arrived = Arrived { columns: batch.columns(), key: &key, hashes, rows, runs: &self.runs };
        self.content.note(arrived, &self.progress.included());
        let Self { held, content, .. } = self;
        held.hold(|| content.bytes())
    }

    /// What is to be done with each of these rows.
    fn fates(&self, rows: Selected<'_>, times: &[i64]) -> Vec<Fate> {
        let mut fates = Vec::with_capacity(rows.len());
        for run in &self.runs {
            let positions = fates.len()..run.end;
            match self.progress.fate(run.pane) {
                Some(fate) => fates.extend(std::iter::repeat_n(fate, positions.len())),
                None => fates.extend(positions.map(|at| self.progress.fate_in_gap(times[rows.row(at)]))),
            }
        }
        fates
    }

    /// Some of the rows are not simply to be noted.
    fn sort_out(&mut self, batch: &Batch, times: &[i64], cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let fates = self.fates(Selected::of(batch), times);
        let of_fate = |wanted: Fate| {
            let rows = rows_of(batch).zip(&fates).filter(move |(_, fate)| **fate == wanted);
            rows.map(|(row, _)| u32::try_from(row).expect("a batch has fewer than four billion rows"))
        };
        let is_wanted = cx.is_wanted(LATE_OUTPUT);
        for row in of_fate(Fate::Late) {
            self.late_count.note(times[row as usize], self.progress.watermark(), !is_wanted);
        }
        if let Some(accumulators) = &self.accumulators {
            self.late_count.publish(accumulators);
        }
        if is_wanted {
            let late = fates.iter().map(|fate| Some(*fate == Fate::Late)).collect::<BooleanArray>();
            cx.send_to(LATE_OUTPUT, batch.clone().narrow(&late))?;
        }
        let key = self.input.key_columns(batch);
        let hashes = hashes_of(batch, &key)?;
        let kept: Vec<u32> = of_fate(Fate::Kept).collect();
        runs::find(self.progress.grid(), times, Selected::Only(&kept), &mut self.runs);
        self.note(batch, &hashes, Selected::Only(&kept))?;
        let resent = of_fate(Fate::Resent).map(|row| (row, self.progress.grid().pane(times[row as usize])));
        let rows: Vec<_> = resent.collect();
        if rows.is_empty() {
            return Ok(Flow::Next);
        }
        let columns = batch.columns().clone();
        self.work = Work::Refiring(Box::new(Refiring { columns, key, hashes, rows, next: 0, open: None }));
        self.go_on(cx)
    }

    fn step(&mut self) -> Step {
        let Self { content, progress, outbox, ahead, .. } = self;
        let bench = &mut Bench { content, progress, outbox, ahead };
        match &mut self.work {
            Work::Nothing => Step::Done,
            Work::Firing(firing) => firing.step(bench),
            Work::Refiring(refiring) => refiring.step(bench),
        }
    }

    /// Goes on with what it has begun, for as long as it may.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let mut keys = 0;
        loop {
            keys += match self.step() {
                Step::Worked(keys) => keys + 1,
                Step::Full => {
                    let batch = self.outbox.empty(&mut self.content, self.progress.grid(), &self.output)?;
                    cx.send(batch)?;
                    KEYS_BETWEEN_QUESTIONS
                }
                Step::Done => {
                    let Self { held, content, .. } = self;
                    held.hold(|| content.bytes())?;
                    if let Work::Firing(firing) = std::mem::replace(&mut self.work, Work::Nothing) {
                        cx.time(firing.now())?;
                    }
                    return Ok(Flow::Next);
                }
            };
            if keys >= KEYS_BETWEEN_QUESTIONS {
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
                keys = 0;
            }
        }
    }
}

impl Operator for PaneAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        let batch = dense(batch);
        let times: ScalarBuffer<i64> = self.input.times(&batch);
        runs::find(self.progress.grid(), &times, Selected::of(&batch), &mut self.runs);
        let (ahead_from, grid) = (self.progress.ahead_from(), self.progress.grid());
        if self.runs.iter().any(|run| run.pane < ahead_from || grid.windows_of(run.pane).is_empty()) {
            return self.sort_out(&batch, &times, cx);
        }
        let hashes = hashes_of(&batch, &self.input.key_columns(&batch))?;
        self.note(&batch, &hashes, Selected::of(&batch))?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now.0 <= self.progress.watermark() {
            // What was saved had come further: its windows have been sent.
            cx.time(now)?;
            return Ok(Flow::Next);
        }
        self.work = Work::Firing(Firing::new(now, &self.progress));
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.held.hold(|| 0)?;
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        written::save(&self.content, &self.progress, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        let Self { content, progress, ahead, held, .. } = self;
        written::load(from, content, progress, ahead);
        held.hold(|| content.bytes())
    }
}
