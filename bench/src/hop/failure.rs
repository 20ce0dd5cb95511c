//! What ends the command before its answer, in one line each.
//!
//! Wrong input is the user's to mend and exits with 2; trouble with the machine, and a wrong answer, exit with 1. A
//! missed bar is none of these: on another machine the same commit meets it.

use std::io;
use std::process::ExitCode;

use runtime::job::{GraphError, JobState};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An argument that means nothing.
    #[error("{0}")]
    Argument(String),
    /// No thread, no core, or not the kernel that was asked for.
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    /// A job that cannot be placed.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A job that has come to another end than it should.
    #[error("the job is {state:?}: {why}")]
    Job {
        /// Its end.
        state: JobState,
        /// What it says of it.
        why: String,
    },
    /// What came is not what was sent.
    #[error("the answer is wrong: {0}")]
    Answer(String),
    /// Standard output takes no more.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Argument(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Whether whoever read our output has read enough.
    pub fn is_closed_output(&self) -> bool {
        matches!(self, Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}
