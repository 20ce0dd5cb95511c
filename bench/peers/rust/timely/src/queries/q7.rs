//! The bids with the highest price of each ten seconds.
//!
//! A bid of the very end of a window belongs to it as well, as far as its price is concerned, but does not make the price. Each
//! worker keeps its own best ones, and one of them says which are the best of all.

use std::collections::BTreeMap;

use peer::Time;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Capability, Operator};
use timely::worker::Worker;

use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::spread;
use crate::text::Text;

const WINDOW_MS: u64 = 10_000;

/// Auction, bidder, price, time and extra.
type Bid = (u64, u64, i64, u64, Text);

/// The best ones of a window, as far as they are known.
struct Window {
    held: Capability<u64>,
    highest: i64,
    bids: Vec<Bid>,
    /// Those of its very end.
    behind: Vec<Bid>,
}

impl Window {
    fn new(held: Capability<u64>) -> Self {
        Self { held, highest: i64::MIN, bids: Vec::new(), behind: Vec::new() }
    }

    fn put(&mut self, bid: Bid) {
        if bid.2 > self.highest {
            self.highest = bid.2;
            self.bids.clear();
        }
        if bid.2 == self.highest {
            self.bids.push(bid);
        }
    }
}

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let bids = sources
            .bids(scope, |bid| (bid.auction(), bid.bidder(), bid.price(), bid.time, Text(bid.extra())));
        let rows = best_of_all(best_of_worker(bids));
        output.rows(
            rows.map(|(auction, bidder, price, time, extra)| (auction, bidder, price, Time(time), extra)),
        );
    });
    sources.feed(worker, job, &output);
    output.end()
}

/// A worker's best bids of a window, with the end of the window.
fn best_of_worker<'a>(bids: StreamVec<'a, u64, Bid>) -> StreamVec<'a, u64, (u64, Bid)> {
    bids.unary_frontier(Pipeline, "best of worker", |_, _| {
        let mut windows: BTreeMap<u64, Window> = BTreeMap::new();
        move |(input, frontier), output| {
            input.for_each_time(|time, batches| {
                for bid in batches.flat_map(|batch| batch.drain(..)) {
                    let begin = bid.3 - bid.3 % WINDOW_MS;
                    let end = begin + WINDOW_MS;
                    if bid.3 == begin {
                        let before =
                            windows.entry(begin).or_insert_with(|| Window::new(time.delayed(&begin, 0)));
                        before.behind.push(bid);
                    }
                    windows.entry(end).or_insert_with(|| Window::new(time.delayed(&end, 0))).put(bid);
                }
            });
            while let Some(first) = windows.first_entry()
                && !frontier.less_equal(first.key())
            {
                let (end, window) = first.remove_entry();
                let rows = window.bids.into_iter().chain(window.behind);
                output.session(&window.held).give_iterator(rows.map(|bid| (end, bid)));
            }
        }
    })
}

/// Of all workers' best ones the best.
fn best_of_all<'a>(best: StreamVec<'a, u64, (u64, Bid)>) -> StreamVec<'a, u64, Bid> {
    best.unary_frontier(spread::by(|row: &(u64, Bid)| row.0), "best of all", |_, _| {
        let mut windows: BTreeMap<u64, Window> = BTreeMap::new();
        move |(input, frontier), output| {
            input.for_each_time(|time, batches| {
                for (end, bid) in batches.flat_map(|batch| batch.drain(..)) {
                    let window = windows.entry(end).or_insert_with(|| Window::new(time.retain(0)));
                    if bid.3 < end { window.put(bid) } else { window.behind.push(bid) }
                }
            });
            while let Some(first) = windows.first_entry()
                && !frontier.less_equal(first.key())
            {
                let window = first.remove();
                let behind = window.behind.into_iter().filter(|bid| bid.2 == window.highest);
                output.session(&window.held).give_iterator(window.bids.into_iter().chain(behind));
            }
        }
    })
}
