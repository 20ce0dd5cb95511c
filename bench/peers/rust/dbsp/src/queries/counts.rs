//! Counts, by price and of different ones.
//!
//! How many different bidders there are is how many groups there are of key and bidder, so it is the sum of a sum: no row is looked at
//! twice, and a group that has been counted before changes nothing.

use dbsp::utils::{Tup2, Tup3, Tup4, Tup5};
use dbsp::{DBData, RootCircuit};
use peer::{Day, Minute};

use crate::feed::{Changes, Feed};
use crate::sink::{Sink, sink};
use crate::text::Text;

const DAY_MS: u64 = 86_400_000;

/// Bidder, auction, price.
type Bid = Tup3<u64, u64, i64>;
/// Of all prices, of low ones, middle ones and high ones.
type Ranks = Tup4<i64, i64, i64, i64>;

fn rank(price: i64) -> Ranks {
    let (low, high) = (price < 10_000, price >= 1_000_000);
    Tup4(1, i64::from(low), i64::from(!low && !high), i64::from(high))
}

/// So many different ones.
fn different<K: DBData + Copy>(bids: &Changes<K, Bid>, of: fn(&Bid) -> u64) -> Changes<K, Ranks> {
    let groups = bids.map_index(move |(key, bid)| (Tup2(*key, of(bid)), bid.2));
    let counts = groups.aggregate_linear(|price| rank(*price));
    let is_there = |count: i64| i64::from(count > 0);
    let flags = counts.map_index(move |(Tup2(key, _), Tup4(_, low, middle, high))| {
        (*key, Tup4(1, is_there(*low), is_there(*middle), is_there(*high)))
    });
    flags.aggregate_linear(|flags| *flags)
}

/// Bids, different bidders and different auctions.
fn ranks<K: DBData + Copy>(bids: &Changes<K, Bid>) -> Changes<K, Tup3<Ranks, Ranks, Ranks>> {
    let counts = bids.aggregate_linear(|bid| rank(bid.2));
    let (bidders, auctions) = (different(bids, |bid| bid.0), different(bids, |bid| bid.1));
    let both = counts.join_index(&bidders, |key, counts, bidders| Some((*key, Tup2(*counts, *bidders))));
    both.join_index(&auctions, |key, Tup2(counts, bidders), auctions| {
        Some((*key, Tup3(*counts, *bidders, *auctions)))
    })
}

/// A day.
pub(super) fn q15(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bids(circuit, |bid| (bid.time / DAY_MS, Tup3(bid.bidder(), bid.auction(), bid.price())));
    let rows = ranks(&bids).map(|(day, ranks)| Tup2(*day, *ranks));
    sink(&rows, |Tup2(day, Tup3(bids, bidders, auctions))| {
        let (Tup4(b, b1, b2, b3), Tup4(p, p1, p2, p3), Tup4(a, a1, a2, a3)) = (*bids, *bidders, *auctions);
        (Day(*day), b, b1, b2, b3, p, p1, p2, p3, a, a1, a2, a3)
    })
}

/// A channel and a day.
pub(super) fn q16(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    // A time stands for its day and its minute.
    let bids = feed.bids(circuit, |bid| {
        let key = Tup2(Text::of(bid.channel_and_url().0), bid.time / DAY_MS);
        (key, Tup4(bid.bidder(), bid.auction(), bid.price(), bid.time))
    });
    let latest = bids.chain_aggregate(|bid, _| bid.3, |latest, bid, _| latest.max(bid.3));
    let minutes = latest.map_index(|(key, time)| (*key, time - time % 60_000));
    let ranks = ranks(
        &bids.map_index(|(key, Tup4(bidder, auction, price, _))| (*key, Tup3(*bidder, *auction, *price))),
    );
    let rows =
        ranks.join(&minutes, |Tup2(channel, day), ranks, minute| Tup4(*channel, *day, *minute, *ranks));
    sink(&rows, |Tup4(channel, day, minute, Tup3(bids, bidders, auctions))| {
        let (Tup4(b, b1, b2, b3), Tup4(p, p1, p2, p3), Tup4(a, a1, a2, a3)) = (*bids, *bidders, *auctions);
        (*channel, Day(*day), Minute(*minute), b, b1, b2, b3, p, p1, p2, p3, a, a1, a2, a3)
    })
}

/// An auction and a day.
pub(super) fn q17(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bids(circuit, |bid| (Tup2(bid.auction(), bid.time / DAY_MS), bid.price()));
    let sums = bids.aggregate_linear(|price| {
        let Tup4(all, low, middle, high) = rank(*price);
        Tup5(all, low, middle, high, *price)
    });
    let ends = bids.chain_aggregate(
        |price, _| Tup2(*price, *price),
        |Tup2(least, most), price, _| Tup2(least.min(*price), most.max(*price)),
    );
    let rows = sums.join(&ends, |key, sums, ends| Tup3(*key, *sums, *ends));
    sink(&rows, |Tup3(Tup2(auction, day), Tup5(all, low, middle, high, sum), Tup2(least, most))| {
        (*auction, Day(*day), *all, *low, *middle, *high, *least, *most, sum / all, *sum)
    })
}
