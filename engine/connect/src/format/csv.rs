//! What can be set about CSV. Names and meanings are Flink's, where Flink has them.

use arrow_schema::{DataType, Schema};

/// How times are written, as in Flink: `2026-01-01 00:00:00.5`, and with a zone `2026-01-01 00:00:00.5+02:00`.
pub(crate) const TIME: &str = "%Y-%m-%d %H:%M:%S%.f";
/// See [`TIME`].
pub(crate) const ZONED_TIME: &str = "%Y-%m-%d %H:%M:%S%.f%:z";
/// Instants of UTC: `2026-01-01 00:00:00.5Z`.
const INSTANT: &str = "%Y-%m-%d %H:%M:%S%.fZ";

/// How times with a zone are written in text of these columns. Flink has no zone but UTC, and writes and reads a Z.
pub(crate) fn zoned_time(schema: &Schema) -> &'static str {
    fn are_of_utc(data_type: &DataType) -> bool {
        match data_type {
            DataType::Timestamp(_, Some(zone)) => matches!(&**zone, "UTC" | "+00:00" | "Z"),
            DataType::List(item) | DataType::Map(item, _) => are_of_utc(item.data_type()),
            DataType::Struct(fields) => fields.iter().all(|field| are_of_utc(field.data_type())),
            _ => true,
        }
    }
    let all = schema.fields().iter().all(|field| are_of_utc(field.data_type()));
    if all { INSTANT } else { ZONED_TIME }
}

/// How CSV is written.
///
/// What an empty value is: without a null literal it is null, but in a column of strings the empty string, null or not.
/// With one, only what equals the literal is null, in every column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// Whether the first line of a file names the columns. It is skipped: columns go by their position.
    pub header: bool,
    /// What stands between two values.
    pub delimiter: u8,
    /// What stands around values that hold delimiters. Within, it is doubled.
    pub quote: u8,
    /// What stands before a quote within quotes, in place of doubling it.
    pub escape: Option<u8>,
    /// Lines that begin with it are skipped.
    pub comment: Option<u8>,
    /// What is written for null.
    pub null_literal: Option<String>,
    /// Whether a quoted value may hold ends of lines. Then nobody can tell from the middle of a file where a record
    /// begins, and one subtask reads all of it.
    pub quoted_newlines: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            header: false,
            delimiter: b',',
            quote: b'"',
            escape: None,
            comment: None,
            null_literal: None,
            quoted_newlines: false,
        }
    }
}

impl CsvOptions {
    /// The same with a first line that names the columns, or without.
    #[must_use]
    pub fn header(self, header: bool) -> Self {
        Self { header, ..self }
    }

    /// The same with this delimiter.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// The same with this quote.
    #[must_use]
    pub fn quote(self, quote: u8) -> Self {
        Self { quote, ..self }
    }

    /// The same with this escape.
    #[must_use]
    pub fn escape(self, escape: u8) -> Self {
        Self { escape: Some(escape), ..self }
    }

    /// The same with comments that begin so.
    #[must_use]
    pub fn comment(self, comment: u8) -> Self {
        Self { comment: Some(comment), ..self }
    }

    /// The same with this word for null.
    #[must_use]
    pub fn null_literal(self, literal: impl Into<String>) -> Self {
        Self { null_literal: Some(literal.into()), ..self }
    }

    /// The same with ends of lines in quoted values, or without.
    #[must_use]
    pub fn quoted_newlines(self, quoted_newlines: bool) -> Self {
        Self { quoted_newlines, ..self }
    }

    /// The same options in Arrow's words. The header is ours to skip: only the first split of a file has one.
    pub(crate) fn to_arrow(&self) -> arrow_csv::reader::Format {
        let mut format =
            arrow_csv::reader::Format::default().with_delimiter(self.delimiter).with_quote(self.quote);
        if let Some(escape) = self.escape {
            format = format.with_escape(escape);
        }
        if let Some(comment) = self.comment {
            format = format.with_comment(comment);
        }
        if let Some(literal) = &self.null_literal {
            let word = format!("^{}$", regex::escape(literal));
            format = format.with_null_regex(regex::Regex::new(&word).expect("an escaped word"));
        }
        format
    }

    /// A reader of fields with the same options.
    pub(crate) fn fields(&self) -> csv_core::Reader {
        let mut builder = csv_core::ReaderBuilder::new();
        builder.delimiter(self.delimiter).quote(self.quote).escape(self.escape).comment(self.comment);
        builder.build()
    }

    /// What two options say together that cannot be.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut named = vec![("delimiter", self.delimiter), ("quote", self.quote)];
        named.extend(self.escape.map(|escape| ("escape", escape)));
        named.extend(self.comment.map(|comment| ("comment", comment)));
        for (number, (name, byte)) in named.iter().enumerate() {
            if matches!(byte, b'\n' | b'\r') {
                return Err(format!("csv.{name} is the end of a line; take another letter"));
            }
            if let Some((other, _)) = named[..number].iter().find(|(_, earlier)| earlier == byte) {
                let letter = byte.escape_ascii();
                return Err(format!(
                    "csv.{other} and csv.{name} are both `{letter}`; take different letters"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_mean_two_things_are_refused() {
        assert_eq!(CsvOptions::default().comment(b'#').escape(b'\\').check(), Ok(()));
        let twice = CsvOptions::default().delimiter(b'"').check().unwrap_err();
        assert_eq!(twice, "csv.delimiter and csv.quote are both `\\\"`; take different letters");
        let end = CsvOptions::default().delimiter(b'\n').check().unwrap_err();
        assert_eq!(end, "csv.delimiter is the end of a line; take another letter");
    }
}
