//! The barriers of many channels as one.
//!
//! ```text
//!                    before the barrier has come by every channel      the subtask snapshots
//!   at least once    nobody waits                                      when the last has come
//!   aligned          who has brought it waits                          when the last has come
//!   unaligned        nobody waits; what it overtakes is captured       when the first has come
//! ```
//!
//! The first barrier of a checkpoint says how it aligns. (An unaligned one may turn an aligned one: a sender has
//! waited too long. Those that were blocked have nothing to capture.)
//!
//! What holds at any time: the numbers of what is pending ascend; beside a checkpoint that blocks or captures
//! nothing else is pending, because a newer one gives it up; a channel that has ended has brought every barrier.

use std::collections::{BTreeSet, VecDeque};

use super::arrival::Arrival;
use super::capture::{Capture, TooLate};
use super::channel::Channel;
use crate::bound::{ABORTED_MAX, ALIGNMENTS_MAX};
use crate::item::{Alignment, Barrier, Item};

/// The checkpoints whose barriers have come by some channels.
#[derive(Debug)]
pub(super) struct Alignments {
    /// Ascending.
    pending: VecDeque<Pending>,
    /// The newest checkpoint of which a barrier has come. What is older and not pending is over.
    newest: Option<u64>,
    /// Newer than the newest, and not wanted any more.
    aborted: BTreeSet<u64>,
    ended: Vec<bool>,
}

/// A checkpoint on its way through the gate.
#[derive(Debug)]
struct Pending {
    barrier: Barrier,
    brought: Vec<bool>,
    /// How many channels have not brought it.
    missing: usize,
    /// What it overtakes, if it does.
    capture: Option<Capture>,
}

/// What follows from a barrier or an end.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// For the subtask.
    pub(super) announced: VecDeque<Arrival>,
    /// Channels that are not blocked any more.
    pub(super) released: Vec<usize>,
}

impl Alignments {
    pub(super) fn open(channels: usize) -> Self {
        Self {
            pending: VecDeque::new(),
            newest: None,
            aborted: BTreeSet::new(),
            ended: vec![false; channels],
        }
    }

    /// Whether the channel has to wait for the others.
    pub(super) fn blocks(&self, channel: usize) -> bool {
        self.pending.back().is_some_and(|last| last.blocks() && last.brought[channel])
    }

    /// A barrier was taken from a channel's queue. Those that overtake were seen when they came.
    pub(super) fn take(&mut self, channel: usize, barrier: Barrier, effects: &mut Effects) {
        if barrier.alignment == Alignment::Unaligned || !self.admits(barrier, effects) {
            return;
        }
        let pending = self.find(barrier.checkpoint).expect("it is pending now");
        // An unaligned one has seen this barrier when it came, and a channel brings a barrier once.
        if pending.capture.is_none() {
            pending.bring(channel);
        }
        self.announce_complete(effects);
    }

    /// A barrier has overtaken what is queued in its channel; `end` is the number of the first message behind it.
    pub(super) fn overtake(
        &mut self,
        channels: &[Channel],
        (channel, end): (usize, u64),
        barrier: Barrier,
        effects: &mut Effects,
    ) {
        if self.ended[channel] || !self.admits(barrier, effects) {
            return;
        }
        let pending = self.find(barrier.checkpoint).expect("it is pending now");
        match pending.barrier.alignment {
            Alignment::AtLeastOnce => pending.bring(channel),
            Alignment::Aligned if pending.brought[channel] => {}
            Alignment::Aligned | Alignment::Unaligned => {
                let begins = pending.capture.is_none();
                if begins {
                    pending.begin_capture(channels, barrier, effects);
                }
                let closed = pending.close(channel, end, channels[channel].received());
                self.judge(begins, closed, effects);
            }
        }
        self.announce_complete(effects);
    }

    /// A message has come; `number` is its number.
    pub(super) fn see(&mut self, channel: usize, number: u64, item: &Item) {
        let Some(pending) = self.pending.back_mut() else { return };
        let Some(capture) = &mut pending.capture else { return };
        capture.see(channel, number, item);
        pending.settle(channel, number + 1);
    }

    /// The channel's end was taken.
    pub(super) fn end(&mut self, channel: usize, effects: &mut Effects) {
        self.ended[channel] = true;
        self.pending.iter_mut().for_each(|pending| pending.bring(channel));
        self.announce_complete(effects);
    }

    /// The coordinator does not want this checkpoint any more.
    pub(super) fn abort(&mut self, checkpoint: u64, effects: &mut Effects) {
        if let Ok(at) = self.pending.binary_search_by_key(&checkpoint, |pending| pending.barrier.checkpoint) {
            let pending = self.pending.remove(at).expect("it was found there");
            pending.give_up(effects);
        } else if self.newest.is_none_or(|newest| checkpoint > newest) {
            self.aborted.insert(checkpoint);
            if self.aborted.len() > ABORTED_MAX {
                self.aborted.pop_first();
            }
        }
    }

    /// Announces what was captured, when all of it has come.
    ///
    /// Apart from the events that complete it, so that barriers which come in the same turn as the last messages
    /// can still say that some of these lie behind them.
    pub(super) fn finish_capture(&mut self, effects: &mut Effects) {
        if let Some(pending) =
            self.pending.pop_front_if(|first| first.capture.is_some() && first.missing == 0)
        {
            let channels = pending.capture.map(Capture::finish).unwrap_or_default();
            effects
                .announced
                .push_back(Arrival::InFlight { checkpoint: pending.barrier.checkpoint, channels });
        }
    }

    fn find(&mut self, checkpoint: u64) -> Option<&mut Pending> {
        self.pending.iter_mut().rev().find(|pending| pending.barrier.checkpoint == checkpoint)
    }

    /// Begins a checkpoint with its first barrier, and says whether this barrier counts: it does not when its
    /// checkpoint is over.
    fn admits(&mut self, barrier: Barrier, effects: &mut Effects) -> bool {
        let checkpoint = barrier.checkpoint;
        if self.find(checkpoint).is_some() {
            return true;
        }
        if self.newest.is_some_and(|newest| checkpoint <= newest) || self.aborted.contains(&checkpoint) {
            return false;
        }
        self.newest = Some(checkpoint);
        self.aborted = self.aborted.split_off(&checkpoint);
        let stays = |older: &Pending| !older.is_exact() && barrier.alignment == Alignment::AtLeastOnce;
        while self.pending.front().is_some_and(|older| !stays(older) || self.pending.len() >= ALIGNMENTS_MAX)
        {
            self.give_up_first(effects);
        }
        self.pending.push_back(Pending::begin(barrier, &self.ended));
        true
    }

    /// Lets the subtask snapshot if a checkpoint began with this barrier, and gives it up if the barrier came too
    /// late to be exact.
    fn judge(&mut self, begins: bool, closed: Result<(), TooLate>, effects: &mut Effects) {
        if closed.is_err() {
            self.give_up_first(effects);
        } else if begins && let Some(pending) = self.pending.back() {
            effects.announced.push_back(Arrival::Barrier(pending.barrier));
        }
    }

    fn give_up_first(&mut self, effects: &mut Effects) {
        if let Some(pending) = self.pending.pop_front() {
            pending.give_up(effects);
        }
    }

    /// Announces the barriers that every channel has brought. What is older than one of them will not be brought
    /// any more: numbers ascend in every channel.
    fn announce_complete(&mut self, effects: &mut Effects) {
        let is_complete = |pending: &Pending| pending.capture.is_none() && pending.missing == 0;
        while let Some(at) = self.pending.iter().position(is_complete) {
            (0..at).for_each(|_| self.give_up_first(effects));
            let complete = self.pending.pop_front().expect("it was found there");
            effects.announced.push_back(Arrival::Barrier(complete.barrier));
            complete.release(effects);
        }
    }
}

impl Pending {
    fn begin(barrier: Barrier, ended: &[bool]) -> Self {
        let missing = ended.iter().filter(|ended| !**ended).count();
        Self { barrier, brought: ended.to_vec(), missing, capture: None }
    }

    fn is_exact(&self) -> bool {
        self.barrier.alignment != Alignment::AtLeastOnce
    }

    fn blocks(&self) -> bool {
        self.barrier.alignment == Alignment::Aligned
    }

    fn bring(&mut self, channel: usize) {
        let had = std::mem::replace(&mut self.brought[channel], true);
        self.missing -= usize::from(!had);
    }

    /// The cut: the first barrier that overtakes has come, maybe after some that were aligned.
    fn begin_capture(&mut self, channels: &[Channel], barrier: Barrier, effects: &mut Effects) {
        self.release(effects);
        self.barrier = barrier;
        self.capture = Some(Capture::begin(barrier.checkpoint, channels, &self.brought));
        for (index, channel) in channels.iter().enumerate() {
            self.settle(index, channel.received());
        }
    }

    fn close(&mut self, channel: usize, end: u64, received: u64) -> Result<(), TooLate> {
        let Some(capture) = &mut self.capture else { return Ok(()) };
        capture.close(channel, end)?;
        self.settle(channel, received);
        Ok(())
    }

    /// Notes that the channel has brought its barrier and everything before it.
    fn settle(&mut self, channel: usize, received: u64) {
        if self.capture.as_ref().is_some_and(|capture| capture.has_all(channel, received)) {
            self.bring(channel);
        }
    }

    fn release(&self, effects: &mut Effects) {
        if self.blocks() {
            effects.released.extend((0..self.brought.len()).filter(|channel| self.brought[*channel]));
        }
    }

    fn give_up(self, effects: &mut Effects) {
        self.release(effects);
        effects.announced.push_back(Arrival::Abandoned { checkpoint: self.barrier.checkpoint });
    }
}
