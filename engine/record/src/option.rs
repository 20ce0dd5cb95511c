//! Values that may be absent, as columns with nulls.

use arrow_array::{Array, ArrayRef, new_empty_array};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use crate::single::single_column;
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

/// Reads a column that may have nulls, or has nothing else: where a file has no value at all, nobody knows its type.
#[derive(Debug)]
pub struct OptionReader<T: Value> {
    /// None if there are no nulls at all.
    nulls: Option<NullBuffer>,
    values: T::Reader,
}

/// Builds a column that may have nulls.
#[derive(Debug)]
pub struct OptionBuilder<T: Value>(T::Builder);

impl<T: Value> Value for Option<T> {
    const NULLABLE: bool = {
        assert!(!T::NULLABLE, "a column has one kind of null: an Option of an Option cannot fill it");
        true
    };

    fn data_type() -> DataType {
        const { assert!(<Self as Value>::NULLABLE) };
        T::data_type()
    }

    type Reader = OptionReader<T>;
    type Builder = OptionBuilder<T>;
}

single_column!(<T: Value> Option<T>);

impl<T: Value> ValueReader<Option<T>> for OptionReader<T> {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        if *column.data_type() == DataType::Null {
            let values = T::Reader::open(&new_empty_array(&T::data_type()))?;
            return Ok(Self { nulls: Some(NullBuffer::new_null(column.len())), values });
        }
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        let asked = NullBuffer::union(asked, nulls.as_ref());
        Ok(Self { values: T::Reader::open_where(column, asked.as_ref())?, nulls })
    }

    #[inline]
    fn get(&self, row: usize) -> Option<T> {
        match &self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(self.values.get(row)),
        }
    }
}

impl<T: Value> Default for OptionBuilder<T> {
    fn default() -> Self {
        Self(T::Builder::default())
    }
}

impl<T: Value> OptionBuilder<T> {
    /// The builder of what is there.
    pub(crate) fn values(&mut self) -> &mut T::Builder {
        &mut self.0
    }
}

impl<T: Value> ValueBuilder<Option<T>> for OptionBuilder<T> {
    #[inline]
    fn push(&mut self, value: Option<T>) {
        match value {
            Some(value) => self.0.push(value),
            None => self.0.push_null(),
        }
    }

    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn finish(&mut self) -> ArrayRef {
        self.0.finish()
    }
}
