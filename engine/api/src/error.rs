//! Why a job was not run, or has not come to its end.

use std::fmt;

use connect::{is_closed_pipe, is_unwanted};
use operators::accumulators::KindsDiffer;
use plan::PlanError;
use runtime::job::GraphError;
use runtime::subtask::Failure;

/// What went wrong with a job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// A setting is not what it must be.
    #[error(transparent)]
    Settings(Box<options::Error>),
    /// The program cannot run.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The worker refuses the graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// In batch mode everything must end.
    #[error(
        "{operator} does not end, and execution.runtime-mode is batch; bound it, or choose streaming or automatic"
    )]
    Endless {
        /// The source.
        operator: String,
    },
    /// An operator would wait for ever.
    #[error(
        "{operator} has nothing to say before its input has ended, and {source_name} does not end; bound it"
    )]
    NeedsEnd {
        /// The operator.
        operator: String,
        /// The source.
        source_name: String,
    },
    /// The machine does not grant what the worker needs.
    #[error(transparent)]
    Runtime(Box<runtime::Error>),
    /// The directories for what memory has no room for.
    #[error(transparent)]
    Spills(Box<memory::Error>),
    /// A subtask has failed, and the job with it.
    #[error("job {job} has failed: {failure}")]
    Failed {
        /// The name of the job.
        job: String,
        /// What the subtask says.
        failure: Failure,
    },
    /// Somebody has cancelled the job.
    #[error("job {job} was cancelled")]
    Canceled {
        /// The name of the job.
        job: String,
    },
    /// Two accumulators have one name.
    #[error(transparent)]
    Accumulators(#[from] KindsDiffer),
    /// Rows cannot be read as what they were said to be.
    #[error(transparent)]
    Rows(#[from] record::Mismatch),
}

// Boxed: an error is rare, and what goes well should not make room for it.
impl From<options::Error> for ExecuteError {
    fn from(error: options::Error) -> Self {
        Self::Settings(Box::new(error))
    }
}

impl From<runtime::Error> for ExecuteError {
    fn from(error: runtime::Error) -> Self {
        Self::Runtime(Box::new(error))
    }
}

impl From<memory::Error> for ExecuteError {
    fn from(error: memory::Error) -> Self {
        Self::Spills(Box::new(error))
    }
}

impl ExecuteError {
    /// Whether the job has ended because nobody reads what it prints any more, as behind `| head`: no trouble.
    pub fn is_closed_output(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if is_closed_pipe(failure) || is_unwanted(failure))
    }

    /// Whether the same job may succeed when it is run again.
    pub fn retry_may_help(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if failure.retry_may_help())
    }
}

/// Something that a program says about itself cannot be.
pub(crate) fn misuse(what: impl fmt::Display) -> ! {
    panic!("{what}")
}
