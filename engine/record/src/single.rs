//! Rows of a single column, called `value`: what every type that fills a column also is.

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;

use crate::derived::Columns;
use crate::{Mismatch, RecordBuilder, RecordReader, Value, ValueBuilder, ValueReader};

/// What the only column of a row is called.
pub(crate) const VALUE: &str = "value";

/// Reads the only column of rows.
#[derive(Debug)]
pub struct SingleReader<T: Value>(T::Reader);

/// Builds the only column of rows.
#[derive(Debug)]
pub struct SingleBuilder<T: Value>(T::Builder);

/// Makes a type that fills a column a row of that column. A macro, since one `impl` for all such types would leave
/// no place for those of tuples and structs, which fill a column too.
macro_rules! single_column {
    (<$($parameter:ident: $bound:path)?> $type:ty) => {
        impl<$($parameter: $bound)?> crate::Record for $type {
            fn fields() -> arrow_schema::Fields {
                crate::derived::fields([crate::derived::field::<Self>(crate::single::VALUE)])
            }

            type Reader = crate::SingleReader<Self>;
            type Builder = crate::SingleBuilder<Self>;
        }
    };
}
pub(crate) use single_column;

impl<T: Value> RecordReader<T> for SingleReader<T> {
    fn open_where(columns: &[ArrayRef], asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let mut columns = Columns::of::<T>(columns, asked, 1)?;
        Ok(Self(columns.open::<T>(VALUE)?))
    }

    #[inline]
    fn get(&self, row: usize) -> T {
        self.0.get(row)
    }
}

impl<T: Value> Default for SingleBuilder<T> {
    fn default() -> Self {
        Self(T::Builder::default())
    }
}

impl<T: Value> SingleBuilder<T> {
    /// The builder of the column.
    pub(crate) fn values(&mut self) -> &mut T::Builder {
        &mut self.0
    }
}

impl<T: Value> RecordBuilder<T> for SingleBuilder<T> {
    #[inline]
    fn push(&mut self, row: T) {
        self.0.push(row);
    }

    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        vec![self.0.finish()]
    }
}
