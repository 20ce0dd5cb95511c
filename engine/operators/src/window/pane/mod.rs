//! Windows of event time over aggregates of columns, made of panes that they share.
//!
//! ```text
//!                  ┌ late ─────────────────────────────────────────────► side output
//!   rows ─► pane ──┤
//!                  └ cell of (pane, key) ──── a pane is over ─► totals of keys ──── a window is over ─► rows
//! ```
//!
//! A row changes one cell, whatever number of windows it lies in. A window costs the panes that have come and those that
//! go, and its rows.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`WindowedAggregation`] | `spec.rs` | what is wanted: plain data |
//! | [`Windows`] | `windows.rs` | tumbling, sliding, cumulating; windows and panes by number |
//! | [`PaneAggregate`] | `operator.rs` | the operator |
//! | [`LocalPanes`] | `local.rs` | the first half of it, before an exchange |
//! | [`Contenders`] | `contenders.rs` | rows that may yet be the best of their window |
//! | `Content` | `content.rs`, `panes.rs`, `cells.rs`, `runs.rs` | what is known of each key in each pane |
//! | `Totals` | `totals.rs`, `running.rs`, `stacks.rs` | the panes of the next window, added up |
//! | `Firing`, `Refiring`, `Outbox` | `firing.rs`, `refiring.rs`, `outbox.rs` | windows that are sent, and sent again |
//! | `Progress` | `progress.rs` | which windows were sent and which are gone |
//! | | `written.rs` | how all of it is saved |
//!
//! As in Flink, a key has a row for every window in which it has a row, and late is who finds no window any more. Unlike
//! there, the watermark outlives a restart: what was late stays late.

mod cells;
mod contenders;
mod content;
mod firing;
mod local;
mod operator;
mod outbox;
mod panes;
mod progress;
mod refiring;
mod running;
mod runs;
mod spec;
mod stacks;
#[cfg(test)]
mod tests;
mod totals;
mod windows;
mod written;

pub(super) use cells::Cells;
pub use contenders::{Best, Contenders, ContendersSpec, InWindow};
pub use local::LocalPanes;
pub use operator::{LATE_OUTPUT, PaneAggregate};
pub(super) use spec::windowed;
pub use spec::{WINDOW_END, WINDOW_START, WindowedAggregation, WindowedError};
pub(super) use windows::{Grid, length};
pub use windows::{Windows, WindowsError};
