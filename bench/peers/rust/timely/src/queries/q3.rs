//! Who sells something of a category in some states: a join that keeps both sides.

use rustc_hash::FxHashMap;
use timely::dataflow::operators::Operator;
use timely::dataflow::operators::vec::{Filter, Map};
use timely::worker::Worker;

use crate::feed::Sources;
use crate::job::{Ended, Job};
use crate::spread;
use crate::text::Text;

pub(super) fn run(worker: &mut Worker, job: &Job) -> Ended {
    let (mut sources, output) = (Sources::default(), job.output(worker));
    worker.dataflow::<u64, _, _>(|scope| {
        let auctions = sources
            .auctions(scope, |auction| (auction.seller(), auction.id, auction.category()))
            .flat_map(|(seller, id, category)| (category == 10).then_some((seller, id)));
        let persons = sources
            .persons(scope, |person| {
                (person.id, Text(person.name()), Text(person.city()), Text(person.state()))
            })
            .filter(|(_, _, _, state)| matches!(state.0, "OR" | "ID" | "CA"));
        let by_seller = spread::by(|row: &(u64, u64)| row.0);
        let by_id = spread::by(|row: &(u64, Text, Text, Text)| row.0);
        let joined = auctions.binary(persons, by_seller, by_id, "sellers", |_, _| {
            let mut sold: FxHashMap<u64, Vec<u64>> = FxHashMap::default();
            let mut sellers: FxHashMap<u64, (Text, Text, Text)> = FxHashMap::default();
            move |auctions, persons, output| {
                persons.for_each_time(|time, batches| {
                    let mut session = output.session(&time);
                    for (id, name, city, state) in batches.flat_map(|batch| batch.drain(..)) {
                        for auction in sold.get(&id).into_iter().flatten() {
                            session.give((name, city, state, *auction));
                        }
                        sellers.insert(id, (name, city, state));
                    }
                });
                auctions.for_each_time(|time, batches| {
                    let mut session = output.session(&time);
                    for (seller, id) in batches.flat_map(|batch| batch.drain(..)) {
                        if let Some((name, city, state)) = sellers.get(&seller) {
                            session.give((*name, *city, *state, id));
                        }
                        sold.entry(seller).or_default().push(id);
                    }
                });
            }
        });
        output.rows(joined);
    });
    sources.feed(worker, job, &output);
    output.end()
}
