//! Fifty events: a person, three auctions, the others bids. What follows from their epoch is found out once.

use super::auction::Auction;
use super::bid::Bid;
use super::person::Person;
use super::tables::{PRICE, TABLES, Tables};

/// Events of an epoch.
const EPOCH: u64 = 50;
/// Events of it before the first bid.
const OTHERS: u64 = 4;
const AUCTIONS: u64 = 3;
/// The number of the first person, auction and bidder.
const FIRST_NUMBER: u64 = 1000;
const BEGIN_MS: u64 = 1_735_775_900_000;

/// Which events there are.
#[derive(Clone, Copy, Debug)]
pub struct Corpus {
    pub events: u64,
    /// So many in a second of their own time.
    pub rate: u64,
}

/// Numbers, one of which is drawn: so many from the first one on.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) first: u64,
    pub(super) count: u64,
}

/// Fifty neighbouring events, or those of them that the corpus has.
pub struct Epoch {
    corpus: Corpus,
    number: u64,
    pub(super) tables: &'static Tables,
    pub(super) prices: &'static [u32],
    pub(super) hot_person: u64,
    pub(super) active_person: Choice,
    pub(super) hot_auction: u64,
    pub(super) recent_auction: Choice,
}

impl Corpus {
    /// So many epochs, of which the last one may be cut.
    pub fn epochs(self) -> u64 {
        self.events.div_ceil(EPOCH)
    }

    /// When an event happens, in milliseconds.
    #[inline]
    pub fn time(self, number: u64) -> u64 {
        BEGIN_MS + 1000 * number / self.rate
    }

    /// One of its epochs.
    #[inline]
    pub fn epoch(self, number: u64) -> Epoch {
        let active = (number + 1).min(1000);
        let last = AUCTIONS * number + AUCTIONS - 1;
        let recent = last.saturating_sub(100);
        Epoch {
            corpus: self,
            number,
            tables: &TABLES,
            prices: &PRICE,
            hot_person: FIRST_NUMBER + number / 100 * 100,
            active_person: Choice { first: FIRST_NUMBER + number + 1 - active, count: active + 10 },
            hot_auction: FIRST_NUMBER + last / 100 * 100,
            recent_auction: Choice { first: FIRST_NUMBER + recent, count: last - recent + 11 },
        }
    }
}

impl Epoch {
    /// Its person.
    #[inline]
    pub fn person(&self) -> Person {
        let number = EPOCH * self.number;
        Person { n: number, id: FIRST_NUMBER + self.number, time: self.corpus.time(number) }
    }

    /// Its auctions.
    #[inline]
    pub fn auctions(&self) -> impl Iterator<Item = Auction<'_>> {
        let before = FIRST_NUMBER + AUCTIONS * self.number;
        let numbers = self.numbers(1, OTHERS).zip(before..);
        let corpus = self.corpus;
        numbers.map(move |(n, id)| Auction { n, id, time: corpus.time(n), corpus, epoch: self })
    }

    /// Its bids. One division for all of their times, which costs more than all else of a bid.
    #[inline]
    pub fn bids(&self) -> impl Iterator<Item = Bid<'_>> {
        let numbers = self.numbers(OTHERS, EPOCH);
        let rate = self.corpus.rate;
        let (step, step_part) = (1000 / rate, 1000 % rate);
        let first = 1000 * numbers.start;
        let (mut time, mut parts) = (BEGIN_MS + first / rate, first % rate);
        numbers.map(move |n| {
            let bid = Bid { n, time, epoch: self };
            parts += step_part;
            let is_whole = parts >= rate;
            time += step + u64::from(is_whole);
            parts -= if is_whole { rate } else { 0 };
            bid
        })
    }

    /// When its last event happens: no later one of the same source happens before.
    #[inline]
    pub fn end(&self) -> u64 {
        self.corpus.time((EPOCH * (self.number + 1)).min(self.corpus.events) - 1)
    }

    fn numbers(&self, from: u64, to: u64) -> std::ops::Range<u64> {
        let begin = EPOCH * self.number;
        (begin + from).min(self.corpus.events)..(begin + to).min(self.corpus.events)
    }
}
