//! What is best in windows of time. Windows that the watermark has passed are forgotten.

use dbsp::RootCircuit;
use dbsp::operator::Max;
use dbsp::utils::{Tup2, Tup3, Tup5};
use peer::Time;

use crate::feed::Feed;
use crate::sink::{Sink, sink};
use crate::text::Text;

const SLIDE_MS: u64 = 2000;
const SLIDES: u64 = 5;
const WINDOW_MS: u64 = 10_000;
/// So many groups of auctions have a best bid each, so that no worker has all bids of a window.
const GROUPS: u64 = 16;

/// The auctions with the most bids of ten seconds, every two seconds. The bids of a transaction for an auction are one change of as
/// great a weight, which goes into five windows.
pub(super) fn q5(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let slides =
        feed.bids(circuit, |bid| (Tup2(bid.time - bid.time % SLIDE_MS + SLIDE_MS, bid.auction()), ()));
    let windows = slides.flat_map_index(|(Tup2(end, auction), ())| {
        let (end, auction) = (*end, *auction);
        (0..SLIDES).map(move |slide| (Tup2(end + slide * SLIDE_MS, auction), ()))
    });
    let counts = windows.weighted_count();
    let of_window = counts.map_index(|(Tup2(end, _), count)| (*end, *count));
    let most = of_window.aggregate(Max).map_index(|(end, most)| (Tup2(*end, *most), ()));
    let by_count = counts.map_index(|(Tup2(end, auction), count)| (Tup2(*end, *count), *auction));
    let watermark = feed.watermark(circuit);
    of_window.accumulate_integrate_trace_retain_keys(&watermark, |end, now| end >= now);
    by_count.accumulate_integrate_trace_retain_keys(&watermark, |Tup2(end, _), now| end >= now);
    let rows = by_count.join(&most, |Tup2(end, count), auction, ()| Tup3(*end, *auction, *count));
    sink(&rows, |Tup3(_, auction, count)| (*auction, *count))
}

/// Auction, bidder, price, time and extra.
type Bid = Tup5<u64, u64, i64, u64, Text>;

/// The bids with the highest price of each ten seconds. One of the very end of a window belongs to it as well, as far as its price is
/// concerned, but does not make the price.
pub(super) fn q7(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bids(circuit, |bid| {
        let row = Tup5(bid.auction(), bid.bidder(), bid.price(), bid.time, Text::of(bid.extra()));
        (Tup2(bid.time - bid.time % WINDOW_MS + WINDOW_MS, row.0 % GROUPS), row)
    });
    // Rows are only added, so of a group only the best ones are kept.
    let best = bids.chain_aggregate(
        |bid: &Bid, _| vec![*bid],
        |mut best: Vec<Bid>, bid, _| {
            let highest = best.first().map_or(i64::MIN, |best| best.2);
            if bid.2 > highest {
                best.clear();
            }
            if bid.2 >= highest {
                best.push(*bid);
            }
            best
        },
    );
    let within = best.flat_map_index(|(Tup2(end, _), best)| {
        let end = *end;
        best.iter().map(|bid| (Tup2(end, bid.2), *bid)).collect::<Vec<_>>()
    });
    let behind =
        bids.flat_map_index(|(_, bid)| (bid.3 % WINDOW_MS == 0).then_some((Tup2(bid.3, bid.2), *bid)));
    let highest = within.map_index(|(Tup2(end, price), _)| (*end, *price)).aggregate(Max);
    let highest = highest.map_index(|(end, price)| (Tup2(*end, *price), ()));
    let rows = within.plus(&behind).join(&highest, |Tup2(end, _), bid, ()| Tup2(*end, *bid));
    sink(&rows, |Tup2(_, Tup5(auction, bidder, price, time, extra))| {
        (*auction, *bidder, *price, Time(*time), *extra)
    })
}
