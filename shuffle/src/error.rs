//! Trouble of this crate, as values.

/// What went wrong, for whoever can act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Memory or a spill file.
    #[error(transparent)]
    Memory(#[from] memory::Error),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing the job.
    pub fn retry_may_help(&self) -> bool {
        match self {
            Self::Memory(cause) => cause.retry_may_help(),
        }
    }
}
