//! Why a job cannot go on.
//!
//! Carries the words of who failed, the subtask it happened in, and whether the same job may succeed when it is
//! started again. A panic of a subtask becomes one too: it ends its job, and nothing else.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::seam::FileError;
use crate::threads::words;

/// The failure of one subtask, which is that of its job. A copy says the same.
#[derive(Clone, Debug)]
pub struct Failure {
    at: Option<Arc<str>>,
    /// Rendered where it happened, behind the net for user code; what said them is gone.
    words: Arc<str>,
    kind: Kind,
}

/// What sort of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Disk, peer, memory: may pass.
    Passing,
    /// Will happen again.
    Lasting,
    /// A subtask panicked: a bug of the engine's or of the user's code.
    Panic,
}

impl Failure {
    /// Trouble that may be gone when the job is started again.
    pub fn passing(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::of(Kind::Passing, cause)
    }

    /// Trouble that will be there again.
    pub fn lasting(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::of(Kind::Lasting, cause)
    }

    /// Something happened that must not.
    pub(crate) fn bug(words: String) -> Self {
        Self::of(Kind::Panic, words)
    }

    /// What `catch_unwind` has caught.
    pub(crate) fn panic(panic: &(dyn Any + Send)) -> Self {
        Self::bug(format!("panicked: {}", words(panic)))
    }

    fn of(kind: Kind, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { at: None, words: cause.into().to_string().into(), kind }
    }

    /// The same, with the subtask it happened in, if nobody has said so yet.
    pub(crate) fn at(self, subtask: &Arc<str>) -> Self {
        Self { at: self.at.or_else(|| Some(subtask.clone())), ..self }
    }

    /// The subtask it happened in: `map (2/4)`.
    pub fn subtask(&self) -> Option<&str> {
        self.at.as_deref()
    }

    /// Whether the same job may succeed when it is started again.
    pub fn retry_may_help(&self) -> bool {
        self.kind == Kind::Passing
    }

    /// Whether a restart makes sense: a panic may come from what will be otherwise the next time.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        self.kind != Kind::Lasting
    }

    /// Whether a subtask panicked.
    pub fn is_panic(&self) -> bool {
        self.kind == Kind::Panic
    }
}

/// `map (2/4): cannot read /data/part-0: …`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.words)
    }
}

impl StdError for Failure {}

impl From<shuffle::Error> for Failure {
    fn from(error: shuffle::Error) -> Self {
        let kind = if error.retry_may_help() { Kind::Passing } else { Kind::Lasting };
        Self::of(kind, error)
    }
}

impl From<memory::Error> for Failure {
    fn from(error: memory::Error) -> Self {
        let kind = if error.retry_may_help() { Kind::Passing } else { Kind::Lasting };
        Self::of(kind, error)
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let kind = if error.retry_may_help() { Kind::Passing } else { Kind::Lasting };
        Self::of(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_subtask_once_and_says_whether_to_try_again() {
        let (map, sink): (Arc<str>, Arc<str>) = ("map (2/4)".into(), "sink (1/1)".into());
        let failure = Failure::passing("the disk is full").at(&map).at(&sink);
        assert_eq!(failure.to_string(), "map (2/4): the disk is full");
        assert_eq!((failure.subtask(), failure.retry_may_help()), (Some("map (2/4)"), true));
        assert!(!Failure::lasting("no such column").retry_may_help());
    }

    #[test]
    fn a_panic_becomes_a_failure_with_its_words() {
        let caught = std::panic::catch_unwind(|| panic!("index 7 of {}", std::hint::black_box(3)));
        let failure = Failure::panic(caught.unwrap_err().as_ref());
        assert_eq!(failure.to_string(), "panicked: index 7 of 3");
        assert!(failure.is_panic() && !failure.retry_may_help());
    }
}
