//! Functions of JSON, which is text in SQL.
//!
//! | concept | file |
//! |---|---|
//! | a JSON value | `value.rs`, `reader.rs` |
//! | paths: `lax $.a[0].*` | `path.rs` |
//! | JSON_VALUE, JSON_EXISTS | `find.rs` |
//! | JSON_QUERY | `query.rs` |
//! | what becomes of what is not there | `answer.rs` |
//! | a scalar of JSON as a value of SQL | `scalar.rs` |
//! | JSON_OBJECT, JSON_ARRAY, JSON_STRING | `make.rs` |
//! | IS_JSON, JSON_LENGTH, JSON_TYPE, JSON_QUOTE, JSON_UNQUOTE | `look.rs` |
//!
//! A number is kept as it is written, so no digit of it is lost; a parser that makes floats of them would lose some. Objects
//! are written with their keys in order, as in Flink.

mod answer;
mod find;
mod look;
mod make;
mod path;
mod query;
mod reader;
mod scalar;
mod value;

pub(super) use find::ALL as FIND;
pub(super) use look::ALL as LOOK;
pub(super) use make::ALL as MAKE;
pub(super) use query::ALL as QUERY;
