//! The demo: clicks per page, end to end through what the engine has today.
//!
//! ```text
//!   a subtask on each core                                    its siblings
//!   ┌────────────────────────────────────────────────────────┐
//!   │ clicks ─► output ────────┬── messages over rings ──────┼──► gate ─► aggregation ─► answer
//!   │  (generated)   (by key)  └─► gate ─► aggregation ─► answer
//!   └───────────────────────────────────│────────────────────┘
//!                                       └─► runs on disk, when managed memory is full
//! ```
//!
//! What a crate of its own will do one day is a thin module here, and says so at its head. The answer is
//! checked against counting the same clicks one by one.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use memory::MemoryPlan;
use options::{IO_BACKEND, PARALLELISM};
use runtime::{Cores, Preflight};

/// The parts, in reading order.
mod demo {
    // What the user asks for.
    pub(crate) mod arguments;
    pub(crate) mod count;
    pub(crate) mod log;

    // The job, along the way of a click.
    pub(crate) mod job;
    pub(crate) mod requirements;

    pub(crate) mod clicks;
    pub(crate) mod exchange;
    pub(crate) mod subtask;
    pub(crate) mod wakers;

    pub(crate) mod aggregation;
    pub(crate) mod merge;
    pub(crate) mod runs;
    pub(crate) mod table;
    pub(crate) mod total;

    // The answer.
    pub(crate) mod answer;
    pub(crate) mod check;

    // Words to the user.
    pub(crate) mod amount;
    pub(crate) mod failure;
    pub(crate) mod print;
    pub(crate) mod progress;
}

use demo::arguments::{self, Arguments, Request};
use demo::failure::Failure;
use demo::job::Job;
use demo::{check, job, log, print, progress};

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_output() => ExitCode::SUCCESS, // As `demo | head` ends it.
        Err(failure) => {
            // Nobody is left to be told when standard error is gone too.
            let _ = writeln!(io::stderr(), "demo: {failure}");
            failure.exit_code()
        }
    }
}

fn start() -> Result<(), Failure> {
    let cores = Cores::available()?;
    match arguments::read(std::env::args_os().skip(1), cores.usable().len())? {
        Request::Help => Ok(write!(io::stdout(), "{}", arguments::HELP)?),
        Request::Options => Ok(print::options(&mut io::stdout())?),
        Request::Run(arguments) => run(&arguments, &cores),
    }
}

fn run(arguments: &Arguments, cores: &Cores) -> Result<(), Failure> {
    log::start()?;
    let settings = &arguments.settings;
    let memory = runtime::machine::memory()?;
    let plan = MemoryPlan::of(settings, memory).map_err(Failure::Unmet)?;
    let host = Preflight::run(settings.get(&IO_BACKEND))?;
    let job = Job::plan(arguments, plan)?;
    print::header(&mut io::stdout(), &print::Machine { cores, memory, host: &host }, &job)?;

    let parallelism = settings.get(&PARALLELISM) as usize;
    let places: Vec<_> = cores.usable().iter().copied().cycle().take(parallelism).collect();
    let line = progress::show(cores.usable()[0], &job)?;
    let finished = job::run(&job, &places);
    line.end()?;
    let answer = finished?;

    print::top(&mut io::stdout(), &answer)?;
    print::figures(&mut io::stdout(), &job, &answer)?;
    if let Some(totals) = &answer.totals {
        check::against_counting(&job, totals)?;
        writeln!(io::stdout(), "answer    right: counting the clicks one by one gives the same")?;
    }
    answer.require_all_home()
}
