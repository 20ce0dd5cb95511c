//! The contract of a type whose values fill one column.

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use crate::Mismatch;

/// A type whose values fill one column.
///
/// ```
/// # use arrow_array::{ArrayRef, cast::AsArray, types::Int64Type};
/// use record::{Value, ValueBuilder, ValueReader};
///
/// let mut builder = <Option<i64> as Value>::Builder::default();
/// builder.push(Some(7));
/// builder.push(None);
/// let column: ArrayRef = builder.finish();
/// assert_eq!(column.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(7), None]);
///
/// let reader = <Option<i64> as Value>::Reader::open(&column)?;
/// assert_eq!([reader.get(0), reader.get(1)], [Some(7), None]);
///
/// let refused = <i64 as Value>::Reader::open(&column).err().unwrap();
/// assert_eq!(
///     refused.to_string(),
///     "the column has 1 null, and i64 has none; declare it as Option<i64>, or fill the nulls first"
/// );
/// # Ok::<(), record::Mismatch>(())
/// ```
///
/// A column has one kind of null, so nothing is absent in two ways:
///
/// ```compile_fail,E0080
/// record::schema_of::<Option<Option<i64>>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a column",
    label = "no column has values of this type",
    note = "columns hold bool, i8 to i64, u8 to u64, f32, f64, String, Timestamp, Bytes, Option and Vec of what columns hold, tuples of it, and structs with #[derive(Record)]"
)]
pub trait Value: Clone + Send + 'static {
    /// Whether a value can be absent: `true` for `Option<T>` alone.
    const NULLABLE: bool;

    /// The Arrow type of the column.
    fn data_type() -> DataType;

    /// Reads a column as such values.
    type Reader: ValueReader<Self>;
    /// Builds a column of such values.
    type Builder: ValueBuilder<Self>;
}

/// Reads the values of a column.
///
/// What type a column has is found out once, when it is opened.
pub trait ValueReader<T>: Sized + 'static {
    /// A reader of all rows of `column`.
    fn open(column: &ArrayRef) -> Result<Self, Mismatch> {
        Self::open_where(column, None)
    }

    /// A reader of the rows that are valid in `asked`; the others are never asked for, and may be null whatever
    /// the type. So an absent struct may have anything in its fields.
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch>;

    /// The value of a row.
    ///
    /// # Panics
    ///
    /// If there is no such row. What stands in a row that was not to be asked for is not defined.
    fn get(&self, row: usize) -> T;
}

/// Builds a column, row by row.
pub trait ValueBuilder<T>: Default + 'static {
    /// Appends a row.
    fn push(&mut self, value: T);

    /// Appends a row that has no value. Only for what stands around this column and knows that the row is
    /// absent: an option, a struct.
    fn push_null(&mut self);

    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column of all rows since the last one was finished. The builder is empty afterwards, ready for more.
    fn finish(&mut self) -> ArrayRef;
}
