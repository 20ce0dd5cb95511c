//! How far windows have come, and what that means for a pane.

use std::ops::{Range, RangeInclusive};

use super::windows::Grid;

/// Which windows have been sent, and which are gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    grid: Grid,
    /// For so long after its end a window may still change.
    lateness: i64,
    watermark: i64,
    /// The last window that was sent, if it had rows.
    sent: i64,
}

/// What is to be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is noted, and seen in the windows that are to be sent yet.
    Kept,
    /// Windows that were sent change by it, and are sent again.
    Resent,
    /// All of its windows are gone.
    Late,
    /// It is in no window.
    Skipped,
}

impl Progress {
    pub(super) fn new(grid: Grid, lateness: i64) -> Self {
        let watermark = i64::MIN;
        Self { grid, lateness, watermark, sent: grid.last_over(watermark) }
    }

    pub(super) fn grid(&self) -> &Grid {
        &self.grid
    }

    pub(super) fn watermark(&self) -> i64 {
        self.watermark
    }

    pub(super) fn sent(&self) -> i64 {
        self.sent
    }

    /// All windows up to this one have been sent.
    pub(super) fn send(&mut self, window: i64) {
        self.sent = window;
    }

    /// Time has come to `now`, and all windows that end with it have been sent.
    pub(super) fn advance(&mut self, now: i64) {
        self.watermark = now;
        self.sent = self.grid.last_over(now);
    }

    /// The panes of windows that were sent which the next window has too: those that are in totals.
    pub(super) fn included(&self) -> Range<i64> {
        self.grid.panes_of(self.sent + 1).start..self.grid.panes_of(self.sent).end
    }

    /// The last window that is gone when time has come to `now`.
    fn gone_at(&self, now: i64) -> i64 {
        self.grid.last_over(now.saturating_sub(self.lateness))
    }

    /// Panes before this one are in no window any more when time has come to `now`.
    pub(super) fn alive_from(&self, now: i64) -> i64 {
        self.grid.panes_of(self.gone_at(now) + 1).start
    }

    /// Rows of this pane and all that follow are noted and no more.
    pub(super) fn ahead_from(&self) -> i64 {
        self.grid.panes_of(self.sent).end
    }

    /// The windows of a pane that were sent and may still change.
    pub(super) fn resent(&self, pane: i64) -> RangeInclusive<i64> {
        let (first, last) = self.grid.windows_of(pane).into_inner();
        first.max(self.gone_at(self.watermark) + 1)..=last.min(self.sent)
    }

    /// What is to be done with the rows of a pane. It depends on more than that if the pane is in no window.
    pub(super) fn fate(&self, pane: i64) -> Option<Fate> {
        let windows = self.grid.windows_of(pane);
        if windows.is_empty() {
            None
        } else if *windows.end() <= self.gone_at(self.watermark) {
            Some(Fate::Late)
        } else if self.resent(pane).is_empty() {
            Some(Fate::Kept)
        } else {
            Some(Fate::Resent)
        }
    }

    /// What is to be done with a row of this time that is in no window: late is late.
    pub(super) fn fate_in_gap(&self, time: i64) -> Fate {
        let is_late = time.saturating_add(self.lateness) <= self.watermark;
        if is_late { Fate::Late } else { Fate::Skipped }
    }
}
