//! Lines that come otherwise than in files, as rows: by the decoders that files have.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_buffer::Buffer;

use super::decoder::{RecordDecoder, decoder};
use super::records::{Piece, Records, Span};
use super::sift::sift;
use crate::read::error::ReadError;
use crate::read::spec::{FileSourceSpec, OnError};

/// Makes rows of lines.
pub(crate) struct ReceivedLines {
    decoder: Box<dyn RecordDecoder>,
    fails: bool,
}

impl ReceivedLines {
    /// As lines of the files that a spec reads.
    pub(crate) fn new(spec: &FileSourceSpec) -> Result<Self, ReadError> {
        Ok(Self { decoder: decoder(spec)?, fails: spec.on_error == OnError::Fail })
    }

    /// The rows of a batch of lines, if there are any.
    ///
    /// # Errors
    ///
    /// What is wrong with a line, unless such lines are left out.
    pub(crate) fn decode(&mut self, lines: &RecordBatch) -> Result<Option<RecordBatch>, String> {
        let lines = lines.column(0).as_string_view();
        let (mut text, mut spans) = (Vec::new(), Vec::with_capacity(lines.len()));
        for line in lines.iter().flatten() {
            let start = text.len();
            text.extend_from_slice(line.as_bytes());
            spans.push(Span::new(start, text.len()));
            text.push(b'\n');
        }
        let mut records = Records::default();
        records.push(Piece { block: Buffer::from_vec(text), spans });
        if records.is_empty() {
            return Ok(None);
        }
        let sifted = sift(&mut *self.decoder, &records, self.fails);
        match sifted.complaints.into_iter().next().filter(|_| self.fails) {
            None => Ok(sifted.rows),
            Some((_, complaint)) => {
                let column = complaint.column.map(|column| format!("column {column}: ")).unwrap_or_default();
                Err(format!("a line that cannot be read has come: {column}{}", complaint.words))
            }
        }
    }
}
