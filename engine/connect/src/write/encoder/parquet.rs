//! Rows as Parquet.

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression as Codec, ZstdLevel};
use ::parquet::file::properties::WriterProperties;
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};

use super::super::spec::{Compression, ParquetStyle};
use super::Encode;

/// Keeps a row group until it is full, as the columns of one lie behind each other.
pub(super) struct ParquetEncoder {
    writer: ArrowWriter<Vec<u8>>,
}

impl ParquetEncoder {
    pub(super) fn new(style: &ParquetStyle, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let codec = match style.compression {
            Compression::None => Codec::UNCOMPRESSED,
            Compression::Snappy => Codec::SNAPPY,
            Compression::Lz4 => Codec::LZ4_RAW,
            Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        };
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_max_row_group_row_count(Some(style.row_group_rows))
            .set_max_row_group_bytes(Some(style.row_group_bytes))
            .set_created_by(concat!("millstream version ", env!("CARGO_PKG_VERSION")).into());
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties.build()))?;
        Ok(Self { writer })
    }
}

impl Encode for ParquetEncoder {
    fn encode(&mut self, rows: &RecordBatch) -> Result<(), ArrowError> {
        Ok(self.writer.write(rows)?)
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        self.writer.finish()?;
        Ok(())
    }

    fn ready(&mut self) -> &mut Vec<u8> {
        // The writer counts by itself what it has written, so it does not mind that the bytes are taken away.
        self.writer.inner_mut()
    }

    fn held_bytes(&self) -> usize {
        self.writer.inner().len() + self.writer.in_progress_size()
    }
}
