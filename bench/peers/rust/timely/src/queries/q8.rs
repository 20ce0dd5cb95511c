//! Who has registered and sold something within the same ten seconds: a join within windows, said as soon as both are there.

use std::collections::BTreeMap;

use peer::Time;
use rustc_hash::{FxHashMap, FxHashSet};
use timely::dataflow::operators::Operator;
use timely::worker::Worker;

use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::spread;
use crate::text::Text;

const WINDOW_MS: u64 = 10_000;

/// Who was there in a window.
#[derive(Default)]
struct Window {
    registered: FxHashMap<u64, Text>,
    sellers: FxHashSet<u64>,
}

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let persons = sources.persons(scope, |person| (person.id, person.time, Text(person.name())));
        let auctions = sources.auctions(scope, |auction| (auction.seller(), auction.time));
        let by_id = spread::by(|row: &(u64, u64, Text)| row.0);
        let by_seller = spread::by(|row: &(u64, u64)| row.0);
        let joined = persons.binary_frontier(auctions, by_id, by_seller, "new sellers", |_, _| {
            let mut windows: BTreeMap<u64, Window> = BTreeMap::new();
            move |(persons, frontier_of_persons), (auctions, frontier_of_auctions), output| {
                persons.for_each_time(|time, batches| {
                    let mut session = output.session(&time);
                    for (id, time, name) in batches.flat_map(|batch| batch.drain(..)) {
                        let begin = time - time % WINDOW_MS;
                        let window = windows.entry(begin).or_default();
                        let is_new = window.registered.insert(id, name).is_none();
                        if is_new && window.sellers.contains(&id) {
                            session.give((id, name, Time(begin)));
                        }
                    }
                });
                auctions.for_each_time(|time, batches| {
                    let mut session = output.session(&time);
                    for (seller, time) in batches.flat_map(|batch| batch.drain(..)) {
                        let begin = time - time % WINDOW_MS;
                        let window = windows.entry(begin).or_default();
                        if window.sellers.insert(seller)
                            && let Some(name) = window.registered.get(&seller)
                        {
                            session.give((seller, *name, Time(begin)));
                        }
                    }
                });
                while let Some(first) = windows.first_entry()
                    && let end = first.key() + WINDOW_MS
                    && !frontier_of_persons.less_than(&end)
                    && !frontier_of_auctions.less_than(&end)
                {
                    first.remove();
                }
            }
        });
        output.rows(joined);
    });
    sources.feed(worker, job, &output);
    output.end()
}
