//! Rows as values between delimiters.

use arrow_array::RecordBatch;
use arrow_csv::WriterBuilder;
use arrow_schema::{ArrowError, SchemaRef};

use super::super::trouble::WriteError;
use super::Encode;
use crate::format::{CsvOptions, TIME, zoned_time};

/// Keeps nothing but the bytes.
#[derive(Debug)]
pub(super) struct CsvEncoder {
    builder: WriterBuilder,
    bytes: Vec<u8>,
}

/// Whether what stands between and around values can be told from them.
pub(super) fn check_marks(options: &CsvOptions) -> Result<(), WriteError> {
    let CsvOptions { delimiter, quote, escape, .. } = *options;
    let fits = |byte: u8| byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0);
    let wrong = |what, byte: u8| Err(WriteError::Mark { what, byte: byte.into() });
    match escape {
        _ if !fits(delimiter) => wrong("delimiter", delimiter),
        _ if !fits(quote) || quote == delimiter => wrong("quote", quote),
        Some(escape) if !fits(escape) || escape == delimiter => wrong("escape", escape),
        _ => Ok(()),
    }
}

impl CsvEncoder {
    pub(super) fn new(options: &CsvOptions, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let mut builder = WriterBuilder::new()
            .with_header(options.header)
            .with_delimiter(options.delimiter)
            .with_quote(options.quote)
            .with_timestamp_format(TIME.into())
            .with_timestamp_tz_format(zoned_time(schema).into());
        if let Some(escape) = options.escape {
            builder = builder.with_double_quote(false).with_escape(escape);
        }
        if let Some(null) = &options.null_literal {
            builder = builder.with_null(null.clone());
        }
        let mut encoder = Self { builder, bytes: Vec::new() };
        if options.header {
            encoder.encode(&RecordBatch::new_empty(schema.clone()))?;
            encoder.builder = encoder.builder.with_header(false);
        }
        Ok(encoder)
    }
}

impl Encode for CsvEncoder {
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError> {
        // A writer for each batch: it keeps nothing between two, and cannot be asked for its bytes.
        self.builder.clone().build(&mut self.bytes).write(rows)
    }

    fn ready(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    fn held_bytes(&self) -> usize {
        self.bytes.len()
    }
}
