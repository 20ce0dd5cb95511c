//! Where the rows of a table are: what `'connector' = …` names, and what its options say.
//!
//! | connector | file | reads | writes |
//! |---|---|---|---|
//! | `filesystem` | `files.rs`, `formats.rs` | ✔ | ✔ |
//! | `nexmark` | `nexmark.rs` | ✔ | |
//! | `print`, `blackhole` | here | | ✔ |

mod files;
mod formats;
mod nexmark;
mod options;

use std::collections::BTreeMap;

use arrow_schema::SchemaRef;

pub(crate) use files::FilesTable;
pub(crate) use nexmark::NexmarkTable;
use options::{Options, instead};

use crate::error::SqlError;

/// Where rows are.
#[derive(Clone, Debug)]
pub(crate) enum Connector {
    /// In files.
    Files(FilesTable),
    /// In the numbers of the events of an auction.
    Nexmark(NexmarkTable),
    /// On the screen.
    Print { identifier: Option<String> },
    /// Nowhere.
    Blackhole,
    /// In a query.
    View,
}

impl Connector {
    /// As the options of a table say.
    ///
    /// # Errors
    ///
    /// If one is missing, or is not known.
    pub(crate) fn of(
        table: &str,
        options: BTreeMap<String, String>,
        schema: &SchemaRef,
        partitions: Vec<usize>,
    ) -> Result<Self, SqlError> {
        let mut options = Options::new(table, options);
        let connector = match options.need("connector", "filesystem")?.as_str() {
            "filesystem" => Self::Files(FilesTable::of(&mut options, partitions)?),
            "nexmark" => Self::Nexmark(NexmarkTable::of(&mut options, schema)?),
            "print" => {
                options.take("standard-error");
                Self::Print { identifier: options.take("print-identifier") }
            }
            "blackhole" => Self::Blackhole,
            other => {
                let advice = instead(other, &["filesystem", "nexmark", "print", "blackhole"]);
                return Err(SqlError::new(format!(
                    "table {table}: there is no connector '{other}' yet; {advice}"
                )));
            }
        };
        options.finish()?;
        Ok(connector)
    }

    /// Whether there is a last row.
    pub(crate) fn ends(&self) -> bool {
        match self {
            Self::Files(files) => files.ends(),
            Self::Nexmark(nexmark) => nexmark.ends(),
            Self::Print { .. } | Self::Blackhole | Self::View => true,
        }
    }

    /// Whether it takes rows that take others back.
    pub(crate) fn takes_changes(&self) -> bool {
        matches!(self, Self::Print { .. } | Self::Blackhole)
    }
}
