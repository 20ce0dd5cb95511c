//! Rows of JSON lines, by Arrow's decoder, and in plain words what is wrong with a line that it refuses.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_json::ReaderBuilder;
use arrow_json::reader::Decoder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde_json::{Map, Value};

use super::decoder::{Bad, RecordDecoder, not_text};
use super::records::Records;
use crate::format::JsonOptions;
use crate::read::bad::{Complaint, short, shown};
use crate::read::error::ReadError;
use crate::read::spec::{FileSourceSpec, OnError};

/// Makes rows of JSON lines.
pub(super) struct JsonDecoder {
    options: JsonOptions,
    columns: SchemaRef,
    /// Whether what cannot be read is null.
    mends: bool,
    /// None behind an error: what it has read then is unknown.
    decoder: Option<Decoder>,
    decoder_rows: usize,
}

impl JsonDecoder {
    pub(super) fn new(options: &JsonOptions, spec: &FileSourceSpec) -> Result<Self, ReadError> {
        let columns = spec.layout.stored.projected.clone();
        build(&columns, 1).map_err(|error| ReadError::Option(format!("{error}; leave the column out")))?;
        let mends = spec.on_error == OnError::Null;
        Ok(Self { options: options.clone(), columns, mends, decoder: None, decoder_rows: 0 })
    }

    /// A decoder with room for so many rows and one more, so that it goes on to the end of the bytes.
    fn take_decoder(&mut self, rows: usize) -> Decoder {
        match self.decoder.take() {
            Some(decoder) if self.decoder_rows > rows => decoder,
            _ => {
                self.decoder_rows = rows + 1;
                build(&self.columns, rows + 1).expect("columns that it has taken before")
            }
        }
    }

    /// Whether a line lacks a field, where that is an error. Only a column with nulls can lack one.
    fn lacks_fields(&self, rows: &RecordBatch, records: &Records) -> bool {
        self.options.fail_on_missing_field
            && rows.columns().iter().any(|column| column.null_count() > 0)
            && records.iter().filter(|record| !is_blank(record)).any(|record| {
                serde_json::from_slice(record).is_ok_and(|object| self.missing(&object).is_some())
            })
    }

    fn missing(&self, object: &Map<String, Value>) -> Option<&Field> {
        self.columns.fields().iter().find(|field| !object.contains_key(field.name())).map(|field| &**field)
    }
}

impl RecordDecoder for JsonDecoder {
    fn decode(&mut self, records: &Records) -> Result<Option<RecordBatch>, Bad> {
        let expected = records.iter().filter(|record| !is_blank(record)).count();
        let mut decoder = self.take_decoder(records.len());
        for piece in records.pieces() {
            feed(&mut decoder, piece.text())?;
            feed(&mut decoder, b"\n")?;
        }
        let rows = decoder.flush().map_err(|_| Bad)?;
        // One object on two lines, or two on one, is no line of JSON.
        if rows.as_ref().map_or(0, RecordBatch::num_rows) != expected {
            return Err(Bad);
        }
        if rows.as_ref().is_some_and(|rows| self.lacks_fields(rows, records)) {
            return Err(Bad);
        }
        self.decoder = Some(decoder);
        Ok(rows)
    }

    fn mend(&mut self, record: &[u8]) -> Option<RecordBatch> {
        if !self.mends || !matches!(serde_json::from_slice(record), Ok(Value::Object(_))) {
            return None;
        }
        let read =
            |field: &Arc<Field>| alone(field, record).unwrap_or_else(|| new_null_array(field.data_type(), 1));
        let columns: Vec<ArrayRef> = self.columns.fields().iter().map(read).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        // It has none for a column that takes no null.
        RecordBatch::try_new_with_options(self.columns.clone(), columns, &options).ok()
    }

    fn explain(&mut self, record: &[u8]) -> Complaint {
        if let Some(complaint) = not_text(record) {
            return complaint;
        }
        let object: Map<String, Value> = match serde_json::from_slice(record) {
            Ok(Value::Object(object)) => object,
            Ok(other) => return Complaint::whole(format!("{} is not an object", shown_value(&other))),
            Err(error) => return Complaint::whole(format!("it is not JSON: {}", place_in_line(&error))),
        };
        if let Some(field) = self.missing(&object).filter(|_| self.options.fail_on_missing_field) {
            return Complaint::of(
                field.name(),
                "it is missing",
                Some("set json.fail-on-missing-field = false"),
            );
        }
        for field in self.columns.fields() {
            let value = object.get(field.name());
            if value.is_none_or(Value::is_null) && !field.is_nullable() {
                let what = if value.is_some() { "null" } else { "missing" };
                let words = format!("it is {what}, and the column takes no null");
                return Complaint::of(field.name(), words, Some("let the column take nulls"));
            }
            if alone(field, record).is_none() {
                let value = value.map(shown_value).unwrap_or_default();
                let words = format!("cannot read {value} as {}", field.data_type());
                let remedy =
                    Some("declare the column as STRING").filter(|_| field.data_type() != &DataType::Utf8View);
                return Complaint::of(field.name(), words, remedy);
            }
        }
        Complaint::whole("it cannot be read")
    }
}

fn build(columns: &SchemaRef, rows: usize) -> Result<Decoder, arrow_schema::ArrowError> {
    // Numbers and booleans are read as strings where strings were declared, as Flink does.
    ReaderBuilder::new(columns.clone()).with_batch_size(rows).with_coerce_primitive(true).build_decoder()
}

/// This column of the line, if it can be read.
fn alone(field: &Arc<Field>, record: &[u8]) -> Option<ArrayRef> {
    let column = Arc::new(Schema::new(vec![field.clone()]));
    let mut decoder = build(&column, 2).ok()?;
    feed(&mut decoder, record).ok()?;
    Some(decoder.flush().ok()??.column(0).clone())
}

/// Gives the decoder all of the bytes.
fn feed(decoder: &mut Decoder, bytes: &[u8]) -> Result<(), Bad> {
    match decoder.decode(bytes) {
        Ok(read) if read == bytes.len() => Ok(()),
        Ok(_) | Err(_) => Err(Bad),
    }
}

fn is_blank(record: &[u8]) -> bool {
    record.iter().all(u8::is_ascii_whitespace)
}

/// What JSON's parser says, with the column of the one line that it has seen.
fn place_in_line(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let what = words.split(" at line ").next().unwrap_or(&words);
    format!("{what} at letter {}", error.column())
}

fn shown_value(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        other => short(&other.to_string()),
    }
}
