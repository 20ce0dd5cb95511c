//! One line that is drawn again and again while the job runs, if a terminal shows it.

use std::io::{self, IsTerminal, Write};

use super::amount::{grouped, per_second, size};
use super::job::Job;

/// Back to the start of the line, and whatever stood there is gone.
const ERASE: &str = "\r\x1b[K";

/// A line that is being drawn, or none. It is erased when it is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    is_shown: bool,
}

impl Line {
    /// A line, if standard output is a terminal.
    pub(crate) fn on_terminal() -> Self {
        Self { is_shown: io::stdout().is_terminal() }
    }

    /// None, wherever the output goes.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self { is_shown: false }
    }

    /// Draws it for a job of which so many rows have been aggregated.
    pub(crate) fn draw(&self, job: &Job, rows: u64, elapsed_ns: u64) {
        if self.is_shown {
            show(&words(job, rows, elapsed_ns));
        }
    }

    /// Draws what is to be read while nothing is counted any more.
    pub(crate) fn say(&self, text: &str) {
        if self.is_shown {
            show(text);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.say("");
    }
}

fn show(text: &str) {
    let mut terminal = io::stdout();
    // A terminal that is gone will be noticed by whoever prints the answer.
    let _ = write!(terminal, "{ERASE}{text}").and_then(|()| terminal.flush());
}

fn words(job: &Job, rows: u64, elapsed_ns: u64) -> String {
    let percent = rows.saturating_mul(100) / job.rows.max(1);
    let (rate, spilled) = (per_second(rows, elapsed_ns), size(job.counters.spilled_bytes()));
    format!("{percent:>3} %  {} rows  {} rows/s  {spilled} spilled", grouped(rows), grouped(rate))
}
