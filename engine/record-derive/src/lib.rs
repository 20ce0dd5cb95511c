//! `#[derive(Record)]`: a struct as a row of columns.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`derive`](Record) | `lib.rs` | the only door |
//! | `Row` | `row.rs` | what was understood of a struct, or why it cannot be a row |
//! | `attribute` | `attribute.rs` | what `#[record(…)]` says |
//! | `code` | `code.rs` | the code for a row |
//! | `home` | `home.rs` | by which path that code reaches the crate `record` |
//!
//! Use it by way of `record::Record` (or `millstream::record::Record`), which is also the name of the trait.
//! Nothing here knows a type of Arrow: the code it writes asks the traits.

mod attribute;
mod code;
mod home;
mod row;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::row::Row;

/// Makes a struct a row, with a column for each field, and a value that fills a column of structs. It must be
/// `Clone`.
///
/// The columns have the names of the fields, or `f0`, `f1`, … if these have none;
/// `#[record(rename = "…")]` on a field gives its column another name.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let code = Row::of(&input).and_then(|row| Ok(code::of(&row, &home::path(&row)?)));
    code.unwrap_or_else(|error| error.to_compile_error()).into()
}
