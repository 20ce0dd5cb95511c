//! What a table is: its columns, and where its rows are. By a declaration, or by a path.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use connect::format::{CsvOptions, Format, InferError, JsonOptions, Sample, infer};
use datafusion_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableSource};

use crate::connector::{Connector, FilesTable};
use crate::error::SqlError;
use crate::files::{Files, Look, is_standard_input};
use crate::pushed::conditions;
use crate::time::TimeKind;

/// Rows by which the columns of CSV and JSON are judged.
const INFERRED_ROWS: usize = 1_000;
/// Bytes that are read of a file to find out its columns.
const SAMPLE_BYTES: u64 = 1 << 20;

/// A table or a view.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) schema: SchemaRef,
    /// The columns that are read: those that are stored, then those that the connector knows beside them.
    pub(crate) stored: SchemaRef,
    /// How many of them are stored: an INSERT writes those.
    pub(crate) taken: usize,
    /// The columns of its primary key, which nobody enforces: whoever declares it promises it. None, if there is no key.
    pub(crate) primary_key: Vec<usize>,
    /// A column that an INSERT would have to write, and cannot.
    pub(crate) unwritable: Option<String>,
    pub(crate) connector: Connector,
    /// What stands for it in a query: of a view, or a table with computed columns.
    pub(crate) plan: Option<LogicalPlan>,
    pub(crate) watermark: Option<Watermark>,
}

/// How far event time has come with a row, over the columns that are stored: there will be none that is not later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Watermark {
    pub(crate) expr: datafusion_expr::Expr,
}

impl TableSource for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> datafusion_common::Result<Vec<TableProviderFilterPushDown>> {
        let known = |filter: &&Expr| match conditions(filter, self).is_empty() {
            false => TableProviderFilterPushDown::Inexact,
            true => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(known).collect())
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        self.plan.as_ref().map(Cow::Borrowed)
    }
}

impl Table {
    /// Columns that are all stored.
    pub(crate) fn of(schema: SchemaRef, connector: Connector) -> Self {
        let taken = schema.fields().len();
        let stored = schema.clone();
        Self {
            schema,
            stored,
            taken,
            primary_key: Vec::new(),
            unwritable: None,
            connector,
            plan: None,
            watermark: None,
        }
    }

    /// The columns that an INSERT writes.
    pub(crate) fn taken(&self) -> SchemaRef {
        let taken: Vec<usize> = (0..self.taken).collect();
        Arc::new(self.stored.project(&taken).expect("columns that are there"))
    }

    /// With a column that is a time.
    pub(crate) fn marked(self, place: usize, kind: TimeKind) -> Self {
        let field = |(at, field): (usize, &Arc<arrow_schema::Field>)| match at == place {
            true => kind.mark((**field).clone()),
            false => (**field).clone(),
        };
        let fields = self.schema.fields().iter().enumerate().map(field).collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(fields));
        Self { stored: schema.clone(), schema, ..self }
    }
}

/// What was meant, if something is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |each: &&str| strsim::damerau_levenshtein(&each.to_lowercase(), &name.to_lowercase());
    let near = known.into_iter().min_by_key(distance)?;
    (distance(&near) <= near.len().max(3) / 3).then_some(near)
}

/// Advice behind an error, if something is near.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// Whether a name in FROM is a path: it ends as files do.
pub(crate) fn is_path(name: &str) -> bool {
    name.contains('/') || is_standard_input(name) || format_of_path(name).is_some()
}

/// The format of what is piped in, by its first bytes: what is nothing else is CSV, or has tabs.
fn format_of_bytes(head: &[u8]) -> Format {
    let first = head.trim_ascii_start();
    let line = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if head.starts_with(b"PAR1") {
        Format::Parquet
    } else if head.starts_with(b"ARROW1") {
        Format::Arrow
    } else if head.starts_with(b"Obj\x01") {
        Format::Avro
    } else if first.starts_with(b"{") {
        Format::Json(JsonOptions::default())
    } else {
        let is_tabbed = line.contains(&b'\t') && !line.contains(&b',');
        separated(if is_tabbed { b'\t' } else { b',' })
    }
}

/// Who names a file and no columns expects what DuckDB does with it: what is empty is null.
fn separated(delimiter: u8) -> Format {
    Format::Csv(CsvOptions::default().header(true).null_literal("").delimiter(delimiter))
}

/// The format that the end of a path names.
fn format_of_path(path: &str) -> Option<Format> {
    let (_, end) = path.rsplit_once('.')?;
    Some(match end.to_lowercase().as_str() {
        "csv" => separated(b','),
        "tsv" => separated(b'\t'),
        "json" | "jsonl" | "ndjson" => Format::Json(JsonOptions::default()),
        "parquet" => Format::Parquet,
        "avro" => Format::Avro,
        "arrow" | "arrows" | "ipc" => Format::Arrow,
        "txt" | "log" => Format::Text,
        _ => return None,
    })
}

/// Files as a table: the columns are found out.
pub(crate) fn of_path(path: &str, files: &dyn Files) -> Result<Table, SqlError> {
    let wrong = |words: String| SqlError::new(format!("{path}: {words}"));
    let mut look = Look { head: SAMPLE_BYTES, tail: SAMPLE_BYTES };
    loop {
        let found = files.sample(path, look).map_err(&wrong)?;
        let is_piped = is_standard_input(path);
        let piped = || is_piped.then(|| format_of_bytes(&found.head));
        let format = format_of_path(path).or_else(|| format_of_path(&found.path)).or_else(piped);
        let format = format.ok_or_else(|| {
            wrong("its name does not say what format it has; CREATE TABLE … WITH ('format' = …)".to_owned())
        })?;
        let sample = Sample { head: &found.head, tail: &found.tail, length: found.length };
        match infer(&format, &sample, INFERRED_ROWS) {
            Ok(schema) => {
                // What some rows have not, others may.
                let fields = schema.fields().iter().map(|field| (**field).clone().with_nullable(true));
                let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
                let path = if is_piped { &found.path } else { path };
                let connector = Connector::Files(FilesTable::at(path.into(), format));
                return Ok(Table::of(schema, connector));
            }
            Err(InferError::NeedsTail(bytes)) if bytes > look.tail && bytes <= found.length => {
                look.tail = bytes
            }
            Err(InferError::NeedsHead(_)) if look.head < found.length => look.head *= 8,
            Err(error) => return Err(wrong(error.to_string())),
        }
    }
}
