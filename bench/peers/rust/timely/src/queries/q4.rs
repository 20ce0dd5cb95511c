//! What auctions of a category have gone for in the mean: a new mean whenever one has closed.

use rustc_hash::FxHashMap;
use timely::dataflow::operators::Operator;
use timely::dataflow::operators::vec::Map;
use timely::worker::Worker;

use super::auctions::{Offered, Opened, closed};
use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::spread;

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let auctions = sources.auctions(scope, |auction| {
            let (time, expires) = (auction.time, auction.expires());
            Opened { id: auction.id, time, expires, what: auction.category() }
        });
        let bids = sources.bids(scope, |bid| Offered {
            auction: bid.auction(),
            time: bid.time,
            rank: bid.price(),
            what: (),
        });
        let prices = closed(auctions, bids).map(|(auction, best)| (auction.what, best.rank));
        let by_category = spread::by(|row: &(u64, i64)| row.0);
        let means = prices.unary(by_category, "means", |_, _| {
            let mut sums: FxHashMap<u64, (i64, i64)> = FxHashMap::default();
            move |input, output| {
                input.for_each_time(|time, batches| {
                    let mut session = output.session(&time);
                    for (category, price) in batches.flat_map(|batch| batch.drain(..)) {
                        let (sum, count) = sums.entry(category).or_default();
                        *sum += price;
                        *count += 1;
                        session.give((category, (category, *sum / *count)));
                    }
                });
            }
        });
        output.latest(means);
    });
    sources.feed(worker, job, &output);
    output.end()
}
