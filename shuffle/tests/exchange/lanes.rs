//! The way from one sender to all receivers: in order for each, and as slow as it likes.

use std::collections::VecDeque;

use memory::{Pool, Segment};
use shuffle::{Appetite, Carrier, ChannelId, Control, Message};

/// What a sender has said and nobody has heard yet.
pub(crate) struct Lanes {
    pub(crate) pool: Pool,
    /// By receiver.
    pub(crate) messages: Vec<VecDeque<Message>>,
    pub(crate) controls: VecDeque<Control>,
    pub(crate) hungry: bool,
    /// Segments that nobody else may have.
    hoard: Vec<Segment>,
    receivers: u32,
}

impl Lanes {
    pub(crate) fn open(segment_bytes: usize, free_segments: Option<usize>, receivers: u32) -> Self {
        let pool = Pool::open(1, segment_bytes).expect("memory for a slab");
        let mut hoard = Vec::new();
        if let Some(free) = free_segments {
            hoard.extend(std::iter::from_fn(|| pool.take()));
            hoard.truncate(hoard.len() - free);
        }
        let messages = (0..receivers).map(|_| VecDeque::new()).collect();
        Self { pool, messages, controls: VecDeque::new(), hungry: false, hoard, receivers }
    }

    /// Segments that have not come home.
    pub(crate) fn missing_bytes(&mut self) -> u64 {
        self.hoard.clear();
        self.pool.collect();
        self.pool.bytes_out()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.iter().all(VecDeque::is_empty) && self.controls.is_empty()
    }
}

impl Carrier for Lanes {
    fn send(&mut self, message: Message) -> bool {
        let receiver = message.channel.0 % self.receivers;
        self.messages[receiver as usize].push_back(message);
        true
    }

    fn control(&mut self, control: Control) {
        self.controls.push_back(control);
    }

    fn appetite(&self, _: ChannelId) -> Appetite {
        if self.hungry { Appetite::Hungry } else { Appetite::Busy }
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}
