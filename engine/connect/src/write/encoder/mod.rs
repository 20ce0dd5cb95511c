//! Rows as the bytes of a file.
//!
//! An encoder writes to memory, which is taken from it now and then; so the encoders of Arrow serve, and none of them waits
//! for a disk. Keeps what has not been taken, and what its form wants to see together. Never opens a file.

mod arrow;
mod avro;
mod csv;
mod json;
mod lines;
mod parquet;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use super::spec::Encoding;
use super::trouble::WriteError;

use lines::check_lines;

/// Makes the bytes of one file.
pub(crate) trait Encode {
    /// Rows that come behind all others.
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError>;

    /// No rows come any more: what was held back, and the end of the file.
    fn finish(&mut self) -> Result<(), ArrowError> {
        Ok(())
    }

    /// The bytes that are ready. Whoever takes them leaves the rest.
    fn ready(&mut self) -> &mut Vec<u8>;

    /// About how many bytes of the file are in memory: those that are ready, and those that are not.
    fn held_bytes(&self) -> usize;
}

/// The encoder of a new file. What a file begins with is ready.
pub(crate) fn encoder(encoding: &Encoding, schema: &SchemaRef) -> Result<Box<dyn Encode>, ArrowError> {
    Ok(match encoding {
        Encoding::Lines => Box::new(lines::LineEncoder::default()),
        Encoding::Csv(options) => Box::new(csv::CsvEncoder::new(options, schema)?),
        Encoding::Json(style) => Box::new(json::JsonEncoder::new(*style, schema)),
        Encoding::Arrow => Box::new(arrow::ArrowEncoder::new(schema)?),
        Encoding::Parquet(style) => Box::new(parquet::ParquetEncoder::new(style, schema)?),
        Encoding::Avro(style) => Box::new(avro::AvroEncoder::new(*style, schema)?),
    })
}

/// Whether rows of these columns can be encoded so: tried with one row that has nothing in it.
pub(crate) fn check(encoding: &Encoding, schema: &SchemaRef) -> Result<(), WriteError> {
    match encoding {
        Encoding::Lines => check_lines(schema)?,
        Encoding::Csv(options) => csv::check_marks(options)?,
        Encoding::Avro(_) => avro::check_names(schema.fields())?,
        Encoding::Json(_) | Encoding::Arrow | Encoding::Parquet(_) => {}
    }
    if schema.fields().is_empty() {
        return Err(WriteError::NoColumns);
    }
    let nullable = |field: &Arc<Field>| field.as_ref().clone().with_nullable(true);
    let nullable: SchemaRef = Arc::new(Schema::new(schema.fields().iter().map(nullable).collect::<Vec<_>>()));
    let columns: Vec<ArrayRef> =
        nullable.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
    let attempt = || {
        let row = RecordBatch::try_new(nullable.clone(), columns)?;
        let mut encoder = encoder(encoding, &nullable)?;
        encoder.encode(&row)?;
        encoder.finish()
    };
    attempt().map_err(|cause| WriteError::Columns { format: encoding.name(), cause })
}

#[cfg(test)]
mod tests;
