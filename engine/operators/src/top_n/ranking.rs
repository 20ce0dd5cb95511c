//! The rows of each key in their order, and what a new one changes.
//!
//! Keeps, by slot, the first rows' keys and places, sorted. A row that comes behind all of them is not looked at further.

use shuffle::Place;
use state::Slot;

/// The rankings of all keys.
pub(super) struct Rankings {
    rows_max: usize,
    groups: Vec<Vec<Ranked>>,
    bytes: usize,
}

/// A row of a ranking.
pub(super) struct Ranked {
    pub(super) key: Box<[u8]>,
    pub(super) place: Place,
}

/// What a row that got in has changed.
pub(super) struct Entered {
    /// Where it stands, from zero. Those behind it stand one further back.
    pub(super) at: usize,
    /// The row that has no place any more.
    pub(super) left: Option<Ranked>,
}

impl Rankings {
    /// None, of so many rows at most.
    pub(super) fn new(rows_max: usize) -> Self {
        Self { rows_max, groups: Vec::new(), bytes: 0 }
    }

    /// Whether a row with this key gets in.
    pub(super) fn takes(&self, slot: Slot, key: &[u8]) -> bool {
        let Some(group) = self.groups.get(slot as usize) else { return true };
        // Of equal keys the first that came comes first.
        group.len() < self.rows_max || group.last().is_some_and(|last| *key < *last.key)
    }

    /// Puts a row in its place, behind those of the same key.
    pub(super) fn enter(&mut self, slot: Slot, key: &[u8], place: Place) -> Entered {
        let slot = slot as usize;
        if self.groups.len() <= slot {
            self.groups.resize_with(slot + 1, Vec::new);
        }
        let group = &mut self.groups[slot];
        let at = group.partition_point(|ranked| *ranked.key <= *key);
        group.insert(at, Ranked { key: key.into(), place });
        self.bytes += bytes_of(key);
        let left = if group.len() > self.rows_max { group.pop() } else { None };
        self.bytes -= left.as_ref().map_or(0, |left| bytes_of(&left.key));
        Entered { at, left }
    }

    /// The rows of a key, in order.
    pub(super) fn of(&self, slot: Slot) -> &[Ranked] {
        self.groups.get(slot as usize).map_or(&[], Vec::as_slice)
    }

    /// Takes the rows of a key out.
    pub(super) fn take(&mut self, slot: Slot) -> Vec<Ranked> {
        let group = self.groups.get_mut(slot as usize).map(std::mem::take).unwrap_or_default();
        self.bytes -= group.iter().map(|ranked| bytes_of(&ranked.key)).sum::<usize>();
        group
    }

    /// The places of all rows, to be changed.
    pub(super) fn places(&mut self) -> Vec<&mut Place> {
        self.groups.iter_mut().flatten().map(|ranked| &mut ranked.place).collect()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<Ranked>>() + self.bytes
    }
}

fn bytes_of(key: &[u8]) -> usize {
    size_of::<Ranked>() + key.len()
}
