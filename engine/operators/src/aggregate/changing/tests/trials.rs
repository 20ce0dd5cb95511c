//! The trials that every operator must stand.

use std::collections::BTreeMap;

use record::Record;

use crate::Mode;
use crate::aggregate::{Aggregation, ChangingAggregate, Function};
use crate::layout::Layout;
use crate::probe::{FinalRows, Item, Probe, Trial, probe};

/// Counts, sums and counts of different values, by the first column or by none.
fn aggregation(key: &[usize]) -> Aggregation {
    let layout = Layout::of(<(String, Option<i64>)>::fields()).keyed_by(key.to_vec());
    let aggregates = vec![
        Function::Count.named("rows"),
        Function::Sum(1).named("sum"),
        Function::Max(1).named("most"),
        Function::CountOf(1).named("different").distinct(),
    ];
    Aggregation::new(layout, aggregates)
}

fn changing(key: &[usize]) -> Aggregation {
    let aggregation = aggregation(key);
    Aggregation { input: aggregation.input.changing(), ..aggregation }
}

fn trial(aggregation: Aggregation) -> Probe {
    probe(aggregation.input.clone(), move |seat| Ok(Box::new(ChangingAggregate::new(&aggregation, seat)?)))
        .final_rows(FinalRows::Folded)
}

#[test]
fn an_aggregate_of_rows_that_stay_stands() {
    trial(aggregation(&[0]))
        .tight(20_000)
        .given("a 1 | b 2 | a 3 | a 3 | b ∅ | ~11 | a 3 | c ∅")
        .expect("+I a 3 7 3 2 | +I b 2 2 2 1 | -U a 3 7 3 2 | +U a 4 10 3 2 | +I c 1 ∅ ∅ 0");
    trial(aggregation(&[0]))
        .mode(Mode::Batch)
        .given("a 1 | b 2 | a 3 | a 3 | b ∅ | a 3 | c ∅")
        .expect("a 4 10 3 2 | b 2 2 2 1 | c 1 ∅ ∅ 0");
}

#[test]
fn an_aggregate_of_a_changelog_stands() {
    trial(changing(&[0]))
        .tight(20_000)
        .given("a 1 | b 2 | -U b 2 | +U b 4 | ~11 | -D a 1 | -U b 4 | +U b 3 | c 1 | -D c 1 | ~12 | b 3 | -D b 3")
        .expect("+I a 1 1 1 1 | +I b 1 4 4 1 | -D a 1 1 1 1 | -U b 1 4 4 1 | +U b 1 3 3 1");
}

#[test]
fn an_aggregate_for_those_who_know_its_keys_stands() {
    let by_key = |aggregation: Aggregation| {
        probe(aggregation.input.clone(), move |seat| {
            Ok(Box::new(ChangingAggregate::new(&aggregation, seat)?.without_former()))
        })
        .output_key([0])
        .final_rows(FinalRows::ByKey)
    };
    by_key(aggregation(&[0]))
        .given("a 1 | b 2 | a 3 | a 3 | b ∅ | ~11 | a 3 | c ∅")
        .expect("a 4 10 3 2 | b 2 2 2 1 | c 1 ∅ ∅ 0");
    // Without a count of rows a result may be what it was.
    let most = Aggregation { aggregates: vec![Function::Max(1).named("most")], ..aggregation(&[0]) };
    by_key(most).given("a 1 | b 2 | ~11 | a 0 | b 5 | ~12 | b 6 | a 1 | c 1").expect("a 1 | b 6 | c 1");
    by_key(changing(&[0]))
        .given("a 1 | b 2 | ~11 | -D a 1 | -U b 2 | +U b 3 | ~12 | b 3 | -D b 3")
        .expect("b 1 3 3 1");
    for (seed, aggregation) in (0..).zip([aggregation(&[0]), changing(&[0])]) {
        by_key(aggregation).cases(150).seed(seed).against(|items| model(items, true));
    }
}

#[test]
fn an_aggregate_without_a_key_has_a_result_of_no_rows() {
    trial(changing(&[]))
        .given("a 1 | b 2 | ~11 | -D a 1 | ~12 | -D b 2")
        .expect("+I 2 3 2 2 | -U 2 3 2 2 | +U 1 2 2 1 | -U 1 2 2 1 | +U 0 ∅ ∅ 0");
    trial(changing(&[])).given("a 1 | -D a 1").expect("+I 0 ∅ ∅ 0");
    let nothing_too = || {
        let aggregation = aggregation(&[]);
        probe(aggregation.input.clone(), move |seat| {
            Ok(Box::new(ChangingAggregate::new(&aggregation, seat)?.of_nothing_too()))
        })
        .mode(Mode::Batch)
        .without(Trial::Restarts, "that it was sent is not saved, and a batch is not saved when it is over")
    };
    nothing_too().given("").expect("0 ∅ ∅ 0");
    nothing_too().given("a 7").expect("1 7 7 1");
}

#[test]
fn windows_stand() {
    let layout = Layout::of(<(record::Timestamp, i64)>::fields()).timed();
    let aggregates = || vec![Function::Sum(1).named("sum"), Function::CountOf(1).named("n").distinct()];
    for changing in [false, true] {
        let layout = layout.clone().keyed_by(vec![0]);
        let layout = if changing { layout.changing() } else { layout };
        let aggregation = Aggregation::new(layout.clone(), aggregates());
        let windows =
            probe(layout, move |seat| Ok(Box::new(ChangingAggregate::new(&aggregation, seat)?.windowed(0))));
        let windows = windows
            .output_key([0])
            .without(Trial::Restarts, "time is not saved, and rows that were late are not");
        if changing {
            windows
                .given("20 1 @11 | 30 2 @12 | 20 1 @3 | ~18 | -D 20 1 @12 | 20 4 @15 | -D 30 2 @5 | ~19 | 20 9 @1 | ~50")
                .expect("20 5 2 @19");
        } else {
            windows
                .given(
                    "20 1 @11 | 30 2 @12 | 20 1 @3 | ~18 | 20 4 @15 | ~19 | 20 9 @1 | 30 1 @20 | ~29 | ~50",
                )
                .expect("20 6 2 @19 | 30 3 2 @29");
        }
    }
}

/// The rows that are left, by key, as texts of their results.
fn model(items: &[Item], is_keyed: bool) -> Vec<String> {
    let mut groups: BTreeMap<String, (i64, BTreeMap<Option<i64>, i64>)> = BTreeMap::new();
    for item in items {
        let Item::Row(row) = item else { continue };
        let key = if is_keyed { format!("{} ", row.text(0)) } else { String::new() };
        let (rows, values) = groups.entry(key).or_default();
        let by = if row.kind.adds() { 1 } else { -1 };
        *rows += by;
        *values.entry(row.number(1)).or_default() += by;
    }
    let groups = groups.into_iter().filter(|(_, (rows, _))| *rows > 0 || !is_keyed);
    let text = |(key, (rows, values)): (String, (i64, BTreeMap<Option<i64>, i64>))| {
        let values: Vec<(i64, i64)> = values
            .into_iter()
            .filter_map(|(value, count)| value.map(|value| (value, count)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let sum: i64 = values.iter().map(|(value, count)| value * count).sum();
        let number = |number: i64| if values.is_empty() { "∅".to_owned() } else { number.to_string() };
        let most = values.last().map_or(0, |(value, _)| *value);
        format!("{key}{rows} {} {} {}", number(sum), number(most), values.len())
    };
    groups.map(text).collect()
}

#[test]
fn changelogs_by_chance_come_to_what_is_there() {
    for (number, (aggregation, is_keyed)) in
        [(aggregation(&[0]), true), (changing(&[0]), true), (aggregation(&[]), false), (changing(&[]), false)]
            .into_iter()
            .enumerate()
    {
        let seed = u64::try_from(number).unwrap();
        for mode in [Mode::Streaming, Mode::Batch] {
            trial(aggregation.clone())
                .mode(mode)
                .cases(150)
                .seed(seed)
                .against(|items| model(items, is_keyed));
        }
    }
}
