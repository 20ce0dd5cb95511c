//! Rows as an Avro file: a header with the schema, then blocks that can be found from anywhere.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use arrow_array::RecordBatch;
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::{AvroWriter, WriterBuilder, format::AvroOcfFormat};
use arrow_schema::{ArrowError, DataType, Fields, SchemaRef};
use arrow_select::concat::concat_batches;
use memory::own_rows;

use super::super::spec::{AvroCodec, AvroStyle};
use super::super::trouble::WriteError;
use super::Encode;
use crate::bound::AVRO_BLOCK_BYTES;

/// Keeps rows until they are worth a block: each has a frame, and is compressed by itself.
pub(super) struct AvroEncoder {
    writer: AvroWriter<Shared>,
    schema: SchemaRef,
    shared: Shared,
    bytes: Vec<u8>,
    waiting: Vec<RecordBatch>,
    waiting_bytes: usize,
}

/// What the writer writes to: it cannot be asked for it.
#[derive(Clone, Debug, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether columns can be called so: a reader finds them by their names.
pub(super) fn check_names(fields: &Fields) -> Result<(), WriteError> {
    for field in fields {
        let mut letters = field.name().chars();
        let is_name = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_name {
            return Err(WriteError::Name { format: "Avro", column: field.name().clone() });
        }
        match field.data_type() {
            DataType::Struct(inner) => check_names(inner)?,
            DataType::List(item) | DataType::LargeList(item) => {
                if let DataType::Struct(inner) = item.data_type() {
                    check_names(inner)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl AvroEncoder {
    pub(super) fn new(style: AvroStyle, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let codec = match style.codec {
            AvroCodec::Null => None,
            AvroCodec::Deflate => Some(CompressionCodec::Deflate),
            AvroCodec::Snappy => Some(CompressionCodec::Snappy),
            AvroCodec::Zstandard => Some(CompressionCodec::ZStandard),
        };
        let shared = Shared::default();
        let builder = WriterBuilder::new((**schema).clone()).with_compression(codec);
        let writer = builder.build::<_, AvroOcfFormat>(shared.clone())?;
        let bytes = shared.0.take();
        Ok(Self { writer, schema: schema.clone(), shared, bytes, waiting: Vec::new(), waiting_bytes: 0 })
    }

    /// Makes a block of what waits.
    fn write_block(&mut self) -> Result<(), ArrowError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        match &*waiting {
            [] => return Ok(()),
            [one] => self.writer.write(one)?,
            some => self.writer.write(&concat_batches(&self.schema, some)?)?,
        }
        self.bytes.append(&mut self.shared.0.borrow_mut());
        Ok(())
    }
}

impl Encode for AvroEncoder {
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        // Segments go home: who waits may wait for long.
        let own = own_rows(rows);
        self.waiting_bytes += own.get_array_memory_size();
        self.waiting.push(own);
        if self.waiting_bytes >= AVRO_BLOCK_BYTES { self.write_block() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        self.write_block()?;
        Ok(self.writer.finish()?)
    }

    fn ready(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    fn held_bytes(&self) -> usize {
        self.bytes.len() + self.waiting_bytes
    }
}
