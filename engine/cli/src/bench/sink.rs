//! Where the rows of a run go, which nobody wants to keep.

use clap::ValueEnum;

/// A sink, ours and that of a peer: what it does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sink {
    /// Reads every value of every row, for a sum of their hashes.
    Checksum,
    /// Drops it.
    Blackhole,
    /// Reads it, and hears what rows were: the sum is that of the rows that are left.
    #[value(skip)]
    Final,
}

impl Sink {
    /// What a peer calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::Blackhole => "blackhole",
            Self::Final => "final",
        }
    }

    /// What a report says of it.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Checksum => "reads every value of every row (checksum of 64 bits)",
            Self::Blackhole => "blackhole",
            Self::Final => "sum of the rows that are left",
        }
    }

    /// The options of a table that is one.
    pub(crate) fn options(self) -> &'static str {
        match self {
            Self::Checksum => "'connector' = 'blackhole', 'checksum' = 'consumed'",
            Self::Blackhole => "'connector' = 'blackhole'",
            Self::Final => "'connector' = 'blackhole', 'checksum' = 'final'",
        }
    }
}
