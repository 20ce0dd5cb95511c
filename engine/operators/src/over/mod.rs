//! Functions over the rows around a row: `… OVER (PARTITION BY … ORDER BY … ROWS BETWEEN … AND …)`.
//!
//! ```text
//!   partition, in order     3  1  4  1  5
//!   frame of the third     ├───────┤          2 PRECEDING to CURRENT ROW
//!   sum over it             3  4  8  6  10
//! ```
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`OverSpec`], [`OverCall`], [`OverFunction`], [`Frame`] | `spec.rs`, `frame.rs` | what is computed: plain data |
//! | [`Over`] | `operator.rs` | the operator, in the way that goes with the job |
//! | plan, call | `plan.rs`, `call.rs` | the functions, ready to run over a stretch |
//! | stretch | `stretch.rs` | rows in order, partition after partition |
//! | frames | `frames.rs`, `distance.rs` | where the frame of every row begins and ends |
//! | results | `numbering.rs`, `values.rs`, `aggregate/slide.rs` | the loops |
//! | sight, carried | `sight.rs`, `carried.rs` | what functions that look back must know of what came before |
//! | outbox | `outbox.rs` | rows with their results, in batches |
//!
//! One computation, and four ways to it:
//!
//! | way | when | keeps | sends |
//! |---|---|---|---|
//! | `in_order.rs` | a batch, and no function looks ahead | what is carried of one partition | rows, in order |
//! | `partitions.rs` | a batch | the rows of one partition | rows, in order |
//! | `by_time.rs`, `waiting.rs` | a stream in the order of time | rows whose time has not come, and what is carried of each key | rows, when time has come to them |
//! | `changing/` | any other stream | all rows | rows, and what becomes of them |
//!
//! A batch must come sorted, as [`OverSpec::sorted_by`] says: behind a [`Sort`](crate::sort::Sort), which goes to disk when
//! there are many rows. It is checked. Nothing is sorted here that could be sorted there.

mod by_time;
mod call;
mod carried;
mod changing;
mod distance;
mod frame;
mod frames;
mod in_order;
mod numbering;
mod operator;
mod outbox;
mod partitions;
mod plan;
mod sight;
mod sorted;
mod spec;
mod stretch;
#[cfg(test)]
mod tests;
mod values;
mod waiting;

pub use frame::{Bound, Frame, Unit};
pub use operator::Over;
pub use spec::{OverCall, OverError, OverFunction, OverSpec, Shift};
