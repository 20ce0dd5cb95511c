//! Sessions over columns: rows of a key that follow each other more closely than a gap.
//!
//! ```text
//!   gap 5      1   4        9         20
//!   sessions  ├───────────────────┤  ├──────┤     from the first row to a gap behind the last one
//! ```
//!
//! As in Flink sessions that touch are one, so rows exactly a gap apart are of one session, too; rows may come in any order,
//! and one between two sessions makes them one. A session is over, and leaves, when time has come to its last millisecond. A
//! row is late when every session that it could be in is over.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`SessionRows`], [`SessionRowsSpec`] | `rows.rs` | rows with the session that they are of: the table function `SESSION` |
//! | [`SessionAggregate`], [`SessionAggregation`] | `aggregate.rs` | a row for each session, of which no row is kept |
//! | sessions | `sessions.rs` | those of every key, and which become one |
//! | late rows | `lateness.rs` | which rows find no session any more |

mod aggregate;
mod lateness;
mod rows;
mod sessions;
#[cfg(test)]
mod tests;

pub use aggregate::{SessionAggregate, SessionAggregation};
pub use rows::{SessionRows, SessionRowsSpec};
