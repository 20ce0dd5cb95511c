//! The events in files: `person.parquet`, `auction.parquet` and `bid.parquet`, each in the order of its events; or all of them as
//! lines of JSON, as they come from elsewhere.

use std::path::{Path, PathBuf};

use crate::bench::cache;
use crate::bench::contest::say;
use crate::bench::own::Own;
use crate::bench::parquet_file::ParquetFile;
use crate::results::named;
use crate::run::CliError;

use super::corpus::Corpus;

/// The tables, as files are named after them.
const TABLES: [&str; 3] = ["person", "auction", "bid"];

/// The folder with the files of a corpus, which are written the first time.
pub(super) fn of(corpus: Corpus, own: &Own, side: &Path) -> Result<PathBuf, CliError> {
    cache::kept(&format!("nexmark/{}-{}", corpus.events, corpus.rate), |folder| {
        for table in TABLES {
            say(&format!("writing {table}.parquet of {corpus}"));
            write(own, &corpus.generated(side), table, &folder.join(format!("{table}.parquet")))?;
        }
        say("");
        Ok(())
    })
}

/// The folder with all events of a corpus as lines of JSON, which are written the first time.
pub(super) fn lines_of(corpus: Corpus, own: &Own, side: &Path) -> Result<PathBuf, CliError> {
    cache::kept(&format!("nexmark/{}-{}-json", corpus.events, corpus.rate), |folder| {
        say(&format!("writing {corpus} as JSON"));
        let tables = format!("{}\n{}", corpus.generated(side), Corpus::lines(folder));
        let write = "SET 'parallelism.default' = '1'; SET 'execution.runtime-mode' = 'batch'; INSERT INTO lines \
                     SELECT event_type, person, auction, bid, n FROM event";
        own.job(&tables, write)?;
        say("");
        Ok(())
    })
}

/// Writes the rows of a table.
fn write(own: &Own, tables: &str, table: &str, path: &Path) -> Result<(), CliError> {
    // One subtask, so that rows come in the order of their events.
    let query = format!(
        "SET 'parallelism.default' = '1'; SET 'execution.runtime-mode' = 'batch'; SELECT * FROM {table}"
    );
    let mut file: Option<ParquetFile> = None;
    own.rows(tables, &query, |schema, batch| {
        if file.is_none() {
            file = Some(ParquetFile::create(path, schema.clone())?);
        }
        let file = file.as_mut().expect("just made");
        file.write(&named(batch.clone().compact().columns(), schema))
    })?;
    match file {
        Some(file) => file.close(),
        None => Err(CliError::Bench(format!("so few events have no {table}; take more: --events 1000"))),
    }
}
