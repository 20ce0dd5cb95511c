//! Aggregates in two phases, in a stream: what many have made of their rows, at any time, comes to one result.

use std::collections::BTreeMap;

use memory::Lease;

use super::cases::result;
use super::table::Table;
use crate::Mode;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, KEYS, Row, Value};
use crate::aggregate::tests::two_phase::exchange;
use crate::aggregate::{Aggregation, ChangingAggregate, Function, LocalAggregate, LocalDistinct, ROUND_NS};
use crate::probe::{FinalRows, probe};
use crate::stand::{self, Sent as OfStand, Stand};

/// Key and results of all of these rows.
fn expected(aggregation: &Aggregation, rows: &[Row]) -> BTreeMap<Vec<Value>, Vec<Value>> {
    let mut of_keys: BTreeMap<Vec<Value>, Vec<Row>> = BTreeMap::new();
    for row in rows {
        of_keys.entry(row.key(aggregation.input.key())).or_default().push(row.clone());
    }
    let of_key = |(key, rows): (Vec<Value>, Vec<Row>)| {
        let results = aggregation.aggregates.iter().map(|aggregate| result(aggregate, &rows));
        let row = key.iter().cloned().chain(results).collect();
        (key, row)
    };
    of_keys.into_iter().map(of_key).collect()
}

/// What combines rows before they travel.
fn local(aggregation: &Aggregation, keys_max: usize, round: usize, seed: u64) -> Drive {
    if aggregation.aggregates.iter().any(|aggregate| aggregate.distinct) {
        return Drive::new(LocalDistinct::new(aggregation, keys_max, (round, ROUND_NS)).unwrap(), seed);
    }
    Drive::new(LocalAggregate::new(aggregation, keys_max).unwrap().in_rounds(round, ROUND_NS), seed)
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
        let layout = row::with_filters(&row::layout(KEYS[random.below(KEYS.len())]));
        let locals = 1 + random.below(3);
        // Rows of two subtasks have no order.
        let aggregates = row::aggregates_with_filters(random, locals == 1);
        let aggregation = Aggregation::new(layout.clone(), aggregates);
        let keys = layout.key().len();
        let (keys_max, round) = (1 + random.below(12), 1 + random.below(12));
        let mut fronts: Vec<Drive> =
            (0..locals).map(|_| local(&aggregation, keys_max, round, random.bits())).collect();
        let globals = 1 + random.below(3);
        let mut backs: Vec<Drive> = (0..globals).map(|_| merging(&aggregation, random.bits())).collect();
        let (mut table, mut rows) = (Table::default(), Vec::new());
        for stage in 0..=random.between(1, 4) {
            for front in &mut fronts {
                let part: Vec<Row> = (0..random.below(20)).map(|_| Row::random(random, 5)).collect();
                let mut all_sent = Vec::new();
                for part in part.chunks(1 + random.below(9)) {
                    front.batch(row::batch(&layout, part, random)).unwrap();
                    if random.one_in(4) {
                        let saved = state::redistribute(&[front.save()], memory::KeyGroups::default(), 1);
                        all_sent.extend(front.sent(0));
                        *front = local(&aggregation, keys_max, round, random.bits());
                        saved.into_iter().for_each(|saved| front.load(saved));
                    }
                }
                rows.extend(part);
                front.time(stage).unwrap(); // What is left in its table leaves.
                all_sent.extend(front.sent(0));
                for sent in all_sent {
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

fn counts_of_distinct() -> Aggregation {
    let layout = row::with_filters(&row::layout(&[0]));
    let different = |name: &str| Function::CountOf(1).named(name).distinct();
    let aggregates = vec![
        different("different"),
        Function::Count.named("rows"),
        different("even").filtered_by(row::FILTERS[1]),
        Function::Sum(1).named("sum").distinct(),
    ];
    Aggregation::new(layout, aggregates)
}

#[test]
fn an_aggregate_of_parts_with_distinct_values_stands() {
    let aggregation = counts_of_distinct();
    let input = aggregation.partial().unwrap();
    // Key, rows, a value, and for which of the two filters it is new.
    probe(input, move |seat| Ok(Box::new(ChangingAggregate::merging(&aggregation, seat)?)))
        .final_rows(FinalRows::Folded)
        .tight(20_000)
        .given("a 2 4 1 @10 | b 1 ∅ 0 @12 | a 0 5 1 @13 | ~11 | a 1 4 3 @15 | b 1 6 2 @14 | b 1 6 2 @16")
        .expect("a 2 2 0 9 @13 | b 0 1 0 ∅ @12 | -U a 2 2 0 9 @15 | +U a 2 3 1 9 @15 | -U b 0 1 0 ∅ @16 | +U b 0 3 1 ∅ @16");
}

#[test]
fn a_value_is_told_once_as_long_as_it_is_remembered() {
    let random = &mut Random::new(3);
    let mut row = |word: &str, number: i64| Row {
        word: Some(word.into()),
        number: Some(number),
        ..Row::random(random, 5)
    };
    let rows = [("a", 2), ("a", 2), ("b", 2), ("a", 3), ("a", 2)].map(|(word, number)| row(word, number));
    let aggregation = counts_of_distinct();
    let mut front = local(&aggregation, 100, 1_000, 7);
    let mut told = Vec::new();
    for _ in 0..2 {
        front.batch(row::batch(&aggregation.input, &rows, &mut Random::new(2))).unwrap();
        front.time(5).unwrap();
        for sent in front.sent(0) {
            let Sent::Rows(batch) = sent else { continue };
            told.extend(row::read(&batch, 1).into_iter().map(|mut row| {
                row.pop();
                row
            }));
        }
    }
    let number = |number: i128| Value::Number(number);
    let part = |word: &str, rows, value, mask| vec![Value::Text(word.into()), rows, value, mask];
    let expected = [
        part("a", number(4), number(2), number(3)),
        part("a", number(0), number(3), number(1)),
        part("b", number(1), number(2), number(3)),
        part("a", number(4), Value::Null, number(0)),
        part("b", number(1), Value::Null, number(0)),
    ];
    assert_eq!(told, expected, "the rows of a key stand together, and what is known goes with the first");
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
