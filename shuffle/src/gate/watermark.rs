//! Many channels' watermarks as one.
//!
//! ```text
//!   channel 0   12 ─────────────► aligned ─┐
//!   channel 1   17 ─────────────► aligned ─┴─► least: 12 ──► announced: 12
//!   channel 2    9   was idle, is behind: left out until it reaches 12
//!   channel 3   15   idle: left out
//!   channel 4        ended: left out for good
//! ```
//!
//! What is announced never goes back. So a channel that comes back from idleness with an old watermark is not
//! *aligned*: it does not hold back the others, and counts again when it has caught up with what was announced.
//!
//! When the last active channel falls idle nobody is waited for. If it was the one that held the others back, the
//! greatest watermark of all is announced before the valve falls idle itself: rows up to there have come.

use super::least::Least;
use crate::item::Watermark;

/// Turns what channels say of time into what a subtask may believe.
#[derive(Clone, Debug)]
pub(super) struct Valve {
    channels: Vec<Progress>,
    /// The least watermark of the aligned channels.
    aligned: Least,
    announced: Watermark,
    active: usize,
    idle: bool,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    watermark: Watermark,
    state: State,
}

/// What a channel says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its watermark is waited for.
    Active,
    /// It is silent, nobody waits for it.
    Idle,
    /// Nothing comes from it any more.
    Ended,
}

/// What has changed for the subtask, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Time has come this far.
    pub(super) watermark: Option<Watermark>,
    /// All channels have fallen idle, or the first one is active again.
    pub(super) turned: Option<Turned>,
}

/// How the valve as a whole has turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    Idle,
    Active,
}

impl Valve {
    /// All channels are active, and nothing is known of time.
    pub(super) fn open(channels: usize) -> Self {
        let mut aligned = Least::of(channels);
        (0..channels).for_each(|channel| aligned.set(channel, Some(Watermark::MIN)));
        let progress = Progress { watermark: Watermark::MIN, state: State::Active };
        Self {
            channels: vec![progress; channels],
            aligned,
            announced: Watermark::MIN,
            active: channels,
            idle: false,
        }
    }

    /// What was announced last.
    pub(super) fn announced(&self) -> Watermark {
        self.announced
    }

    /// The watermark of a channel that is waited for.
    pub(super) fn active_watermark(&self, channel: usize) -> Option<Watermark> {
        let progress = self.channels[channel];
        (progress.state == State::Active).then_some(progress.watermark)
    }

    /// The channel has come so far. What an idle one says, and what is older than its last word, changes nothing.
    pub(super) fn advance(&mut self, channel: usize, watermark: Watermark) -> Change {
        let progress = &mut self.channels[channel];
        if progress.state != State::Active || watermark <= progress.watermark {
            return Change::default();
        }
        progress.watermark = watermark;
        if self.aligned.counts(channel) || watermark >= self.announced {
            self.aligned.set(channel, Some(watermark));
        }
        Change { watermark: self.announce(self.aligned.get()), turned: None }
    }

    /// The channel falls silent.
    pub(super) fn fall_idle(&mut self, channel: usize) -> Change {
        self.leave(channel, State::Idle)
    }

    /// The channel is over.
    pub(super) fn end(&mut self, channel: usize) -> Change {
        self.leave(channel, State::Ended)
    }

    /// The channel counts again, with its former watermark.
    pub(super) fn wake(&mut self, channel: usize) -> Change {
        let progress = &mut self.channels[channel];
        if progress.state != State::Idle {
            return Change::default();
        }
        progress.state = State::Active;
        self.active += 1;
        if progress.watermark >= self.announced {
            self.aligned.set(channel, Some(progress.watermark));
        }
        let was_idle = std::mem::replace(&mut self.idle, false);
        Change { watermark: None, turned: was_idle.then_some(Turned::Active) }
    }

    /// The channel is not waited for any more.
    fn leave(&mut self, channel: usize, state: State) -> Change {
        let progress = &mut self.channels[channel];
        let was = progress.state;
        if was == State::Ended || was == state {
            return Change::default();
        }
        progress.state = state;
        if was == State::Idle {
            return Change::default();
        }
        let held_back = progress.watermark == self.announced;
        self.active -= 1;
        self.aligned.set(channel, None);
        let others = if self.active > 0 { self.aligned.get() } else { self.greatest() };
        let watermark = if held_back { self.announce(others) } else { None };
        // When all have ended there is nobody left to be idle; the end itself says so.
        self.idle = self.active == 0 && self.channels.iter().any(|progress| progress.state == State::Idle);
        Change { watermark, turned: self.idle.then_some(Turned::Idle) }
    }

    /// The greatest watermark of those that have not ended. Looks at all of them, but only when the last active
    /// one leaves.
    fn greatest(&self) -> Option<Watermark> {
        let lasting = self.channels.iter().filter(|progress| progress.state != State::Ended);
        lasting.map(|progress| progress.watermark).max()
    }

    fn announce(&mut self, watermark: Option<Watermark>) -> Option<Watermark> {
        let news = watermark.filter(|watermark| *watermark > self.announced);
        self.announced = news.unwrap_or(self.announced);
        news
    }
}

#[cfg(test)]
mod tests;
