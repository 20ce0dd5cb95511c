//! What is done to each row alone: no row goes to another worker.

use peer::{Thousandths, Time};
use timely::dataflow::StreamVec;
use timely::dataflow::operators::vec::{Filter, Map};
use timely::worker::Worker;

use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::text::Text;

/// Auction, bidder, price, time and extra.
type BidRow = (u64, u64, i64, Time, Text);

/// All bids.
pub(super) fn q0(worker: &mut Worker, job: &Job) -> Ended {
    let bid =
        |bid: &peer::Bid<'_>| (bid.auction(), bid.bidder(), bid.price(), Time(bid.time), Text(bid.extra()));
    run(worker, job, bid, |bids| bids)
}

/// Prices in another currency.
pub(super) fn q1(worker: &mut Worker, job: &Job) -> Ended {
    let bid =
        |bid: &peer::Bid<'_>| (bid.auction(), bid.bidder(), bid.price(), Time(bid.time), Text(bid.extra()));
    run(worker, job, bid, |bids| {
        bids.map(|(auction, bidder, price, time, extra): BidRow| {
            (auction, bidder, Thousandths(908 * price), time, extra)
        })
    })
}

/// Bids for some auctions.
pub(super) fn q2(worker: &mut Worker, job: &Job) -> Ended {
    let bid = |bid: &peer::Bid<'_>| (bid.auction(), bid.price());
    run(worker, job, bid, |bids| bids.filter(|(auction, _)| auction % 123 == 0))
}

/// The time of day of bids with a price between two.
pub(super) fn q14(worker: &mut Worker, job: &Job) -> Ended {
    let bid =
        |bid: &peer::Bid<'_>| (bid.auction(), bid.bidder(), bid.price(), Time(bid.time), Text(bid.extra()));
    run(worker, job, bid, |bids| {
        bids.flat_map(|(auction, bidder, price, time, extra): BidRow| {
            let euros = 908 * price;
            let is_wanted = euros > 1_000_000_000 && euros < 50_000_000_000;
            is_wanted.then(|| {
                let of_day = peer::time_of_day(time.0);
                let letters = extra.0.bytes().filter(|letter| *letter == b'c').count() as u64;
                (auction, bidder, Thousandths(euros), Text(of_day), time, extra, letters)
            })
        })
    })
}

/// The number of a channel.
pub(super) fn q21(worker: &mut Worker, job: &Job) -> Ended {
    let bid = |bid: &peer::Bid<'_>| {
        let (channel, url) = bid.channel_and_url();
        (bid.auction(), bid.bidder(), bid.price(), Text(channel), Text(url))
    };
    run(worker, job, bid, |bids| {
        bids.flat_map(|(auction, bidder, price, channel, url): (u64, u64, i64, Text, Text)| {
            peer::channel_number(channel.0, url.0)
                .map(|number| (auction, bidder, price, channel, Text(number)))
        })
    })
}

/// Three directories of an address.
pub(super) fn q22(worker: &mut Worker, job: &Job) -> Ended {
    let bid = |bid: &peer::Bid<'_>| {
        let (channel, url) = bid.channel_and_url();
        (bid.auction(), bid.bidder(), bid.price(), Text(channel), Text(url))
    };
    run(worker, job, bid, |bids| {
        bids.map(|(auction, bidder, price, channel, url): (u64, u64, i64, Text, Text)| {
            let [one, two, three] = peer::directories(url.0).map(Text);
            (auction, bidder, price, channel, one, two, three)
        })
    })
}

/// A program over bids alone.
fn run<T: Clone + 'static, R: peer::Row + 'static>(
    worker: &mut Worker,
    job: &Job,
    bid: impl Fn(&peer::Bid<'_>) -> T + 'static,
    query: impl for<'a> FnOnce(StreamVec<'a, u64, T>) -> StreamVec<'a, u64, R>,
) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let bids = sources.bids(scope, bid);
        output.rows(query(bids));
    });
    sources.feed(worker, job, &output);
    output.end()
}
