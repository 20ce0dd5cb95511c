//! Rows with the windows that they lie in: the table functions `TUMBLE`, `HOP` and `CUMULATE`.
//!
//! ```text
//!   size 4, slide 2     time 5  ─►  time 5  2 6
//!                                   time 5  4 8
//! ```
//!
//! A row leaves once for each of its windows, the first one first, and none is held back: who gathers the rows of a window
//! knows when it is over. A row without a time lies in no window; it is dropped and counted, as in Flink.
//!
//! Keeps nothing but the batch that it is at. Windows that do not overlap cost two columns and no copy.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, BooleanArray, UInt32Array};
use arrow_buffer::ScalarBuffer;
use arrow_select::take::take;
use memory::{Batch, RowKinds};
use runtime::subtask::Failure;

use super::columns::{WindowColumns, insert};
use super::pane::{Grid, Windows};
use crate::accumulators::Accumulators;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::{Layout, is_time_type};
use crate::rows::{BATCH_ROWS, rows_of};
use crate::seat::OperatorSeat;

/// The accumulator that counts rows which were dropped because they have no time, as in Flink.
pub const TIMELESS: &str = "numNullRowTimeRecordsDropped";

/// Which windows rows get, as a plan carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRowsSpec {
    /// What comes in, changes or not.
    pub input: Layout,
    /// The windows.
    pub windows: Windows,
    /// The column by which a row lies in a window, of milliseconds.
    pub time: usize,
    /// The columns that are added.
    pub columns: WindowColumns,
}

impl WindowRowsSpec {
    /// What comes out: the record with the columns of its window behind the others, and beside it what was there before.
    pub fn output(&self) -> Layout {
        self.columns.widen(&self.input)
    }
}

/// The operator.
pub struct WindowRows {
    spec: WindowRowsSpec,
    output: Layout,
    /// No time lies in two windows.
    is_single: bool,
    found: Found,
    at: Option<At>,
    accumulators: Accumulators,
}

/// The windows of the time that was looked at last: event time hardly jumps, so mostly they are those of the next one too.
struct Found {
    grid: Grid,
    /// The times that lie in the same windows.
    around: Range<i64>,
    count: usize,
    /// When the first of them begins and ends.
    first: (i64, i64),
    /// How much later the next one does.
    stride: (i64, i64),
}

/// Where it is in a batch.
struct At {
    batch: Batch,
    rows: Vec<usize>,
    /// The next of the rows, and which of its windows.
    next: usize,
    window: usize,
}

impl Found {
    fn new(grid: Grid) -> Self {
        Self { grid, around: 0..0, count: 0, first: (0, 0), stride: (0, 0) }
    }

    #[inline]
    fn of(&mut self, time: i64) -> &Self {
        if !self.around.contains(&time) {
            self.look_up(time);
        }
        self
    }

    fn look_up(&mut self, time: i64) {
        let pane = self.grid.pane(time);
        let (first, last) = self.grid.windows_of(pane).into_inner();
        self.around = self.grid.pane_times(pane);
        self.count = usize::try_from(last - first + 1).unwrap_or(0);
        self.first = self.grid.times_of(first);
        let second = self.grid.times_of(first + 1);
        self.stride = (second.0 - self.first.0, second.1 - self.first.1);
    }

    /// The window behind so many others.
    #[inline]
    fn window(&self, behind: i64) -> (i64, i64) {
        (self.first.0 + behind * self.stride.0, self.first.1 + behind * self.stride.1)
    }
}

impl WindowRows {
    /// As the specification says.
    ///
    /// # Errors
    ///
    /// If the windows are none.
    ///
    /// # Panics
    ///
    /// If the time is no column of milliseconds.
    pub fn new(spec: WindowRowsSpec, seat: &OperatorSeat) -> Result<Self, Failure> {
        check_time(&spec.input, spec.time);
        let grid = spec.windows.grid().map_err(Failure::lasting)?;
        Ok(Self {
            output: spec.output(),
            spec,
            is_single: grid.is_single(),
            found: Found::new(grid),
            at: None,
            accumulators: seat.accumulators.clone(),
        })
    }

    /// Puts its window beside every row, none of which lies in two of them.
    fn mark(&mut self, batch: Batch) -> Batch {
        let times = times_of(&batch, self.spec.time);
        let rows = batch.columns().num_rows();
        let (mut starts, mut ends) = (vec![0; rows], vec![0; rows]);
        let mut keep = Vec::with_capacity(batch.rows());
        for row in rows_of(&batch) {
            let found = self.found.of(times[row]);
            (starts[row], ends[row]) = found.first;
            keep.push(found.count > 0);
        }
        let mut columns = batch.columns().columns().to_vec();
        insert(&mut columns, self.spec.input.record(), starts, ends);
        let mut marked = self.output.batch(columns, rows).with_kinds(batch.kinds().cloned());
        if let Some(selection) = batch.selection() {
            marked = marked.with_selection(selection.clone());
        }
        if keep.contains(&false) { marked.narrow(&BooleanArray::from(keep)) } else { marked }
    }

    /// The next rows with their windows; an empty batch at the end.
    fn next_piece(&mut self, at: &mut At) -> Batch {
        let times = times_of(&at.batch, self.spec.time);
        let (mut origins, mut starts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        while origins.len() < BATCH_ROWS && at.next < at.rows.len() {
            let row = at.rows[at.next];
            let found = self.found.of(times[row]);
            let count = (found.count - at.window).min(BATCH_ROWS - origins.len());
            let behind = i64::try_from(at.window).expect("a window has a number");
            let windows = (behind..).take(count).map(|behind| found.window(behind));
            windows.for_each(|(start, end)| {
                starts.push(start);
                ends.push(end);
            });
            origins
                .resize(starts.len(), u32::try_from(row).expect("a batch has fewer than four billion rows"));
            at.window += count;
            if at.window == found.count {
                (at.next, at.window) = (at.next + 1, 0);
            }
        }
        self.copies(&at.batch, origins, starts, ends)
    }

    /// These rows of a batch, with their windows.
    fn copies(&self, batch: &Batch, origins: Vec<u32>, starts: Vec<i64>, ends: Vec<i64>) -> Batch {
        let rows = origins.len();
        let kinds = batch.kinds();
        let kinds = kinds.map(|kinds| RowKinds::new(origins.iter().map(|row| kinds.get(*row as usize))));
        let origins = UInt32Array::from(origins);
        let columns = batch.columns().columns().iter();
        let copies = columns.map(|column| take(column, &origins, None).expect("rows of the batch"));
        let mut columns = copies.collect();
        insert(&mut columns, self.spec.input.record(), starts, ends);
        self.output.batch(columns, rows).with_kinds(kinds)
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        while let Some(mut at) = self.at.take() {
            let piece = self.next_piece(&mut at);
            cx.send(piece)?;
            if at.next < at.rows.len() {
                self.at = Some(at);
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
        }
        Ok(Flow::Next)
    }
}

impl Operator for WindowRows {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = with_times(batch, self.spec.time, &self.accumulators);
        if self.is_single {
            let marked = self.mark(batch);
            cx.send(marked)?;
            return Ok(Flow::Next);
        }
        let rows = rows_of(&batch).collect();
        self.at = Some(At { batch, rows, next: 0, window: 0 });
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }
}

/// A plan that takes something else for a time is wrong.
pub(crate) fn check_time(input: &Layout, time: usize) {
    let field = input.schema().field(time);
    assert!(is_time_type(field.data_type()), "a time: {field}");
}

/// The times of all rows of a batch's columns.
pub(crate) fn times_of(batch: &Batch, time: usize) -> ScalarBuffer<i64> {
    batch.columns().column(time).as_primitive::<TimestampMillisecondType>().values().clone()
}

/// The rows of a batch that have a time. The others are counted.
pub(crate) fn with_times(batch: Batch, time: usize, accumulators: &Accumulators) -> Batch {
    let column = batch.columns().column(time);
    if column.null_count() == 0 {
        return batch;
    }
    let timed: BooleanArray = rows_of(&batch).map(|row| Some(column.is_valid(row))).collect();
    let dropped = batch.rows() - timed.true_count();
    accumulators.add(TIMELESS, i64::try_from(dropped).expect("a batch has fewer rows"));
    batch.narrow(&timed)
}
