//! The panes in which there are rows, and the keys of each.
//!
//! A pane finds a key's cell by a table of its own: only the panes to which rows come are looked at, and their tables fit
//! into the caches. A pane that has been added up is sealed: its table goes, and comes again should a row come after all.

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashTable;
use state::Slot;

use super::cells::Cells;
use crate::rows::BATCH_ROWS;

/// A key that has rows in a pane, and the cell that knows of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) key: Slot,
    pub(super) cell: Slot,
}

/// The rows of a pane.
#[derive(Default)]
pub(super) struct Pane {
    /// In the order in which they came.
    members: Vec<Member>,
    table: Option<HashTable<Member>>,
}

/// The panes by number.
#[derive(Default)]
pub(super) struct Panes {
    panes: BTreeMap<i64, Pane>,
    /// By key, in how many panes it has rows.
    alive: Vec<u32>,
    /// Of all panes.
    members: usize,
    /// Keys that were new in a pane, kept for the memory.
    fresh: Vec<Slot>,
}

/// Slots are small numbers; their hash has something in its highest bits too.
#[inline(always)]
fn hash(key: Slot) -> u64 {
    u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Pane {
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The cell of a key, and whether it is a new one.
    #[inline]
    fn open(&mut self, key: Slot, cells: &mut Cells) -> (Slot, bool) {
        let members = &mut self.members;
        let table = self.table.get_or_insert_with(|| table_of(members));
        if let Some(member) = table.find(hash(key), |member| member.key == key) {
            return (member.cell, false);
        }
        let member = Member { key, cell: cells.take() };
        table.insert_unique(hash(key), member, |member| hash(member.key));
        members.push(member);
        (member.cell, true)
    }

    /// The cell of a key, if it has rows here.
    fn find(&mut self, key: Slot) -> Option<Slot> {
        let members = &self.members;
        let table = self.table.get_or_insert_with(|| table_of(members));
        table.find(hash(key), |member| member.key == key).map(|member| member.cell)
    }
}

fn table_of(members: &[Member]) -> HashTable<Member> {
    let mut table = HashTable::with_capacity(members.len());
    for member in members {
        table.insert_unique(hash(member.key), *member, |member| hash(member.key));
    }
    table
}

impl Panes {
    /// The cells of these keys in a pane, behind what is in `found`. Says which keys have their first row in it.
    pub(super) fn open(
        &mut self,
        pane: i64,
        keys: &[Slot],
        cells: &mut Cells,
        found: &mut Vec<Slot>,
    ) -> &[Slot] {
        self.fresh.clear();
        let pane = self.panes.entry(pane).or_default();
        for key in keys {
            let (cell, is_new) = pane.open(*key, cells);
            found.push(cell);
            if is_new {
                self.fresh.push(*key);
            }
        }
        self.members += self.fresh.len();
        for key in &self.fresh {
            self.alive.resize(self.alive.len().max(*key as usize + 1), 0);
            self.alive[*key as usize] += 1;
        }
        &self.fresh
    }

    /// No row is expected in this pane any more.
    pub(super) fn seal(&mut self, pane: i64) {
        if let Some(pane) = self.panes.get_mut(&pane) {
            pane.table = None;
        }
    }

    /// The first pane of these that has rows.
    pub(super) fn first_in(&self, panes: Range<i64>) -> Option<(i64, &Pane)> {
        if panes.is_empty() {
            return None;
        }
        self.panes.range(panes).next().map(|(number, pane)| (*number, pane))
    }

    /// The last pane of these that has rows.
    pub(super) fn last_in(&self, panes: Range<i64>) -> Option<(i64, &Pane)> {
        if panes.is_empty() {
            return None;
        }
        self.panes.range(panes).next_back().map(|(number, pane)| (*number, pane))
    }

    /// The cells of a key in these panes.
    pub(super) fn cells_of(&mut self, key: Slot, panes: Range<i64>) -> Vec<(i64, Slot)> {
        let panes = self.panes.range_mut(panes);
        panes.filter_map(|(number, pane)| Some((*number, pane.find(key)?))).collect()
    }

    /// Takes rows away from the first pane, if it comes before `end`: those of so many keys that it does not take long.
    /// Calls `gone` for every key that has no rows in any other pane. Says whether there may be more to be taken.
    pub(super) fn drop_some(&mut self, end: i64, cells: &mut Cells, mut gone: impl FnMut(Slot)) -> bool {
        let Some(mut first) = self.panes.first_entry().filter(|first| *first.key() < end) else {
            return false;
        };
        let pane = first.get_mut();
        let dropped = pane.members.split_off(pane.members.len().saturating_sub(BATCH_ROWS));
        if pane.members.is_empty() {
            first.remove();
        }
        self.members -= dropped.len();
        let freed: Vec<Slot> = dropped.iter().map(|member| member.cell).collect();
        cells.give_back(&freed);
        for member in &dropped {
            let alive = &mut self.alive[member.key as usize];
            *alive -= 1;
            if *alive == 0 {
                gone(member.key);
            }
        }
        true
    }

    /// All panes, the first one first.
    pub(super) fn all(&self) -> impl Iterator<Item = (i64, &Pane)> {
        self.panes.iter().map(|(number, pane)| (*number, pane))
    }

    /// About how much memory they take: a member and its place in a table that is half full.
    pub(super) fn bytes(&self) -> usize {
        3 * self.members * size_of::<Member>() + size_of_val(&self.alive[..])
    }
}
