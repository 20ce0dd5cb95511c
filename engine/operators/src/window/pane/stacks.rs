//! Totals of what cannot be taken away again: two stacks of panes.
//!
//! ```text
//!                        boundary
//!   panes         3    4    5  │  6    7
//!   a key's       345 ─► 45 ─► 5      67        the window is what the first of the front and the back know together
//!                 └── front ──┘      back
//! ```
//!
//! A pane comes to the back: one addition. The first pane goes: the front loses its first cell. When the front has lost
//! its last one, the stacks are turned: the panes of the back become the front, each with all that follow it. So a pane
//! is added twice in its life, whatever number of panes a window has. A key has a cell of the front only for the panes in
//! which it has rows.
//!
//! A row for a pane of the front, behind its watermark, is added to all cells before it.

use std::ops::Range;

use state::Slot;

use super::cells::{Cells, NONE};
use super::panes::{Pane, Panes};
use super::totals::{Present, Totals};

/// Two stacks for each key, with the same boundary.
pub(super) struct Stacks {
    present: Present,
    /// By key: the first cell of its front and the cell of its back, or none.
    stacks: Vec<Stack>,
    /// By cell of a front.
    links: Vec<Link>,
    /// The first pane of the back.
    boundary: i64,
    /// While they are turned: the panes from here on are done.
    turning: Option<i64>,
}

#[derive(Clone, Copy)]
struct Stack {
    front: Slot,
    back: Slot,
}

const EMPTY: Stack = Stack { front: NONE, back: NONE };

#[derive(Clone, Copy)]
struct Link {
    pane: i64,
    /// The cell of the key's next pane.
    next: Slot,
}

impl Stacks {
    /// Nothing is in, and what comes next comes to the back.
    pub(super) fn new() -> Self {
        let boundary = i64::MIN;
        Self { present: Present::default(), stacks: Vec::new(), links: Vec::new(), boundary, turning: None }
    }

    fn enter_present(&mut self, key: Slot) {
        if self.present.enter(key) {
            self.stacks.resize(self.stacks.len().max(key as usize + 1), EMPTY);
        }
    }

    fn back(&mut self, key: Slot, cells: &mut Cells) -> Slot {
        let back = &mut self.stacks[key as usize].back;
        if *back == NONE {
            *back = cells.take();
        }
        *back
    }

    /// A new cell of a front.
    fn link(&mut self, pane: i64, next: Slot, cells: &mut Cells) -> Slot {
        let cell = cells.take();
        self.links.resize(self.links.len().max(cells.end()), Link { pane: 0, next: NONE });
        self.links[cell as usize] = Link { pane, next };
        cell
    }

    /// The cells of a key's front.
    fn front(&self, key: Slot) -> impl Iterator<Item = (Slot, Link)> {
        let link = |cell: Slot| (cell != NONE).then(|| (cell, self.links[cell as usize]));
        std::iter::successors(link(self.stacks[key as usize].front), move |(_, at)| link(at.next))
    }

    fn empty_backs(&mut self, cells: &mut Cells) {
        let mut freed = Vec::with_capacity(self.present.keys().len());
        for key in self.present.keys() {
            let back = std::mem::replace(&mut self.stacks[*key as usize].back, NONE);
            freed.extend((back != NONE).then_some(back));
        }
        cells.give_back(&freed);
    }

    /// Puts a pane before the front.
    fn push(&mut self, number: i64, pane: &Pane, cells: &mut Cells) {
        let (mut own, mut following) = (Vec::with_capacity(pane.members().len()), Vec::new());
        for member in pane.members() {
            let next = self.stacks[member.key as usize].front;
            let cell = self.link(number, next, cells);
            self.stacks[member.key as usize].front = cell;
            own.push((member.cell, cell));
            following.extend((next != NONE).then_some((next, cell)));
        }
        cells.merge(&own);
        cells.merge(&following);
    }
}

impl Totals for Stacks {
    fn add(&mut self, pane: &Pane, cells: &mut Cells) {
        let mut pairs = Vec::with_capacity(pane.members().len());
        for member in pane.members() {
            self.enter_present(member.key);
            pairs.push((member.cell, self.back(member.key, cells)));
        }
        cells.merge(&pairs);
    }

    fn remove(&mut self, number: i64, pane: &Pane, cells: &mut Cells) {
        let mut freed = Vec::with_capacity(pane.members().len());
        for member in pane.members() {
            let is_gone = self.present.leave(member.key);
            let stack = &mut self.stacks[member.key as usize];
            if number < self.boundary {
                freed.push(stack.front);
                stack.front = self.links[stack.front as usize].next;
            }
            // A pane of the back stays in it until the stacks are turned, which is next.
            if is_gone && stack.back != NONE {
                freed.push(stack.back);
                stack.back = NONE;
            }
        }
        cells.give_back(&freed);
    }

    fn clear(&mut self, _: &mut Cells) {
        unreachable!("windows that begin anew need one total only")
    }

    fn turn(&mut self, range: Range<i64>, panes: &Panes, cells: &mut Cells) -> bool {
        let done_from = match self.turning {
            Some(done_from) => done_from,
            None if range.start <= self.boundary || self.present.keys().is_empty() => return false,
            None => {
                self.empty_backs(cells);
                range.end
            }
        };
        let next = panes.last_in(range.start..done_from);
        if let Some((number, pane)) = next {
            self.push(number, pane, cells);
        } else {
            self.boundary = range.end;
        }
        self.turning = next.map(|(number, _)| number);
        self.turning.is_some()
    }

    fn enter(&mut self, number: i64, key: Slot, cells: &mut Cells) {
        self.enter_present(key);
        if number >= self.boundary {
            self.back(key, cells);
            return;
        }
        let before = self.front(key).take_while(|(_, link)| link.pane < number).last().map(|(cell, _)| cell);
        let next = before.map_or(self.stacks[key as usize].front, |before| self.links[before as usize].next);
        let cell = self.link(number, next, cells);
        match before {
            Some(before) => self.links[before as usize].next = cell,
            None => self.stacks[key as usize].front = cell,
        }
        if next != NONE {
            cells.merge(&[(next, cell)]);
        }
    }

    fn spread(&self, number: i64, key: Slot, into: &mut Vec<Slot>) {
        if number >= self.boundary {
            into.push(self.stacks[key as usize].back);
            return;
        }
        into.extend(self.front(key).take_while(|(_, link)| link.pane <= number).map(|(cell, _)| cell));
    }

    fn keys(&self) -> &[Slot] {
        self.present.keys()
    }

    fn copy(&self, keys: &[Slot], into: &[Slot], cells: &mut Cells) {
        let (mut fronts, mut backs) = (Vec::with_capacity(keys.len()), Vec::with_capacity(keys.len()));
        for (key, into) in keys.iter().zip(into) {
            let stack = self.stacks[*key as usize];
            fronts.extend((stack.front != NONE).then_some((stack.front, *into)));
            backs.extend((stack.back != NONE).then_some((stack.back, *into)));
        }
        cells.merge(&fronts);
        cells.merge(&backs);
    }

    fn bytes(&self) -> usize {
        self.present.bytes() + size_of_val(&self.stacks[..]) + size_of_val(&self.links[..])
    }
}
