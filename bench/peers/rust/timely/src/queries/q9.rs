//! Each auction with the bid that has won it, when it has closed.

use peer::Time;
use timely::dataflow::operators::vec::Map;
use timely::worker::Worker;

use super::auctions::{Offered, Opened, closed};
use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::text::Text;

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let auctions = sources.auctions(scope, |auction| Opened {
            id: auction.id,
            time: auction.time,
            expires: auction.expires(),
            what: (
                (Text(auction.item_name()), Text(auction.description())),
                (auction.initial_bid(), auction.reserve()),
                (auction.seller(), auction.category(), Text(auction.extra())),
            ),
        });
        // Of the same price the earlier one.
        let bids = sources.bids(scope, |bid| Offered {
            auction: bid.auction(),
            time: bid.time,
            rank: (bid.price(), !bid.n),
            what: (bid.bidder(), Text(bid.extra())),
        });
        output.rows(closed(auctions, bids).map(|(auction, best)| {
            let ((name, description), (initial, reserve), (seller, category, extra)) = auction.what;
            let (id, opened, expires) = (auction.id, Time(auction.time), Time(auction.expires));
            let (bidder, bid_extra) = best.what;
            let (price, at) = (best.rank.0, Time(best.time));
            (
                id,
                name,
                description,
                initial,
                reserve,
                opened,
                expires,
                seller,
                category,
                extra,
                id,
                bidder,
                price,
                at,
                bid_extra,
            )
        }));
    });
    sources.feed(worker, job, &output);
    output.end()
}
