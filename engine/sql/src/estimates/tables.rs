//! What tables say of themselves. Each is looked at once while a statement is planned, however many ask.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::Schema;
use connect::format::{Format, InferError, Sample, Statistics, statistics};
use datafusion_common::ToDFSchema;
use datafusion_expr::TableScan;

use super::width;
use crate::connector::{Connector, FilesTable};
use crate::files::{Files, Look};
use crate::table::Table;

/// Bytes of a file of lines by which their length is judged.
const HEAD_BYTES: u64 = 64 << 10;
/// Bytes at the end of a file in which a footer lies, as a rule.
const TAIL_BYTES: u64 = 64 << 10;
/// How often more of a file is looked at.
const LOOKS: usize = 4;
/// A column that has so many values for a row is a key, and has more in more files.
const KEY: f64 = 0.9;

/// Guesses, of one statement.
pub(crate) struct Estimates {
    pub(super) files: Arc<dyn Files>,
    pub(super) tables: Mutex<BTreeMap<PathBuf, Option<Arc<Statistics>>>>,
}

impl fmt::Debug for Estimates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Estimates")
    }
}

impl Estimates {
    /// Nothing is known yet.
    pub(crate) fn new(files: Arc<dyn Files>) -> Self {
        Self { files, tables: Mutex::default() }
    }

    /// What a table says of itself.
    pub(super) fn table(&self, scan: &TableScan) -> Option<Arc<Statistics>> {
        let table = scan.source.downcast_ref::<Table>()?;
        match &table.connector {
            Connector::Files(files) => {
                let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
                let look = || self.look(files, &table.stored).map(Arc::new);
                tables.entry(files.path.clone()).or_insert_with(look).clone()
            }
            #[expect(clippy::cast_precision_loss, reason = "a guess")]
            Connector::Datagen(datagen) => {
                let rows = datagen.rows? as f64;
                Some(Arc::new(Statistics { rows, columns: BTreeMap::new() }))
            }
            _ => None,
        }
    }

    /// By one of the files: the others are like it.
    fn look(&self, table: &FilesTable, stored: &Schema) -> Option<Statistics> {
        #[expect(clippy::cast_precision_loss, reason = "a guess")]
        let bytes = self.files.bytes(&table.path.to_string_lossy())? as f64;
        let Some((of_one, length)) = self.sample(&table.path, &table.format) else {
            let row = width(&stored.clone().to_dfschema().ok()?);
            return Some(Statistics { rows: (bytes / row).max(1.0), columns: BTreeMap::new() });
        };
        let times = bytes / length.max(1.0);
        let mut columns = of_one.columns;
        for column in columns.values_mut() {
            column.nulls = column.nulls.map(|nulls| nulls * times);
            let grows =
                |distinct: f64| if distinct >= KEY * of_one.rows { distinct * times } else { distinct };
            column.distinct = column.distinct.map(grows);
        }
        Some(Statistics { rows: of_one.rows * times, columns })
    }

    /// What the first of the files says, and its length.
    fn sample(&self, path: &Path, format: &Format) -> Option<(Statistics, f64)> {
        let is_of_lines = matches!(format, Format::Text | Format::Csv(_) | Format::Json(_));
        let (head, tail) = if is_of_lines { (HEAD_BYTES, 0) } else { (0, TAIL_BYTES) };
        let mut look = Look { head, tail };
        for _ in 0..LOOKS {
            let seen = self.files.sample(&path.to_string_lossy(), look).ok()?;
            if is_of_lines && [".gz", ".zst"].iter().any(|end| seen.path.ends_with(end)) {
                return None;
            }
            let sample = Sample { head: &seen.head, tail: &seen.tail, length: seen.length };
            #[expect(clippy::cast_precision_loss, reason = "a guess")]
            match statistics(format, &sample) {
                Ok(found) => return Some((found?, seen.length as f64)),
                Err(InferError::NeedsTail(bytes)) => look.tail = bytes,
                Err(InferError::NeedsHead(_)) => look.head *= 8,
                Err(InferError::Unclear(_)) => return None,
            }
        }
        None
    }
}
