//! Rows as objects, one a line.

use arrow_array::RecordBatch;
use arrow_json::writer::LineDelimited;
use arrow_json::{Writer, WriterBuilder};
use arrow_schema::{ArrowError, Schema};

use super::super::spec::JsonStyle;
use super::Encode;
use crate::format::{TIME, zoned_time};

/// Keeps nothing but the bytes, in its writer.
pub(super) struct JsonEncoder {
    writer: Writer<Vec<u8>, LineDelimited>,
}

impl JsonEncoder {
    pub(super) fn new(style: JsonStyle, schema: &Schema) -> Self {
        let time =
            |format: &str| if style.iso_times { format.replacen(' ', "T", 1) } else { format.to_owned() };
        let builder = WriterBuilder::new()
            .with_explicit_nulls(!style.leave_out_nulls)
            .with_timestamp_format(time(TIME))
            .with_timestamp_tz_format(time(zoned_time(schema)));
        Self { writer: builder.build(Vec::new()) }
    }
}

impl Encode for JsonEncoder {
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(rows)
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        self.writer.finish()
    }

    fn ready(&mut self) -> &mut Vec<u8> {
        self.writer.get_mut()
    }

    fn held_bytes(&self) -> usize {
        self.writer.get_ref().len()
    }
}
