//! The auctions with the most bids of the last ten seconds, every two seconds.
//!
//! Each worker counts its own bids of a batch first, by auction and slide, so that not each of them goes to another worker. Where an
//! auction is, the counts of a slide come into the window when it closes and leave it five slides later. Each worker says its best
//! ones, and one of them says which are the best of all.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::{Capability, Operator};
use timely::worker::Worker;

use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::spread;

const SLIDE_MS: u64 = 2000;
const SLIDES: u64 = 5;

/// Auction, when its slide or window ends, and how many bids.
type Count = (u64, u64, u64);

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let bids = sources.bids(scope, |bid| (bid.auction(), bid.time));
        output.rows(hottest(windows(slides(bids))));
    });
    sources.feed(worker, job, &output);
    output.end()
}

/// The counts of a batch.
fn slides<'a>(bids: StreamVec<'a, u64, (u64, u64)>) -> StreamVec<'a, u64, Count> {
    bids.unary(Pipeline, "slides", |_, _| {
        let mut counts: FxHashMap<(u64, u64), u64> = FxHashMap::default();
        move |input, output| {
            input.for_each_time(|time, batches| {
                for (auction, time) in batches.flat_map(|batch| batch.drain(..)) {
                    let end = time - time % SLIDE_MS + SLIDE_MS;
                    *counts.entry((auction, end)).or_default() += 1;
                }
                let counts = counts.drain().map(|((auction, end), count)| (auction, end, count));
                output.session(&time).give_iterator(counts);
            });
        }
    })
}

/// The best ones of a worker, whenever a window closes.
fn windows<'a>(counts: StreamVec<'a, u64, Count>) -> StreamVec<'a, u64, Count> {
    counts.unary_frontier(spread::by(|row: &Count| row.0), "windows", |_, _| {
        let mut slides: BTreeMap<u64, (Capability<u64>, FxHashMap<u64, u64>)> = BTreeMap::new();
        let mut closed: BTreeMap<u64, FxHashMap<u64, u64>> = BTreeMap::new();
        let mut window: FxHashMap<u64, u64> = FxHashMap::default();
        move |(input, frontier), output| {
            input.for_each_time(|time, batches| {
                let mut made = 0;
                for (auction, end, count) in batches.flat_map(|batch| batch.drain(..)) {
                    if end != made {
                        // And all windows that it is in, though nothing else may come for them.
                        for end in (0..SLIDES).map(|slide| end + slide * SLIDE_MS) {
                            slides
                                .entry(end)
                                .or_insert_with(|| (time.delayed(&end, 0), FxHashMap::default()));
                        }
                        made = end;
                    }
                    let (_, slide) = slides.get_mut(&end).expect("it was made");
                    *slide.entry(auction).or_default() += count;
                }
            });
            while let Some(first) = slides.first_entry()
                && !frontier.less_than(first.key())
            {
                let (end, (held, slide)) = first.remove_entry();
                slide.iter().for_each(|(auction, count)| *window.entry(*auction).or_default() += count);
                closed.insert(end, slide);
                if let Some(left) = closed.remove(&(end - SLIDES * SLIDE_MS)) {
                    leave(&mut window, left);
                }
                let most = window.values().max().copied().unwrap_or_default();
                let best = window.iter().filter(|(_, count)| **count == most);
                output.session(&held).give_iterator(best.map(|(auction, count)| (*auction, end, *count)));
            }
        }
    })
}

fn leave(window: &mut FxHashMap<u64, u64>, slide: FxHashMap<u64, u64>) {
    for (auction, count) in slide {
        let all = window.get_mut(&auction).expect("what leaves has come");
        *all -= count;
        if *all == 0 {
            window.remove(&auction);
        }
    }
}

/// Of all workers' best ones the best.
fn hottest<'a>(best: StreamVec<'a, u64, Count>) -> StreamVec<'a, u64, (u64, u64)> {
    best.unary_frontier(spread::by(|row: &Count| row.1), "hottest", |_, _| {
        type Best = (Capability<u64>, Vec<(u64, u64)>);
        let mut windows: BTreeMap<u64, Best> = BTreeMap::new();
        move |(input, frontier), output| {
            input.for_each_time(|time, batches| {
                for (auction, end, count) in batches.flat_map(|batch| batch.drain(..)) {
                    let window = windows.entry(end).or_insert_with(|| (time.retain(0), Vec::new()));
                    window.1.push((auction, count));
                }
            });
            while let Some(first) = windows.first_entry()
                && !frontier.less_equal(first.key())
            {
                let (held, rows) = first.remove();
                let most = rows.iter().map(|(_, count)| *count).max().unwrap_or_default();
                output.session(&held).give_iterator(rows.into_iter().filter(|(_, count)| *count == most));
            }
        }
    })
}
