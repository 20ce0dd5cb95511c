//! SQL: from text to a job.
//!
//! ```text
//!   text ─► statements ─► catalog: names and types ─► logical plan ─► rules ─► operators ─► plan::JobGraph
//!           (dialect)     (DataFusion's planner)                               (physical)
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Session`], [`Outcome`] | `session.rs`, `answers.rs`, `subjects.rs` | what a script is run in, statement by statement |
//! | statements | `statement/`, `dialect.rs`, `type_syntax.rs` | Flink's syntax |
//! | what has a name | `definitions.rs`, `alter.rs`, `like.rs`, `about.rs` | `CREATE`, `ALTER`, `DROP`, `USE` |
//! | partitions | `directories.rs` | `SHOW PARTITIONS`, `ALTER TABLE` of them, `TRUNCATE` |
//! | tables, views | `declaration.rs`, `create.rs`, `view.rs` | what was declared, and what that makes |
//! | columns | `shape.rs`, `wildcards.rs` | what those of a query are called, and which a table takes |
//! | names | `catalog/`, `table.rs`, `connector/` | what names mean; files by path; where rows are |
//! | functions of the user | `macros.rs` | what stands for their calls |
//! | windows, and what time it is | `windows/`, `time.rs`, `now.rs`, `as_of.rs` | which windows a time lies in; which columns are times; the present |
//! | time zones | `zones.rs` | by whose clocks instants are read |
//! | syntax | `syntax/` | what stands for a call |
//! | elements of arrays | `unnest.rs` | rows of them, beside the row that has them |
//! | what looks at the left side of a join | `lateral.rs` | without such a look |
//! | functions | `functions.rs`, `aggregates.rs`, `window_functions.rs`, `row_fields.rs`, `literals.rs`, `lower.rs` | ours, as the planner sees them, and its expressions as ours |
//! | guesses | `estimates/` | about how many rows come out of a plan |
//! | what a scan leaves out | `pushed.rs` | conditions of filters that files can tell |
//! | tables in plans twice | `covers.rs` | which of two parts of a plan has all of the other |
//! | types | `mixing.rs`, `one_type.rs`, `floats.rs`, `outer_types.rs` | which are cast, which stand beside one another; those of what a subquery sees outside |
//! | rules | `rules/` | which rewrite a plan |
//! | operators | `physical/` | a plan as a program |
//! | [`Files`] | `files.rs` | who looks into files: of columns that nobody declared, of catalogs in directories |
//! | [`reference`] | `reference/` | what there is, as pages |
//! | [`SqlError`] | `error.rs` | what is wrong, where, and what to do |
//!
//! Plans jobs and runs none; opens no file. Only this crate names DataFusion.
#![forbid(unsafe_code)]

mod about;
mod aggregates;
mod alter;
mod answers;
mod as_of;
mod catalog;
mod connector;
mod covers;
mod create;
mod declaration;
mod definitions;
mod dialect;
mod directories;
mod error;
mod estimates;
mod files;
mod floats;
mod functions;
mod lateral;
mod like;
mod literals;
mod lower;
mod macros;
mod mixing;
mod now;
mod one_type;
mod outer_types;
mod physical;
mod pushed;
pub mod reference;
mod row_fields;
mod rules;
mod session;
mod shape;
mod statement;
mod subjects;
mod syntax;
mod table;
mod time;
mod type_syntax;
mod unnest;
mod view;
mod wildcards;
mod window_functions;
mod windows;
mod zones;

pub use error::{Place, SqlError};
pub use files::{Files, Listed, Look, Seen, is_standard_input};
pub use session::{Outcome, PlannedJob, QueryRows, Session};
pub use type_syntax::written_type;
