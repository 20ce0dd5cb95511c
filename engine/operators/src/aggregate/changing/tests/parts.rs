//! Aggregates in two phases, in a stream: what many have made of their rows, at any time, comes to one result.

use std::collections::BTreeMap;

use memory::Lease;

use super::table::Table;
use crate::Mode;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, KEYS, Row, Value};
use crate::aggregate::tests::two_phase::exchange;
use crate::aggregate::{Aggregate, Aggregation, ChangingAggregate, Function, LocalAggregate, ROUND_NS};
use crate::probe::{FinalRows, probe};
use crate::stand::{self, Sent as OfStand, Stand};

/// Key and results of all of these rows.
fn expected(aggregation: &Aggregation, rows: &[Row]) -> BTreeMap<Vec<Value>, Vec<Value>> {
    let mut of_keys: BTreeMap<Vec<Value>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        of_keys.entry(row.key(aggregation.input.key())).or_default().push(row);
    }
    let result = |(key, rows): (Vec<Value>, Vec<&Row>)| {
        let results = aggregation.aggregates.iter().map(|aggregate| row::evaluate(aggregate.function, &rows));
        let row = key.iter().cloned().chain(results).collect();
        (key, row)
    };
    of_keys.into_iter().map(result).collect()
}

fn merging(aggregation: &Aggregation, seed: u64) -> Drive {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    Drive::new(ChangingAggregate::merging(aggregation, &seat).unwrap(), seed)
}

#[test]
fn parts_of_many_come_to_the_results_of_all_rows() {
    for seed in 0..2_000 {
        let random = &mut Random::new(seed);
        let layout = row::layout(KEYS[random.below(KEYS.len())]);
        let locals = 1 + random.below(3);
        // Rows of two subtasks have no order.
        let aggregation = Aggregation::new(layout.clone(), row::aggregates(random, locals == 1));
        let keys = layout.key().len();
        let (keys_max, round) = (1 + random.below(12), 1 + random.below(12));
        let mut fronts: Vec<Drive> = (0..locals)
            .map(|_| LocalAggregate::new(&aggregation, keys_max).unwrap().in_rounds(round, ROUND_NS))
            .map(|local| Drive::new(local, random.bits()))
            .collect();
        let globals = 1 + random.below(3);
        let mut backs: Vec<Drive> = (0..globals).map(|_| merging(&aggregation, random.bits())).collect();
        let (mut table, mut rows) = (Table::default(), Vec::new());
        for stage in 0..=random.between(1, 4) {
            for front in &mut fronts {
                let part: Vec<Row> = (0..random.below(20)).map(|_| Row::random(random, 5)).collect();
                for part in part.chunks(1 + random.below(9)) {
                    front.batch(row::batch(&layout, part, random)).unwrap();
                }
                rows.extend(part);
                front.time(stage).unwrap(); // What is left in its table leaves.
                for sent in front.sent(0) {
                    let Sent::Rows(batch) = sent else { continue };
                    for (owner, part) in exchange(&batch, keys, globals).into_iter().enumerate() {
                        backs[owner].batch(part).unwrap();
                    }
                }
            }
            for back in &mut backs {
                let mut next = merging(&aggregation, random.bits());
                next.load(state::redistribute(&[back.save()], memory::KeyGroups::default(), 1).remove(0));
                for sent in std::mem::replace(back, next).sent(0) {
                    let Sent::Rows(batch) = sent else { panic!("time stands still") };
                    table.apply(row::read_changes(&batch, keys), keys);
                }
            }
            assert_eq!(table.rows, expected(&aggregation, &rows), "seed {seed}: {aggregation:?}");
        }
    }
}

fn counts() -> Aggregation {
    let layout = row::layout(&[0]);
    Aggregation::new(layout, vec![Function::Count.named("rows"), Function::Max(1).named("most")])
}

#[test]
fn an_aggregate_of_parts_stands() {
    let aggregation = counts();
    let input = aggregation.partial().unwrap();
    probe(input, move |seat| Ok(Box::new(ChangingAggregate::merging(&aggregation, seat)?)))
        .final_rows(FinalRows::Folded)
        .tight(20_000)
        .given("a 1 7 @10 | b 2 ∅ @12 | a 2 9 @13 | ~11 | a 3 8 @15 | b 1 1 @14")
        .expect("a 3 9 @13 | b 2 ∅ @12 | -U a 3 9 @15 | +U a 6 9 @15 | -U b 2 ∅ @14 | +U b 3 1 @14");
}

#[test]
fn distinct_values_are_not_told_apart_in_parts() {
    let distinct: Aggregate = Function::CountOf(1).named("different").distinct();
    let aggregation = Aggregation::new(row::layout(&[0]), vec![distinct]);
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let refused = ChangingAggregate::merging(&aggregation, &seat).err().unwrap().to_string();
    assert!(
        refused.starts_with("the count of the distinct values of column `number` is not computed in parts")
    );
    assert!(aggregation.partial().is_err());
}

#[test]
fn a_row_waits_for_others_for_some_milliseconds_at_most() {
    let row = || {
        let random = &mut Random::new(1);
        let rows = [Row { word: Some("a".into()), ..Row::random(random, 5) }];
        memory::Batch::new(row::batch(&counts().input, &rows, random).compact().columns().clone())
    };
    let partial_rows = |sent: Vec<OfStand>| -> usize {
        sent.iter().map(|sent| if let OfStand::Rows(batch) = sent { batch.rows() } else { 0 }).sum()
    };
    let local = LocalAggregate::new(&counts(), 100).unwrap().in_rounds(4, ROUND_NS);
    let mut stand = Stand::new(local, 1, None);
    stand.batch(0, row()).unwrap();
    stand.pass_ns(9_000_000).unwrap();
    stand.batch(0, row()).unwrap();
    assert_eq!(partial_rows(stand.take()), 0);
    stand.pass_ns(1_000_000).unwrap();
    assert_eq!(partial_rows(stand.take()), 1, "two rows are one part");
    // What was saved has waited for long enough.
    stand.batch(0, row()).unwrap();
    let restore = stand::passed_on(stand.save());
    let mut stand = Stand::new(LocalAggregate::new(&counts(), 100).unwrap().in_rounds(4, ROUND_NS), 1, None);
    stand.load(&restore).unwrap();
    stand.pass_ns(0).unwrap();
    assert_eq!(partial_rows(stand.take()), 1);
    // Four rows are a round.
    for rows in [0, 0, 0, 1] {
        stand.batch(0, row()).unwrap();
        assert_eq!(partial_rows(stand.take()), rows);
    }
    // Without rounds it waits for a full table, or for time.
    let mut stand = Stand::new(LocalAggregate::new(&counts(), 100).unwrap(), 1, None);
    (0..9).for_each(|_| stand.batch(0, row()).unwrap());
    stand.pass_ns(1_000_000_000).unwrap();
    assert_eq!(partial_rows(stand.take()), 0);
}
