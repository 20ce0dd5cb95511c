//! How rows are written in files and lines, by the words that Flink has for it.

use connect::format::{CsvOptions, Format, JsonOptions};
use connect::read::OnError;
use connect::write::{AvroStyle, Encoding, JsonStyle, ParquetStyle};

use super::options::{Options, instead};
use crate::error::SqlError;

/// The format of this name, with its options.
pub(super) fn format_of(name: &str, options: &mut Options<'_>) -> Result<Format, SqlError> {
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
            let iso_times = match options.take("json.timestamp-format.standard").as_deref() {
                None | Some("SQL") => false,
                Some("ISO-8601") => true,
                Some(other) => {
                    let (table, advice) = (options.table, instead(other, &["SQL", "ISO-8601"]));
                    let words =
                        format!("table {table}: json.timestamp-format.standard is not '{other}'; {advice}");
                    return Err(SqlError::new(words));
                }
            };
            Format::Json(JsonOptions::default().fail_on_missing_field(fails).iso_times(iso_times))
        }
        "parquet" => Format::Parquet,
        "avro" => Format::Avro,
        "arrow" => Format::Arrow,
        "raw" => Format::Text,
        other => {
            let advice = instead(other, &["csv", "json", "parquet", "avro", "arrow", "raw"]);
            let table = options.table;
            return Err(SqlError::new(format!("table {table}: there is no format '{other}' yet; {advice}")));
        }
    })
}

/// How rows of such a format are written.
pub(super) fn encoding_of(format: &Format) -> Encoding {
    match format {
        Format::Text => Encoding::Lines,
        Format::Csv(options) => Encoding::Csv(options.clone()),
        Format::Json(options) => {
            Encoding::Json(JsonStyle { iso_times: options.iso_times, ..JsonStyle::default() })
        }
        Format::Arrow => Encoding::Arrow,
        Format::Parquet => Encoding::Parquet(ParquetStyle::default()),
        Format::Avro => Encoding::Avro(AvroStyle::default()),
    }
}

/// What becomes of what cannot be read.
pub(super) fn on_error(format: &Format, options: &mut Options<'_>) -> Result<OnError, SqlError> {
    let is_ignored = match format {
        Format::Csv(_) => options.truth("csv.ignore-parse-errors")?,
        Format::Json(_) => options.truth("json.ignore-parse-errors")?,
        _ => false,
    };
    Ok(if is_ignored { OnError::Null } else { OnError::Fail })
}
