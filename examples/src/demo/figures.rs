//! What the subtasks of the job have done, as the runtime has counted it.

use runtime::figures::SubtaskGauges;
use runtime::job::JobBoard;

use super::job::{PAGES, SOURCE};

/// What one subtask has done. Times are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubtaskFigures {
    pub(crate) name: String,
    pub(crate) rows_in: u64,
    pub(crate) rows_out: u64,
    /// In steps, or ready for one while another subtask had the core.
    pub(crate) busy_ns: u64,
    /// With rows at hand that its receivers had no room for.
    pub(crate) blocked_ns: u64,
    /// With nothing to do.
    pub(crate) idle_ns: u64,
    pub(crate) step_ns_max: u64,
}

impl SubtaskFigures {
    fn of(name: &str, gauges: &SubtaskGauges) -> Self {
        Self {
            name: name.to_owned(),
            rows_in: gauges.rows_in.get(),
            rows_out: gauges.rows_out.get(),
            busy_ns: gauges.busy_ns.get(),
            blocked_ns: gauges.blocked_ns.get(),
            idle_ns: gauges.idle_ns.get(),
            step_ns_max: gauges.step_ns_max.get(),
        }
    }

    /// Which part of its life went into this, in percent.
    pub(crate) fn percent(&self, time_ns: u64) -> u64 {
        let life_ns = self.busy_ns + self.blocked_ns + self.idle_ns;
        time_ns.saturating_mul(100) / life_ns.max(1)
    }
}

/// Every subtask, in the order of vertices and numbers.
pub(crate) fn of_subtasks(board: &JobBoard) -> Vec<SubtaskFigures> {
    board.gauges().map(|(_, name, gauges)| SubtaskFigures::of(name, gauges)).collect()
}

/// What went from the source to the pages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) rows_sent: u64,
    pub(crate) messages: u64,
    pub(crate) rows_received: u64,
    pub(crate) batches_received: u64,
}

impl Traffic {
    pub(crate) fn of(board: &JobBoard) -> Self {
        let sum = |vertex: u32, of: fn(&SubtaskGauges) -> u64| {
            board.gauges().filter(|(own, ..)| *own == vertex).map(|(.., gauges)| of(gauges)).sum()
        };
        Self {
            rows_sent: sum(SOURCE, |gauges| gauges.rows_out.get()),
            messages: sum(SOURCE, |gauges| gauges.messages_out.get()),
            rows_received: sum(PAGES, |gauges| gauges.rows_in.get()),
            batches_received: sum(PAGES, |gauges| gauges.batches_in.get()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_life_are_whole_percents_and_those_of_none_are_zero() {
        let figures = SubtaskFigures { busy_ns: 2, blocked_ns: 1, ..SubtaskFigures::default() };
        assert_eq!((figures.percent(2), figures.percent(1), figures.percent(0)), (66, 33, 0));
        assert_eq!(SubtaskFigures::default().percent(0), 0);
    }
}
