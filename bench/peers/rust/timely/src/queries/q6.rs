//! What the last ten auctions of a seller have gone for in the mean, in the order of the bids that won.
//!
//! Auctions close in another order, so one that comes late changes the means of up to nine that follow it: those are said again.

use rustc_hash::FxHashMap;
use timely::dataflow::operators::Operator;
use timely::dataflow::operators::vec::Map;
use timely::worker::Worker;

use super::auctions::{Offered, Opened, closed};
use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::spread;

const LAST: usize = 10;

/// Seller, when the best bid came, auction, and its price.
type Sale = (u64, u64, u64, i64);

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let auctions = sources.auctions(scope, |auction| {
            let (time, expires) = (auction.time, auction.expires());
            Opened { id: auction.id, time, expires, what: auction.seller() }
        });
        // Of the same price the earlier one.
        let bids = sources.bids(scope, |bid| Offered {
            auction: bid.auction(),
            time: bid.time,
            rank: (bid.price(), !bid.n),
            what: (),
        });
        let sales = closed(auctions, bids);
        let sales = sales.map(|(auction, best)| (auction.what, best.time, auction.id, best.rank.0));
        let means = sales.unary(spread::by(|row: &Sale| row.0), "means", |_, _| {
            let mut sellers: FxHashMap<u64, Vec<(u64, u64, i64)>> = FxHashMap::default();
            move |input, output| {
                input.for_each_time(|time, batches| {
                    let mut session = output.session(&time);
                    for (seller, time, auction, price) in batches.flat_map(|batch| batch.drain(..)) {
                        let sales = sellers.entry(seller).or_default();
                        let place = sales.partition_point(|(at, id, _)| (*at, *id) < (time, auction));
                        sales.insert(place, (time, auction, price));
                        for changed in place..sales.len().min(place + LAST) {
                            let last = &sales[(changed + 1).saturating_sub(LAST)..=changed];
                            let mean =
                                last.iter().map(|(_, _, price)| price).sum::<i64>() / last.len() as i64;
                            session.give((sales[changed].1, (seller, mean)));
                        }
                    }
                });
            }
        });
        output.latest(means);
    });
    sources.feed(worker, job, &output);
    output.end()
}
