//! Functions of times. A TIMESTAMP has no zone: its parts are those that it is written with. A TIMESTAMP_LTZ has
//! none here either, but UTC's: the planner puts [`LOCAL`] around what goes by other clocks.
//!
//! | concept | file |
//! |---|---|
//! | what YEAR to NANOSECOND are of a time | `parts.rs` |
//! | times that move, differ, are cut: TIMESTAMPADD, FLOOR_TIME | `steps.rs` |
//! | times as text: DATE_FORMAT, TO_TIMESTAMP | `texts.rs` |
//! | a column of any times | `moments.rs` |
//! | units by name | `unit.rs` |
//! | Java's patterns | `pattern.rs`, `parse.rs` |
//! | instants and what clocks show: TO_LOCAL, TO_INSTANT | `local.rs` |

mod local;
mod moments;
mod parse;
mod parts;
mod pattern;
mod steps;
mod texts;
mod unit;

pub(super) use local::ALL as LOCAL;
pub(crate) use local::shown;
pub(crate) use parse::offset;
pub(super) use parts::ALL as PARTS;
pub(super) use steps::ALL as STEPS;
pub(super) use texts::ALL as TEXTS;
