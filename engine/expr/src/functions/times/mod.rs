//! Functions of times. A TIMESTAMP has no zone: its parts are those that it is written with. The session's zone is UTC.
//!
//! | concept | file |
//! |---|---|
//! | what YEAR to NANOSECOND are of a time | `parts.rs` |
//! | times that move, differ, are cut: TIMESTAMPADD, FLOOR_TIME | `steps.rs` |
//! | times as text: DATE_FORMAT, TO_TIMESTAMP | `texts.rs` |
//! | a column of any times | `moments.rs` |
//! | units by name | `unit.rs` |
//! | Java's patterns | `pattern.rs`, `parse.rs` |
//! | time zones | `zones.rs` |

mod moments;
mod parse;
mod parts;
mod pattern;
mod steps;
mod texts;
mod unit;
mod zones;

pub(super) use parts::ALL as PARTS;
pub(super) use steps::ALL as STEPS;
pub(super) use texts::ALL as TEXTS;
