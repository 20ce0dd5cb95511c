//! The rows of each key in their order, and what changes when one comes or goes.
//!
//! ```text
//!   front  the first rows, which are said       n at most, sorted
//!   rest   those behind them                    only where rows are taken back: then the first of them moves up
//! ```
//!
//! Keeps, by slot, the keys and places of rows. Where rows only come, one that is behind the front is not looked at further.

use std::collections::BTreeMap;

use shuffle::Place;
use state::Slot;

/// The rankings of all keys.
pub(super) struct Rankings {
    order: Order,
    groups: Vec<Group>,
    /// How many rows have come.
    count: u64,
    bytes: usize,
}

/// Which rows of a key are its front.
#[derive(Clone, Copy)]
pub(super) struct Order {
    /// How many.
    pub(super) rows_max: usize,
    /// Whether the last that came comes first among those of the same key.
    pub(super) later_wins: bool,
    /// Whether the others are kept.
    pub(super) keeps_rest: bool,
}

/// The rows of a key.
#[derive(Default)]
struct Group {
    front: Vec<(Rank, Ranked)>,
    rest: BTreeMap<Rank, Ranked>,
    /// Whether a row has come since the key is known.
    has_begun: bool,
}

/// Where a row stands: by its key, and among those of the same by when it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    key: Box<[u8]>,
    turn: u64,
}

/// A row of a ranking.
#[derive(Clone, Copy)]
pub(super) struct Ranked {
    pub(super) place: Place,
    /// By which it is found where rows are taken back.
    pub(super) number: u32,
}

/// What a row that came has changed.
pub(super) struct Entered {
    /// Where it stands, from zero, if that is in the front. Those behind it stand one further back.
    pub(super) at: Option<usize>,
    /// The row that is in the front no more.
    pub(super) left: Option<Place>,
    /// Whether one row is not kept any more.
    pub(super) is_gone: bool,
}

/// What a row that is gone has changed.
pub(super) struct Left {
    pub(super) row: Ranked,
    /// Where it stood, if that was in the front. Those behind it stand one further ahead.
    pub(super) at: Option<usize>,
    /// Whether one has moved up into the front.
    pub(super) is_filled: bool,
}

impl Rankings {
    /// None, in this order.
    pub(super) fn new(order: Order) -> Self {
        Self { order, groups: Vec::new(), count: 0, bytes: 0 }
    }

    /// Whether a row with this key, if it came now, would be kept.
    pub(super) fn takes(&self, slot: Slot, key: &[u8]) -> bool {
        let Some(group) = self.groups.get(slot as usize) else { return true };
        let is_before = |(last, _): &(Rank, Ranked)| match self.order.later_wins {
            true => *key <= *last.key,
            false => *key < *last.key,
        };
        self.order.keeps_rest
            || group.front.len() < self.order.rows_max
            || group.front.last().is_some_and(is_before)
    }

    /// Whether a row of this key comes for the first time since it is known.
    pub(super) fn begins(&mut self, slot: Slot) -> bool {
        !std::mem::replace(&mut self.group(slot).has_begun, true)
    }

    /// Puts a row in its place. Says its turn, too: by that and its key it is found again.
    pub(super) fn enter(&mut self, slot: Slot, key: &[u8], row: Ranked) -> (Entered, u64) {
        let Order { rows_max, later_wins, keeps_rest } = self.order;
        let turn = if later_wins { u64::MAX - self.count } else { self.count };
        self.count += 1;
        self.bytes += bytes_of(key);
        let rank = Rank { key: key.into(), turn };
        let group = self.group(slot);
        let at = group.front.partition_point(|(each, _)| *each < rank);
        if at == rows_max {
            group.rest.insert(rank, row);
            return (Entered { at: None, left: None, is_gone: false }, turn);
        }
        group.front.insert(at, (rank, row));
        let left = if group.front.len() > rows_max { group.front.pop() } else { None };
        let left_place = left.as_ref().map(|(_, row)| row.place);
        let mut is_gone = false;
        if let Some((rank, row)) = left {
            if keeps_rest {
                group.rest.insert(rank, row);
            } else {
                self.bytes -= bytes_of(&rank.key);
                is_gone = true;
            }
        }
        (Entered { at: Some(at), left: left_place, is_gone }, turn)
    }

    /// Takes out the row of this key and turn.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(super) fn leave(&mut self, slot: Slot, key: &[u8], turn: u64) -> Left {
        self.bytes -= bytes_of(key);
        let rank = Rank { key: key.into(), turn };
        let group = self.group(slot);
        let Ok(at) = group.front.binary_search_by(|(each, _)| each.cmp(&rank)) else {
            let row = group.rest.remove(&rank).expect("a row that is known has a place");
            return Left { row, at: None, is_filled: false };
        };
        let (_, row) = group.front.remove(at);
        let next = group.rest.pop_first();
        let is_filled = next.is_some();
        group.front.extend(next);
        Left { row, at: Some(at), is_filled }
    }

    /// The places of the front of a key, in order.
    pub(super) fn front(&self, slot: Slot) -> impl ExactSizeIterator<Item = Place> + '_ {
        let front = self.groups.get(slot as usize).map_or(&[][..], |group| &group.front);
        front.iter().map(|(_, row)| row.place)
    }

    /// The places of all rows of a key, in the order in which they were to come to stand as they do.
    pub(super) fn all(&self, slot: Slot) -> Vec<Place> {
        let rest = self.groups.get(slot as usize).into_iter().flat_map(|group| group.rest.values());
        let mut places: Vec<Place> = self.front(slot).chain(rest.map(|row| row.place)).collect();
        if self.order.later_wins {
            places.reverse();
        }
        places
    }

    /// Whether a key has no rows.
    pub(super) fn is_empty(&self, slot: Slot) -> bool {
        self.front(slot).len() == 0
    }

    /// Takes the rows of a key out: those of the front, and those behind them.
    pub(super) fn take(&mut self, slot: Slot) -> [Vec<Ranked>; 2] {
        let group = std::mem::take(self.group(slot));
        let keys = group.front.iter().map(|(rank, _)| rank).chain(group.rest.keys());
        self.bytes -= keys.map(|rank| bytes_of(&rank.key)).sum::<usize>();
        let front = group.front.into_iter().map(|(_, row)| row);
        [front.collect(), group.rest.into_values().collect()]
    }

    /// The places of all rows, to be changed.
    pub(super) fn places(&mut self) -> Vec<&mut Place> {
        let rows = self
            .groups
            .iter_mut()
            .flat_map(|group| group.front.iter_mut().map(|(_, row)| row).chain(group.rest.values_mut()));
        rows.map(|row| &mut row.place).collect()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Group>() + self.bytes
    }

    fn group(&mut self, slot: Slot) -> &mut Group {
        let slot = slot as usize;
        if self.groups.len() <= slot {
            self.groups.resize_with(slot + 1, Group::default);
        }
        &mut self.groups[slot]
    }
}

fn bytes_of(key: &[u8]) -> usize {
    size_of::<(Rank, Ranked)>() + key.len()
}
