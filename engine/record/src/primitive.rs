//! Numbers as columns.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

use crate::single::single_column;
use crate::validity::{Validity, refuse_nulls};
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

/// Reads a column of numbers, of this type exactly.
#[derive(Debug)]
pub struct PrimitiveReader<P: ArrowPrimitiveType>(ScalarBuffer<P::Native>);

/// Builds a column of numbers.
#[derive(Debug)]
pub struct PrimitiveBuilder<P: ArrowPrimitiveType> {
    values: Vec<P::Native>,
    validity: Validity,
}

macro_rules! numbers {
    ($($native:ty => $arrow:ty),* $(,)?) => {$(
        impl Value for $native {
            const NULLABLE: bool = false;

            fn data_type() -> DataType {
                <$arrow>::DATA_TYPE
            }

            type Reader = PrimitiveReader<$arrow>;
            type Builder = PrimitiveBuilder<$arrow>;
        }

        single_column!(<> $native);
    )*};
}

numbers! {
    i8 => Int8Type, i16 => Int16Type, i32 => Int32Type, i64 => Int64Type,
    u8 => UInt8Type, u16 => UInt16Type, u32 => UInt32Type, u64 => UInt64Type,
    f32 => Float32Type, f64 => Float64Type,
}

impl<P: ArrowPrimitiveType> ValueReader<P::Native> for PrimitiveReader<P> {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let Some(numbers) = column.as_primitive_opt::<P>() else {
            return Err(Mismatch::of_type::<P::Native>(column.data_type(), P::DATA_TYPE));
        };
        refuse_nulls::<P::Native>(column, asked)?;
        Ok(Self(numbers.values().clone()))
    }

    #[inline]
    fn get(&self, row: usize) -> P::Native {
        self.0[row]
    }
}

impl<P: ArrowPrimitiveType> Default for PrimitiveBuilder<P> {
    fn default() -> Self {
        Self { values: Vec::new(), validity: Validity::default() }
    }
}

impl<P: ArrowPrimitiveType> ValueBuilder<P::Native> for PrimitiveBuilder<P> {
    #[inline]
    fn push(&mut self, value: P::Native) {
        self.values.push(value);
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.values.len());
        self.values.push(P::Native::default());
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let rows = self.values.len();
        // The next batch is likely to be as long: it grows in one step.
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(rows));
        Arc::new(PrimitiveArray::<P>::new(values.into(), self.validity.finish(rows)))
    }
}
