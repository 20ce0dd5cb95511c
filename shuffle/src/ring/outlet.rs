//! An outlet: the sending end of a lane, and what waits behind it while the lane is full.
//!
//! What is sent is added, where that is possible, to what was sent before it and cannot be seen yet: in the lane to
//! the message written last, in the waiting line to the last one of its family. So a receiver that is behind gets
//! fewer and larger messages, and the waiting line stays as short as credit makes it.
//!
//! It never refuses and never blocks. It has no bound of its own: rows are bounded by the credit of their channels,
//! watermarks and barriers by what the job lets be under way, figures by one of each kind for a channel.

use std::collections::{BTreeMap, VecDeque};

use super::lane::Sender;
use crate::item::{ChannelId, Control, Item, Message};

/// What may be added to something of its family that was sent earlier.
pub(super) trait Merge: Sized {
    /// Names a family. Its members keep their order; members of different families may pass each other by.
    type Family: Copy + Ord;

    /// The family it belongs to, if anything can be added to it.
    fn family(&self) -> Option<Self::Family>;

    /// Adds `next` of the same family, or hands it back and nothing has changed.
    fn absorb(&mut self, next: Self) -> Result<(), Self>;
}

impl Merge for Message {
    type Family = ChannelId;

    /// Every message has one, those that absorb nothing too: rows behind a watermark must not join those before it.
    fn family(&self) -> Option<ChannelId> {
        Some(self.channel)
    }

    fn absorb(&mut self, next: Self) -> Result<(), Self> {
        let (Item::View(rows), Item::View(more)) = (&mut self.item, &next.item) else { return Err(next) };
        let Some(charge) = self.charge.checked_add(next.charge) else { return Err(next) };
        if !rows.absorb(more) {
            return Err(next);
        }
        self.charge = charge;
        Ok(())
    }
}

/// The kinds of [`Control`] that are sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Figure {
    Credit,
    Wanted,
}

impl Merge for Control {
    type Family = (ChannelId, Figure);

    fn family(&self) -> Option<(ChannelId, Figure)> {
        match self {
            Self::Credit { channel, .. } => Some((*channel, Figure::Credit)),
            Self::Wanted { channel, .. } => Some((*channel, Figure::Wanted)),
            Self::Barrier { .. } => None,
        }
    }

    /// A later sum says all that the earlier one said.
    fn absorb(&mut self, next: Self) -> Result<(), Self> {
        *self = next;
        Ok(())
    }
}

/// The way of one kind of things from this core to another one.
pub(super) struct Outlet<T: Merge> {
    lane: Sender<T>,
    /// What was sent last went into the lane, and may be added to while it is unpublished.
    open: bool,
    line: Line<T>,
}

impl<T: Merge> Outlet<T> {
    pub(super) fn new(lane: Sender<T>) -> Self {
        Self { lane, open: false, line: Line::default() }
    }

    /// Sends at the next [`publish`](Self::publish), or a later one if the lane is full. `false`: it was added to
    /// what was sent before.
    #[inline]
    pub(super) fn send(&mut self, next: T) -> bool {
        if !self.line.is_empty() {
            return self.line.send(next);
        }
        let Err(next) = self.join(next) else { return false };
        match self.lane.push(next) {
            Ok(()) => self.open = true,
            Err(next) => _ = self.line.send(next),
        }
        true
    }

    /// Adds `next` to what was written last, if that is of the same family and not to be seen yet.
    #[inline]
    fn join(&mut self, next: T) -> Result<(), T> {
        match self.lane.last_unpublished() {
            Some(last) if self.open && last.family().is_some() && last.family() == next.family() => {
                last.absorb(next)
            }
            _ => Err(next),
        }
    }

    /// Nothing that is sent from now on is added to anything of this family that was sent before.
    pub(super) fn seal(&mut self, family: T::Family) {
        self.line.seal(family);
        if self.lane.last_unpublished().and_then(|last| last.family()) == Some(family) {
            self.open = false;
        }
    }

    /// Shows the receiver all that there is room for, and says whether that was anything.
    pub(super) fn publish(&mut self) -> bool {
        while self.lane.has_room()
            && let Some(next) = self.line.next()
        {
            let pushed = self.lane.push(next).is_ok();
            debug_assert!(pushed, "there was room");
        }
        if !self.line.is_empty() && self.lane.is_receiver_gone() {
            self.line.clear();
        }
        self.lane.publish()
    }

    /// Whether something has found no room so far.
    pub(super) fn has_waiting(&self) -> bool {
        !self.line.is_empty()
    }
}

/// What waits for room, in the order in which it was sent.
struct Line<T: Merge> {
    waiting: VecDeque<T>,
    /// How many have left: the number of the first one waiting.
    left: usize,
    /// The number of each family's last, if that may be added to. Ordered, not hashed: it is asked only while the
    /// lane is full, and a run repeats exactly.
    lasts: BTreeMap<T::Family, usize>,
}

impl<T: Merge> Default for Line<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), left: 0, lasts: BTreeMap::new() }
    }
}

impl<T: Merge> Line<T> {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn send(&mut self, next: T) -> bool {
        let Err(next) = self.join(next) else { return false };
        if let Some(family) = next.family() {
            self.lasts.insert(family, self.left + self.waiting.len());
        }
        self.waiting.push_back(next);
        true
    }

    fn join(&mut self, next: T) -> Result<(), T> {
        match next.family().and_then(|family| self.lasts.get(&family)) {
            Some(last) => self.waiting[last - self.left].absorb(next),
            None => Err(next),
        }
    }

    fn seal(&mut self, family: T::Family) {
        self.lasts.remove(&family);
    }

    fn next(&mut self) -> Option<T> {
        let next = self.waiting.pop_front()?;
        if let Some(family) = next.family()
            && self.lasts.get(&family) == Some(&self.left)
        {
            self.lasts.remove(&family);
        }
        self.left += 1;
        Some(next)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}
