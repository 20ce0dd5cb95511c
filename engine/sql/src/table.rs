//! What a table is: its columns, and where its rows are. From `WITH ('connector' = …)`, or a path.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use connect::format::{CsvOptions, Format, InferError, JsonOptions, Sample, infer};
use connect::read::{FileSourceSpec, OnError};
use connect::write::{Encoding, FileSpec, JsonStyle, ParquetStyle, Target};
use datafusion_expr::{LogicalPlan, TableSource};

use crate::error::SqlError;
use crate::files::{Files, Look};

/// Rows by which the columns of CSV and JSON are judged.
const INFERRED_ROWS: usize = 1_000;
/// Bytes that are read of a file to find out its columns.
const SAMPLE_BYTES: u64 = 1 << 20;

/// A table or a view.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) schema: SchemaRef,
    /// The columns that are stored: what is read, and what an INSERT writes.
    pub(crate) stored: SchemaRef,
    pub(crate) connector: Connector,
    /// What stands for it in a query: of a view, or a table with computed columns.
    pub(crate) plan: Option<LogicalPlan>,
}

/// Where rows are.
#[derive(Clone, Debug)]
pub(crate) enum Connector {
    /// In files.
    Files { path: PathBuf, format: Format, on_error: OnError },
    /// On the screen.
    Print { identifier: Option<String> },
    /// Nowhere.
    Blackhole,
    /// In a query.
    View,
}

impl TableSource for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        self.plan.as_ref().map(Cow::Borrowed)
    }
}

impl Table {
    /// What a query reads, if one can read it.
    pub(crate) fn source(&self, name: &str) -> Result<FileSourceSpec, SqlError> {
        match &self.connector {
            Connector::Files { path, format, on_error } => {
                let spec = FileSourceSpec::new([path.clone()], format.clone(), &self.stored);
                Ok(spec.recursive(true).on_error(on_error.clone()))
            }
            Connector::Print { .. } | Connector::Blackhole => {
                Err(SqlError::new(format!("{name} can only be written to")))
            }
            Connector::View => Err(SqlError::new(format!("{name} is a view"))),
        }
    }

    /// Which files an insert writes.
    pub(crate) fn target(
        path: &std::path::Path,
        format: &Format,
        schema: SchemaRef,
        overwrite: bool,
    ) -> FileSpec {
        let encoding = match format {
            Format::Text => Encoding::Lines,
            Format::Csv(options) => Encoding::Csv(options.clone()),
            Format::Json(_) => Encoding::Json(JsonStyle::default()),
            Format::Arrow => Encoding::Arrow,
            Format::Parquet => Encoding::Parquet(ParquetStyle::default()),
        };
        FileSpec { overwrite, ..FileSpec::new(Target::Directory(path.to_owned()), encoding, schema) }
    }
}

/// The options of a table, each of which has to be known.
struct Options<'a> {
    table: &'a str,
    left: BTreeMap<String, String>,
    known: Vec<&'static str>,
}

impl Options<'_> {
    fn take(&mut self, key: &'static str) -> Option<String> {
        self.known.push(key);
        self.left.remove(key)
    }

    fn need(&mut self, key: &'static str, example: &str) -> Result<String, SqlError> {
        let table = self.table;
        self.take(key)
            .ok_or_else(|| SqlError::new(format!("table {table} has no '{key}'; add '{key}' = '{example}'")))
    }

    fn truth(&mut self, key: &'static str) -> Result<bool, SqlError> {
        let table = self.table;
        match self.take(key).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                Err(SqlError::new(format!("table {table}: '{key}' = '{other}'; it is true or false")))
            }
        }
    }

    fn letter(&mut self, key: &'static str) -> Result<Option<u8>, SqlError> {
        let table = self.table;
        match self.take(key) {
            None => Ok(None),
            Some(text) => match (text.as_str(), text.as_bytes()) {
                ("\\t", _) => Ok(Some(b'\t')),
                (_, [letter]) => Ok(Some(*letter)),
                _ => Err(SqlError::new(format!("table {table}: '{key}' = '{text}'; it is a single letter"))),
            },
        }
    }

    /// Nothing may be left.
    fn finish(self) -> Result<(), SqlError> {
        let Some((key, _)) = self.left.first_key_value() else { return Ok(()) };
        let near = nearest(key, self.known.iter().copied());
        let advice = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("it takes {}", self.known.join(", ")),
        };
        Err(SqlError::new(format!("table {}: there is no option '{key}'; {advice}", self.table)))
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

/// What is there in place of a word, quoted as options are.
fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("there are {}", known.join(", ")),
    }
}

impl Connector {
    /// As the options of a table say.
    ///
    /// # Errors
    ///
    /// If one is missing, or is not known.
    pub(crate) fn of(table: &str, options: BTreeMap<String, String>) -> Result<Self, SqlError> {
        let mut options = Options { table, left: options, known: Vec::new() };
        let connector = match options.need("connector", "filesystem")?.as_str() {
            "filesystem" => {
                let path = PathBuf::from(options.need("path", "data/")?.trim_start_matches("file://"));
                let format = options.need("format", "parquet")?;
                let format = format_of(&format, &mut options)?;
                let skips = match format {
                    Format::Csv(_) => options.truth("csv.ignore-parse-errors")?,
                    Format::Json(_) => options.truth("json.ignore-parse-errors")?,
                    _ => false,
                };
                let on_error = if skips { OnError::Skip } else { OnError::Fail };
                Self::Files { path, format, on_error }
            }
            "print" => Self::Print { identifier: options.take("print-identifier") },
            "blackhole" => Self::Blackhole,
            other => {
                let advice = instead(other, &["filesystem", "print", "blackhole"]);
                return Err(SqlError::new(format!(
                    "table {table}: there is no connector '{other}' yet; {advice}"
                )));
            }
        };
        options.finish()?;
        Ok(connector)
    }
}

fn format_of(name: &str, options: &mut Options<'_>) -> Result<Format, SqlError> {
    Ok(match name {
        "csv" => {
            let mut csv = CsvOptions::default().header(options.truth("csv.header")?);
            if let Some(delimiter) = options.letter("csv.field-delimiter")? {
                csv = csv.delimiter(delimiter);
            }
            if let Some(quote) = options.letter("csv.quote-character")? {
                csv = csv.quote(quote);
            }
            if let Some(escape) = options.letter("csv.escape-character")? {
                csv = csv.escape(escape);
            }
            if options.truth("csv.allow-comments")? {
                csv = csv.comment(b'#');
            }
            match options.take("csv.null-literal") {
                Some(literal) => Format::Csv(csv.null_literal(literal)),
                None => Format::Csv(csv),
            }
        }
        "json" => {
            let fails = options.truth("json.fail-on-missing-field")?;
            Format::Json(JsonOptions::default().fail_on_missing_field(fails))
        }
        "parquet" => Format::Parquet,
        "arrow" => Format::Arrow,
        "raw" => Format::Text,
        other => {
            let advice = instead(other, &["csv", "json", "parquet", "arrow", "raw"]);
            let table = options.table;
            return Err(SqlError::new(format!("table {table}: there is no format '{other}' yet; {advice}")));
        }
    })
}

/// Whether a name in FROM is a path: it ends as files do.
pub(crate) fn is_path(name: &str) -> bool {
    name.contains('/') || format_of_path(name).is_some()
}

/// The format that the end of a path names.
fn format_of_path(path: &str) -> Option<Format> {
    let (_, end) = path.rsplit_once('.')?;
    Some(match end.to_lowercase().as_str() {
        // Who names a file and no columns expects what DuckDB does with it: what is empty is null.
        "csv" => Format::Csv(CsvOptions::default().header(true).null_literal("")),
        "tsv" => Format::Csv(CsvOptions::default().header(true).null_literal("").delimiter(b'\t')),
        "json" | "jsonl" | "ndjson" => Format::Json(JsonOptions::default()),
        "parquet" => Format::Parquet,
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
        let format = format_of_path(path).or_else(|| format_of_path(&found.path)).ok_or_else(|| {
            wrong("its name does not say what format it has; CREATE TABLE … WITH ('format' = …)".to_owned())
        })?;
        let sample = Sample { head: &found.head, tail: &found.tail, length: found.length };
        match infer(&format, &sample, INFERRED_ROWS) {
            Ok(schema) => {
                // What some rows have not, others may.
                let fields = schema.fields().iter().map(|field| (**field).clone().with_nullable(true));
                let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
                let connector = Connector::Files { path: path.into(), format, on_error: OnError::Fail };
                return Ok(Table { stored: schema.clone(), schema, connector, plan: None });
            }
            Err(InferError::NeedsTail(bytes)) if bytes > look.tail && bytes <= found.length => {
                look.tail = bytes
            }
            Err(InferError::NeedsHead(_)) if look.head < found.length => look.head *= 8,
            Err(error) => return Err(wrong(error.to_string())),
        }
    }
}
