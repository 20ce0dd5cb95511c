//! Where the rows of a table are: what `'connector' = …` names, and what its options say.
//!
//! | connector | file | reads | writes |
//! |---|---|---|---|
//! | `filesystem` | `files.rs`, `formats.rs` | ✔ | ✔ |
//! | `datagen` | `datagen.rs` | ✔ | |
//! | `nexmark` | `nexmark.rs` | ✔ | |
//! | `socket` | `socket.rs`, `formats.rs` | ✔ | ✔ |
//! | `blackhole` | `blackhole.rs` | | ✔ |
//! | `print` | here | | ✔ |

mod blackhole;
mod datagen;
mod files;
mod formats;
mod nexmark;
mod options;
mod socket;

use std::collections::BTreeMap;

use arrow_schema::SchemaRef;
use connect::datagen::DatagenSpec;

pub(crate) use blackhole::Summed;
pub(crate) use files::FilesTable;
pub(crate) use nexmark::NexmarkTable;
use options::{Options, instead};
pub(crate) use socket::SocketTable;

use crate::error::SqlError;

/// Where rows are.
#[derive(Clone, Debug)]
pub(crate) enum Connector {
    /// In files.
    Files(FilesTable),
    /// In the numbers of rows that are made up.
    Datagen(DatagenSpec),
    /// In the numbers of the events of an auction.
    Nexmark(NexmarkTable),
    /// Behind a socket.
    Socket(Box<SocketTable>),
    /// On the screen.
    Print { identifier: Option<String> },
    /// Nowhere, but for a sum of them if that is asked for.
    Blackhole(Option<Summed>),
    /// In a query.
    View,
}

/// What a connector has to know of a table beside its options.
pub(crate) struct Declared<'a> {
    pub(crate) table: &'a str,
    /// The columns that are stored, then those that it knows beside them.
    pub(crate) schema: &'a SchemaRef,
    /// How many are stored.
    pub(crate) taken: usize,
    /// The columns by which it is partitioned.
    pub(crate) partitions: Vec<usize>,
    /// What it calls the columns that it knows beside those that are stored.
    pub(crate) metadata: Vec<&'a str>,
}

impl Connector {
    /// As the options of a table say.
    ///
    /// # Errors
    ///
    /// If one is missing, or is not known.
    pub(crate) fn of(declared: Declared<'_>, options: BTreeMap<String, String>) -> Result<Self, SqlError> {
        let mut options = Options::new(declared.table, options);
        let connector = Self::asking(declared, &mut options)?;
        options.finish()?;
        Ok(connector)
    }

    /// The same, of options of which some may be left.
    fn asking(declared: Declared<'_>, options: &mut Options<'_>) -> Result<Self, SqlError> {
        let Declared { table, schema, .. } = declared;
        let name = options.need("connector", "filesystem")?;
        if let ("datagen" | "nexmark" | "socket" | "print" | "blackhole", Some(key)) =
            (name.as_str(), declared.metadata.first())
        {
            return Err(SqlError::new(format!(
                "table {table}: connector '{name}' has no metadata column {key}"
            )));
        }
        Ok(match name.as_str() {
            "filesystem" => Self::Files(FilesTable::of(options, declared)?),
            "datagen" => Self::Datagen(datagen::spec_of(options, schema)?),
            "nexmark" => Self::Nexmark(NexmarkTable::of(options, schema)?),
            "socket" => Self::Socket(Box::new(SocketTable::of(options, schema)?)),
            "print" => {
                options.take("standard-error");
                Self::Print { identifier: options.take("print-identifier") }
            }
            "blackhole" => Self::Blackhole(Summed::of(options)?),
            other => {
                let advice =
                    instead(other, &["filesystem", "datagen", "nexmark", "socket", "print", "blackhole"]);
                return Err(SqlError::new(format!(
                    "table {table}: there is no connector '{other}' yet; {advice}"
                )));
            }
        })
    }

    /// Whether there is a last row.
    pub(crate) fn ends(&self) -> bool {
        match self {
            Self::Files(files) => files.ends(),
            Self::Datagen(datagen) => datagen.count().is_some(),
            Self::Nexmark(nexmark) => nexmark.ends(),
            Self::Socket(_) => false,
            Self::Print { .. } | Self::Blackhole(_) | Self::View => true,
        }
    }

    /// Whether it takes rows that take others back.
    pub(crate) fn takes_changes(&self) -> bool {
        matches!(self, Self::Print { .. } | Self::Blackhole(_))
    }

    /// Whether it wants to hear what a row was when it becomes another one, if it takes changes.
    pub(crate) fn takes_former_rows(&self) -> bool {
        !matches!(self, Self::Blackhole(None | Some(Summed::Consumed)))
    }
}

/// What a connector asks for of a table with this schema and these options, which is all that it takes.
#[cfg(test)]
pub(crate) fn asked(schema: &SchemaRef, options: BTreeMap<String, String>) -> Result<Vec<String>, SqlError> {
    let taken = schema.fields().len();
    let declared = Declared { table: "t", schema, taken, partitions: Vec::new(), metadata: Vec::new() };
    let mut options = Options::new("t", options);
    Connector::asking(declared, &mut options)?;
    Ok(options.known().to_vec())
}
