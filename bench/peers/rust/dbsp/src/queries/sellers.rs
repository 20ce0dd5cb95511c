//! What the last ten auctions of a seller have gone for in the mean, in the order of the bids that won.

use dbsp::RootCircuit;
use dbsp::algebra::UnimplementedSemigroup;
use dbsp::operator::Fold;
use dbsp::utils::{Tup2, Tup3};

use crate::feed::Feed;
use crate::sink::{Sink, sink};

const LAST: usize = 10;

pub(super) fn q6(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let watermark = feed.watermark(circuit);
    let auctions = feed.auctions(circuit, |auction| {
        Some((auction.id, Tup3(auction.time, auction.expires(), auction.seller())))
    });
    // Of the same price the earlier one is the greater one.
    let bids = feed.bids(circuit, |bid| (bid.auction(), Tup3(bid.price(), !bid.n, bid.time)));
    auctions.accumulate_integrate_trace_retain_values(&watermark, |Tup3(_, expires, _), now| expires >= now);
    bids.accumulate_integrate_trace_retain_values(&watermark, |Tup3(_, _, time), now| time >= now);
    let offers = bids.join_index(&auctions, |id, bid, Tup3(opened, expires, seller)| {
        (bid.2 >= *opened && bid.2 <= *expires).then_some((Tup2(*id, *seller), *bid))
    });
    let best = offers.chain_aggregate(|bid, _| *bid, |best, bid, _| best.max(*bid));
    // In the order of time and auction.
    let sales =
        best.map_index(|(Tup2(id, seller), Tup3(price, _, time))| (*seller, Tup3(*time, *id, *price)));
    let means = sales.aggregate(<Fold<_, _, UnimplementedSemigroup<_>, _, _>>::with_output(
        Vec::new(),
        |prices: &mut Vec<i64>, Tup3(_, _, price): &Tup3<u64, u64, i64>, _| prices.push(*price),
        |prices: Vec<i64>| -> Vec<i64> {
            let last = |end: usize| &prices[(end + 1).saturating_sub(LAST)..=end];
            let mean = |prices: &[i64]| prices.iter().sum::<i64>() / prices.len() as i64;
            (0..prices.len()).map(|end| mean(last(end))).collect()
        },
    ));
    let rows = means.flat_map(|(seller, means)| {
        let seller = *seller;
        means.iter().map(|mean| Tup2(seller, *mean)).collect::<Vec<_>>()
    });
    sink(&rows, |Tup2(seller, mean)| (*seller, *mean))
}
