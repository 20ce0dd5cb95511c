//! What a kind of join says of pairs, and of rows by themselves.
//!
//! A row leaves by itself while it has no pair (outer and anti joins) or while it has one (semi joins). That is all in
//! which the kinds differ:
//!
//! ```text
//!   a row is added      its first pair: -D of its partner alone, or +I    then +I of each pair
//!   a row is taken back -D of each pair    then its partner's last pair is gone: +I of it alone, or -D
//! ```

use memory::RowKind;

use super::super::hash::JoinKind;

/// What leaves.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// By side: whether rows are out by themselves while they have a pair, or while they have none; if they ever are.
    pub(super) alone: [Option<bool>; 2],
    /// Whether pairs leave.
    pub(super) pairs: bool,
}

impl Rules {
    pub(super) fn of(kind: JoinKind) -> Self {
        let without = |leaves: bool| leaves.then_some(false);
        let left = match kind {
            JoinKind::LeftSemi => Some(true),
            JoinKind::LeftAnti => Some(false),
            _ => without(kind.keeps_left()),
        };
        Self { alone: [left, without(kind.keeps_right())], pairs: !kind.is_about_left() }
    }
}

/// What is said of a row that is added, or taken back.
pub(super) fn kind_of(is_added: bool) -> RowKind {
    if is_added { RowKind::Insert } else { RowKind::Delete }
}
