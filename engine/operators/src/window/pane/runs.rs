//! Rows that follow each other in the same pane.
//!
//! Event time hardly jumps, so a batch is a few runs, and a row costs two comparisons and no division.

use super::windows::Grid;
use crate::aggregate::accumulator::Selected;

/// The rows from the end of the run before to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) pane: i64,
    /// A position among the rows that count.
    pub(super) end: usize,
}

/// The runs of these rows; `times` has those of all rows of the columns.
pub(super) fn find(grid: &Grid, times: &[i64], rows: Selected<'_>, runs: &mut Vec<Run>) {
    runs.clear();
    let mut pane = 0;
    let mut around = 0..0;
    rows.each(|position, row| {
        let time = times[row];
        if around.contains(&time) {
            return;
        }
        let next = grid.pane(time);
        if position > 0 && next != pane {
            runs.push(Run { pane, end: position });
        }
        pane = next;
        around = grid.pane_times(next);
    });
    if rows.len() > 0 {
        runs.push(Run { pane, end: rows.len() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::windows::Windows;
    use super::*;

    #[test]
    fn a_run_ends_where_the_pane_changes() {
        let grid = Windows::Tumbling { size: 10, offset: 0 }.grid().unwrap();
        let times = [1, 9, 10, 11, 3, 3, -1, i64::MAX, i64::MAX];
        let mut runs = Vec::new();
        find(&grid, &times, Selected::All(7), &mut runs);
        let shown = |runs: &[Run]| runs.iter().map(|run| (run.pane, run.end)).collect::<Vec<_>>();
        assert_eq!(shown(&runs), [(0, 2), (1, 4), (0, 6), (-1, 7)]);
        find(&grid, &times, Selected::Only(&[0, 1, 4, 6, 7, 8]), &mut runs);
        assert_eq!(shown(&runs), [(0, 3), (-1, 4), (grid.pane(i64::MAX), 6)]);
        find(&grid, &times, Selected::Only(&[2, 6]), &mut runs);
        assert_eq!(shown(&runs), [(1, 1), (-1, 2)]);
        find(&grid, &times, Selected::All(0), &mut runs);
        assert_eq!(runs, []);
    }
}
