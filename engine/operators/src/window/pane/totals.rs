//! What is known of the window that comes next: the panes of it that are over, added up for each key.
//!
//! ```text
//!   next window       │▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░│
//!   panes in totals    ▓▓▓▓▓▓▓▓▓▓▓▓▓▓       ░ comes when the window is over
//! ```
//!
//! When a window has been sent, the panes that the next one has not are taken away. So a window costs the panes that come
//! and those that go, not those that it has.

use state::Slot;

use super::cells::Cells;
use super::panes::{Pane, Panes};

/// Totals of the keys.
pub(super) trait Totals {
    /// Adds a pane, behind all that are in.
    fn add(&mut self, pane: &Pane, cells: &mut Cells);

    /// Takes the first pane away.
    fn remove(&mut self, number: i64, pane: &Pane, cells: &mut Cells);

    /// Takes all panes away.
    fn clear(&mut self, cells: &mut Cells);

    /// Puts in order what is in, after some was removed; these are the panes. Says whether there is more to be done.
    fn turn(&mut self, _range: std::ops::Range<i64>, _panes: &Panes, _cells: &mut Cells) -> bool {
        false
    }

    /// A key has got its first row in a pane that is in already.
    fn enter(&mut self, number: i64, key: Slot, cells: &mut Cells);

    /// All cells that a row of this key in a pane that is in must be added to.
    fn spread(&self, number: i64, key: Slot, into: &mut Vec<Slot>);

    /// The keys that have rows.
    fn keys(&self) -> &[Slot];

    /// By key, the one cell that knows all of it, if there is such a one: it need not be copied to be sent.
    fn whole(&self) -> Option<&[Slot]> {
        None
    }

    /// Adds what is known of each key to the cell in its place.
    fn copy(&self, keys: &[Slot], into: &[Slot], cells: &mut Cells);

    /// About how much memory it takes.
    fn bytes(&self) -> usize;
}

/// The keys that have rows in some panes.
#[derive(Default)]
pub(super) struct Present {
    keys: Vec<Slot>,
    /// By key: in how many of the panes it has rows, and where it stands in `keys`.
    counts: Vec<(u32, u32)>,
}

impl Present {
    pub(super) fn keys(&self) -> &[Slot] {
        &self.keys
    }

    /// A key has rows in one more pane. Says whether that is the first.
    pub(super) fn enter(&mut self, key: Slot) -> bool {
        let at = key as usize;
        self.counts.resize(self.counts.len().max(at + 1), (0, 0));
        let (count, place) = &mut self.counts[at];
        *count += 1;
        if *count > 1 {
            return false;
        }
        *place = u32::try_from(self.keys.len()).expect("no more keys than slots");
        self.keys.push(key);
        true
    }

    /// A key has rows in one pane less. Says whether that was the last.
    pub(super) fn leave(&mut self, key: Slot) -> bool {
        let (count, place) = &mut self.counts[key as usize];
        *count -= 1;
        if *count > 0 {
            return false;
        }
        let place = *place;
        self.keys.swap_remove(place as usize);
        if let Some(moved) = self.keys.get(place as usize) {
            self.counts[*moved as usize].1 = place;
        }
        true
    }

    /// No key has rows.
    pub(super) fn clear(&mut self) {
        for key in self.keys.drain(..) {
            self.counts[key as usize].0 = 0;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.keys[..]) + size_of_val(&self.counts[..])
    }
}
