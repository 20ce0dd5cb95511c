//! The receiver's side of credit: one ledger for each channel of a gate, and the floating part they share.
//!
//! ```text
//!   channel 0   consumed ├── exclusive ──┤                       limit
//!   channel 1   consumed ├── exclusive ──┼─ floating ─┤          limit      wanted
//!   channel 2   consumed ├── exclusive ──┤                       limit  wanted       in line for what comes back
//! ```
//!
//! What is kept: the parts of the channels add up to the allowance at most, so the gate knows what it may have to
//! hold; a limit never falls, since the sender may have used it. So floating credit cannot be called back, only
//! not renewed: when rows are taken, the limit usually moves on by as much, and stays where it is for as long as
//! the channel has floating credit that somebody else waits for or nobody wants.
//!
//! Who wants more stands in line once and gets one segment at a time, so a channel with much to send does not
//! starve one with little. With floating credit, a limit is never a segment or more beyond what is wanted, and the
//! exclusive part is no less than a segment: so when all that is wanted was taken, no limit reaches into floating
//! credit, and none is stranded in a quiet channel.
//!
//! Nothing here looks at all channels, but when the bytes in flight are adapted.

use std::collections::VecDeque;

use super::Allowance;

/// The credit of a gate's channels.
#[derive(Debug)]
pub(crate) struct Grants {
    ledgers: Vec<Ledger>,
    allowance: Allowance,
    /// The exclusive part of each channel, as adapted to how fast rows are taken.
    exclusive: u64,
    /// The floating part of all channels, as adapted.
    floating: u64,
    /// How much of it the channels have. More than there is, for a while after it was cut.
    lent: u64,
    /// Channels that want more than their limit, in the order of their asking.
    line: VecDeque<usize>,
    /// Channels whose sender should hear of them.
    news: Vec<usize>,
    /// Bytes taken from all channels since somebody asked.
    taken: u64,
    /// Bytes received since the gate was opened, and those of them that were not taken, over all channels.
    received: u64,
    held: u64,
}

/// The figures of one channel. The first four are sums since it was opened.
#[derive(Clone, Debug)]
struct Ledger {
    received: u64,
    consumed: u64,
    limit: u64,
    wanted: u64,
    /// Its part of the floating credit.
    floating: u64,
    /// What the sender was told last.
    told: Told,
    in_line: bool,
    in_news: bool,
    ended: bool,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    consumed: u64,
    limit: u64,
}

impl Grants {
    /// Every sender may use its exclusive part; nobody has asked for more.
    pub(crate) fn open(allowance: Allowance, channels: usize) -> Self {
        assert!(allowance.segment_bytes > 0);
        assert!(allowance.exclusive_segments > 0, "a channel without credit of its own could wait for ever");
        let exclusive = allowance.exclusive_bytes(channels);
        Self {
            ledgers: vec![Ledger::open(exclusive, allowance.opening_bytes()); channels],
            allowance,
            exclusive,
            floating: allowance.floating_bytes(),
            lent: 0,
            line: VecDeque::new(),
            news: Vec::new(),
            taken: 0,
            received: 0,
            held: 0,
        }
    }

    /// Whether the sender has credit for a message of this charge.
    pub(crate) fn admits(&self, channel: usize, charge: u32) -> bool {
        let ledger = &self.ledgers[channel];
        // What the sender's account admits, seen from here: its last word is the one that it was told or an older
        // one, so it counts as much in flight as we do, or more.
        let alone = ledger.received == ledger.told.consumed;
        charge == 0 || ledger.received + u64::from(charge) <= ledger.told.limit || alone
    }

    /// A message has come.
    ///
    /// # Panics
    ///
    /// If its sender had no credit for it.
    pub(crate) fn receive(&mut self, channel: usize, charge: u32) {
        let admits = self.admits(channel, charge);
        let ledger = &mut self.ledgers[channel];
        ledger.received += u64::from(charge);
        assert!(admits, "channel {channel} sent {} bytes of {}", ledger.received, ledger.told.limit);
        self.received += u64::from(charge);
        self.held += u64::from(charge);
    }

    /// Bytes that have come.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Bytes that have come and were not taken.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    /// Rows were handed out.
    pub(crate) fn consume(&mut self, channel: usize, charge: u64) {
        if charge == 0 {
            return;
        }
        self.taken += charge;
        self.held -= charge;
        let ledger = &mut self.ledgers[channel];
        ledger.consumed += charge;
        debug_assert!(ledger.consumed <= ledger.received);
        self.renew(channel);
        self.stand_in_line(channel);
        self.hand_out();
        self.tell_if_due(channel);
    }

    /// The sender has so much to send in all, counted since the channel was opened.
    pub(crate) fn want(&mut self, channel: usize, bytes: u64) {
        let ledger = &mut self.ledgers[channel];
        ledger.wanted = ledger.wanted.max(bytes);
        self.stand_in_line(channel);
        self.hand_out();
        self.tell_if_due(channel);
    }

    /// The channel has ended: its floating part is free at once, for nothing will be sent against it.
    pub(crate) fn end(&mut self, channel: usize) {
        let ledger = &mut self.ledgers[channel];
        ledger.ended = true;
        self.lent -= std::mem::take(&mut ledger.floating);
        self.hand_out();
    }

    /// Whether the channel has ended.
    pub(crate) fn has_ended(&self, channel: usize) -> bool {
        self.ledgers[channel].ended
    }

    /// From now on about so many bytes should be in flight to this gate.
    ///
    /// Every channel keeps at least one segment, and the floating part takes what the exclusive ones leave. Limits
    /// that were given stand; a cut shows as rows are taken.
    pub(crate) fn adapt(&mut self, bytes: u64) {
        let channels = self.ledgers.len();
        let (full, total) = (self.allowance.exclusive_bytes(channels), self.allowance.total_bytes(channels));
        let share = u128::from(full) * u128::from(bytes.min(total)) / u128::from(total);
        let share = u64::try_from(share).expect("a share is at most the whole");
        self.exclusive = share.max(u64::from(self.allowance.segment_bytes));
        let left = bytes.saturating_sub(self.exclusive * channels as u64);
        self.floating = left.min(self.allowance.floating_bytes());
        for channel in 0..channels {
            self.renew(channel);
            self.tell_if_due(channel);
        }
        self.hand_out();
    }

    /// Bytes taken from all channels since the last call.
    pub(crate) fn take_consumed(&mut self) -> u64 {
        std::mem::take(&mut self.taken)
    }

    /// Hands out what senders should hear: channel, bytes consumed, limit. One word for a channel, whatever has
    /// happened since the last time.
    pub(crate) fn drain(&mut self, mut each: impl FnMut(usize, u64, u64)) {
        for channel in self.news.drain(..) {
            let ledger = &mut self.ledgers[channel];
            ledger.in_news = false;
            if !ledger.ended {
                ledger.told = Told { consumed: ledger.consumed, limit: ledger.limit };
                each(channel, ledger.consumed, ledger.limit);
            }
        }
    }

    /// Reckons anew what a channel has: what was taken or is exclusive now may have freed floating credit.
    fn renew(&mut self, channel: usize) {
        let in_line = usize::from(self.ledgers[channel].in_line);
        let is_needed = self.line.len() > in_line || self.lent > self.floating;
        let ledger = &mut self.ledgers[channel];
        // What the limit has promised cannot come back. What the sender wants beyond that may stay, if nobody
        // else needs it. More than both must not stay, or the limit would follow it up.
        let promised = ledger.beyond(ledger.limit, self.exclusive);
        let wanted = ledger.beyond(ledger.wanted, self.exclusive);
        let keeps = if is_needed { promised } else { promised.max(wanted) };
        let back = ledger.floating.saturating_sub(keeps);
        ledger.floating -= back;
        self.lent -= back;
        ledger.raise(self.exclusive);
    }

    fn stand_in_line(&mut self, channel: usize) {
        let ledger = &mut self.ledgers[channel];
        if ledger.is_short() && !ledger.in_line {
            ledger.in_line = true;
            self.line.push_back(channel);
        }
    }

    /// Gives the free floating credit to those in line, a segment each, until one or the other is used up.
    fn hand_out(&mut self) {
        let quantum = u64::from(self.allowance.segment_bytes);
        while self.lent + quantum <= self.floating {
            let Some(channel) = self.line.pop_front() else { return };
            let ledger = &mut self.ledgers[channel];
            ledger.in_line = false;
            if ledger.is_short() {
                ledger.floating += quantum;
                self.lent += quantum;
                ledger.raise(self.exclusive);
                self.stand_in_line(channel);
                self.tell_if_due(channel);
            }
        }
    }

    /// A sender that is short hears of every change: it stands still. Any other one hears of it when half of the
    /// exclusive part was taken. Until then it has the other half to go on with, so at full speed it never stands
    /// still for want of a word; and a trickle of small flushes is not answered one for one, which would double the
    /// messages just where each is expensive. That an empty queue is no reason to speak costs nothing but the round
    /// trip of a sender whose next message is larger than what it has left. It says so, and then it is short.
    fn tell_if_due(&mut self, channel: usize) {
        let ledger = &mut self.ledgers[channel];
        let untold = ledger.consumed - ledger.told.consumed;
        let moved = untold > 0 || ledger.limit > ledger.told.limit;
        let stands_still = moved && ledger.wanted > ledger.told.limit;
        if (stands_still || untold >= self.exclusive.div_ceil(2)) && !ledger.in_news {
            ledger.in_news = true;
            self.news.push(channel);
        }
    }
}

impl Ledger {
    fn open(exclusive: u64, told: u64) -> Self {
        Self {
            received: 0,
            consumed: 0,
            limit: exclusive,
            wanted: 0,
            floating: 0,
            told: Told { consumed: 0, limit: told },
            in_line: false,
            in_news: false,
            ended: false,
        }
    }

    /// Whether the sender wants to send beyond the limit.
    fn is_short(&self) -> bool {
        self.wanted > self.limit && !self.ended
    }

    /// How much of a sum lies beyond what was taken and the exclusive part.
    fn beyond(&self, sum: u64, exclusive: u64) -> u64 {
        sum.saturating_sub(self.consumed + exclusive)
    }

    fn raise(&mut self, exclusive: u64) {
        self.limit = self.limit.max(self.consumed + exclusive + self.floating);
    }
}

#[cfg(test)]
mod tests;
