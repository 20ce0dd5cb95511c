//! What peers in Rust share that answer Nexmark's queries: the events of NXG-1, how questions are read, and rows as CSV.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`Corpus`], [`Epoch`], [`Person`], [`Auction`], [`Bid`] | `nexmark/` | events that make a column when they are asked for it |
//! | [`Question`], [`Began`], [`Outcome`], [`serve`] | `question.rs` | lines of JSON, as `engine/cli/src/bench/peer.rs` has them |
//! | [`Row`], [`Field`], [`Time`], [`Thousandths`] | `row.rs`, `field.rs` | rows as text |
//! | [`Sum`] | `sum.rs` | what a sink has read |
//! | [`RowFile`] | `row_file.rs` | where those of an answer go |
//!
//! Knows no engine. Texts are parts of tables that stay until the end, so a row has them for two words and copies nothing.

mod field;
mod nexmark;
mod question;
mod row;
mod row_file;
mod sum;

pub use field::{Day, Field, Minute, Thousandths, Time};
pub use nexmark::{Auction, Bid, Corpus, Epoch, Person, all_texts, channel_number, directories, time_of_day};
pub use question::{Began, Outcome, Question, serve};
pub use row::Row;
pub use row_file::RowFile;
pub use sum::Sum;
