//! For how long rows of a stream are combined where they are before they travel, as the settings say.

use operators::aggregate::{ROUND_NS, ROUND_ROWS};
use options::{MINI_BATCH_ALLOW_LATENCY, MINI_BATCH_ENABLED, MINI_BATCH_SIZE, Settings};

use super::{Planner, Rows};
use crate::error::SqlError;

/// Rows that are combined at a time.
#[derive(Clone, Copy)]
pub(super) struct MiniBatch {
    /// So many at most.
    pub(super) rows: usize,
    /// The first one waits so long at most.
    pub(super) wait_ns: u64,
}

impl MiniBatch {
    /// What pays, if nobody says otherwise.
    pub(super) const OWN: Self = Self { rows: ROUND_ROWS, wait_ns: ROUND_NS };

    /// What the settings say, if they do.
    ///
    /// # Errors
    ///
    /// If they say it by half.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, SqlError> {
        if !settings.get(&MINI_BATCH_ENABLED) {
            return Ok(None);
        }
        let wait_ns = u64::try_from(settings.get(&MINI_BATCH_ALLOW_LATENCY).as_nanos()).unwrap_or(u64::MAX);
        let rows = usize::try_from(settings.get(&MINI_BATCH_SIZE)).unwrap_or(usize::MAX);
        if wait_ns == 0 || rows == 0 {
            return Err(SqlError::new(
                "a mini-batch has a size and a latency: SET 'table.exec.mini-batch.size' = '5000' and \
                 'table.exec.mini-batch.allow-latency' = '2 s', or 'table.exec.mini-batch.enabled' = 'false'",
            ));
        }
        Ok(Some(Self { rows, wait_ns }))
    }
}

impl Planner {
    /// For how long rows are combined where they are. `None` where they do not travel, or where the first of them must not wait for
    /// others: in a stream with a buffer timeout of 0, unless a mini-batch is asked for.
    pub(super) fn round(&self, rows: &Rows) -> Option<MiniBatch> {
        let travel = self.parallelism > 1 && !self.is_single(rows);
        let wait = self.is_batch() || self.mini_batch.is_some() || !self.is_at_once;
        (self.has_two_phases && travel && wait).then(|| self.mini_batch.unwrap_or(MiniBatch::OWN))
    }
}
