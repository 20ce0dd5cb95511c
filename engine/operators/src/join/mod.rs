//! Joins of two streams: for functions of rows within bounds of time, and of columns in jobs that end.
//!
//! | operator | file | joins rows of the same key |
//! |---|---|---|
//! | [`WindowJoin`] of [`Pairs`] | `window.rs`, `pairs.rs` | that lie in the same window: each with each |
//! | [`WindowJoin`] of [`Groups`] | `window.rs`, `groups.rs` | the same, all of both sides at once: outer joins too |
//! | [`HashJoin`] | `hash/` | at all, in a batch job: inner, outer, semi and anti, of columns |
//! | [`ChangingJoin`] | `changing/` | at all, in a stream whose rows come and go: of columns, the same kinds |
//! | [`TemporalJoin`] | `temporal/` | as the key was at the time of the row: of columns |
//! | [`IntervalJoin`] | `interval/`, `buffer.rs` | whose times are not far apart |
//!
//! A [`Sieve`] (`sieve/`) tells those who read the left side of a hash join which keys its right side has.
//!
//! All of them stop in the middle of a row or a window that makes many rows, and go on there.

mod buffer;
mod changing;
mod columns;
mod groups;
mod hash;
mod interval;
mod pairs;
mod sieve;
mod temporal;
#[cfg(test)]
mod tests;
mod window;

pub use changing::{ChangingJoin, Retention};
pub use groups::Groups;
pub use hash::{HashJoin, JoinKind, Nulls, PairFilter};
pub use interval::{Interval, IntervalError, IntervalJoin};
pub use pairs::Pairs;
pub use sieve::{KeySet, Sieve, Sifted, Sifter};
pub use temporal::TemporalJoin;
pub use window::{Either, WindowJoin};
