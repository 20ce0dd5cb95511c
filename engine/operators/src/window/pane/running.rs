//! Totals from which panes can be taken away again, or which only grow until they begin anew: a cell for each key.

use state::Slot;

use super::cells::{Cells, NONE};
use super::panes::Pane;
use super::totals::{Present, Totals};

/// A running total of each key.
#[derive(Default)]
pub(super) struct Running {
    present: Present,
    /// By key; that of a key without rows means nothing.
    totals: Vec<Slot>,
}

impl Running {
    fn open(&mut self, key: Slot, cells: &mut Cells) -> Slot {
        if self.present.enter(key) {
            self.totals.resize(self.totals.len().max(key as usize + 1), NONE);
            self.totals[key as usize] = cells.take();
        }
        self.totals[key as usize]
    }
}

impl Totals for Running {
    fn add(&mut self, pane: &Pane, cells: &mut Cells) {
        let members = pane.members().iter();
        let pairs: Vec<_> = members.map(|member| (member.cell, self.open(member.key, cells))).collect();
        cells.merge(&pairs);
    }

    fn remove(&mut self, _: i64, pane: &Pane, cells: &mut Cells) {
        let (mut pairs, mut freed) = (Vec::with_capacity(pane.members().len()), Vec::new());
        for member in pane.members() {
            let total = self.totals[member.key as usize];
            if self.present.leave(member.key) {
                freed.push(total);
            } else {
                pairs.push((member.cell, total));
            }
        }
        cells.retract(&pairs);
        cells.give_back(&freed);
    }

    fn clear(&mut self, cells: &mut Cells) {
        let freed: Vec<_> = self.present.keys().iter().map(|key| self.totals[*key as usize]).collect();
        cells.give_back(&freed);
        self.present.clear();
    }

    fn enter(&mut self, _: i64, key: Slot, cells: &mut Cells) {
        self.open(key, cells);
    }

    fn spread(&self, _: i64, key: Slot, into: &mut Vec<Slot>) {
        into.push(self.totals[key as usize]);
    }

    fn keys(&self) -> &[Slot] {
        self.present.keys()
    }

    fn whole(&self) -> Option<&[Slot]> {
        Some(&self.totals)
    }

    fn copy(&self, keys: &[Slot], into: &[Slot], cells: &mut Cells) {
        let totals = keys.iter().map(|key| self.totals[*key as usize]);
        let pairs: Vec<_> = totals.zip(into.iter().copied()).collect();
        cells.merge(&pairs);
    }

    fn bytes(&self) -> usize {
        self.present.bytes() + size_of_val(&self.totals[..])
    }
}
