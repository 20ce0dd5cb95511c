//! What an unaligned barrier overtakes, saved while it is processed.
//!
//! ```text
//!                 taken          the cut: the first barrier came         the channel's own barrier
//!   ───────────────┼─────────────────────┼────────────────────────────────────┼──────────►  messages
//!     in the state │  queued: captured   │  still to come: captured as they come  │  behind it
//! ```
//!
//! The snapshot is taken at the cut, so what a channel has sent before its own barrier and was not taken at the cut
//! is missing from it, and is saved beside it. A captured item is a clone: it shares the rows with the one that is
//! processed, and keeps their segments away from home until the checkpoint has it.

use crate::item::Item;

use super::channel::Channel;

/// What is captured of all channels for one checkpoint.
#[derive(Debug)]
pub(super) struct Capture {
    checkpoint: u64,
    channels: Vec<Overtaken>,
}

/// What is captured of one channel.
#[derive(Debug)]
struct Overtaken {
    /// The number of the first message that the snapshot does not contain.
    first: u64,
    /// The number of the first message behind the barrier, once the barrier has come.
    end: Option<u64>,
    /// Captured so far, with their numbers: the barrier may come later than messages behind it.
    items: Vec<(u64, Item)>,
}

/// The barrier of a channel stands before rows that the snapshot contains already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLate;

impl Capture {
    /// The cut: everything that is queued, but for channels that have brought their barrier the slow way.
    pub(super) fn begin(checkpoint: u64, channels: &[Channel], brought: &[bool]) -> Self {
        let overtaken = channels.iter().zip(brought).map(|(channel, brought)| {
            let first = channel.taken();
            let end = brought.then_some(first);
            let mut overtaken = Overtaken { first, end, items: Vec::new() };
            channel.queued().for_each(|(number, item)| overtaken.see(checkpoint, number, item));
            overtaken
        });
        Self { checkpoint, channels: overtaken.collect() }
    }

    /// A message has come after the cut.
    pub(super) fn see(&mut self, channel: usize, number: u64, item: &Item) {
        self.channels[channel].see(self.checkpoint, number, item);
    }

    /// The barrier has come: nothing from message `end` on belongs to the checkpoint.
    pub(super) fn close(&mut self, channel: usize, end: u64) -> Result<(), TooLate> {
        let overtaken = &mut self.channels[channel];
        if end < overtaken.first {
            return Err(TooLate);
        }
        overtaken.close(end);
        overtaken.items.retain(|(number, _)| *number < end);
        Ok(())
    }

    /// Whether everything before the channel's barrier has come, when `received` messages have.
    pub(super) fn has_all(&self, channel: usize, received: u64) -> bool {
        self.channels[channel].end.is_some_and(|end| end <= received)
    }

    /// What was captured, views that follow each other as one.
    pub(super) fn finish(self) -> Vec<(usize, Vec<Item>)> {
        let items = self.channels.into_iter().map(|overtaken| joined(overtaken.items));
        items.enumerate().filter(|(_, items)| !items.is_empty()).collect()
    }
}

impl Overtaken {
    fn see(&mut self, checkpoint: u64, number: u64, item: &Item) {
        match item {
            // Behind an end comes no barrier, and one that travels with the rows stands where it stands.
            Item::End => self.close(number),
            Item::Barrier(barrier) if barrier.checkpoint == checkpoint => self.close(number),
            item if self.end.is_none_or(|end| number < end) && belongs(item) => {
                self.items.push((number, item.clone()));
            }
            _ => {}
        }
    }

    fn close(&mut self, end: u64) {
        self.end = Some(self.end.map_or(end, |known| known.min(end)));
    }
}

/// A barrier belongs to no checkpoint, a mark measures a way that was interrupted, and an end is said again by
/// whoever is restored as ended.
fn belongs(item: &Item) -> bool {
    match item {
        Item::View(_) | Item::Batch(_) => item.rows() > 0,
        Item::Watermark(_) | Item::Idle | Item::Active => true,
        Item::Barrier(_) | Item::LatencyMark(_) | Item::End => false,
    }
}

fn joined(items: Vec<(u64, Item)>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::with_capacity(items.len());
    for (_, item) in items {
        if let (Some(Item::View(last)), Item::View(next)) = (joined.last_mut(), &item)
            && last.absorb(next)
        {
            continue;
        }
        joined.push(item);
    }
    joined
}
