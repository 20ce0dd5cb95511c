//! Finds out the columns of a file from some of its bytes.
//!
//! Who asks reads the bytes. The same bytes give the same columns in the same order, which is that of the file.

use std::fmt;
use std::io::BufReader;
use std::sync::Arc;

use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::ParquetMetaData;

use super::avro::{avro_header, avro_schema};
use super::footer::{ARROW_MAGIC, Footer, arrow_footer, parquet_footer};
use super::guard::guarded;
use super::json_order::in_order;
use super::record_ends::RecordEnds;
use super::{CsvOptions, Format, with_views};

/// Some of the bytes of a file.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    /// Its first bytes: some hundred lines, or the schema of an Arrow stream or an Avro file.
    pub head: &'a [u8],
    /// Its last ones: the footer of an Arrow or Parquet file.
    pub tail: &'a [u8],
    /// How many it has in all.
    pub length: u64,
}

/// Why the columns are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    /// The footer is longer than the tail of the sample.
    #[error("the last {0} bytes of the file are needed")]
    NeedsTail(u64),
    /// The first lines or the schema are longer than the head of the sample.
    #[error("more than the first {0} bytes of the file are needed")]
    NeedsHead(usize),
    /// The bytes are not what they should be.
    #[error("its columns cannot be found out: {0}; declare them")]
    Unclear(String),
}

impl<'a> Sample<'a> {
    /// All bytes of a file.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { head: bytes, tail: bytes, length: bytes.len() as u64 }
    }

    fn is_whole(&self) -> bool {
        self.head.len() as u64 == self.length
    }
}

impl fmt::Debug for Sample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = (self.head.len(), self.tail.len());
        write!(f, "Sample({head} first and {tail} last of {} bytes)", self.length)
    }
}

/// The columns of a file, as the engine has them: strings are views. CSV and JSON are judged by the first `rows` records
/// of the sample, and every column of them takes nulls.
///
/// # Errors
///
/// If more of the file is needed, or it is not of this format.
pub fn infer(format: &Format, sample: &Sample<'_>, rows: usize) -> Result<SchemaRef, InferError> {
    let schema = match format {
        Format::Text => return Ok(text_schema()),
        Format::Csv(options) => infer_csv(options, records(format, sample)?, rows),
        Format::Json(_) => infer_json(records(format, sample)?, rows),
        Format::Arrow if sample.head.starts_with(ARROW_MAGIC) => {
            match arrow_footer(sample.tail, sample.length) {
                Ok(Footer::Found(footer)) => Ok((*footer.schema).clone()),
                Ok(Footer::Needs(bytes)) => return Err(InferError::NeedsTail(bytes)),
                Err(words) => Err(words),
            }
        }
        Format::Arrow => match infer_stream(sample.head) {
            Ok(None) if !sample.is_whole() => return Err(InferError::NeedsHead(sample.head.len())),
            schema => schema.and_then(|schema| schema.ok_or("it ends before its schema does".to_owned())),
        },
        Format::Parquet => match parquet_footer(sample.tail, sample.length) {
            Ok(Footer::Found(metadata)) => parquet_schema(&metadata),
            Ok(Footer::Needs(bytes)) => return Err(InferError::NeedsTail(bytes)),
            Err(words) => Err(words),
        },
        Format::Avro => match avro_header(sample.head, sample.length) {
            Ok(None) => return Err(InferError::NeedsHead(sample.head.len())),
            Ok(Some(_)) => avro_schema(sample.head),
            Err(words) => Err(words),
        },
    };
    let schema = schema.map_err(InferError::Unclear)?;
    if schema.fields().is_empty() {
        return Err(InferError::Unclear("it has no column".to_owned()));
    }
    Ok(with_views(&schema))
}

/// The one column of lines.
pub(crate) fn text_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8View, false)]))
}

/// The columns of a Parquet file, as it was written.
pub(crate) fn parquet_schema(metadata: &ParquetMetaData) -> Result<Schema, String> {
    let file = metadata.file_metadata();
    guarded(|| parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()))
}

/// The whole records of the head, without the mark that may stand before them.
pub(super) fn records<'a>(format: &Format, sample: &Sample<'a>) -> Result<&'a [u8], InferError> {
    let bytes = sample.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample.head);
    if sample.is_whole() {
        return Ok(bytes);
    }
    let (mut ends, mut whole) = (RecordEnds::of(format), 0);
    while let Some(end) = ends.find(&bytes[whole..]) {
        whole += end + 1;
    }
    if whole == 0 { Err(InferError::NeedsHead(sample.head.len())) } else { Ok(&bytes[..whole]) }
}

fn infer_csv(options: &CsvOptions, bytes: &[u8], rows: usize) -> Result<Schema, String> {
    let format = options.to_arrow().with_header(options.header);
    let (schema, _) = guarded(|| format.infer_schema(bytes, Some(rows)))?;
    Ok(without_unknown(&schema))
}

fn infer_json(bytes: &[u8], rows: usize) -> Result<Schema, String> {
    let read = || arrow_json::reader::infer_json_schema(BufReader::new(bytes), Some(rows));
    let (schema, _) = guarded(read)?;
    Ok(without_unknown(&in_order(&schema, bytes, rows)))
}

/// A column in which nothing but nulls was found holds strings.
fn without_unknown(schema: &Schema) -> Schema {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Null => Arc::new(Field::new(field.name(), DataType::Utf8View, true)),
        _ => field.clone(),
    };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
}

fn infer_stream(head: &[u8]) -> Result<Option<Schema>, String> {
    let mut decoder = StreamDecoder::new();
    let mut buffer = Buffer::from(head);
    let decoded = guarded(|| decoder.decode(&mut buffer).map(|_| ()));
    // What comes behind the schema is not asked for, so what is wrong with it neither.
    match decoder.schema() {
        Some(schema) => Ok(Some((*schema).clone())),
        None => decoded.map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(format: &Format, sample: &Sample<'_>, rows: usize) -> Vec<(String, DataType)> {
        let schema = infer(format, sample, rows).unwrap();
        schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect()
    }

    #[test]
    fn csv_is_judged_by_its_first_rows() {
        let format = Format::Csv(CsvOptions::default().header(true));
        let text = "\u{feff}id,when,price,note,none\n1,2024-01-02,1,a,\n2,2024-01-03,2.5,7,\nx,,,,\n";
        let sample = Sample::whole(text.as_bytes());
        let expected = [
            ("id", DataType::Int64),
            ("when", DataType::Date32),
            ("price", DataType::Float64),
            ("note", DataType::Utf8View),
            ("none", DataType::Utf8View),
        ];
        assert_eq!(fields(&format, &sample, 2), expected.map(|(name, kind)| (name.to_owned(), kind)));
        assert_eq!(fields(&format, &sample, 3)[0].1, DataType::Utf8View);
    }

    #[test]
    fn a_record_that_is_cut_off_is_not_judged() {
        let format = Format::Csv(CsvOptions::default().quoted_newlines(true));
        let head = b"1,\"a\nb\"\n2,\"c\nd";
        let sample = Sample { head, tail: &[], length: 1000 };
        let expected = [("column_1", DataType::Int64), ("column_2", DataType::Utf8View)];
        assert_eq!(fields(&format, &sample, 9), expected.map(|(name, kind)| (name.to_owned(), kind)));
        let short = Sample { head: &head[..5], ..sample };
        assert_eq!(infer(&format, &short, 9), Err(InferError::NeedsHead(5)));
    }

    #[test]
    fn what_is_not_of_the_format_is_told() {
        let told = |format: &Format, text: &str| {
            infer(format, &Sample::whole(text.as_bytes()), 9).unwrap_err().to_string()
        };
        assert_eq!(
            told(&Format::Parquet, "no columns here"),
            "its columns cannot be found out: it does not end with PAR1; declare them"
        );
        assert_eq!(
            told(&Format::Json(crate::format::JsonOptions::default()), ""),
            "its columns cannot be found out: it has no column; declare them"
        );
        assert_eq!(
            told(&Format::Arrow, ""),
            "its columns cannot be found out: it ends before its schema does; declare them"
        );
    }
}
