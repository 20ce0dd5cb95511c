//! Rows as an Arrow file.

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, SchemaRef};

use super::Encode;

/// Keeps the place of every batch, for the footer.
pub(super) struct ArrowEncoder {
    writer: FileWriter<Vec<u8>>,
    has_views: bool,
}

impl ArrowEncoder {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let any =
            |is: fn(&DataType) -> bool| schema.fields().iter().any(|field| holds(field.data_type(), is));
        if any(|data_type| matches!(data_type, DataType::Dictionary(..))) {
            // A file has one dictionary for a column, and each batch may have another.
            return Err(ArrowError::NotYetImplemented("a column of words from a dictionary".into()));
        }
        let has_views = any(|data_type| matches!(data_type, DataType::Utf8View | DataType::BinaryView));
        Ok(Self { writer: FileWriter::try_new(Vec::new(), schema)?, has_views })
    }
}

/// Whether a type is such a one, or has such a one in it.
fn holds(data_type: &DataType, is: fn(&DataType) -> bool) -> bool {
    is(data_type)
        || match data_type {
            DataType::List(field)
            | DataType::LargeList(field)
            | DataType::ListView(field)
            | DataType::LargeListView(field)
            | DataType::FixedSizeList(field, _)
            | DataType::Map(field, _) => holds(field.data_type(), is),
            DataType::Struct(fields) => fields.iter().any(|field| holds(field.data_type(), is)),
            _ => false,
        }
}

impl Encode for ArrowEncoder {
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError> {
        // The writer takes whole buffers: of a few rows of a segment, all of the segment.
        if self.has_views { self.writer.write(&memory::own_rows(rows)) } else { self.writer.write(rows) }
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
