//! A look at the world before a job runs: the columns of files have to be known when a query is planned, and what time it is.

use std::fmt;

/// How many bytes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// At the beginning of a file.
    pub head: u64,
    /// At its end.
    pub tail: u64,
}

/// What was seen of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which one.
    pub path: String,
    /// Its first bytes.
    pub head: Vec<u8>,
    /// Its last bytes.
    pub tail: Vec<u8>,
    /// How many it has.
    pub length: u64,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("path", &self.path).field("length", &self.length).finish_non_exhaustive()
    }
}

/// Whoever may read files and clocks. The planner may not.
pub trait Files: Send + Sync {
    /// The first and last bytes of a file: the one of this path, or one of those in a directory or behind a pattern.
    ///
    /// # Errors
    ///
    /// In words, if there is none, or it cannot be read.
    fn sample(&self, path: &str, look: Look) -> Result<Seen, String>;

    /// How many bytes there are in the file of this path, or in those of a directory or behind a pattern: for a guess at
    /// which of two tables is the larger one.
    fn bytes(&self, path: &str) -> Option<u64>;

    /// The time of the machine, in milliseconds since 1970.
    fn now_ms(&self) -> i64;
}
