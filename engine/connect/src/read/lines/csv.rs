//! Rows of CSV, by Arrow's decoder, and in plain words what is wrong with a line that it refuses.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray, new_null_array};
use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Decoder;
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};

use super::decoder::{Bad, RecordDecoder, not_text};
use super::records::Records;
use crate::format::CsvOptions;
use crate::read::bad::{Complaint, shown};
use crate::read::spec::{FileSourceSpec, OnError};

/// Makes rows of lines of CSV.
pub(super) struct CsvDecoder {
    options: CsvOptions,
    /// All columns of a line. All take nulls: whether they may be is looked at afterwards.
    columns: SchemaRef,
    positions: Vec<usize>,
    projected: SchemaRef,
    /// Whether what cannot be read is null.
    mends: bool,
    /// None behind an error: what it has read then is unknown.
    decoder: Option<Decoder>,
}

impl CsvDecoder {
    pub(super) fn new(options: &CsvOptions, spec: &FileSourceSpec) -> Self {
        let stored = &spec.layout.stored;
        let nullable = stored.declared.fields().iter().map(|field| (**field).clone().with_nullable(true));
        Self {
            options: options.clone(),
            columns: Arc::new(Schema::new(nullable.collect::<Vec<_>>())),
            positions: stored.positions.clone(),
            projected: stored.projected.clone(),
            mends: spec.on_error == OnError::Null,
            decoder: None,
        }
    }

    fn decoder(&self, positions: Vec<usize>, rows: usize) -> Decoder {
        ReaderBuilder::new(self.columns.clone())
            .with_format(self.options.to_arrow())
            .with_projection(positions)
            .with_batch_size(rows)
            .build_decoder()
    }

    /// Whether a record is no row: nothing at all, or a comment.
    fn is_none(&self, record: &[u8]) -> bool {
        match record.first() {
            Some(first) => self.options.comment == Some(*first) || record.iter().all(|byte| *byte == b'\r'),
            None => true,
        }
    }

    /// The columns as they were declared: empty strings are no nulls, unless it was said what null is.
    fn conform(&self, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let keeps_nulls = self.options.null_literal.is_some();
        let columns = rows.columns().iter().map(|column| match column.data_type() {
            DataType::Utf8View if !keeps_nulls => without_nulls(column),
            _ => Ok(column.clone()),
        });
        let columns = columns.collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        RecordBatch::try_new_with_options(self.projected.clone(), columns, &options)
    }

    /// A value as one of a column, if it can be read.
    fn alone(&self, position: usize, value: &str) -> Option<ArrayRef> {
        let plain = CsvOptions { null_literal: self.options.null_literal.clone(), ..CsvOptions::default() };
        let column = Arc::new(self.columns.project(&[position]).expect("a column of the line"));
        let mut decoder =
            ReaderBuilder::new(column).with_format(plain.to_arrow()).with_batch_size(2).build_decoder();
        let line = format!("\"{}\"\n", value.replace('"', "\"\""));
        feed(&mut decoder, line.as_bytes()).ok()?;
        let column = decoder.flush().ok()??.column(0).clone();
        let is_text = column.data_type() == &DataType::Utf8View && self.options.null_literal.is_none();
        if is_text { without_nulls(&column).ok() } else { Some(column) }
    }

    /// The values of a record, if it is one and no more.
    fn values(&self, record: &[u8]) -> Result<Vec<String>, Complaint> {
        let (mut text, mut ends) = (vec![0; record.len() + 1], vec![0; record.len() + 2]);
        let mut reader = self.options.fields();
        let line = [record, b"\n"].concat();
        let (result, read, _, count) = reader.read_record(&line, &mut text, &mut ends);
        if !matches!(result, csv_core::ReadRecordResult::Record) {
            let complaint = Complaint::whole("a quote is not closed");
            let remedy = Some("set csv.quoted-newlines = true if a value may hold the end of a line");
            return Err(Complaint { remedy: remedy.filter(|_| !self.options.quoted_newlines), ..complaint });
        }
        if line[read..].iter().any(|byte| !matches!(byte, b'\r' | b'\n')) {
            return Err(Complaint::whole("a carriage return stands within it"));
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let values = starts.zip(&ends[..count]).map(|(start, end)| text[start..*end].to_vec());
        Ok(values.map(|value| String::from_utf8_lossy(&value).into_owned()).collect())
    }
}

impl RecordDecoder for CsvDecoder {
    fn decode(&mut self, records: &Records) -> Result<Option<RecordBatch>, Bad> {
        let expected = records.iter().filter(|record| !self.is_none(record)).count();
        // With room for one more it goes on to the end of the bytes.
        let fits = |decoder: &Decoder| decoder.capacity() > records.len();
        let decoder = self.decoder.take().filter(fits);
        let mut decoder = decoder.unwrap_or_else(|| self.decoder(self.positions.clone(), records.len() + 1));
        for piece in records.pieces() {
            feed(&mut decoder, piece.text())?;
            feed(&mut decoder, b"\n")?;
        }
        let rows = decoder.flush().map_err(|_| Bad)?;
        // A quote that is not closed makes one row of two lines.
        if rows.as_ref().map_or(0, RecordBatch::num_rows) != expected {
            return Err(Bad);
        }
        let rows = rows.map(|rows| self.conform(&rows)).transpose().map_err(|_| Bad)?;
        self.decoder = Some(decoder);
        Ok(rows)
    }

    fn mend(&mut self, record: &[u8]) -> Option<RecordBatch> {
        if !self.mends || not_text(record).is_some() {
            return None;
        }
        let values = self.values(record).ok()?;
        let columns = self.positions.iter().zip(self.projected.fields()).map(|(position, field)| {
            let alone = |value: &String| self.alone(*position, value);
            let read = values.get(*position).and_then(alone);
            read.unwrap_or_else(|| new_null_array(field.data_type(), 1))
        });
        let columns: Vec<ArrayRef> = columns.collect();
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        // It has none for a column that takes no null.
        RecordBatch::try_new_with_options(self.projected.clone(), columns, &options).ok()
    }

    fn explain(&mut self, record: &[u8]) -> Complaint {
        if let Some(complaint) = not_text(record) {
            return complaint;
        }
        let values = match self.values(record) {
            Ok(values) => values,
            Err(complaint) => return complaint,
        };
        let fields = self.columns.fields();
        if values.len() != fields.len() {
            let (values, columns) = (counted(values.len(), "value"), counted(fields.len(), "column"));
            return Complaint::whole(format!("it has {values}, but {columns} were declared"));
        }
        for (field, position) in self.projected.fields().iter().zip(&self.positions) {
            let mut decoder = self.decoder(vec![*position], 2);
            let read = feed(&mut decoder, record).and_then(|()| feed(&mut decoder, b"\n"));
            let read = read.and_then(|()| decoder.flush().map_err(|_| Bad));
            let value = &values[*position];
            let Ok(read) = read else {
                let words = format!("cannot read {} as {}", shown(value), field.data_type());
                return Complaint::of(field.name(), words, Some("declare the column as STRING"));
            };
            let is_null = read.is_some_and(|row| row.column(0).null_count() > 0);
            let is_empty_string =
                field.data_type() == &DataType::Utf8View && self.options.null_literal.is_none();
            if is_null && !field.is_nullable() && !is_empty_string {
                let words = format!("{} is null, and the column takes none", shown(value));
                return Complaint::of(field.name(), words, Some("let the column take nulls"));
            }
        }
        Complaint::whole("it cannot be read")
    }
}

/// Gives the decoder all of the bytes.
fn feed(decoder: &mut Decoder, mut bytes: &[u8]) -> Result<(), Bad> {
    while !bytes.is_empty() {
        match decoder.decode(bytes) {
            Ok(0) | Err(_) => return Err(Bad),
            Ok(read) => bytes = &bytes[read..],
        }
    }
    Ok(())
}

/// The same strings, with the empty one in place of null: a view of a null is that of the empty string.
fn without_nulls(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if column.null_count() == 0 {
        return Ok(column.clone());
    }
    let (views, blocks, _) = column.as_string_view().clone().into_parts();
    Ok(Arc::new(StringViewArray::try_new(views, blocks, None)?))
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
