//! Somebody offers something.

use super::draws::{below, draw};
use super::epoch::{Corpus, Epoch};
use super::person::padded;
use super::tables::{TABLES, price};

/// About the bytes of an auction, without those of its numbers.
const BYTES: u64 = 500 - 48;
/// Events within which about a hundred auctions are opened.
const OPEN_EVENTS: u64 = 1666;

/// An auction.
#[derive(Clone, Copy)]
pub struct Auction<'a> {
    /// The number of the event.
    pub n: u64,
    pub id: u64,
    pub time: u64,
    pub(super) corpus: Corpus,
    pub(super) epoch: &'a Epoch,
}

impl Auction<'_> {
    fn name_length(&self) -> u64 {
        3 + below(draw(self.n, 0), 17)
    }

    fn description_length(&self) -> u64 {
        3 + below(draw(self.n, 2), 97)
    }

    pub fn item_name(&self) -> &'static str {
        TABLES.names.part(self.name_length(), draw(self.n, 1))
    }

    pub fn description(&self) -> &'static str {
        TABLES.names.part(self.description_length(), draw(self.n, 3))
    }

    pub fn initial_bid(&self) -> i64 {
        price(self.epoch.prices, draw(self.n, 4))
    }

    pub fn reserve(&self) -> i64 {
        self.initial_bid() + price(self.epoch.prices, draw(self.n, 5))
    }

    pub fn expires(&self) -> u64 {
        let most = 2 * (self.corpus.time(self.n + OPEN_EVENTS) - self.time);
        self.time + 1 + below(draw(self.n, 9), most.max(1))
    }

    pub fn seller(&self) -> u64 {
        let active = self.epoch.active_person;
        let active = active.first + below(draw(self.n, 7), active.count);
        if below(draw(self.n, 6), 4) > 0 { self.epoch.hot_person } else { active }
    }

    pub fn category(&self) -> u64 {
        10 + below(draw(self.n, 8), 5)
    }

    pub fn extra(&self) -> &'static str {
        let missing = BYTES - self.name_length() - self.description_length();
        TABLES.plain.part(padded(missing, draw(self.n, 10)), draw(self.n, 11))
    }
}
