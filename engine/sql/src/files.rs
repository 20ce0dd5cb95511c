//! The world before a job runs: the columns of files have to be known when a query is planned, and what time it is; a catalog in
//! a directory is read and written while statements are.

use std::fmt;

use expr::Zone;

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

/// What is in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name there.
    pub name: String,
    /// Whether it is a directory itself.
    pub is_directory: bool,
}

/// Whether a path is that of what is piped in, `-`. Whoever samples it says under which path it can be read.
pub fn is_standard_input(path: &str) -> bool {
    matches!(path, "-" | "/dev/stdin")
}

/// Whoever may read files and clocks, and write catalogs. The planner may not. All errors are in words.
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

    /// By the clocks of which zone the machine goes.
    fn zone(&self) -> Zone;

    /// A word that nobody else has: files of one insert are told from those of another one by it. Letters and digits.
    fn unique(&self) -> String;

    /// What is in a directory, in any order.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read.
    fn list(&self, directory: &str) -> Result<Vec<Listed>, String>;

    /// All of a file, or nothing if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no text.
    fn read(&self, path: &str) -> Result<Option<String>, String>;

    /// Writes a file, as a whole or not at all, in place of one that is there.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    fn write(&self, path: &str, text: &str) -> Result<(), String>;

    /// Removes a file, or a directory that is empty.
    ///
    /// # Errors
    ///
    /// If it cannot be removed, or is not there.
    fn remove(&self, path: &str) -> Result<(), String>;

    /// Makes a directory, and those above it, unless it is there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    fn make_directory(&self, path: &str) -> Result<(), String>;
}
