//! Rows that may yet have the greatest value of their window, or the least: who joins rows with the best of their window keeps no
//! others.
//!
//! ```text
//!   values of a window     5   3   7   7   6   9            best so far     5   5   7   7   7   9
//!   pass                   5       7   7       9
//! ```
//!
//! A row that another one of its window has beaten is not the best, whatever else comes. Of values in random order so many pass as
//! the logarithm of their number. Which of those that have passed is the best is for others to find out, on all subtasks together.
//!
//! What counts has to count for whoever finds the best, too: a row that comes when its window is over passes, and beats nobody.
//!
//! Keeps a value for each window that is not over, and loses it with a crash: then more rows pass. The watermark is saved.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, BooleanArray, downcast_primitive};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use arrow_schema::DataType;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::runs::{self, Run};
use super::windows::{Grid, Windows};
use crate::aggregate::accumulator::Selected;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::is_time_type;
use crate::watermark;

/// Which value is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Best {
    /// The greatest.
    Greatest,
    /// The least.
    Least,
}

/// In which window a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InWindow {
    /// In that which ends when this column says, in milliseconds.
    Ending(usize),
    /// In that of a time.
    At {
        /// The column of it, of milliseconds.
        time: usize,
        /// Windows that do not overlap.
        windows: Windows,
        /// So many milliseconds behind the start of its window a row has to be to be beaten: others are wanted in other windows.
        within: Range<i64>,
    },
}

/// What is compared, as a plan carries it. No row has a null in one of these columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContendersSpec {
    /// The column of the values.
    pub value: usize,
    /// Which of them is the best.
    pub best: Best,
    /// Among which rows.
    pub window: InWindow,
}

/// The operator.
pub struct Contenders {
    value: usize,
    /// The column that says in which window a row is.
    time: usize,
    /// Windows of times, and how far behind their start a row can be beaten, if that column is such a time and not an end.
    grid: Option<(Grid, Range<i64>)>,
    race: Box<dyn Race>,
    watermark: i64,
    runs: Vec<Run>,
}

impl ContendersSpec {
    /// Whether values of this type have one order everywhere: numbers but floats, and times.
    pub fn compares(data_type: &DataType) -> bool {
        let is_number = data_type.is_integer() || matches!(data_type, DataType::Decimal128(..));
        is_number || data_type.is_temporal() && !matches!(data_type, DataType::Interval(_))
    }
}

impl Contenders {
    /// Of rows of these types.
    ///
    /// # Errors
    ///
    /// If windows are none.
    ///
    /// # Panics
    ///
    /// If values cannot be compared, or times are not such.
    pub fn new(spec: &ContendersSpec, types: &[DataType]) -> Result<Self, Failure> {
        let (time, grid) = match &spec.window {
            InWindow::Ending(end) => (*end, None),
            InWindow::At { time, windows, within } => {
                let grid = windows.grid().map_err(Failure::lasting)?;
                assert!(grid.is_single(), "a row is in one window");
                (*time, Some((grid, within.clone())))
            }
        };
        assert!(is_time_type(&types[time]), "windows are of milliseconds");
        let race = race(&types[spec.value], spec.best);
        Ok(Self { value: spec.value, time, grid, race, watermark: i64::MIN, runs: Vec::new() })
    }

    /// Rows that follow each other in the same window.
    fn find_runs(&mut self, times: &[i64], rows: Selected<'_>) {
        if let Some((grid, _)) = &self.grid {
            runs::find(grid, times, rows, &mut self.runs);
            return;
        }
        self.runs.clear();
        rows.each(|position, row| match self.runs.last_mut().filter(|run| run.pane == times[row]) {
            Some(run) => run.end = position + 1,
            None => self.runs.push(Run { pane: times[row], end: position + 1 }),
        });
    }

    /// When the window of a run ends, and at which times its rows can be beaten.
    fn window(&self, run: &Run) -> (i64, Range<i64>) {
        let Some((grid, within)) = &self.grid else { return (run.pane, i64::MIN..i64::MAX) };
        let (start, end) = grid.times_of(run.pane);
        (end, start.saturating_add(within.start)..start.saturating_add(within.end))
    }
}

impl Operator for Contenders {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let times =
            batch.columns().column(self.time).as_primitive::<TimestampMillisecondType>().values().clone();
        let rows = Selected::of(&batch);
        self.find_runs(&times, rows);
        let values = batch.columns().column(self.value);
        let mut keep = BooleanBufferBuilder::new(rows.len());
        let mut start = 0;
        for number in 0..self.runs.len() {
            let run = self.runs[number];
            let (end, within) = self.window(&run);
            let positions = std::mem::replace(&mut start, run.end)..run.end;
            match end <= self.watermark.saturating_add(1) {
                true => keep.append_n(positions.len(), true),
                false => self.race.run(end, (values, rows, positions), (&times, within), &mut keep),
            }
        }
        let keep = keep.finish();
        if keep.count_set_bits() == keep.len() {
            cx.send(batch)?;
        } else if keep.count_set_bits() > 0 {
            cx.send(batch.narrow(&BooleanArray::new(keep, None)))?;
        }
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.watermark = self.watermark.max(now.0);
        self.race.forget(self.watermark.saturating_add(1));
        cx.time(now)?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        watermark::save(self.watermark, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        if let Some((least, _)) = watermark::load(from) {
            self.watermark = least;
        }
        Ok(())
    }
}

/// The best values so far.
trait Race: Send {
    /// Marks the rows in some positions, of a window that ends then, that nobody has beaten, and those whose times are not within
    /// the range.
    fn run(
        &mut self,
        end: i64,
        run: (&ArrayRef, Selected<'_>, Range<usize>),
        times: (&[i64], Range<i64>),
        keep: &mut BooleanBufferBuilder,
    );

    /// Windows that end by then are over.
    fn forget(&mut self, end: i64);
}

/// Those of a type.
struct Typed<T: ArrowPrimitiveType, const IS_GREATEST: bool> {
    /// By the end of the window.
    best: BTreeMap<i64, T::Native>,
}

fn race(data_type: &DataType, best: Best) -> Box<dyn Race> {
    macro_rules! typed {
        ($type:ty) => {
            match best {
                Best::Greatest => Box::new(Typed::<$type, true> { best: BTreeMap::new() }) as Box<dyn Race>,
                Best::Least => Box::new(Typed::<$type, false> { best: BTreeMap::new() }),
            }
        };
    }
    downcast_primitive! {
        data_type => (typed),
        other => panic!("{other} is not compared here"),
    }
}

impl<T: ArrowPrimitiveType, const IS_GREATEST: bool> Typed<T, IS_GREATEST> {
    #[inline(always)]
    fn beats(one: T::Native, other: T::Native) -> bool {
        if IS_GREATEST { one.is_gt(other) } else { one.is_lt(other) }
    }

    /// The best of these and of what was the best before.
    #[inline(always)]
    fn best(known: Option<T::Native>, values: impl Iterator<Item = T::Native>) -> Option<T::Native> {
        let better = |one, other| if Self::beats(other, one) { other } else { one };
        known.into_iter().chain(values.reduce(better)).reduce(better)
    }
}

impl<T: ArrowPrimitiveType, const IS_GREATEST: bool> Race for Typed<T, IS_GREATEST> {
    fn run(
        &mut self,
        end: i64,
        (values, rows, positions): (&ArrayRef, Selected<'_>, Range<usize>),
        (times, within): (&[i64], Range<i64>),
        keep: &mut BooleanBufferBuilder,
    ) {
        let values = values.as_primitive::<T>().values();
        let known = self.best.get(&end).copied();
        let best = match rows {
            Selected::All(_) => Self::best(known, values[positions.clone()].iter().copied()),
            Selected::Only(rows) => {
                Self::best(known, rows[positions.clone()].iter().map(|row| values[*row as usize]))
            }
        };
        let Some(best) = best else { return };
        if known.is_none_or(|known| Self::beats(best, known)) {
            self.best.insert(end, best);
        }
        let passes = |row: usize| !Self::beats(best, values[row]) || !within.contains(&times[row]);
        match rows {
            Selected::All(_) => {
                let start = positions.start;
                keep.append_buffer(&BooleanBuffer::collect_bool(positions.len(), |at| passes(start + at)));
            }
            Selected::Only(rows) => {
                rows[positions].iter().for_each(|row| keep.append(passes(*row as usize)));
            }
        }
    }

    fn forget(&mut self, end: i64) {
        self.best = self.best.split_off(&end.saturating_add(1));
    }
}
