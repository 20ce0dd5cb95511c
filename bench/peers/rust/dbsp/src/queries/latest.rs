//! The last bid of a bidder, and the ten best ones of an auction.

use std::cmp::Ordering;

use dbsp::RootCircuit;
use dbsp::operator::CmpFunc;
use dbsp::utils::{Tup2, Tup7};
use peer::Time;

use crate::feed::Feed;
use crate::sink::{Sink, sink};
use crate::text::Text;

const PLACES: usize = 10;

/// The number of the event, price, channel, address, time and extra. The first field is whatever it is not indexed by.
type Bid = Tup7<u64, i64, u64, Text, Text, u64, Text>;

/// The last bid of a bidder for an auction. Rows are only added, so that is all that is kept.
pub(super) fn q18(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bids(circuit, |bid| {
        let (channel, url) = bid.channel_and_url();
        let (channel, url, extra) = (Text::of(channel), Text::of(url), Text::of(bid.extra()));
        (Tup2(bid.bidder(), bid.auction()), Tup7(bid.n, bid.price(), 0, channel, url, bid.time, extra))
    });
    let last =
        bids.chain_aggregate(|bid: &Bid, _| *bid, |last, bid, _| if last.0 < bid.0 { *bid } else { last });
    sink(&last.map(|(key, bid)| Tup2(*key, *bid)), |Tup2(Tup2(bidder, auction), bid)| {
        let Tup7(_, price, _, channel, url, time, extra) = *bid;
        (*auction, *bidder, price, channel, url, Time(time), extra)
    })
}

/// The highest price first, and of the same ones the earliest.
struct Best;

impl CmpFunc<Bid> for Best {
    fn cmp(left: &Bid, right: &Bid) -> Ordering {
        right.1.cmp(&left.1).then(left.0.cmp(&right.0))
    }
}

/// The ten best bids of an auction, with their places.
pub(super) fn q19(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bids(circuit, |bid| {
        let (channel, url) = bid.channel_and_url();
        let (channel, url, extra) = (Text::of(channel), Text::of(url), Text::of(bid.extra()));
        (bid.auction(), Tup7(bid.n, bid.price(), bid.bidder(), channel, url, bid.time, extra))
    });
    let best = bids.topk_row_number_custom_order::<Best, _, _>(PLACES, |place, bid: &Bid| Tup2(place, *bid));
    let rows = best.map(|(auction, Tup2(place, bid))| Tup2(Tup2(*auction, *place), *bid));
    sink(&rows, |Tup2(Tup2(auction, place), bid)| {
        let Tup7(_, price, bidder, channel, url, time, extra) = *bid;
        (*auction, bidder, price, channel, url, Time(time), extra, *place)
    })
}
