//! One line that is drawn again and again while the job runs, if a terminal shows it.
//!
//! Thin: `runtime` will have its metrics. The line has a thread of its own, so that a subtask that is busy on
//! its disk does not look like one that hangs.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use runtime::{Clock, Core, Thread, spawn_on};

use super::amount::{grouped, per_second, size};
use super::failure::Failure;
use super::job::Job;

/// Often enough to look alive.
const REDRAW: Duration = Duration::from_millis(100);

/// Back to the start of the line, and whatever stood there is gone.
const ERASE: &str = "\r\x1b[K";

/// A line that is being drawn, or none.
#[must_use = "a line that is not ended stays on the screen"]
pub(crate) struct Line(Option<(Sender<()>, Thread<()>)>);

/// Draws the progress of `job`, with what time `core` can spare.
pub(crate) fn show(core: Core, job: &Arc<Job>) -> Result<Line, Failure> {
    if !io::stdout().is_terminal() {
        return Ok(Line(None));
    }
    let (end, ended) = mpsc::channel();
    let (job, clock) = (job.clone(), Clock::start());
    let thread = spawn_on(core, "progress", move || draw(&job, clock, &ended))?;
    Ok(Line(Some((end, thread))))
}

impl Line {
    /// Erases the line.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let Some((end, thread)) = self.0 else { return Ok(()) };
        drop(end);
        Ok(thread.join()?)
    }
}

fn draw(job: &Job, clock: Clock, ended: &Receiver<()>) {
    let mut terminal = io::stdout();
    while ended.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
        let text = words(job, clock.now_ns());
        // A terminal that is gone will be noticed by whoever prints the answer.
        let _ = write!(terminal, "{ERASE}{text}").and_then(|()| terminal.flush());
    }
    let _ = write!(terminal, "{ERASE}").and_then(|()| terminal.flush());
}

fn words(job: &Job, elapsed_ns: u64) -> String {
    let rows = job.counters.rows();
    let percent = rows.saturating_mul(100) / job.rows.max(1);
    let (rate, spilled) = (per_second(rows, elapsed_ns), size(job.counters.spilled_bytes()));
    format!("{percent:>3} %  {} rows  {} rows/s  {spilled} spilled", grouped(rows), grouped(rate))
}
