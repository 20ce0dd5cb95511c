//! The demo: clicks per page, end to end through what the engine has today.
//!
//! ```text
//!   a core of the worker                                      its siblings
//!   ┌─────────────────────────────────────────────────────────┐
//!   │ Source: clicks ─► output ──┬── messages over rings ─────┼──► pages
//!   │   (generated)    (by page) └─► pages ─► part of the answer
//!   └──────────────────────────────────│──────────────────────┘
//!                                      └─► runs on disk, when managed memory is full
//! ```
//!
//! What a crate of its own will do one day is a thin module here, and says so at its head. The answer is
//! checked against counting the same clicks one by one.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use memory::MemoryPlan;
use options::IO_BACKEND;
use runtime::{Cores, Preflight, WorkerSpec};

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
    pub(crate) mod generator;

    pub(crate) mod aggregation;
    pub(crate) mod merge;
    pub(crate) mod runs;
    pub(crate) mod table;
    pub(crate) mod total;

    // Running it, and the answer.
    pub(crate) mod interrupt;
    pub(crate) mod run;

    pub(crate) mod answer;
    pub(crate) mod check;
    pub(crate) mod figures;
    pub(crate) mod latency;

    // Words to the user.
    pub(crate) mod amount;
    pub(crate) mod columns;
    pub(crate) mod failure;
    pub(crate) mod print;
    pub(crate) mod progress;
}

use demo::arguments::{self, Arguments, Request};
use demo::failure::Failure;
use demo::interrupt::Interrupt;
use demo::job::Job;
use demo::progress::Line;
use demo::{check, log, print, run};

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
        Request::Run(arguments) => answer(&arguments, &cores),
    }
}

fn answer(arguments: &Arguments, cores: &Cores) -> Result<(), Failure> {
    log::start()?;
    let settings = &arguments.settings;
    let memory = runtime::machine::memory()?;
    let plan = MemoryPlan::of(settings, memory).map_err(Failure::Unmet)?;
    let host = Preflight::run(settings.get(&IO_BACKEND))?;
    let spec = WorkerSpec::of(settings, cores, &plan, &host);
    let job = Job::plan(arguments, plan, spec.cores.len())?;
    print::header(&mut io::stdout(), &print::Machine { cores, memory, host: &host }, &job)?;

    // The line is gone, and Ctrl-C means what it always means, before anything else is said.
    let answer = run::run(&job, spec, &Line::on_terminal(), &Interrupt::listen()?)?;

    print::top(&mut io::stdout(), &answer)?;
    print::figures(&mut io::stdout(), &job, &answer)?;
    if let Some(totals) = &answer.totals {
        check::against_counting(&job, totals)?;
        writeln!(io::stdout(), "answer    right: counting the clicks one by one gives the same")?;
    }
    print::subtasks(&mut io::stdout(), &answer.subtasks)?;
    answer.require_all_home()
}
