//! Where a setting came from, so that an error can send the user there.

use std::fmt;

/// Where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An argument of the process.
    CommandLine,
    /// A variable of the environment.
    Environment,
    /// A line of a configuration file.
    File {
        /// The file, as the user calls it.
        name: String,
        /// The line, counted from one.
        line: usize,
    },
    /// A SET statement.
    Statement,
    /// The program itself.
    Code,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::CommandLine => f.write_str("command line"),
            Origin::Environment => f.write_str("environment"),
            Origin::File { name, line } => write!(f, "{name}:{line}"),
            Origin::Statement => f.write_str("SET"),
            Origin::Code => f.write_str("code"),
        }
    }
}
