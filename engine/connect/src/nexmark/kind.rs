//! What kinds of events there are, and where in an epoch each of them stands.

use std::ops::Range;

use arrow_schema::Fields;

use super::values::Rule;
use super::{auction, bid, person};

/// Events of an epoch.
pub(super) const EPOCH: u64 = 50;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NexmarkKind {
    /// Somebody registers: one of fifty events.
    Person,
    /// Somebody offers something: three of fifty.
    Auction,
    /// Somebody offers a price: all others.
    Bid,
}

impl NexmarkKind {
    /// All of them, in the order in which they stand in an epoch.
    pub const ALL: [Self; 3] = [Self::Person, Self::Auction, Self::Bid];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Auction => "auction",
            Self::Bid => "bid",
        }
    }

    /// Its columns.
    pub(super) fn fields(self) -> Fields {
        self.rules().iter().map(Rule::field).collect()
    }

    /// How each of its columns is made.
    pub(super) fn rules(self) -> &'static [Rule] {
        match self {
            Self::Person => &person::RULES,
            Self::Auction => &auction::RULES,
            Self::Bid => &bid::RULES,
        }
    }

    /// Its place in [`Self::ALL`].
    pub(super) fn position(self) -> usize {
        self as usize
    }

    /// The places in an epoch.
    pub(super) fn places(self) -> Range<u64> {
        match self {
            Self::Person => 0..1,
            Self::Auction => 1..4,
            Self::Bid => 4..EPOCH,
        }
    }

    /// What stands in the column of kinds.
    pub(super) fn event_type(self) -> i32 {
        match self {
            Self::Person => 0,
            Self::Auction => 1,
            Self::Bid => 2,
        }
    }
}
