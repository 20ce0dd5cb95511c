//! Rows within a column: structs of Arrow.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Fields};

use crate::batch;
use crate::validity::{Validity, refuse_nulls};
use crate::{Mismatch, Record, RecordBuilder, RecordReader, ValueBuilder, ValueReader};

/// Reads a column of structs as rows.
#[derive(Debug)]
pub struct StructReader<T: Record>(T::Reader);

/// Builds a column of structs from rows.
#[derive(Debug)]
pub struct StructBuilder<T: Record> {
    fields: Fields,
    rows: T::Builder,
    validity: Validity,
}

impl<T: Record> ValueReader<T> for StructReader<T> {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let Some(structs) = column.as_struct_opt() else {
            return Err(Mismatch::of_type::<T>(column.data_type(), DataType::Struct(T::fields())));
        };
        refuse_nulls::<T>(column, asked)?;
        batch::open::<T>(structs.fields(), |at| structs.column(at).clone(), asked).map(Self)
    }

    #[inline]
    fn get(&self, row: usize) -> T {
        self.0.get(row)
    }
}

impl<T: Record> Default for StructBuilder<T> {
    fn default() -> Self {
        Self { fields: T::fields(), rows: T::Builder::default(), validity: Validity::default() }
    }
}

impl<T: Record> ValueBuilder<T> for StructBuilder<T> {
    #[inline]
    fn push(&mut self, value: T) {
        self.rows.push(value);
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.rows.len());
        self.rows.push_null();
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let rows = self.rows.len();
        let nulls = self.validity.finish(rows);
        let structs = StructArray::try_new_with_length(self.fields.clone(), self.rows.finish(), nulls, rows);
        Arc::new(structs.expect("columns of the fields, and nulls only where the struct is null"))
    }
}
