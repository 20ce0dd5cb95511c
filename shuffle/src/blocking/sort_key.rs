//! By what rows are sorted.

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Schema, SortOptions};
use memory::{KeyCodec, KeyRows};

use crate::error::Error;

/// The columns of a sort order, the most important first.
#[derive(Clone)]
pub struct SortKey {
    codec: Arc<KeyCodec>,
    columns: Vec<usize>,
}

impl SortKey {
    /// The order of rows of `schema` by these columns.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub fn new(schema: &Schema, columns: &[(usize, SortOptions)]) -> Result<Self, Error> {
        let types: Vec<_> = columns
            .iter()
            .map(|(column, order)| (schema.field(*column).data_type().clone(), *order))
            .collect();
        let codec = Arc::new(KeyCodec::new(&types)?);
        Ok(Self { codec, columns: columns.iter().map(|(column, _)| *column).collect() })
    }

    /// The keys of `rows`. Their bytes compare as the rows do.
    ///
    /// # Panics
    ///
    /// If they are rows of another schema.
    pub fn encode(&self, rows: &RecordBatch) -> KeyRows {
        let columns: Vec<ArrayRef> = self.columns.iter().map(|column| rows.column(*column).clone()).collect();
        self.codec.encode(&columns)
    }
}

impl fmt::Debug for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SortKey").field("columns", &self.columns).finish_non_exhaustive()
    }
}
