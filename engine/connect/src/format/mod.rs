//! How rows lie in files: the formats and what can be set about them, all of it plain data.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Format`] | here | which format, with its options |
//! | [`CsvOptions`] | `csv.rs` | delimiter, quotes, header, the word for null |
//! | [`JsonOptions`] | `json.rs` | what a missing field is |
//! | [`infer`], [`Sample`] | `infer.rs` | columns, from the first and last bytes of a file |
//! | packing | `packing.rs` | files of text that are compressed as a whole |
//! | partitions, [`DEFAULT_PARTITION`] | `partitions.rs` | values that stand in the names of directories |
//! | [`with_views`] | `views.rs` | the columns of a file as the engine has them: strings are views |
//! | headers | `avro.rs` | of which columns an Avro file is |
//! | footers | `footer.rs` | where things lie in Arrow and Parquet files |
//! | record ends | `record_ends.rs` | which newline ends a record |
//! | the order of fields | `json_order.rs` | of inferred columns of JSON |
//! | [`statistics()`], bounds | `statistics.rs`, `bounds.rs` | about how many rows there are; between which values those of a column lie |
//! | the guard | `guard.rs` | what decoders say of damaged bytes, panics too |
//!
//! Never opens a file.

mod avro;
mod bounds;
mod csv;
mod footer;
mod guard;
mod infer;
mod json;
mod json_order;
mod packing;
mod partitions;
mod record_ends;
mod statistics;
mod views;

pub(crate) use avro::{avro_decoder, avro_header, avro_schema};
pub(crate) use bounds::Bounds;
pub use csv::CsvOptions;
pub(crate) use csv::{TIME, zoned_time};
pub(crate) use footer::{ARROW_MAGIC, ArrowFooter, Footer, arrow_footer, parquet_footer};
pub(crate) use guard::guarded;
pub use infer::{InferError, Sample, infer};
pub(crate) use infer::{parquet_schema, text_schema};
pub use json::JsonOptions;
pub(crate) use packing::Packing;
pub use partitions::{DEFAULT_PARTITION, directory_of, named_by};
pub(crate) use partitions::{directories, is_one_value, value_in, value_of};
pub(crate) use record_ends::RecordEnds;
pub use statistics::{ColumnStatistics, Statistics, as_number, statistics};
pub use views::with_views;

/// How rows lie in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Each line is a row of one column, `value`. A line ends with `\n` or `\r\n`.
    Text,
    /// Values between delimiters.
    Csv(CsvOptions),
    /// An object a line.
    Json(JsonOptions),
    /// Arrow IPC. The first bytes of a file say whether it is a file with a footer or a stream.
    Arrow,
    /// Parquet.
    Parquet,
    /// Avro files with their schema: object container files.
    Avro,
}

impl Format {
    /// Whether a file can be begun at any byte: then several subtasks read it.
    pub fn is_splittable(&self) -> bool {
        match self {
            Self::Text | Self::Json(_) | Self::Avro => true,
            Self::Csv(options) => !options.quoted_newlines,
            Self::Arrow | Self::Parquet => false, // Parquet is cut by row groups.
        }
    }

    /// What errors call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv(_) => "CSV",
            Self::Json(_) => "JSON",
            Self::Arrow => "Arrow",
            Self::Parquet => "Parquet",
            Self::Avro => "Avro",
        }
    }
}
