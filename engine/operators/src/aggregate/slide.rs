//! Results over frames that move along rows: what comes in is added, what falls out is not looked at again.
//!
//! ```text
//!   rows      7  1  5  3  4
//!   frames   ├────┤
//!               ├────┤             no end of one is before that of the one before it
//!                  ├───────┤
//! ```
//!
//! | how | for | a row costs |
//! |---|---|---|
//! | [`counted`] | what can be taken away again, exactly | one addition, one subtraction |
//! | [`joined`] | sums that cannot: two stacks | three additions |
//! | [`chosen`] | the least, the last and their like: the rows that may still be chosen, in order | two comparisons |
//! | [`merged`] | anything that can be merged | slots of an accumulator, and calls for each row |

use std::collections::VecDeque;

use arrow_array::{Array, ArrayRef, UInt32Array};
use arrow_select::take::take;
use state::Slot;

use super::accumulator::{Accumulator, Selected};
use super::error::AggregateError;

/// Frames over rows, in order: each begins and ends where the one before it does, or later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Frames {
    pub(crate) fn with_capacity(frames: usize) -> Self {
        Self { starts: Vec::with_capacity(frames), ends: Vec::with_capacity(frames) }
    }

    /// One more, which may have no row.
    pub(crate) fn push(&mut self, start: usize, end: usize) {
        debug_assert!(start <= end);
        debug_assert!(self.starts.last().is_none_or(|last| *last <= start));
        debug_assert!(self.ends.last().is_none_or(|last| *last <= end));
        self.starts.push(start);
        self.ends.push(end);
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Where each begins, and where it ends.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.starts.iter().copied().zip(self.ends.iter().copied())
    }
}

/// What each frame comes to: `change(sum, row, true)` adds a row, and with `false` it is taken away.
#[inline(always)]
pub(super) fn counted<C: Copy + Default>(
    frames: &Frames,
    mut change: impl FnMut(&mut C, usize, bool),
) -> Vec<C> {
    let (mut from, mut until, mut sum) = (0, 0, C::default());
    let mut sums = Vec::with_capacity(frames.len());
    for (start, end) in frames.iter() {
        if start >= until {
            (from, until, sum) = (start, start, C::default());
        }
        (until..end).for_each(|row| change(&mut sum, row, true));
        (from..start).for_each(|row| change(&mut sum, row, false));
        (from, until) = (start, end.max(until));
        sums.push(sum);
    }
    sums
}

/// The same where nothing can be taken away: sums from each row at the front to the middle, and one from there to the end.
#[inline(always)]
pub(super) fn joined<C: Copy + Default>(
    frames: &Frames,
    add: impl Fn(C, usize) -> C,
    join: impl Fn(C, C) -> C,
) -> Vec<C> {
    let (mut middle, mut until, mut behind) = (0, 0, C::default());
    let mut before: Vec<C> = Vec::new(); // Of the rows before the middle; the nearest one first.
    let mut sums = Vec::with_capacity(frames.len());
    for (start, end) in frames.iter() {
        if start >= until {
            (middle, until, behind) = (start, start, C::default());
            before.clear();
        }
        behind = (until..end).fold(behind, &add);
        until = end.max(until);
        if start > middle {
            before.clear();
            let mut sum = C::default();
            for row in (start..until).rev() {
                sum = join(add(C::default(), row), sum);
                before.push(sum);
            }
            (middle, behind) = (until, C::default());
        }
        sums.push(if start < middle { join(before[middle - 1 - start], behind) } else { behind });
    }
    sums
}

/// For each frame the value of the row that is preferred to all others of it, which come before it or after. Nulls are not
/// values.
#[inline(always)]
pub(super) fn chosen(frames: &Frames, column: &ArrayRef, prefers: impl Fn(usize, usize) -> bool) -> ArrayRef {
    let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
    let mut until = 0;
    // Those that would be chosen if all before them were gone.
    let mut rows: VecDeque<usize> = VecDeque::new();
    let mut choices = Vec::with_capacity(frames.len());
    for (start, end) in frames.iter() {
        for row in until.max(start)..end {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                continue;
            }
            while rows.back().is_some_and(|last| prefers(row, *last)) {
                rows.pop_back();
            }
            rows.push_back(row);
        }
        until = end.max(until);
        while rows.front().is_some_and(|first| *first < start) {
            rows.pop_front();
        }
        let choice = rows.front().map(|row| u32::try_from(*row).expect("fewer than four billion rows"));
        choices.push(choice);
    }
    take(column, &UInt32Array::from(choices), None).expect("rows of the column")
}

/// The slot of what is behind the middle.
const BEHIND: Slot = 0;

/// As [`joined`], for any function.
pub(super) fn merged(
    accumulator: &mut (impl Accumulator + ?Sized),
    frames: &Frames,
    column: Option<&ArrayRef>,
) -> Result<ArrayRef, AggregateError> {
    let last = frames.iter().last().map_or(0, |(_, end)| end);
    // A slot for each frame, and for each row before the middle.
    let number = |place: usize| Slot::try_from(place).expect("fewer than four billion rows");
    let (result, before) = (|frame: usize| number(1 + frame), |row: usize| number(1 + frames.len() + row));
    accumulator.clear();
    accumulator.grow(1 + frames.len() + last);
    let (mut middle, mut until) = (0, 0);
    for (frame, (start, end)) in frames.iter().enumerate() {
        if start >= until {
            (middle, until) = (start, start);
            accumulator.reset(&[BEHIND]);
        }
        for row in until..end {
            accumulator.update(&[BEHIND], Selected::Only(&[number(row)]), column);
        }
        until = end.max(until);
        if start > middle {
            for row in (start..until).rev() {
                accumulator.update(&[before(row)], Selected::Only(&[number(row)]), column);
                if row + 1 < until {
                    accumulator.merge(&[(before(row + 1), before(row))]);
                }
            }
            middle = until;
            accumulator.reset(&[BEHIND]);
        }
        if start < middle {
            accumulator.merge(&[(before(start), result(frame))]);
        }
        accumulator.merge(&[(BEHIND, result(frame))]);
    }
    let results: Vec<Slot> = (0..frames.len()).map(result).collect();
    accumulator.value(&results)
}
