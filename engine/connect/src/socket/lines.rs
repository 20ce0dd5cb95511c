//! Bytes of a stream as rows of one column.
//!
//! Keeps the beginning of a line whose end has not come. Never lets one grow without end.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::bound::{BATCH_ROWS, SOCKET_LINE_BYTES_MAX};

/// What has come of the next line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

/// The one column.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8View, false)]))
}

impl Lines {
    /// The lines that end in these bytes. Bytes that are no UTF-8 become `U+FFFD`, as in Flink; a carriage return before
    /// the end is not of the line.
    ///
    /// # Errors
    ///
    /// If a line is too long.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<RecordBatch>, String> {
        let Some(last) = memchr::memrchr(b'\n', bytes) else {
            self.begun.extend_from_slice(bytes);
            return self.check().map(|()| Vec::new());
        };
        self.begun.extend_from_slice(&bytes[..last]);
        let rows = rows_of(&self.begun);
        self.begun.clear();
        self.begun.extend_from_slice(&bytes[last + 1..]);
        self.check().map(|()| rows)
    }

    /// The last line, if it has no end.
    pub(super) fn finish(&mut self) -> Vec<RecordBatch> {
        let last = std::mem::take(&mut self.begun);
        if last.is_empty() { Vec::new() } else { rows_of(&last) }
    }

    fn check(&self) -> Result<(), String> {
        if self.begun.len() > SOCKET_LINE_BYTES_MAX {
            return Err(format!(
                "a line of more than {SOCKET_LINE_BYTES_MAX} bytes has come; this source reads lines of text, each ended by a \
                 newline"
            ));
        }
        Ok(())
    }
}

/// The lines between newlines.
fn rows_of(bytes: &[u8]) -> Vec<RecordBatch> {
    let (mut batches, mut builder, mut rows) = (Vec::new(), StringViewBuilder::new(), 0);
    let mut cut = |builder: &mut StringViewBuilder| {
        let column: ArrayRef = Arc::new(builder.finish());
        batches.push(RecordBatch::try_new(schema(), vec![column]).expect("the one column"));
    };
    for line in bytes.split(|byte| *byte == b'\n') {
        if rows == BATCH_ROWS {
            cut(&mut builder);
            rows = 0;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        builder.append_value(String::from_utf8_lossy(line));
        rows += 1;
    }
    cut(&mut builder);
    batches
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;

    use super::*;

    fn texts(batches: &[RecordBatch]) -> Vec<String> {
        let column = |batch: &RecordBatch| batch.column(0).as_string_view().clone();
        let texts = batches
            .iter()
            .flat_map(|batch| column(batch).iter().flatten().map(str::to_owned).collect::<Vec<_>>());
        texts.collect()
    }

    #[test]
    fn wherever_the_bytes_are_cut_the_lines_are_the_same() {
        let bytes = "one\r\n\nzwölf €\nlast without end".as_bytes();
        let expected = ["one", "", "zwölf €", "last without end"];
        for cut in 0..=bytes.len() {
            for second in cut..=bytes.len() {
                let mut lines = Lines::default();
                let pieces = [&bytes[..cut], &bytes[cut..second], &bytes[second..]];
                let mut found: Vec<String> =
                    pieces.iter().flat_map(|piece| texts(&lines.feed(piece).unwrap())).collect();
                found.extend(texts(&lines.finish()));
                assert_eq!(found, expected, "cut at {cut} and {second}");
                assert!(lines.finish().is_empty());
            }
        }
    }

    #[test]
    fn many_lines_are_more_than_one_batch() {
        let batches = Lines::default().feed("\n".repeat(BATCH_ROWS + 3).as_bytes()).unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [BATCH_ROWS, 3]);
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        assert_eq!(texts(&Lines::default().feed(b"a\xffb\n").unwrap()), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let (mut lines, piece) = (Lines::default(), vec![b'x'; 1 << 20]);
        let mut pieces = 0;
        let words = loop {
            match lines.feed(&piece) {
                Ok(rows) => assert!(rows.is_empty()),
                Err(words) => break words,
            }
            pieces += 1;
        };
        assert_eq!(pieces << 20, SOCKET_LINE_BYTES_MAX);
        assert!(words.ends_with("each ended by a newline"), "{words}");
    }
}
