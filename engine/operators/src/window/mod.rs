//! Windows: over aggregates of columns, and for functions of rows.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`pane`] | `pane/` | aggregates of columns in windows of event time, made of panes that they share |
//! | [`Window`] | `span.rs` | from when to when |
//! | [`Assigner`], [`TimeWindows`], [`DynamicSessions`] | `assign.rs` | in which windows a row lies |
//! | [`Trigger`] | `trigger/` | when a window is sent |
//! | [`Evictor`], [`Evicting`] | `evict.rs`, `evicting.rs` | which rows of it are dropped then |
//! | [`WindowFunction`], [`Folded`], [`FoldedThen`], [`AllRows`] | `function.rs`, `folded.rs`, `all_rows.rs` | what a window holds, and what is made of it |
//! | [`WindowCx`] | `context.rs` | what a function of windows sees |
//! | [`WindowRows`], [`WindowColumns`] | `rows.rs`, `columns.rs` | rows of columns with the windows that they lie in |
//! | [`session`] | `session/` | rows and aggregates of columns in sessions |
//! | [`Windowing`] | `windowing.rs` | all of a window but its function |
//! | [`WindowOperator`] | `operator.rs` | the operator of all these |
//! | `WindowBody` | `body/`, `entry.rs`, `alarms.rs`, `times.rs` | the machine that it shares with joins |
//! | [`Late`] | `late.rs` | figures of rows that came too late |
//!
//! As in Flink a window is opened by its first row, sent when its trigger says so with its last millisecond as event
//! time, and gone with all that belongs to it when event time has come to its end and the allowed lateness. A row is late
//! when all of its windows are gone. Unlike there, the watermark outlives a restart: what was late stays late.
//!
//! What fires in event time does so in the order of time, then of keys as they became known, then of windows.

pub(crate) mod alarms;
mod all_rows;
mod assign;
pub(crate) mod body;
mod columns;
mod context;
mod entry;
mod evict;
mod evicting;
mod folded;
mod function;
mod late;
mod operator;
pub mod pane;
mod rows;
pub mod session;
mod span;
#[cfg(test)]
pub(crate) mod tests;
mod times;
pub mod trigger;
mod windowing;

pub use all_rows::AllRows;
pub use assign::{Assigner, DynamicSessions, TimeWindows};
pub use columns::WindowColumns;
pub use context::WindowCx;
pub use evict::{CountEvictor, DeltaEvictor, Evictor, TimeEvictor, TimedRows};
pub use evicting::Evicting;
pub use folded::{Folded, FoldedThen};
pub use function::{Each, Fired, OverRows, WindowFunction, WindowProcess, Written};
pub(crate) use late::LateCount;
pub use late::{DROPPED, Late};
pub use operator::WindowOperator;
pub use rows::{TIMELESS, WindowRows, WindowRowsSpec};
pub(crate) use rows::{check_time, times_of, with_times};
pub use span::Window;
pub use trigger::{Trigger, TriggerCx, TriggerResult};
pub use windowing::{Windowing, WindowingError};
