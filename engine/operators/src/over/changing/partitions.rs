//! The rows of every partition, sorted, and what was said of each.

use std::ops::Range;

use shuffle::Place;
use state::Slot;

/// A row of a partition.
pub(super) struct Entry {
    /// Its key in the order of the partition.
    pub(super) order: Box<[u8]>,
    pub(super) row: Place,
    /// The results that were said of it, if it was said.
    pub(super) said: Option<Place>,
}

/// All partitions, by slot.
#[derive(Default)]
pub(super) struct Partitions {
    entries: Vec<Vec<Entry>>,
    bytes: usize,
}

impl Partitions {
    /// Makes room for the slots below `end`.
    pub(super) fn grow(&mut self, end: usize) {
        self.entries.resize_with(end.max(self.entries.len()), Vec::new);
    }

    /// The rows of a partition, in order.
    pub(super) fn of(&self, slot: Slot) -> &[Entry] {
        &self.entries[slot as usize]
    }

    /// The same, to note what was said.
    pub(super) fn of_mut(&mut self, slot: Slot) -> &mut [Entry] {
        &mut self.entries[slot as usize]
    }

    /// Puts a row in its place, behind those that are sorted like it.
    pub(super) fn insert(&mut self, slot: Slot, entry: Entry) {
        self.bytes += bytes_of(&entry);
        let entries = &mut self.entries[slot as usize];
        let place = entries.partition_point(|each| each.order <= entry.order);
        entries.insert(place, entry);
    }

    /// The places of the rows that are sorted like this.
    pub(super) fn alike(&self, slot: Slot, order: &[u8]) -> Range<usize> {
        let entries = self.of(slot);
        let start = entries.partition_point(|each| *each.order < *order);
        start..start + entries[start..].partition_point(|each| *each.order == *order)
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, slot: Slot, place: usize) -> Entry {
        let entry = self.entries[slot as usize].remove(place);
        self.bytes -= bytes_of(&entry);
        entry
    }

    /// All rows of all partitions.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().flatten()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<Vec<Entry>>() + self.bytes
    }
}

fn bytes_of(entry: &Entry) -> usize {
    size_of::<Entry>() + entry.order.len()
}
