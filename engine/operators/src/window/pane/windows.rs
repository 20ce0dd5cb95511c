//! Which windows there are, and the panes that they share.
//!
//! ```text
//!   size 5, slide 3     0     3     6     9
//!   windows              ├─────────┤                      of panes 0 to 2
//!                              ├─────────┤                of panes 2 to 4
//!   panes                │ 0 │1│ 2 │3│ 4 │5│              cut wherever a window begins or ends
//! ```
//!
//! Windows and panes are numbered by time. A pane lies in whole windows only, so a row is noted once, in its pane. There
//! are at most two panes in a slide, whatever the sizes: equal ones of the greatest common divisor could be a
//! thousand times as many.

use std::ops::{Range, RangeInclusive};

use thiserror::Error;

/// Windows of event time, in milliseconds. A window has its start and has not its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Windows {
    /// One after the other: from `offset`, from `offset + size`, and so on.
    Tumbling {
        /// How long each is.
        size: i64,
        /// Where one of them begins: within a size of zero.
        offset: i64,
    },
    /// One every `slide`, which may overlap or leave gaps.
    Sliding {
        /// How long each is.
        size: i64,
        /// From the start of one to that of the next.
        slide: i64,
        /// Where one of them begins: within a slide of zero.
        offset: i64,
    },
    /// Ever longer ones, by `step`, until they are `size` long and the next one begins: what there was since midnight, every
    /// minute.
    Cumulating {
        /// How long the longest are: whole steps.
        size: i64,
        /// How much longer each is than the one before it.
        step: i64,
        /// Where one of them begins: within a size of zero.
        offset: i64,
    },
}

/// Windows that are none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WindowsError {
    /// Too short or too long.
    #[error("{what} of a window is {ms} ms: it must be from 1 to {LENGTH_MAX} ms")]
    Length {
        /// Which length.
        what: &'static str,
        /// The length.
        ms: i64,
    },
    /// An offset beyond a whole turn.
    #[error("the offset of windows is {offset} ms: it must be less than {turn} ms, forwards or backwards")]
    Offset {
        /// The offset.
        offset: i64,
        /// Every so often a window begins.
        turn: i64,
    },
    /// Cumulating windows end in the middle of a step.
    #[error(
        "cumulating windows of {size} ms have steps of {step} ms: the size must be a multiple of the step"
    )]
    Steps {
        /// The size.
        size: i64,
        /// The step.
        step: i64,
    },
}

/// The longest window, some 35,000 years: sums of times and lengths stay far from the ends of 64 bits.
const LENGTH_MAX: i64 = 1 << 50;

/// Times beyond this are taken for it: 36 million years from now.
const TIME_MAX: i64 = 1 << 60;

/// A length that windows can have.
pub(in crate::window) fn length(what: &'static str, ms: i64) -> Result<i64, WindowsError> {
    match ms {
        1..=LENGTH_MAX => Ok(ms),
        _ => Err(WindowsError::Length { what, ms }),
    }
}

/// Windows as numbers.
#[derive(Clone, Copy, Debug)]
pub(in crate::window) struct Grid {
    offset: i64,
    /// A window ends every so often.
    step: i64,
    /// From the start of window 0 to its end.
    first_length: i64,
    /// The first pane of a step is so long, the second has the rest. Zero: there is one.
    cut: i64,
    panes: Panes,
}

/// Which panes a window has.
#[derive(Clone, Copy, Debug)]
enum Panes {
    /// Window `k` has so many from pane `k * a step's panes`.
    Sliding { width: i64 },
    /// Window `k` ends with pane `k` and begins at a multiple of this.
    Cumulating { steps: i64 },
}

impl Windows {
    /// Panes and windows by number.
    pub(in crate::window) fn grid(self) -> Result<Grid, WindowsError> {
        let (size, step, offset) = match self {
            Self::Tumbling { size, offset } => (length("the size", size)?, size, offset),
            Self::Sliding { size, slide, offset } => {
                (length("the size", size)?, length("the slide", slide)?, offset)
            }
            Self::Cumulating { size, step, offset } => {
                (length("the size", size)?, length("the step", step)?, offset)
            }
        };
        let is_cumulating = matches!(self, Self::Cumulating { .. });
        if is_cumulating && size % step != 0 {
            return Err(WindowsError::Steps { size, step });
        }
        let turn = if is_cumulating { size } else { step };
        if offset <= -turn || offset >= turn {
            return Err(WindowsError::Offset { offset, turn });
        }
        let cut = size % step;
        Ok(match is_cumulating {
            true => {
                let panes = Panes::Cumulating { steps: size / step };
                Grid { offset, step, first_length: step, cut: 0, panes }
            }
            false => {
                let width = if cut == 0 { size / step } else { 2 * (size / step) + 1 };
                Grid { offset, step, first_length: size, cut, panes: Panes::Sliding { width } }
            }
        })
    }
}

impl Grid {
    /// Panes of a step.
    fn panes(&self) -> i64 {
        if self.cut == 0 { 1 } else { 2 }
    }

    /// The pane of a time.
    pub(in crate::window) fn pane(&self, time: i64) -> i64 {
        let time = time.clamp(-TIME_MAX, TIME_MAX) - self.offset;
        let step = time.div_euclid(self.step);
        if self.cut == 0 {
            return step;
        }
        2 * step + i64::from(time.rem_euclid(self.step) >= self.cut)
    }

    /// When a pane begins.
    pub(in crate::window) fn pane_start(&self, pane: i64) -> i64 {
        let panes = self.panes();
        self.offset + pane.div_euclid(panes) * self.step + pane.rem_euclid(panes) * self.cut
    }

    /// The times of a pane. Those of the first and the last that there are go on for ever.
    pub(in crate::window) fn pane_times(&self, pane: i64) -> Range<i64> {
        let (start, end) = (self.pane_start(pane), self.pane_start(pane + 1));
        let start = if start <= -TIME_MAX { i64::MIN } else { start };
        start..if end > TIME_MAX { i64::MAX } else { end }
    }

    /// The panes of a window.
    pub(in crate::window) fn panes_of(&self, window: i64) -> Range<i64> {
        match self.panes {
            Panes::Sliding { width } => {
                let start = window * self.panes();
                start..start + width
            }
            Panes::Cumulating { steps } => window.div_euclid(steps) * steps..window + 1,
        }
    }

    /// The windows of a pane. There are none if it lies in a gap.
    pub(in crate::window) fn windows_of(&self, pane: i64) -> RangeInclusive<i64> {
        match self.panes {
            Panes::Sliding { width } => {
                let panes = self.panes();
                (pane - width).div_euclid(panes) + 1..=pane.div_euclid(panes)
            }
            Panes::Cumulating { steps } => pane..=(pane.div_euclid(steps) + 1) * steps - 1,
        }
    }

    /// When a window begins and ends.
    pub(in crate::window) fn times_of(&self, window: i64) -> (i64, i64) {
        let panes = self.panes_of(window);
        (self.pane_start(panes.start), self.pane_start(panes.end))
    }

    /// The last window that is over when time has come to `now`.
    pub(in crate::window) fn last_over(&self, now: i64) -> i64 {
        let end = now.clamp(-2 * TIME_MAX, 2 * TIME_MAX) + 1;
        (end - self.first_length - self.offset).div_euclid(self.step)
    }

    /// Whether every window is a pane of its own.
    pub(in crate::window) fn is_single(&self) -> bool {
        matches!(self.panes, Panes::Sliding { width: 1 })
    }

    /// Whether windows begin anew and do not move on.
    pub(in crate::window) fn is_cumulating(&self) -> bool {
        matches!(self.panes, Panes::Cumulating { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [Windows; 8] = [
        Windows::Tumbling { size: 5, offset: 0 },
        Windows::Tumbling { size: 7, offset: -3 },
        Windows::Sliding { size: 10, slide: 5, offset: 2 },
        Windows::Sliding { size: 10, slide: 3, offset: -1 },
        Windows::Sliding { size: 4, slide: 3, offset: 0 },
        Windows::Sliding { size: 2, slide: 5, offset: 1 },
        Windows::Cumulating { size: 12, step: 4, offset: 0 },
        Windows::Cumulating { size: 10, step: 1, offset: -9 },
    ];

    /// All windows near zero that have this time, by start and end, as their definition says.
    fn windows_with(windows: Windows, time: i64) -> Vec<(i64, i64)> {
        let mut all = Vec::new();
        for turn in -100..100 {
            match windows {
                Windows::Tumbling { size, offset } => {
                    all.push((turn * size + offset, (turn + 1) * size + offset))
                }
                Windows::Sliding { size, slide, offset } => {
                    all.push((turn * slide + offset, turn * slide + offset + size));
                }
                Windows::Cumulating { size, step, offset } => {
                    let start = turn * size + offset;
                    all.extend((1..=size / step).map(|steps| (start, start + steps * step)));
                }
            }
        }
        all.retain(|(start, end)| *start <= time && time < *end);
        all
    }

    #[test]
    fn a_time_is_in_the_windows_of_its_pane() {
        for windows in CASES {
            let grid = windows.grid().unwrap();
            for time in -60..60 {
                let pane = grid.pane(time);
                assert!(grid.pane_times(pane).contains(&time), "{windows:?} {time}");
                let found: Vec<_> = grid.windows_of(pane).map(|window| grid.times_of(window)).collect();
                assert_eq!(found, windows_with(windows, time), "{windows:?} {time}");
                for window in grid.windows_of(pane) {
                    assert!(grid.panes_of(window).contains(&pane));
                }
            }
        }
    }

    #[test]
    fn a_window_is_over_with_the_last_of_its_times() {
        for windows in CASES {
            let grid = windows.grid().unwrap();
            for window in -20..20 {
                let (_, end) = grid.times_of(window);
                assert_eq!(
                    (grid.last_over(end - 1), grid.last_over(end - 2)),
                    (window, window - 1),
                    "{windows:?}"
                );
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_times() {
        for windows in CASES {
            let grid = windows.grid().unwrap();
            for time in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
                let pane = grid.pane(time);
                assert!(grid.pane_times(pane).contains(&time) || time == i64::MAX);
                assert!(grid.windows_of(pane).all(|window| window <= grid.last_over(i64::MAX)));
                assert!(grid.windows_of(pane).all(|window| window > grid.last_over(i64::MIN)));
            }
        }
    }

    #[test]
    fn windows_that_are_none_are_refused() {
        let check = |windows: Windows, words: &str| {
            assert_eq!(windows.grid().unwrap_err().to_string(), words);
        };
        let (size, offset) = (10, 0);
        check(
            Windows::Tumbling { size: 0, offset },
            "the size of a window is 0 ms: it must be from 1 to 1125899906842624 ms",
        );
        let steps = "cumulating windows of 10 ms have steps of 3 ms: the size must be a multiple of the step";
        check(Windows::Cumulating { size, step: 3, offset }, steps);
        let far = "the offset of windows is -3 ms: it must be less than 3 ms, forwards or backwards";
        check(Windows::Sliding { size, slide: 3, offset: -3 }, far);
    }
}
