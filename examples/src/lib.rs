//! What the examples have in common: the arguments of a job, running it, and how it ends.
#![forbid(unsafe_code)]

pub mod readings;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use millstream::options::RuntimeMode;
use millstream::{Environment, ExecuteError, JobResult};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// How often a job is looked at: Ctrl-C is heard at once, as people feel it.
const LOOK: Duration = Duration::from_millis(20);

/// The exit code of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// What every example takes.
#[derive(Args, Clone, Debug)]
pub struct JobArguments {
    /// How many subtasks an operator has.
    #[arg(long, default_value_t = 2)]
    pub parallelism: u32,
    /// How results come.
    #[arg(long, value_enum, default_value_t = Mode::Automatic)]
    pub mode: Mode,
    /// Sets an option of the engine, as in Flink: `-Dexecution.buffer-timeout.interval=0`.
    #[arg(short = 'D', value_name = "KEY=VALUE")]
    pub define: Vec<String>,
    /// Prints the job graph instead of running it.
    #[arg(long)]
    pub explain: bool,
}

/// How results come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// As rows come.
    Streaming,
    /// When all rows have come.
    Batch,
    /// As batch when every source ends.
    Automatic,
}

impl JobArguments {
    /// An environment as the arguments say.
    ///
    /// # Errors
    ///
    /// If an option does not exist, or does not take its value.
    pub fn environment(&self) -> Result<Environment, ExecuteError> {
        let env = Environment::new();
        env.parallelism(self.parallelism).mode(match self.mode {
            Mode::Streaming => RuntimeMode::Streaming,
            Mode::Batch => RuntimeMode::Batch,
            Mode::Automatic => RuntimeMode::Automatic,
        });
        for definition in &self.define {
            env.set(definition)?;
        }
        Ok(env)
    }

    /// Runs the job to its end, or until Ctrl-C; or prints its graph, if that is wanted.
    ///
    /// # Errors
    ///
    /// If it cannot run, fails, or is cancelled.
    pub fn run(&self, env: &Environment, name: &str) -> Result<Option<JobResult>, ExecuteError> {
        if self.explain {
            // Nobody is left to be told when the output is closed.
            let _ = write!(io::stdout(), "{}", env.explain(name)?);
            return Ok(None);
        }
        let interrupt = Interrupt::listen();
        let job = env.execute_async(name)?;
        let mut is_canceled = false;
        while !job.has_ended_within(LOOK) {
            if interrupt.is_asked() && !is_canceled {
                is_canceled = true;
                job.cancel();
            }
        }
        job.wait().map(Some)
    }
}

/// Ctrl-C: the first one asks for the end of the job, the second one is the end of the program.
#[derive(Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. Without a handler the first one is the end, too.
    pub fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        // In this order: what the first signal sets is what the second one finds.
        let _ = flag::register_conditional_default(SIGINT, asked.clone());
        let _ = flag::register(SIGINT, asked.clone());
        Self(asked)
    }

    /// Whether somebody wants the job to end.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A line on standard error, beside what the job prints.
pub fn say(line: &str) {
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Reads the arguments of an example and runs it; says on standard error why it has not come to its end.
pub fn start<A: Parser>(run: impl FnOnce(A) -> Result<(), ExecuteError>) -> ExitCode {
    match run(A::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_output() => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            let canceled = matches!(error, ExecuteError::Canceled { .. });
            if canceled { ExitCode::from(INTERRUPTED) } else { ExitCode::FAILURE }
        }
    }
}
