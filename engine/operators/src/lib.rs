//! What happens to rows: the contract of operators, the chain that calls them, and every operator, one file each.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`Operator`], [`Source`], [`Sink`], [`Flow`], [`Poll`] | `contract.rs` | what an operator is, and what it is promised |
//! | [`Cx`] | `cx.rs` | what an operator sees of the world: where its rows go, time, files |
//! | [`Chain`](chain::Chain) | `chain/` | operators that call each other directly, as one subtask |
//! | aggregates | `aggregate/` | counts, sums and the like of columns, by key |
//! | [`AsyncIo`](async_io::AsyncIo) | `async_io/` | functions that wait |
//! | [`Distinct`](distinct::Distinct), [`KeyedTopN`](top_n::KeyedTopN) | `distinct.rs`, `top_n/` | the first row of each key, or the first ones in some order |
//! | [`Multiset`](multiset::Multiset) | `multiset.rs` | `INTERSECT ALL`, `EXCEPT ALL`: rows of two inputs by how often they are there |
//! | [`Broadcast`](broadcast::Broadcast), [`KeyedBroadcast`](broadcast::KeyedBroadcast) | `broadcast/` | functions of rows, with what all subtasks were told |
//! | [`WindowOperator`](window::WindowOperator) | `window/` | functions of rows in windows; aggregates of columns in windows are in `window/pane/`, rows of columns get theirs in `window/rows.rs` |
//! | [`WindowJoin`](join::WindowJoin), [`IntervalJoin`](join::IntervalJoin) | `join/` | functions of rows of two inputs within bounds of time |
//! | [`HashJoin`](join::HashJoin), [`ChangingJoin`](join::ChangingJoin) | `join/` | pairs of columns: when all rows have come, or as they come and go |
//! | [`Over`](over::Over) | `over/` | functions over the rows around a row |
//! | [`Sort`](sort::Sort), [`Limit`](limit::Limit) | `sort/`, `limit.rs` | rows in order, and the first ones of them |
//! | what nobody has asked for | `idle.rs` | after which time it is forgotten |
//! | rows that are kept | `store.rs`, `equals.rs` | one by one, as columns; and found by what they say, to be taken back |

pub mod accumulators;
pub mod aggregate;
mod around;
pub mod async_io;
mod bound;
pub mod broadcast;
pub mod chain;
mod contract;
mod cx;
pub mod distinct;
mod equals;
mod idle;
pub mod join;
pub mod keyed;
pub mod layout;
pub mod limit;
pub mod multiset;
pub mod over;
pub mod probe;
pub mod rows;
mod seat;
mod side;
pub mod sort;
#[cfg(test)]
pub(crate) mod stand;
mod store;
pub mod time;
pub mod top_n;
mod watermark;
pub mod window;

pub use around::Around;
pub use contract::{Flow, Operator, Poll, Sink, Source};
pub use cx::Cx;
pub use layout::Layout;
pub use seat::{Grant, Mode, OperatorSeat};
pub use side::{OutputTag, SideSpec};
