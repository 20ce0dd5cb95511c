//! Promises that span crates: what the house promises as a whole, one module for each.
//!
//! Rules about files are functions of path and text, each tried on a planted violation first: a rule that
//! cannot fail promises nothing.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "these tests read the checkout itself")]

// What the promises are read from.
mod checkout;
mod markdown;

// How the house is built.
mod containers;
mod floors;
mod operators;
mod tidy;

// What the pages say.
mod readme;
mod reference;
