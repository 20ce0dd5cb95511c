//! Tables that all engines read: files of Parquet in a folder, named after them.

use std::path::PathBuf;

use options::{Bytes, PARALLELISM, PROCESS_SIZE, RUNTIME_MODE, RuntimeMode, Settings};

use crate::bench::answer::Likeness;
use crate::bench::contest::Question;
use crate::bench::peer::Request;
use crate::run::CliError;

/// Some tables of one folder.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    folder: PathBuf,
    names: &'static [&'static str],
}

/// What is asked of them, under which name.
pub(crate) struct Text {
    pub(crate) suite: &'static str,
    pub(crate) name: String,
    /// In Flink's SQL.
    pub(crate) sql: String,
    /// In words of other engines, where they differ.
    pub(crate) standard: Option<String>,
}

impl Tables {
    /// Those of a folder, which have to be there.
    pub(crate) fn in_folder(folder: PathBuf, names: &'static [&'static str]) -> Result<Self, CliError> {
        match names.iter().find(|name| !folder.join(format!("{name}.parquet")).is_file()) {
            Some(name) => {
                let words = format!("{}: there is no {name}.parquet in it", folder.display());
                Err(CliError::Argument(words))
            }
            None => Ok(Self { folder, names }),
        }
    }

    /// A question about them.
    pub(crate) fn question(&self, settings: &Settings, text: Text, likeness: Likeness) -> Question {
        let sql = text.standard.unwrap_or_else(|| text.sql.clone());
        Question {
            tables: self.views(),
            sql: text.sql,
            request: Request {
                suite: text.suite,
                query: text.name,
                events: 0,
                rate: 0,
                parallelism: settings.get(&PARALLELISM),
                mode: mode(settings),
                source: "parquet",
                memory: memory(settings),
                input: Some(self.folder.clone()),
                tables: self.names,
                sql: Some(sql),
            },
            likeness,
            amount: None,
            keeps: true,
            by_sums: false,
        }
    }

    /// The statements that read them.
    fn views(&self) -> String {
        let view = |name: &&str| {
            let file = self.folder.join(format!("{name}.parquet")).display().to_string().replace('\'', "''");
            format!("CREATE VIEW {name} AS SELECT * FROM '{file}';\n")
        };
        self.names.iter().map(view).collect()
    }
}

/// How many bytes an engine may take, where that is said.
pub(crate) fn memory(settings: &Settings) -> Option<u64> {
    settings.get(&PROCESS_SIZE).map(Bytes::get)
}

/// How results come, in a word: in batch, if nothing is said.
pub(crate) fn mode(settings: &Settings) -> &'static str {
    if settings.get(&RUNTIME_MODE) == RuntimeMode::Streaming { "streaming" } else { "batch" }
}
