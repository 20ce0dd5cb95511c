//! Which rows of a column have a value.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, NullBufferBuilder};

use crate::Mismatch;

/// The nulls of a column being built.
///
/// Hears of nulls only, so that a row with a value costs nothing: what it has not heard of is valid.
#[derive(Debug)]
pub(crate) struct Validity(NullBufferBuilder);

impl Default for Validity {
    fn default() -> Self {
        Self(NullBufferBuilder::new(0))
    }
}

impl Validity {
    /// The row with this number, which comes after all nulls so far, is null.
    pub(crate) fn push_null(&mut self, row: usize) {
        self.0.append_n_non_nulls(row - self.0.len());
        self.0.append_null();
    }

    /// The nulls among so many rows, if there are any. Forgets them.
    pub(crate) fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
        self.0.append_n_non_nulls(rows - self.0.len());
        self.0.finish()
    }
}

/// Refuses a column with a null in a row that is valid in `asked`, for type `T` that has no null.
pub(crate) fn refuse_nulls<T>(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<(), Mismatch> {
    let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) else { return Ok(()) };
    let count = match asked {
        Some(asked) => {
            NullBuffer::union(Some(asked), Some(nulls)).map_or(0, |both| both.null_count())
                - asked.null_count()
        }
        None => nulls.null_count(),
    };
    match count {
        0 => Ok(()),
        count => Err(Mismatch::nulls::<T>(count)),
    }
}
