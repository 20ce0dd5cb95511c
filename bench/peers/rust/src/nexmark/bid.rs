//! Somebody offers a price. Nearly all events are bids, so this is where the time of a source goes.

use super::draws::{below, draw};
use super::epoch::Epoch;
use super::tables::{NUMBERED, price};

/// A bid.
#[derive(Clone, Copy)]
pub struct Bid<'a> {
    /// The number of the event.
    pub n: u64,
    pub time: u64,
    pub(super) epoch: &'a Epoch,
}

impl Bid<'_> {
    #[inline]
    pub fn auction(&self) -> u64 {
        let other = self.epoch.recent_auction;
        let other = other.first + below(draw(self.n, 1), other.count);
        if below(draw(self.n, 0), 2) > 0 { self.epoch.hot_auction } else { other }
    }

    #[inline]
    pub fn bidder(&self) -> u64 {
        let active = self.epoch.active_person;
        let active = active.first + below(draw(self.n, 3), active.count);
        if below(draw(self.n, 2), 4) > 0 { self.epoch.hot_person + 1 } else { active }
    }

    #[inline]
    pub fn price(&self) -> i64 {
        price(self.epoch.prices, draw(self.n, 4))
    }

    /// The channel's name and its address.
    #[inline]
    pub fn channel_and_url(&self) -> (&'static str, &'static str) {
        let bits = draw(self.n, 6);
        let is_known = below(draw(self.n, 5), 2) > 0;
        let place = if is_known { NUMBERED + below(bits, 4) } else { below(bits, NUMBERED) };
        self.epoch.tables.channels[place as usize]
    }

    #[inline]
    pub fn extra(&self) -> &'static str {
        self.epoch.tables.plain.part(54 + below(draw(self.n, 7), 28), draw(self.n, 8))
    }
}
