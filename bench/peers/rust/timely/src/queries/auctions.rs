//! Auctions that have closed, with their best bid: what three queries begin with.
//!
//! Auctions and bids meet at the worker that has the auction. A bid counts from when the auction was opened until it expires, both
//! included; when the watermark has passed that, the auction goes on with its best bid, if there was one. Of an auction that has
//! closed only that is kept.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use timely::ExchangeData;
use timely::dataflow::StreamVec;
use timely::dataflow::operators::{Capability, Operator};

use crate::spread;

/// Somebody offers something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Opened<A> {
    pub(super) id: u64,
    pub(super) time: u64,
    pub(super) expires: u64,
    pub(super) what: A,
}

/// A price. The greatest rank is the best one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Offered<R, B> {
    pub(super) auction: u64,
    pub(super) time: u64,
    pub(super) rank: R,
    pub(super) what: B,
}

enum State<A, R, B> {
    /// Bids that were here first.
    Unknown(Vec<Offered<R, B>>),
    Open(Box<Open<A, R, B>>),
    Closed,
}

struct Open<A, R, B> {
    auction: Opened<A>,
    best: Option<Offered<R, B>>,
}

impl<A, R: Ord, B> Open<A, R, B> {
    fn offer(&mut self, bid: Offered<R, B>) {
        let is_open = bid.time >= self.auction.time && bid.time <= self.auction.expires;
        if is_open && self.best.as_ref().is_none_or(|best| best.rank < bid.rank) {
            self.best = Some(bid);
        }
    }
}

/// The auctions of a worker.
struct Auctions<A, R, B> {
    states: FxHashMap<u64, State<A, R, B>>,
    expiring: BinaryHeap<Reverse<(u64, u64)>>,
    /// The right to say what has closed.
    capability: Option<Capability<u64>>,
}

impl<A, R: Ord, B> Auctions<A, R, B> {
    fn open(&mut self, auction: Opened<A>) {
        self.expiring.push(Reverse((auction.expires, auction.id)));
        let state = self.states.entry(auction.id).or_insert(State::Unknown(Vec::new()));
        let mut open = Open { auction, best: None };
        if let State::Unknown(bids) = state {
            bids.drain(..).for_each(|bid| open.offer(bid));
        }
        *state = State::Open(Box::new(open));
    }

    fn offer(&mut self, bid: Offered<R, B>) {
        match self.states.entry(bid.auction) {
            Entry::Vacant(place) => {
                place.insert(State::Unknown(vec![bid]));
            }
            Entry::Occupied(mut state) => match state.get_mut() {
                State::Unknown(bids) => bids.push(bid),
                State::Open(open) => open.offer(bid),
                State::Closed => {}
            },
        }
    }

    /// The next one that no bid can come for any more.
    fn close(&mut self, is_past: impl Fn(u64) -> bool) -> Option<Open<A, R, B>> {
        let Reverse((expires, id)) = *self.expiring.peek()?;
        if !is_past(expires) {
            return None;
        }
        self.expiring.pop();
        match self.states.insert(id, State::Closed) {
            Some(State::Open(open)) => Some(*open),
            _ => unreachable!("what expires was open"),
        }
    }

    /// Gives back what of the right is not needed any more.
    fn release(&mut self) {
        let next = self.expiring.peek().map(|Reverse((expires, _))| *expires);
        match (next, &mut self.capability) {
            (Some(next), Some(held)) if next > *held.time() => held.downgrade(&next),
            (Some(_), _) => {}
            (None, held) => *held = None,
        }
    }
}

/// Each auction that had a bid, once it has closed.
pub(super) fn closed<'a, A, R, B>(
    auctions: StreamVec<'a, u64, Opened<A>>,
    bids: StreamVec<'a, u64, Offered<R, B>>,
) -> StreamVec<'a, u64, (Opened<A>, Offered<R, B>)>
where
    A: ExchangeData + Clone,
    R: ExchangeData + Clone + Ord,
    B: ExchangeData + Clone,
{
    let by_id = spread::by(|auction: &Opened<A>| auction.id);
    let by_auction = spread::by(|bid: &Offered<R, B>| bid.auction);
    auctions.binary_frontier(bids, by_id, by_auction, "closed auctions", |_, _| {
        let states = FxHashMap::default();
        let mut all = Auctions { states, expiring: BinaryHeap::new(), capability: None };
        move |(auctions, frontier_of_auctions), (bids, frontier_of_bids), output| {
            auctions.for_each_time(|time, batches| {
                all.capability.get_or_insert_with(|| time.retain(0));
                batches.flat_map(|batch| batch.drain(..)).for_each(|auction| all.open(auction));
            });
            bids.for_each_time(|_, batches| {
                batches.flat_map(|batch| batch.drain(..)).for_each(|bid| all.offer(bid));
            });
            if let Some(held) = all.capability.clone() {
                let is_past =
                    |time| !frontier_of_auctions.less_equal(&time) && !frontier_of_bids.less_equal(&time);
                let mut session = output.session(&held);
                while let Some(Open { auction, best }) = all.close(is_past) {
                    session.give_iterator(best.map(|best| (auction, best)).into_iter());
                }
            }
            all.release();
        }
    })
}
