//! Values of Rust as columns of Arrow, and back.
//!
//! For functions that look at one row at a time: their rows are read out of a batch, and what they answer is built
//! into one. Below, everything stays columns.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Record`] | `row.rs` | a type whose values are rows; derive it for a struct |
//! | [`Value`] | `value.rs` | a type whose values fill one column |
//! | [`PushBorrowed`] | `borrowed.rs` | rows whose text is somebody else's |
//! | [`batch_of`], [`rows_of`], [`schema_of`], [`positions_of`] | `batch.rs` | whole batches of rows, and where in a batch the columns of a row are |
//! | [`Mismatch`] | `mismatch.rs` | why columns cannot be read as values of a type, and what to do |
//! | `i8` … `u64`, `f32`, `f64` | `primitive.rs` | numbers, of exactly one type of column each |
//! | `bool` | `boolean.rs` | bits |
//! | `String` | `text.rs` | `Utf8View`; reads the older layouts too |
//! | [`Bytes`] | `binary.rs` | `BinaryView`; reads the older layouts too |
//! | [`Timestamp`] | `timestamp.rs` | milliseconds since 1970; reads all units and zones |
//! | `Option<T>` | `option.rs` | the same column as of `T`, with nulls |
//! | `Vec<T>` | `list.rs` | `List` |
//! | structs | `structure.rs` | `Struct`: rows within a column |
//! | tuples, `()` | `tuple.rs` | columns `f0`, `f1`, … as in Flink |
//! | all that fill one column | `single.rs` | rows of a single column, `value` |
//!
//! What holds here, and is tested:
//!
//! * what was built is read back equal, however values are nested and columns are sliced;
//! * what is read has exactly the declared type, or one that says the same; everything else is refused when the
//!   columns are opened, with the column, both types and the way out;
//! * a value is absent only where the declaration says `Option`.
//!
//! What never happens here: no type is looked up for a row, no name compared; a reader has found out everything when
//! it is opened.

// The derive reaches this crate by its name, from here too.
extern crate self as record;

mod batch;
mod binary;
mod boolean;
mod borrowed;
#[doc(hidden)]
pub mod derived;
mod list;
mod mismatch;
mod option;
mod primitive;
mod row;
mod single;
mod structure;
mod text;
mod timestamp;
mod tuple;
mod validity;
mod value;

pub use batch::{batch_of, positions_of, rows_of, schema_of};
pub use binary::{Bytes, BytesBuilder, BytesReader};
pub use boolean::{BooleanBuilder, BooleanReader};
pub use borrowed::PushBorrowed;
pub use list::{ListBuilder, ListReader};
pub use mismatch::Mismatch;
pub use option::{OptionBuilder, OptionReader};
pub use primitive::{PrimitiveBuilder, PrimitiveReader};
/// ```
/// use record::{Record, Timestamp, rows_of};
///
/// #[derive(Record, Clone, Debug, PartialEq)]
/// struct Click {
///     #[record(rename = "eventTime")]
///     at: Timestamp,
///     on: Option<Button>,
/// }
///
/// #[derive(Record, Clone, Debug, PartialEq)]
/// struct Button(String, i32);
///
/// let click = Click { at: Timestamp(0), on: Some(Button("buy".into(), 1)) };
/// let batch = record::batch_of([click.clone()]);
/// assert_eq!(batch.schema().field(1).data_type().to_string(), r#"Struct("f0": non-null Utf8View, "f1": non-null Int32)"#);
/// assert_eq!(rows_of::<Click>(&batch)?, [click]);
/// # Ok::<(), record::Mismatch>(())
/// ```
///
/// What has no columns of its own is refused by the compiler, and so are fields that cannot fill one:
///
/// ```compile_fail,E0277
/// #[derive(record::Record, Clone)]
/// struct Click { at: std::time::Duration }
/// ```
pub use record_derive::Record;
pub use row::{Record, RecordBuilder, RecordReader};
pub use single::{SingleBuilder, SingleReader};
pub use structure::{StructBuilder, StructReader};
pub use text::{StringBuilder, StringReader};
pub use timestamp::{Timestamp, TimestampBuilder, TimestampReader};
pub use tuple::{RowCounter, TupleBuilder, TupleReader};
pub use value::{Value, ValueBuilder, ValueReader};
