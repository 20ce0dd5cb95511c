//! The events in files of Parquet: `person.parquet`, `auction.parquet` and `bid.parquet`, each in the order of its events.
//!
//! Written here and not by a job: a sink of files begins another one after some bytes, and peers read one for each table.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::bench::cache;
use crate::bench::contest::say;
use crate::bench::own::Own;
use crate::results::named;
use crate::run::CliError;

use super::corpus::Corpus;

/// The tables, as files are named after them.
const TABLES: [&str; 3] = ["person", "auction", "bid"];
/// Rows of a row group: some for each of two readers, even of a small corpus.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// The folder with the files of a corpus, which are written the first time.
pub(super) fn of(corpus: Corpus, own: &Own, side: &Path) -> Result<PathBuf, CliError> {
    let Corpus { events, rate } = corpus;
    let whole = cache::folder("nexmark")?.join(format!("{events}-{rate}"));
    if whole.is_dir() {
        return Ok(whole);
    }
    let part = cache::folder(&format!("nexmark/{events}-{rate}.part{}", std::process::id()))?;
    for table in TABLES {
        say(&format!("writing {table}.parquet of {corpus}"));
        write(own, &corpus.generated(side), table, &part.join(format!("{table}.parquet")))?;
    }
    say("");
    cache::rename(&part, &whole)?;
    Ok(whole)
}

/// Writes the rows of a table.
fn write(own: &Own, tables: &str, table: &str, path: &Path) -> Result<(), CliError> {
    let failed = |error: ParquetError| CliError::Bench(format!("{}: {error}", path.display()));
    // One subtask, so that rows come in the order of their events.
    let query = format!(
        "SET 'parallelism.default' = '1'; SET 'execution.runtime-mode' = 'batch'; SELECT * FROM {table}"
    );
    let mut writer: Option<ArrowWriter<File>> = None;
    own.rows(tables, &query, |schema, batch| {
        if writer.is_none() {
            #[expect(clippy::disallowed_methods, reason = "no job writes here, so there is no host to ask")]
            let file =
                File::create(path).map_err(|error| CliError::Script(path.display().to_string(), error))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
                .build();
            writer = Some(ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(failed)?);
        }
        let writer = writer.as_mut().expect("just made");
        writer.write(&named(batch.clone().compact().columns(), schema)).map_err(failed)
    })?;
    match writer {
        Some(writer) => writer.close().map(drop).map_err(failed),
        None => Err(CliError::Bench(format!("so few events have no {table}; take more: --events 1000"))),
    }
}
