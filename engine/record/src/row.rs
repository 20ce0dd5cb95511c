//! The contract of a type whose values are rows.

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::Fields;

use crate::Mismatch;

/// A type whose values are rows: a column for each field of a struct (derive it) or element of a tuple, or a
/// single column called `value`.
///
/// ```
/// use record::{Bytes, Record, Timestamp, batch_of, rows_of};
///
/// #[derive(Record, Clone, Debug, PartialEq)]
/// struct Visit {
///     url: String,
///     #[record(rename = "userId")]
///     user: Option<u64>,
///     at: Timestamp,
///     tags: Vec<String>,
/// }
///
/// let visit = Visit { url: "/".into(), user: None, at: 1_767_225_600_000.into(), tags: vec!["new".into()] };
/// let batch = batch_of([visit.clone()]);
/// assert_eq!(batch.schema().fields(), &Visit::fields());
/// assert_eq!(batch.schema().field(1).name(), "userId");
/// assert_eq!(rows_of::<Visit>(&batch)?, [visit]);
/// # Ok::<(), record::Mismatch>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row",
    label = "no row has this type",
    note = "rows are structs with #[derive(Record)], tuples of up to eight values, `()`, and what fills a single column: bool, numbers, String, Timestamp, Bytes, Option and Vec of these"
)]
pub trait Record: Clone + Send + 'static {
    /// Whether the columns have names that mean something, and are found by them. Otherwise they are found by
    /// their order.
    const NAMED: bool = false;

    /// The columns of a row.
    fn fields() -> Fields;

    /// Reads columns as such rows.
    type Reader: RecordReader<Self>;
    /// Builds columns of such rows.
    type Builder: RecordBuilder<Self>;
}

/// Reads rows from columns.
pub trait RecordReader<T>: Sized + 'static {
    /// A reader of all rows. `columns` begins with those of [`Record::fields`]; what follows is not looked at.
    fn open(columns: &[ArrayRef]) -> Result<Self, Mismatch> {
        Self::open_where(columns, None)
    }

    /// A reader of the rows that are valid in `asked`; the others are never asked for.
    fn open_where(columns: &[ArrayRef], asked: Option<&NullBuffer>) -> Result<Self, Mismatch>;

    /// A row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    fn get(&self, row: usize) -> T;
}

/// Builds columns, row by row.
pub trait RecordBuilder<T>: Default + 'static {
    /// Appends a row.
    fn push(&mut self, row: T);

    /// Appends a row that is absent, a null in every column. Only for the struct around these columns, which says
    /// that it is.
    fn push_null(&mut self);

    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns of all rows since the last ones were finished. The builder is empty afterwards, ready for
    /// more. Rows may have no columns: who needs their number asks for [`RecordBuilder::len`] before.
    fn finish(&mut self) -> Vec<ArrayRef>;
}
