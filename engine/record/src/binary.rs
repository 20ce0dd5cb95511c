//! Bytes as a column of views.

use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, BinaryViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BinaryViewArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use crate::single::single_column;
use crate::validity::refuse_nulls;
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

/// Bytes that no one looks into. A `Vec<u8>` would be a list of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

/// Reads a column of bytes: views, or the older layouts that files bring.
#[derive(Debug)]
pub struct BytesReader(BinaryViewArray);

/// Builds a column of views of bytes.
#[derive(Debug, Default)]
pub struct BytesBuilder(BinaryViewBuilder);

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        bytes.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Value for Bytes {
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::BinaryView
    }

    type Reader = BytesReader;
    type Builder = BytesBuilder;
}

single_column!(<> Bytes);

impl ValueReader<Bytes> for BytesReader {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let views = match column.data_type() {
            DataType::BinaryView => column.as_binary_view().clone(),
            DataType::Binary => column.as_binary::<i32>().into(),
            DataType::LargeBinary => column.as_binary::<i64>().into(),
            other => return Err(Mismatch::of_type::<Bytes>(other, DataType::BinaryView)),
        };
        refuse_nulls::<Bytes>(column, asked)?;
        Ok(Self(views))
    }

    #[inline]
    fn get(&self, row: usize) -> Bytes {
        Bytes(self.0.value(row).to_vec())
    }
}

impl BytesBuilder {
    /// Appends bytes that stay where they are.
    #[inline]
    pub(crate) fn push_slice(&mut self, value: &[u8]) {
        self.0.append_value(value);
    }
}

impl ValueBuilder<Bytes> for BytesBuilder {
    #[inline]
    fn push(&mut self, value: Bytes) {
        self.push_slice(&value.0);
    }

    fn push_null(&mut self) {
        self.0.append_null();
    }

    fn len(&self) -> usize {
        ArrayBuilder::len(&self.0)
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
