//! Truth as a column of bits.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer};
use arrow_schema::DataType;

use crate::single::single_column;
use crate::validity::{Validity, refuse_nulls};
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

/// Reads a column of booleans.
#[derive(Debug)]
pub struct BooleanReader(BooleanBuffer);

/// Builds a column of booleans.
#[derive(Debug)]
pub struct BooleanBuilder {
    values: BooleanBufferBuilder,
    validity: Validity,
}

impl Value for bool {
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::Boolean
    }

    type Reader = BooleanReader;
    type Builder = BooleanBuilder;
}

single_column!(<> bool);

impl ValueReader<bool> for BooleanReader {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let Some(booleans) = column.as_boolean_opt() else {
            return Err(Mismatch::of_type::<bool>(column.data_type(), DataType::Boolean));
        };
        refuse_nulls::<bool>(column, asked)?;
        Ok(Self(booleans.values().clone()))
    }

    #[inline]
    fn get(&self, row: usize) -> bool {
        self.0.value(row)
    }
}

impl Default for BooleanBuilder {
    fn default() -> Self {
        Self { values: BooleanBufferBuilder::new(0), validity: Validity::default() }
    }
}

impl ValueBuilder<bool> for BooleanBuilder {
    #[inline]
    fn push(&mut self, value: bool) {
        self.values.append(value);
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.values.len());
        self.values.append(false);
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let nulls = self.validity.finish(self.values.len());
        Arc::new(BooleanArray::new(self.values.finish(), nulls))
    }
}
