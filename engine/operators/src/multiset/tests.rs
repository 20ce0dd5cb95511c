//! Multisets against counts of what is there.

use std::collections::BTreeMap;

use record::Record;

use super::*;
use crate::probe::{FinalRows, Item, Probe, probe};

type Pair = (Option<String>, Option<i64>);

fn side(has_kinds: bool) -> Layout {
    let side = Layout::of(Pair::fields()).keyed_by(vec![0, 1]);
    if has_kinds { side.changing() } else { side }
}

fn multiset(keeps: Keeps, changing: [bool; 2]) -> Probe {
    let inputs = changing.map(side);
    let [left, right] = inputs.clone();
    probe(left, move |seat| Ok(Box::new(Multiset::new(inputs.clone(), keeps, seat)?))).two_inputs(right)
}

/// How often rows are there in the end, by hand.
fn model(keeps: Keeps, items: &[Item]) -> Vec<String> {
    let mut counts: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for item in items {
        let Item::Row(row) = item else { continue };
        let count = &mut counts.entry(row.values.join(" ")).or_default()[row.port];
        *count += if row.kind.adds() { 1 } else { -1 };
    }
    let times = |[left, right]: [i64; 2]| match keeps {
        Keeps::Common => left.min(right),
        Keeps::Rest => (left - right).max(0),
    };
    counts.into_iter().flat_map(|(row, counts)| (0..times(counts)).map(move |_| row.clone())).collect()
}

#[test]
fn a_row_is_out_as_often_as_both_sides_say() {
    const SCRIPT: &str = "a 1 | a 1 | 1: a 1 | ∅ 2 | 1: ∅ 2 | b 3 | 1: a 1 | 1: a 1 | a 1";
    multiset(Keeps::Common, [false, false]).unordered().given(SCRIPT).expect("a 1 | ∅ 2 | a 1 | a 1");
    multiset(Keeps::Rest, [false, false]).final_rows(FinalRows::Folded).given(SCRIPT).expect("b 3");
}

#[test]
fn rows_that_only_come_make_rows_that_only_come_where_both_sides_have_them() {
    let has_kinds =
        |keeps, changing: [bool; 2], mode| Multiset::output(&changing.map(side), keeps, mode).has_kinds();
    assert!(!has_kinds(Keeps::Common, [false, false], Mode::Streaming));
    assert!(has_kinds(Keeps::Common, [false, true], Mode::Streaming));
    assert!(has_kinds(Keeps::Rest, [false, false], Mode::Streaming));
    assert!(!has_kinds(Keeps::Rest, [false, false], Mode::Batch));
}

#[test]
fn whatever_comes_and_goes_it_comes_to_the_counts_of_what_is_there() {
    for changing in [[false, false], [true, true], [true, false], [false, true]] {
        for keeps in [Keeps::Common, Keeps::Rest] {
            multiset(keeps, changing)
                .final_rows(FinalRows::Folded)
                .values(0, &["a", "∅"])
                .values(1, &["1", "2"])
                .cases(200)
                .against(move |items| model(keeps, items));
        }
    }
}

#[test]
fn a_row_that_is_there_thousands_of_times_leaves_in_pieces() {
    let script: Vec<&str> = (0..9000).flat_map(|_| ["a 1", "1: a 1"]).collect();
    let expected: Vec<&str> = (0..9000).map(|_| "a 1").collect();
    multiset(Keeps::Common, [false, false])
        .mode(Mode::Batch)
        .without(crate::probe::Trial::Restarts, "batch jobs begin anew")
        .without(crate::probe::Trial::BatchIsStream, "it is a batch")
        .given(&script.join(" | "))
        .expect(&expected.join(" | "));
}
