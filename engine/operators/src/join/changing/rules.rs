//! What a kind of join says of pairs, and of rows by themselves.
//!
//! A row leaves by itself while it has no pair (outer and anti joins), while it has one (semi joins) or always, with a mark
//! that says which (mark joins). That is all in which the kinds differ:
//!
//! Where rows are forgotten by time and none is taken back, a join may be patient: then a row that leaves while it has no pair
//! leaves when it is forgotten, and for good.
//!
//! ```text
//!   a row is added      its first pair: -D of its partner alone, or +I    then +I of each pair
//!   a row is taken back -D of each pair    then its partner's last pair is gone: +I of it alone, or -D
//! ```

use memory::RowKind;
use state::Slot;

use super::super::columns::NONE;
use super::super::hash::JoinKind;

/// When a row is out by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// While it has a pair.
    WithPair,
    /// While it has none.
    WithoutPair,
    /// Always, and its mark is whether it has a pair.
    Marked,
}

impl Alone {
    /// Whether it is out while it has a pair, or has none.
    pub(super) fn is_out(self, has_pair: bool) -> bool {
        match self {
            Self::WithPair => has_pair,
            Self::WithoutPair => !has_pair,
            Self::Marked => true,
        }
    }
}

/// What leaves.
pub(super) struct Rules {
    /// By side: when rows are out by themselves, if they ever are.
    alone: [Option<Alone>; 2],
    /// Whether pairs leave.
    pub(super) pairs: bool,
    /// Rows that are not out by themselves, whatever pairs they have: those with whole keys, and those with a null.
    pub(super) in_doubt: [bool; 2],
    /// Whether rows without a pair wait until they can have none.
    pub(super) is_patient: bool,
}

impl Rules {
    pub(super) fn of(kind: JoinKind) -> Self {
        let without = |leaves: bool| leaves.then_some(Alone::WithoutPair);
        let left = match kind {
            JoinKind::LeftSemi => Some(Alone::WithPair),
            JoinKind::LeftAnti => Some(Alone::WithoutPair),
            JoinKind::LeftMark => Some(Alone::Marked),
            _ => without(kind.keeps_left()),
        };
        let alone = [left, without(kind.keeps_right())];
        Self { alone, pairs: !kind.is_about_left(), in_doubt: [false; 2], is_patient: false }
    }

    /// Whether rows of a side are ever out by themselves.
    pub(super) fn are_alone(&self, side: usize) -> bool {
        self.alone[side].is_some()
    }

    /// When a row of a side, of the key in this slot, is out by itself, if it ever is.
    pub(super) fn alone(&self, side: usize, slot: Slot) -> Option<Alone> {
        self.alone[side].filter(|_| !self.in_doubt[usize::from(slot == NONE)])
    }

    /// Whether rows of a side are said when they are forgotten, if they had no pair.
    pub(super) fn wait(&self, side: usize) -> bool {
        self.is_patient && self.alone[side] == Some(Alone::WithoutPair)
    }
}

/// What is said of a row that is added, or taken back.
pub(super) fn kind_of(is_added: bool) -> RowKind {
    if is_added { RowKind::Insert } else { RowKind::Delete }
}
