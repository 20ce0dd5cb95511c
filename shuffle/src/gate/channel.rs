//! One channel of a gate: what has come and was not taken yet.

use std::collections::VecDeque;

use memory::View;

use crate::bound::{CHANNEL_MESSAGES_MAX, READ_TOGETHER_ROWS};
use crate::item::{ChannelId, Item, Message};

/// The queue of a channel, and whose turn it is.
///
/// Messages are numbered as they come. Those that were restored with the gate come first, from 0 on; what a sender
/// calls its message `n` is behind them.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: ChannelId,
    /// Which input it belongs to, and which channel of that input it is.
    pub(super) input: usize,
    pub(super) place: usize,
    pub(super) turn: Turn,
    queue: VecDeque<Message>,
    restored: u64,
    taken: u64,
    /// Its end has come, taken or not.
    ended: bool,
}

/// When a channel is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing is queued.
    Empty,
    /// It stands among those that are served one after the other.
    Ready,
    /// Something of it is being taken right now.
    Served,
    /// It has restored items, which come before everything else.
    Restoring,
    /// It has brought its barrier and waits for the others.
    Blocked,
    /// It is too far ahead in event time.
    Paused,
}

/// What was taken from a queue.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) item: Item,
    /// Of a view, those of other segments that follow it and are read with it.
    pub(super) behind: Vec<View>,
    pub(super) charge: u64,
}

impl Channel {
    pub(super) fn open(id: ChannelId, input: usize, place: usize) -> Self {
        let queue = VecDeque::new();
        Self { id, input, place, turn: Turn::Empty, queue, restored: 0, taken: 0, ended: false }
    }

    /// Puts items of a former life before everything else.
    pub(super) fn restore(&mut self, items: Vec<Item>) {
        assert_eq!(self.received(), self.restored, "restored items come first");
        for item in items {
            let travels = !matches!(item, Item::Barrier(_) | Item::End);
            assert!(travels, "{item:?} is never captured");
            self.queue.push_back(Message { channel: self.id, charge: 0, item });
            self.restored += 1;
        }
    }

    /// The number of the next message to come.
    pub(super) fn received(&self) -> u64 {
        self.taken + self.queue.len() as u64
    }

    /// The number of the next message to be taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Our number of what the sender calls its message `number`.
    pub(super) fn number_of(&self, number: u64) -> u64 {
        number.saturating_add(self.restored)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn is_restoring(&self) -> bool {
        self.taken < self.restored
    }

    /// Whether [`Channel::push`] would take it.
    pub(super) fn admits(&self, message: &Message) -> bool {
        message.channel == self.id && !self.ended && self.queue.len() < CHANNEL_MESSAGES_MAX
    }

    pub(super) fn push(&mut self, message: Message) {
        assert_eq!(message.channel, self.id);
        assert!(!self.ended, "{:?} goes on behind its end", self.id);
        assert!(self.queue.len() < CHANNEL_MESSAGES_MAX, "{:?} has no end of messages", self.id);
        self.ended = matches!(message.item, Item::End);
        self.queue.push_back(message);
    }

    /// What waits, with its numbers.
    pub(super) fn queued(&self) -> impl Iterator<Item = (u64, &Item)> {
        (self.taken..).zip(self.queue.iter().map(|message| &message.item))
    }

    /// Takes the first item; of views in one segment, all that follow each other, and of others as many as make a batch. So
    /// a reader that is behind gets a large batch for many small flushes, or for segments of a few rows.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let Message { charge, mut item, .. } = self.pop()?;
        let mut charge = u64::from(charge);
        let mut behind = Vec::new();
        if let Item::View(view) = &mut item {
            let mut rows = view.rows();
            while let Some(Message { item: Item::View(next), .. }) = self.queue.front() {
                let last = behind.last_mut().unwrap_or(&mut *view);
                let is_absorbed = last.absorb(next);
                rows += next.rows();
                if !is_absorbed && (rows > READ_TOGETHER_ROWS || !next.may_follow(last)) {
                    break;
                }
                let Some(Message { charge: more, item: Item::View(next), .. }) = self.pop() else { break };
                charge += u64::from(more);
                if !is_absorbed {
                    behind.push(next);
                }
            }
        }
        Some(Taken { item, behind, charge })
    }

    fn pop(&mut self) -> Option<Message> {
        let message = self.queue.pop_front()?;
        self.taken += 1;
        Some(message)
    }
}
