//! Texts as lines.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Schema};

use super::super::trouble::WriteError;
use super::Encode;

/// Keeps nothing but the bytes.
#[derive(Debug, Default)]
pub(super) struct LineEncoder {
    bytes: Vec<u8>,
}

/// Whether these rows are lines.
pub(super) fn check_lines(schema: &Schema) -> Result<(), WriteError> {
    let is_text =
        |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    match schema.fields().as_ref() {
        [field] if is_text(field.data_type()) => Ok(()),
        fields => {
            let named = fields.iter().map(|field| format!("{} {}", field.name(), field.data_type()));
            let found: Vec<String> = named.collect();
            let found = if found.is_empty() { "no columns".to_owned() } else { found.join(", ") };
            Err(WriteError::NotLines { found })
        }
    }
}

/// Appends each row, and a newline behind it. Null is an empty line.
///
/// # Panics
///
/// If the rows are not what [`check_lines`] has let pass.
fn append_lines(rows: &RecordBatch, bytes: &mut Vec<u8>) {
    let column = rows.column(0);
    match column.data_type() {
        DataType::Utf8View => append(column.as_string_view().iter(), bytes),
        DataType::Utf8 => append(column.as_string::<i32>().iter(), bytes),
        _ => append(column.as_string::<i64>().iter(), bytes),
    }
}

fn append<'a>(texts: impl Iterator<Item = Option<&'a str>>, bytes: &mut Vec<u8>) {
    for text in texts {
        bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
        bytes.push(b'\n');
    }
}

impl Encode for LineEncoder {
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError> {
        append_lines(rows, &mut self.bytes);
        Ok(())
    }

    fn ready(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    fn held_bytes(&self) -> usize {
        self.bytes.len()
    }
}
