//! Totals by page, in memory that was reserved before it was used.
//!
//! ```text
//!   slots   hash ─► place          entries   hash │ page │ total        texts   //books/p/17/tools…
//! ```
//!
//! Thin: the hash table of `operators`. It grows by doubling, and for the moment of copying both halves count.
//! That moment is the longest step of the demo, some milliseconds for a hundred thousand pages; theirs will grow in pieces.
//! A refusal changes nothing: whoever owns the table empties it to disk and comes back.

use hashbrown::HashTable;
use memory::{Lease, Reservation};

use super::total::Total;

mod ordered;

pub(crate) use ordered::Ordered;

/// The hash buckets of an empty table: small enough for a subtask with 64 KiB.
const BUCKETS_LEAST: usize = 512;
/// The bytes for names in an empty table; no name is longer.
const TEXT_LEAST: usize = 16 << 10;
/// Places in the texts are 32 bits wide.
const TEXT_MOST: usize = u32::MAX as usize;

#[derive(Debug)]
pub(crate) struct Table {
    slots: HashTable<u32>,
    entries: Vec<Entry>,
    texts: Vec<u8>,
    buckets: usize,
    reservation: Reservation,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    text: (u32, u32),
    total: Total,
}

impl Table {
    /// An empty table, if the lease has room for that.
    pub(crate) fn within(lease: &Lease) -> Option<Self> {
        let reservation = lease.reserve(Self::bytes_least())?;
        let rows = rows_in(BUCKETS_LEAST);
        let (slots, entries) = (HashTable::with_capacity(rows), Vec::with_capacity(rows));
        let texts = Vec::with_capacity(TEXT_LEAST);
        Some(Self { slots, entries, texts, buckets: BUCKETS_LEAST, reservation })
    }

    /// What an empty table needs.
    pub(crate) fn bytes_least() -> u64 {
        bytes_of(BUCKETS_LEAST) + TEXT_LEAST as u64
    }

    /// Adds a click, or whatever `total` is about. `false` when there is no memory for one more page; then
    /// nothing has changed.
    #[must_use = "a total that was not taken is lost"]
    pub(crate) fn add(&mut self, hash: u64, page: &str, total: Total) -> bool {
        let (entries, texts) = (&self.entries, &self.texts);
        let is_same = |slot: &u32| {
            let entry = &entries[*slot as usize];
            entry.hash == hash && text_of(texts, entry) == page.as_bytes()
        };
        if let Some(slot) = self.slots.find(hash, is_same) {
            self.entries[*slot as usize].total.add(total);
            return true;
        }
        if !self.make_room(page.len()) {
            return false;
        }
        let slot = u32::try_from(self.entries.len()).expect("fewer pages than bytes of their names");
        let start = u32::try_from(self.texts.len()).expect("bounded by TEXT_MOST");
        let length = u32::try_from(page.len()).expect("bounded by TEXT_MOST");
        self.texts.extend_from_slice(page.as_bytes());
        self.entries.push(Entry { hash, text: (start, length), total });
        self.slots.insert_unique(hash, slot, |slot| self.entries[*slot as usize].hash);
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes sure that a page with so long a name fits.
    fn make_room(&mut self, text_bytes: usize) -> bool {
        (self.entries.len() < rows_in(self.buckets) || self.double_rows())
            && (self.texts.capacity() - self.texts.len() >= text_bytes || self.double_texts(text_bytes))
    }

    fn double_rows(&mut self) -> bool {
        let (more, less) = (bytes_of(self.buckets * 2), bytes_of(self.buckets));
        if !self.reservation.grow(more) {
            return false;
        }
        self.buckets *= 2;
        let additional = rows_in(self.buckets) - self.entries.len();
        self.entries.reserve_exact(additional);
        self.slots.reserve(additional, |slot| self.entries[*slot as usize].hash);
        debug_assert!(self.slots.allocation_size() as u64 <= slot_bytes(self.buckets));
        self.reservation.shrink(less);
        true
    }

    fn double_texts(&mut self, text_bytes: usize) -> bool {
        let less = self.texts.capacity();
        let more = (less * 2).max(self.texts.len() + text_bytes);
        if more > TEXT_MOST || !self.reservation.grow(more as u64) {
            return false;
        }
        self.texts.reserve_exact(more - self.texts.len());
        self.reservation.shrink(less as u64);
        true
    }
}

fn text_of<'a>(texts: &'a [u8], entry: &Entry) -> &'a [u8] {
    let (start, length) = (entry.text.0 as usize, entry.text.1 as usize);
    &texts[start..start + length]
}

/// An eighth of the buckets stays free.
fn rows_in(buckets: usize) -> usize {
    buckets / 8 * 7
}

/// A slot and its tag for each bucket, and one group of tags more.
fn slot_bytes(buckets: usize) -> u64 {
    (buckets * (size_of::<u32>() + 1) + 16) as u64
}

fn bytes_of(buckets: usize) -> u64 {
    slot_bytes(buckets) + (rows_in(buckets) * size_of::<Entry>()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::total::Totals;

    fn pages(table: Table) -> (Vec<(String, i64)>, Table) {
        let mut ordered = Ordered::of(table);
        while ordered.sort_some() {}
        let mut pages = Vec::new();
        for batch in &mut ordered {
            let totals = Totals::open(&batch);
            pages.extend(
                (0..totals.rows()).map(|row| (totals.page(row).to_owned(), totals.total(row).clicks)),
            );
        }
        (pages, ordered.into_empty())
    }

    #[test]
    fn pages_with_one_hash_stay_apart() {
        let mut table = Table::within(&Lease::root("managed", 1 << 20)).unwrap();
        for page in ["/b", "/a", "/b"] {
            assert!(table.add(7, page, Total::of(1, 1)));
        }
        assert_eq!(pages(table).0, [("/a".to_owned(), 1), ("/b".to_owned(), 2)]);
    }

    #[test]
    fn a_table_grows_to_its_lease_and_not_beyond() {
        let lease = Lease::root("managed", 1 << 20);
        let mut table = Table::within(&lease).unwrap();
        let hash = |page: usize| (page as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let taken =
            (0..).take_while(|page| table.add(hash(*page), &format!("/page/{page:020}"), Total::of(1, 1)));
        let taken = taken.count();
        assert!(taken > 5_000, "{taken}");
        assert!(lease.figures().peak <= 1 << 20);
        assert!(
            table.add(hash(0), &format!("/page/{:020}", 0), Total::of(1, 1)),
            "a page that is there needs no room"
        );
        let (pages, mut table) = pages(table);
        assert_eq!(pages.len(), taken);
        assert!(pages.is_sorted());
        assert!(table.is_empty());
        assert!(table.add(hash(0), "/", Total::of(1, 1)));
        drop(table);
        assert_eq!(lease.figures().used, 0);
    }

    #[test]
    fn a_lease_without_room_has_no_table() {
        assert!(Table::within(&Lease::root("managed", Table::bytes_least() - 1)).is_none());
        assert!(Table::within(&Lease::root("managed", Table::bytes_least())).is_some());
    }
}
