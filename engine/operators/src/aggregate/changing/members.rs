//! Which members each slot has, in no order: lists that are linked both ways, in columns.
//!
//! ```text
//!   slot   first              member  before  behind
//!      0       4 ───────────►      4      –       1
//!                                  1      4       –
//! ```

use state::Slot;

/// The end of a list, either way.
const NONE: u32 = u32::MAX;
/// Before a member that is in no list.
const OUT: u32 = u32::MAX - 1;

/// Members by slot.
#[derive(Default)]
pub(super) struct Members {
    first: Vec<u32>,
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    before: u32,
    behind: u32,
}

impl Members {
    /// Makes room for members below `end`.
    pub(super) fn grow(&mut self, end: usize) {
        self.links.resize(end.max(self.links.len()), Link { before: OUT, behind: NONE });
    }

    pub(super) fn is_in(&self, member: u32) -> bool {
        self.links[member as usize].before != OUT
    }

    /// A member comes to a slot.
    pub(super) fn enter(&mut self, slot: Slot, member: u32) {
        let slot = slot as usize;
        if self.first.len() <= slot {
            self.first.resize(slot + 1, NONE);
        }
        let behind = std::mem::replace(&mut self.first[slot], member);
        if behind != NONE {
            self.links[behind as usize].before = member;
        }
        self.links[member as usize] = Link { before: NONE, behind };
    }

    /// A member of this slot goes.
    pub(super) fn leave(&mut self, slot: Slot, member: u32) {
        let out = Link { before: OUT, behind: NONE };
        let Link { before, behind } = std::mem::replace(&mut self.links[member as usize], out);
        match before {
            NONE => self.first[slot as usize] = behind,
            before => self.links[before as usize].behind = behind,
        }
        if behind != NONE {
            self.links[behind as usize].before = before;
        }
    }

    /// The members of a slot.
    pub(super) fn of(&self, slot: Slot) -> impl Iterator<Item = u32> {
        let some = |member: u32| (member != NONE).then_some(member);
        let first = self.first.get(slot as usize).and_then(|first| some(*first));
        std::iter::successors(first, move |member| some(self.links[*member as usize].behind))
    }

    pub(super) fn clear(&mut self) {
        self.first.clear();
        self.links.clear();
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.first[..]) + size_of_val(&self.links[..])
    }
}
