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
use state::Slot;

use super::super::columns::NONE;
use super::super::hash::JoinKind;

/// What leaves.
pub(super) struct Rules {
    /// By side: whether rows are out by themselves while they have a pair, or while they have none; if they ever are.
    alone: [Option<bool>; 2],
    /// Whether pairs leave.
    pub(super) pairs: bool,
    /// Rows that are not out by themselves, whatever pairs they have: those with whole keys, and those with a null.
    pub(super) in_doubt: [bool; 2],
}

impl Rules {
    pub(super) fn of(kind: JoinKind) -> Self {
        let without = |leaves: bool| leaves.then_some(false);
        let left = match kind {
            JoinKind::LeftSemi => Some(true),
            JoinKind::LeftAnti => Some(false),
            _ => without(kind.keeps_left()),
        };
        let alone = [left, without(kind.keeps_right())];
        Self { alone, pairs: !kind.is_about_left(), in_doubt: [false; 2] }
    }

    /// Whether rows of a side are ever out by themselves.
    pub(super) fn are_alone(&self, side: usize) -> bool {
        self.alone[side].is_some()
    }

    /// Whether a row of a side, of the key in this slot, is out by itself while it has a pair or while it has none.
    pub(super) fn alone(&self, side: usize, slot: Slot) -> Option<bool> {
        self.alone[side].filter(|_| !self.in_doubt[usize::from(slot == NONE)])
    }
}

/// What is said of a row that is added, or taken back.
pub(super) fn kind_of(is_added: bool) -> RowKind {
    if is_added { RowKind::Insert } else { RowKind::Delete }
}
