//! Expressions over columns: what SQL computes, a batch at a time.
//!
//! ```text
//!   planner ─► Expr: a tree, plain data ─► Program: compiled once ─► evaluate(batch): a column
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Expr`] | `tree.rs` | what is to be computed; it prints, and can be compared |
//! | [`Expr::is_same`] | `same.rs` | whether two are one, and need not be computed twice |
//! | [`Program`] | `program.rs` | an expression that is ready to run over batches of one schema |
//! | what is computed for some rows | `narrow.rs` | and the columns that are copied for it |
//! | [`cast()`] | `cast.rs` | a cast outside of an expression |
//! | [`Value`] | `value.rs` | a column, or one value for all rows |
//! | types that hold several others | `types.rs` | of both sides of `=`, of the elements of an array |
//! | [`type_name()`] | `names.rs` | a type as SQL writes it |
//! | arithmetic, comparisons, logic, casts, rows, CASE, LIKE, IN | a file each | operators, with Flink's values |
//! | [`Function`], [`function`] | `functions/` | everything that is written as a call, by name |
//! | [`Zone`] | `zone.rs` | what clocks show at an instant |
//! | [`ExprError`] | `error.rs` | why an expression cannot be computed |
//!
//! What holds here: types are settled before ([`Expr::data_type`] only reads them off), so nothing is looked up for a row;
//! a division by zero or a number that does not fit is an error that names the expression, and never a panic.
#![forbid(unsafe_code)]

mod arithmetic;
mod case;
mod cast;
mod compare;
mod error;
pub mod functions;
mod like;
mod logic;
mod names;
mod narrow;
mod one_of;
mod program;
mod row;
mod same;
mod tree;
mod types;
mod value;
mod zone;

pub use cast::to_type as cast;
pub use error::ExprError;
pub use functions::{Function, Kind, function, functions};
pub use names::type_name;
pub use program::Program;
pub use tree::{BinaryOp, Expr};
pub use value::Value;
pub use zone::Zone;

#[cfg(test)]
mod tests;
