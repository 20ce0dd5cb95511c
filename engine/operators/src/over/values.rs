//! Values of other rows: found by their place, and copied together.

use arrow_array::{ArrayRef, BooleanArray, UInt32Array};
use arrow_select::take::take;
use arrow_select::zip::zip;
use runtime::subtask::Failure;

use super::stretch::Stretch;
use crate::aggregate::slide::Frames;

/// A row so many away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away {
    pub(super) column: usize,
    pub(super) rows: usize,
    pub(super) is_behind: bool,
    /// The column whose value is taken where there is no such row.
    pub(super) default: Option<usize>,
}

/// Which row of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    First,
    Last,
    /// Behind so many others.
    Behind(usize),
}

/// For every result of a stretch the value of a row that many away.
pub(super) fn away(away: Away, stretch: &Stretch) -> Result<ArrayRef, Failure> {
    let mut rows: Vec<Option<u32>> = Vec::with_capacity(stretch.results());
    for part in &stretch.parts {
        let found = (part.fresh..part.end).map(|row| match away.is_behind {
            true => row.checked_add(away.rows).filter(|row| *row < part.end),
            false => row.checked_sub(away.rows).filter(|row| *row >= part.start),
        });
        rows.extend(found.map(|row| row.map(number)));
    }
    let column = |column: usize| stretch.columns.column(column);
    let Some(default) = away.default else { return picked(column(away.column), rows) };
    let is_there: BooleanArray = rows.iter().map(|row| Some(row.is_some())).collect();
    let own = stretch.fresh().map(|row| Some(number(row))).collect();
    let (found, own) = (picked(column(away.column), rows)?, picked(column(default), own)?);
    zip(&is_there, &found, &own).map_err(Failure::lasting)
}

/// The value of one row of each frame, where there is such a row.
pub(super) fn within(which: Which, column: &ArrayRef, frames: &Frames) -> Result<ArrayRef, Failure> {
    let row = |(start, end): (usize, usize)| {
        let row = match which {
            Which::First => Some(start),
            Which::Last => end.checked_sub(1),
            Which::Behind(rows) => start.checked_add(rows),
        };
        row.filter(|row| (start..end).contains(row)).map(number)
    };
    picked(column, frames.iter().map(row).collect())
}

fn picked(column: &ArrayRef, rows: Vec<Option<u32>>) -> Result<ArrayRef, Failure> {
    take(column, &UInt32Array::from(rows), None).map_err(Failure::lasting)
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("a stretch has fewer than four billion rows")
}
