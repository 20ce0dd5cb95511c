//! What the code that `#[derive(Record)]` writes calls, and the rows of this crate with it.
//!
//! Not for use by hand: it changes with the derive.

pub use arrow_array::ArrayRef;
pub use arrow_buffer::NullBuffer;
pub use arrow_schema::{DataType, Field, Fields};

use crate::{Mismatch, Value, ValueReader};

/// The columns of a row.
pub fn fields<const COUNT: usize>(fields: [Field; COUNT]) -> Fields {
    fields.into_iter().collect()
}

/// The column of one field of a row.
pub fn field<T: Value>(name: &str) -> Field {
    Field::new(name, T::data_type(), T::NULLABLE)
}

/// Columns that are opened one after the other.
#[derive(Debug)]
pub struct Columns<'columns> {
    left: std::slice::Iter<'columns, ArrayRef>,
    asked: Option<&'columns NullBuffer>,
}

impl<'columns> Columns<'columns> {
    /// The first `count` of `columns`, for rows of type `T`.
    pub fn of<T>(
        columns: &'columns [ArrayRef],
        asked: Option<&'columns NullBuffer>,
        count: usize,
    ) -> Result<Self, Mismatch> {
        match columns.get(..count) {
            Some(columns) => Ok(Self { left: columns.iter(), asked }),
            None => Err(Mismatch::count::<T>(columns.len(), count)),
        }
    }

    /// Opens the next one, which is called `name`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn open<T: Value>(&mut self, name: &str) -> Result<T::Reader, Mismatch> {
        let column = self.left.next().expect("as many columns as were counted");
        T::Reader::open_where(column, self.asked).map_err(|mismatch| mismatch.within(name))
    }
}
