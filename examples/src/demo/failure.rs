//! What ends the demo before its answer, in one line each.
//!
//! Wrong input is the user's to mend and exits with 2; trouble with the machine, and a wrong answer, exit with 1. Who
//! was interrupted exits as a shell expects it, with 130.

use std::io;
use std::process::ExitCode;

use super::amount::grouped;

/// 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// An argument that means nothing.
    #[error("{0}")]
    Argument(String),
    /// An option that does not exist, or not with this value.
    #[error(transparent)]
    Setting(options::Error),
    /// Options that are fine, but not together or not on this machine.
    #[error(transparent)]
    Unmet(options::Error),
    /// No memory, or no room on disk.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// No thread, no core, or not the kernel that was asked for.
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    /// A graph that cannot run on this worker.
    #[error(transparent)]
    Graph(#[from] runtime::job::GraphError),
    /// A subtask could not go on; names it.
    #[error(transparent)]
    Job(runtime::subtask::Failure),
    /// The user has pressed Ctrl-C.
    #[error("canceled after {} rows", grouped(*.rows))]
    Canceled {
        /// How many had been counted by then.
        rows: u64,
    },
    /// Ctrl-C cannot be heard.
    #[error("cannot listen for Ctrl-C: {0}")]
    Signal(io::Error),
    /// Standard output takes no more.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    /// The engine and plain counting differ.
    #[error("the answer is wrong: {0}")]
    Answer(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Canceled { .. } => ExitCode::from(INTERRUPTED),
            Self::Argument(_) | Self::Setting(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Whether whoever read our output has read enough.
    pub(crate) fn is_closed_output(&self) -> bool {
        matches!(self, Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}
