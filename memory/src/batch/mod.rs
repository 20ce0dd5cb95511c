//! What travels: columns, which of their rows still count, and what was learnt about them on the way.
//!
//! ```text
//!   columns      an Arrow record batch, never changed after it was sent
//!   selection    the rows that still count            none: all of them
//!   kinds        +I -U +U -D, a byte a row            none: all are +I
//!   hashes       the key hash, 8 bytes a row          none: not computed yet
//! ```
//!
//! Kinds and hashes count rows as the columns do, before the selection. A clone costs a few reference counts.

mod envelope;
mod row_kind;
mod selection;

use arrow_array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_buffer::{ArrowNativeType, ScalarBuffer};
use arrow_schema::SchemaRef;
use arrow_select::take::take;

pub use envelope::Envelope;
pub use row_kind::{RowKind, RowKinds};
pub use selection::Selection;

/// Rows on their way through a dataflow.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow_array::{record_batch, BooleanArray};
/// # use memory::Batch;
/// let batch = Batch::new(record_batch!(("price", Int64, [10, 25, 40])).unwrap());
/// let dear = batch.narrow(&BooleanArray::from(vec![false, true, true]));
/// assert_eq!(dear.rows(), 2);               // Two rows count …
/// assert_eq!(dear.columns().num_rows(), 3); // … of the three that the columns hold,
/// let dear = dear.compact();                // until somebody copies them together.
/// assert_eq!(dear.columns(), &record_batch!(("price", Int64, [25, 40])).unwrap());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    columns: RecordBatch,
    selection: Option<Selection>,
    kinds: Option<RowKinds>,
    hashes: Option<ScalarBuffer<u64>>,
}

impl Batch {
    /// All rows of `columns`, as inserts.
    pub fn new(columns: RecordBatch) -> Self {
        Self { columns, selection: None, kinds: None, hashes: None }
    }

    /// The same rows with these kinds.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    #[must_use]
    pub fn with_kinds(mut self, kinds: Option<RowKinds>) -> Self {
        assert!(kinds.as_ref().is_none_or(|kinds| kinds.len() == self.columns.num_rows()));
        self.kinds = kinds;
        self
    }

    /// The same rows with these key hashes.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    #[must_use]
    pub fn with_hashes(mut self, hashes: Option<ScalarBuffer<u64>>) -> Self {
        assert!(hashes.as_ref().is_none_or(|hashes| hashes.len() == self.columns.num_rows()));
        self.hashes = hashes;
        self
    }

    /// The same columns with this selection in place of the former one.
    ///
    /// # Panics
    ///
    /// If a row is selected that does not exist.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        let rows = self.columns.num_rows();
        assert!(selection.rows().last().is_none_or(|last| (*last as usize) < rows));
        self.selection = Some(selection);
        self
    }

    /// The rows of this batch at which `keep` is true; null counts as false. `keep` has a value for each row
    /// that counts. Nothing is copied but row numbers.
    ///
    /// # Panics
    ///
    /// If `keep` has another length than [`Batch::rows`].
    #[must_use]
    pub fn narrow(mut self, keep: &BooleanArray) -> Self {
        assert_eq!(keep.len(), self.rows());
        self.selection = Some(match &self.selection {
            Some(selection) => selection.narrow(keep),
            None => Selection::of(keep),
        });
        self
    }

    /// How many rows count.
    pub fn rows(&self) -> usize {
        self.selection.as_ref().map_or(self.columns.num_rows(), Selection::len)
    }

    /// Whether no row counts.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// The columns, with all of their rows.
    pub fn columns(&self) -> &RecordBatch {
        &self.columns
    }

    /// Names and types of the columns.
    pub fn schema(&self) -> SchemaRef {
        self.columns.schema()
    }

    /// Which rows count, or `None` for all.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// The kinds of all rows of the columns, or `None` when all are inserts.
    pub fn kinds(&self) -> Option<&RowKinds> {
        self.kinds.as_ref()
    }

    /// The key hashes of all rows of the columns, once they are known.
    pub fn hashes(&self) -> Option<&ScalarBuffer<u64>> {
        self.hashes.as_ref()
    }

    /// About how many bytes this batch shows: its buffers, whether or not it shares them with others. (Over a
    /// segment it can keep more alive than it shows.)
    pub fn bytes(&self) -> usize {
        let kinds = self.kinds.as_ref().map_or(0, RowKinds::len);
        let hashes = self.hashes.as_ref().map_or(0, |hashes| size_of_val(&hashes[..]));
        self.columns.get_array_memory_size() + kinds + hashes
    }

    /// A part of a batch without selection, sharing its columns.
    ///
    /// # Panics
    ///
    /// If the batch has a selection, or the range reaches beyond it.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Self {
        assert!(self.selection.is_none(), "compact a batch before slicing it");
        Self {
            columns: self.columns.slice(offset, length),
            selection: None,
            kinds: self.kinds.as_ref().map(|kinds| kinds.slice(offset, length)),
            hashes: self.hashes.as_ref().map(|hashes| hashes.slice(offset, length)),
        }
    }

    /// The rows that count, copied together (long strings stay where they are, behind their views); without a
    /// selection, the batch as it is.
    #[must_use]
    pub fn compact(self) -> Self {
        let Some(selection) = &self.selection else { return self };
        if selection.len() == self.columns.num_rows() {
            return Self { selection: None, ..self }; // It ascends and has them all.
        }
        Self {
            columns: pick_rows(&self.columns, selection),
            selection: None,
            kinds: self.kinds.as_ref().map(|kinds| kinds.pick(selection)),
            hashes: self.hashes.as_ref().map(|hashes| pick(hashes, selection)),
        }
    }
}

/// The selected rows, copied together. (Arrow's own `take_record_batch` refuses a batch without columns, which
/// `SELECT count(*)` is made of.)
fn pick_rows(columns: &RecordBatch, selection: &Selection) -> RecordBatch {
    let rows = selection.to_array();
    let picked = columns.columns().iter().map(|column| take(column, &rows, None));
    let picked = picked.collect::<Result<_, _>>().expect("a selection stays inside its batch");
    let options = RecordBatchOptions::new().with_row_count(Some(selection.len()));
    RecordBatch::try_new_with_options(columns.schema(), picked, &options).expect("the same columns")
}

/// The values of the selected rows.
fn pick<T: ArrowNativeType>(values: &ScalarBuffer<T>, selection: &Selection) -> ScalarBuffer<T> {
    selection.rows().iter().map(|row| values[*row as usize]).collect()
}

#[cfg(test)]
mod tests;
