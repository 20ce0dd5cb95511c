//! The rows of each key in their order, and what happens when one comes or goes.
//!
//! ```text
//!   front  the first rows, which are said       n at most, sorted
//!   rest   those behind them                    only where rows are taken back: then the first of them moves up
//! ```
//!
//! Keeps, by slot, the keys and places of rows. Where rows only come, one that is behind the front is not looked at further.
//! Of rows with the same key the first that came comes first, or the last: they stand so in the front, and have a number of
//! their turn where there is a rest.

use std::collections::BTreeMap;

use memory::KeptKey;
use shuffle::Place;
use state::Slot;

use super::front::{Front, Ranked, Standing};

/// The rankings of all keys.
pub(super) struct Rankings {
    order: Order,
    /// By slot.
    fronts: Vec<Front>,
    /// By slot, where there is a rest.
    rests: Vec<BTreeMap<Rank, Ranked>>,
    /// By number, where there is a rest: when that row came.
    turns: Vec<u64>,
    /// By slot, where windows end: whether a row has come since the key is known.
    begun: Vec<bool>,
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

/// Where a row of a rest stands: by its key, and among those of the same by when it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    key: KeptKey,
    turn: u64,
}

impl Rankings {
    /// None, in this order.
    pub(super) fn new(order: Order) -> Self {
        let (fronts, rests, turns, begun) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { order, fronts, rests, turns, begun, count: 0, bytes: 0 }
    }

    /// There are keys of these slots.
    pub(super) fn widen(&mut self, slots_end: usize) {
        if self.fronts.len() < slots_end {
            self.fronts.resize_with(slots_end, Front::default);
        }
        if self.order.keeps_rest && self.rests.len() < slots_end {
            self.rests.resize_with(slots_end, BTreeMap::new);
        }
    }

    /// Whether a row with this key, if it came now, would be kept.
    #[inline]
    pub(super) fn takes(&self, slot: Slot, key: &[u8]) -> bool {
        let Order { rows_max, later_wins, keeps_rest } = self.order;
        let front = self.fronts[slot as usize].rows();
        let is_before = |last: &Standing| match later_wins {
            true => key <= last.key.bytes(),
            false => key < last.key.bytes(),
        };
        keeps_rest || front.len() < rows_max || front.last().is_some_and(is_before)
    }

    /// Whether a row of this key comes for the first time since it is known.
    pub(super) fn begins(&mut self, slot: Slot) -> bool {
        self.begun.resize(self.begun.len().max(slot as usize + 1), false);
        !std::mem::replace(&mut self.begun[slot as usize], true)
    }

    /// Puts a row that it takes in its place. Says which one is not kept any more.
    pub(super) fn enter(&mut self, slot: Slot, key: &[u8], row: Ranked) -> Option<Ranked> {
        let Order { rows_max, later_wins, keeps_rest } = self.order;
        if keeps_rest {
            let number = row.number as usize;
            self.turns.resize(self.turns.len().max(number + 1), 0);
            self.turns[number] = if later_wins { u64::MAX - self.count } else { self.count };
            self.count += 1;
        }
        let key = KeptKey::of(key);
        self.bytes += key.bytes_beside();
        let front = &mut self.fronts[slot as usize];
        let is_before = |each: &Standing| if later_wins { each.key < key } else { each.key <= key };
        let at = front.rows().partition_point(is_before);
        if at == rows_max {
            self.push_back(slot, Standing { key, row });
            return None;
        }
        let before = front.bytes_beside();
        let is_full = front.rows().len() == rows_max;
        let last = is_full.then(|| front.remove(rows_max - 1));
        front.insert(at, Standing { key, row }, rows_max);
        self.bytes += front.bytes_beside() - before;
        let last = last?;
        if keeps_rest {
            self.push_back(slot, last);
            return None;
        }
        self.bytes -= last.key.bytes_beside();
        Some(last.row)
    }

    /// A row is behind the front.
    fn push_back(&mut self, slot: Slot, Standing { key, row }: Standing) {
        let turn = self.turns[row.number as usize];
        self.bytes += size_of::<(Rank, Ranked)>();
        self.rests[slot as usize].insert(Rank { key, turn }, row);
    }

    /// Takes out the row of this key and number, where there is a rest.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(super) fn leave(&mut self, slot: Slot, key: &[u8], number: u32) -> Ranked {
        let (front, rest) = (&mut self.fronts[slot as usize], &mut self.rests[slot as usize]);
        let rank = Rank { key: KeptKey::of(key), turn: self.turns[number as usize] };
        self.bytes -= rank.key.bytes_beside();
        let first = front.rows().partition_point(|each| each.key < rank.key);
        let behind = &front.rows()[first..];
        let mut equal = behind.iter().take_while(|each| each.key == rank.key);
        let Some(at) = equal.position(|each| each.row.number == number) else {
            self.bytes -= size_of::<(Rank, Ranked)>();
            return rest.remove(&rank).expect("a row that is known has a place");
        };
        let gone = front.remove(first + at).row;
        if let Some((Rank { key, .. }, row)) = rest.pop_first() {
            self.bytes -= size_of::<(Rank, Ranked)>();
            let last = front.rows().len();
            front.insert(last, Standing { key, row }, self.order.rows_max);
        }
        gone
    }

    /// The places of the front of a key, in order.
    pub(super) fn front(&self, slot: Slot) -> impl ExactSizeIterator<Item = Place> + '_ {
        let front = self.fronts.get(slot as usize).map_or(&[][..], Front::rows);
        front.iter().map(|each| each.row.place)
    }

    /// The same, to be changed.
    pub(super) fn front_mut(&mut self, slot: Slot) -> impl Iterator<Item = &mut Place> {
        self.fronts[slot as usize].rows_mut().iter_mut().map(|each| &mut each.row.place)
    }

    /// The places of all rows of a key, in the order in which they were to come to stand as they do.
    pub(super) fn all(&self, slot: Slot) -> Vec<Place> {
        let rest = self.rests.get(slot as usize).into_iter().flat_map(BTreeMap::values);
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
        let slot = slot as usize;
        let front = self.fronts.get_mut(slot).map(std::mem::take).unwrap_or_default();
        let rest = self.rests.get_mut(slot).map(std::mem::take).unwrap_or_default();
        self.begun.get_mut(slot).into_iter().for_each(|begun| *begun = false);
        let keys = front.rows().iter().map(|each| &each.key).chain(rest.keys().map(|rank| &rank.key));
        let keys: usize = keys.map(KeptKey::bytes_beside).sum();
        self.bytes -= keys + front.bytes_beside() + rest.len() * size_of::<(Rank, Ranked)>();
        [front.rows().iter().map(|each| each.row).collect(), rest.into_values().collect()]
    }

    /// The places of all rows, to be changed.
    pub(super) fn places(&mut self) -> Vec<&mut Place> {
        let front = self.fronts.iter_mut().flat_map(|front| front.rows_mut()).map(|each| &mut each.row);
        let rest = self.rests.iter_mut().flat_map(BTreeMap::values_mut);
        front.chain(rest).map(|row| &mut row.place).collect()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let rests = self.rests.capacity() * size_of::<BTreeMap<Rank, Ranked>>() + self.turns.capacity() * 8;
        self.fronts.capacity() * size_of::<Front>() + rests + self.begun.capacity() + self.bytes
    }
}
