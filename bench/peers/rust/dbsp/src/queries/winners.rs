//! Auctions with their best bid.
//!
//! Rows are only added, so the best bid of an auction is kept and no other one. What the watermark has passed meets nothing any more:
//! a bid matches auctions that were opened before it, an auction bids of before it expires.

use dbsp::RootCircuit;
use dbsp::utils::{Tup2, Tup3, Tup5, Tup8};
use peer::Time;

use crate::feed::Feed;
use crate::sink::{Sink, sink};
use crate::text::Text;

/// What auctions of a category have gone for in the mean.
pub(super) fn q4(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let watermark = feed.watermark(circuit);
    let auctions = feed.auctions(circuit, |auction| {
        Some((auction.id, Tup3(auction.time, auction.expires(), auction.category())))
    });
    let bids = feed.bids(circuit, |bid| (bid.auction(), Tup2(bid.time, bid.price())));
    auctions.accumulate_integrate_trace_retain_values(&watermark, |Tup3(_, expires, _), now| expires >= now);
    bids.accumulate_integrate_trace_retain_values(&watermark, |Tup2(time, _), now| time >= now);
    let prices = bids.join_index(&auctions, |id, Tup2(time, price), Tup3(opened, expires, category)| {
        (time >= opened && time <= expires).then_some((Tup2(*id, *category), *price))
    });
    let best = prices.chain_aggregate(|price, _| *price, |best, price, _| best.max(*price));
    let means = best.map_index(|(Tup2(_, category), price)| (*category, *price)).average(|price| *price);
    sink(&means.map(|(category, mean)| Tup2(*category, *mean)), |Tup2(category, mean)| (*category, *mean))
}

/// An auction but for its number: when it was opened, expires, name, description, first price, reserve, seller with category, extra.
type Auction = Tup8<u64, u64, Text, Text, i64, i64, Tup2<u64, u64>, Text>;
/// A bid, so that the best one is the greatest: price, not its number, bidder, time and extra.
type Bid = Tup5<i64, u64, u64, u64, Text>;

/// Each auction with the bid that has won it.
pub(super) fn q9(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let watermark = feed.watermark(circuit);
    let auctions = feed.auctions(circuit, |auction| {
        let (name, description) = (Text::of(auction.item_name()), Text::of(auction.description()));
        let (initial, reserve) = (auction.initial_bid(), auction.reserve());
        let seller = Tup2(auction.seller(), auction.category());
        let (time, expires, extra) = (auction.time, auction.expires(), Text::of(auction.extra()));
        Some((auction.id, Tup8(time, expires, name, description, initial, reserve, seller, extra)))
    });
    let bids = feed.bids(circuit, |bid| {
        (bid.auction(), Tup5(bid.price(), !bid.n, bid.bidder(), bid.time, Text::of(bid.extra())))
    });
    auctions.accumulate_integrate_trace_retain_values(&watermark, |auction: &Auction, now| auction.1 >= *now);
    bids.accumulate_integrate_trace_retain_values(&watermark, |bid: &Bid, now| bid.3 >= *now);
    let offers = bids.join_index(&auctions, |id, bid, auction| {
        (bid.3 >= auction.0 && bid.3 <= auction.1).then_some((*id, Tup2(*bid, *auction)))
    });
    let best = offers.chain_aggregate(
        |offer: &Tup2<Bid, Auction>, _| *offer,
        |best, offer, _| if best.0 < offer.0 { *offer } else { best },
    );
    sink(&best.map(|(id, offer)| Tup2(*id, *offer)), |Tup2(id, Tup2(bid, auction))| {
        let Tup8(opened, expires, name, description, initial, reserve, Tup2(seller, category), extra) =
            *auction;
        let Tup5(price, _, bidder, time, bid_extra) = *bid;
        let (opened, expires, time) = (Time(opened), Time(expires), Time(time));
        (
            *id,
            name,
            description,
            initial,
            reserve,
            opened,
            expires,
            seller,
            category,
            extra,
            *id,
            bidder,
            price,
            time,
            bid_extra,
        )
    })
}
