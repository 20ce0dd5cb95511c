//! Files as rows.
//!
//! ```text
//!   paths ─► find ─► files ─► cut ─► splits ─► attempt: who takes which
//!     └── again, if somebody wants what comes later
//!                                                  │
//!                              pass: one split ◄───┘
//!                     file operations │ ▲ bytes
//!                                     ▼ │
//!                                   reader ─► rows, bad records ─► the chain, dead letters
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`FileSourceSpec`], [`OnError`] | `spec.rs` | what is read, as plain data |
//! | [`FileSource`] | `source.rs` | the state machine of a subtask |
//! | [`Figures`] | `figures.rs` | what was read so far |
//! | [`ReadError`] | `error.rs` | why not, for the user |
//! | [`Given`], [`matches`], [`is_visible`] | `given.rs` | a path as the user writes it, and patterns |
//! | the search, the finder | `search.rs`, `find.rs` | which files there are, and which are new |
//! | splits | `split.rs` | parts of files, and what is done of them |
//! | an attempt | `attempt.rs` | what subtasks share: the list of splits, and who takes which |
//! | a pass | `pass.rs`, `reads.rs` | one split being read |
//! | readers | `reader.rs`, `lines/`, `arrow/`, `avro/`, `parquet.rs` | from bytes to rows |
//! | columns | `columns.rs` | from the columns of a file to the declared ones |
//! | the layout | `layout.rs` | which columns are in the files, and which are asked for |
//! | [`Condition`], [`Asked`] | `conditions.rs` | which rows are asked for: files and row groups without them are not read |
//! | [`Sieved`], what is wanted | `wanted.rs` | which rows of a row group are decoded in full: by conditions, and by keys that joins have |
//! | constants, [`FileFact`] | `constants.rs` | columns that the names of directories say, or the system, beside those of the files |
//! | bad records | `bad.rs`, `line_count.rs`, `dead_letters.rs` | what is told of them, in which line, and where they are kept |
//! | the place | `place.rs` | where a source is, in a savepoint |
//!
//! Never opens a file itself: files are asked for as values, and whoever runs the source answers.

mod arrow;
mod attempt;
mod avro;
mod bad;
mod columns;
mod conditions;
mod constants;
mod dead_letters;
mod error;
mod figures;
mod find;
mod given;
mod layout;
mod line_count;
mod lines;
mod parquet;
mod pass;
mod place;
mod reader;
mod reads;
mod search;
mod source;
mod spec;
mod split;
mod wanted;

pub use conditions::{Asked, Bound, Condition};
pub use constants::FileFact;
pub use error::ReadError;
pub use figures::Figures;
pub use given::{Given, is_visible, matches};
pub(crate) use lines::ReceivedLines;
pub use source::FileSource;
pub use spec::{FileSourceSpec, OnError};
pub use wanted::Sieved;
