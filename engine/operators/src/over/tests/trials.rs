//! The trials that every operator must stand, in each of its ways.

use record::Record;

use super::super::{Bound, Frame, Over, OverCall, OverFunction, OverSpec, Shift};
use crate::aggregate::Function;
use crate::probe::{FinalRows, Item, Probe, Trial, probe};
use crate::sort::SortColumn;
use crate::{Layout, Mode};

/// A name and a number.
type Row = (String, i64);

const SORTED: &str = "the input of a batch is sorted";

fn call(function: OverFunction, frame: Frame, name: &str) -> OverCall {
    OverCall { function, frame, name: name.into() }
}

fn over(spec: OverSpec) -> Probe {
    probe(spec.input.clone(), move |seat| Ok(Box::new(Over::new(&spec, seat)?)))
}

fn sorted(probe: Probe) -> Probe {
    let probe = probe.mode(Mode::Batch).without(Trial::BatchIsStream, SORTED);
    probe.without(Trial::BatchRows, SORTED).without(Trial::TightMemory, SORTED)
}

#[test]
fn a_batch_stands() {
    let input = Layout::of(Row::fields()).keyed_by(vec![0]);
    let order = vec![SortColumn::ascending(1)];
    let script = "a 1 | a 2 | a 2 | b 5 | c 3 | c 4 | c 8";
    let share = vec![call(OverFunction::CumeDist, Frame::WHOLE, "share")];
    let whole = OverSpec { input, order, calls: share, time: None };
    let sum = call(OverFunction::Aggregate(Function::Sum(1)), Frame::UNTIL_PEERS, "sum");
    let lag = call(OverFunction::Lag(Shift { column: 1, offset: 1, default: Some(1) }), Frame::WHOLE, "lag");
    let back = OverSpec { calls: vec![sum, lag], ..whole.clone() };
    sorted(over(whole)).given(script).expect(
        "a 1 0.3333333333333333 | a 2 1.0 | a 2 1.0 | b 5 1.0 | c 3 0.3333333333333333 | c 4 0.6666666666666666 | c 8 1.0",
    );
    sorted(over(back))
        .given(script)
        .expect("a 1 1 1 | a 2 5 1 | a 2 5 2 | b 5 5 5 | c 3 3 3 | c 4 7 3 | c 8 15 4");
}

fn by_time(calls: Vec<OverCall>) -> Probe {
    let input = Layout::of(Row::fields()).timed().keyed_by(vec![0]);
    let order = vec![SortColumn::ascending(2)];
    over(OverSpec { input, order, calls, time: Some(2) }).without(Trial::BatchIsStream, SORTED)
}

#[test]
fn a_stream_in_the_order_of_time_stands() {
    let sum = OverFunction::Aggregate(Function::Sum(1));
    let calls = vec![
        call(sum, Frame::range(Bound::Preceding(5), Bound::CurrentRow), "last"),
        call(sum, Frame::UNTIL_PEERS, "all"),
        call(OverFunction::RowNumber, Frame::WHOLE, "number"),
    ];
    by_time(calls)
        .tight(20_000)
        .given("a 1 @10 | b 2 @12 | a 4 @8 | a 8 @10 | ~10 | a 16 @9 | a 32 @15 | b 64 @14 | ~13 | a 128 @16")
        .expect("a 4 4 4 1 @8 | a 1 13 13 2 @10 | a 8 13 13 3 @10 | b 2 2 2 1 @12 | b 64 66 66 2 @14 | a 32 41 45 4 @15 | a 128 160 173 5 @16");
}

#[test]
fn frames_of_rows_and_of_time_by_chance() {
    let count = OverFunction::Aggregate(Function::Count);
    let calls = vec![
        call(
            OverFunction::Aggregate(Function::Max(1)),
            Frame::rows(Bound::Preceding(1), Bound::CurrentRow),
            "max",
        ),
        call(count, Frame::range(Bound::Preceding(10), Bound::CurrentRow), "count"),
    ];
    by_time(calls).cases(300).against(|items| {
        let (mut now, mut rows, mut expected) = (i64::MIN, Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Row(row) if row.time.unwrap() > now => rows.push(row.clone()),
                Item::Watermark(next) => now = *next,
                _ => {}
            }
        }
        rows.sort_by_key(|row| row.time);
        for (place, row) in rows.iter().enumerate() {
            let of_key = |other: &&crate::probe::Row| other.text(0) == row.text(0);
            let last = rows[..place].iter().rfind(of_key).and_then(|last| last.number(1));
            let max = last.max(row.number(1)).unwrap();
            let time = row.time.unwrap();
            let near =
                |other: &&crate::probe::Row| other.time.unwrap() >= time - 10 && other.time.unwrap() <= time;
            let count = rows.iter().filter(of_key).filter(near).count();
            expected.push(format!("{} {max} {count} @{time}", row.values.join(" ")));
        }
        expected
    });
}

fn changing(calls: Vec<OverCall>) -> Probe {
    let input = Layout::of(Row::fields()).keyed_by(vec![0]).changing();
    let spec = OverSpec { input, order: vec![SortColumn::ascending(1)], calls, time: None };
    over(spec).final_rows(FinalRows::Folded).without(Trial::BatchIsStream, SORTED)
}

#[test]
fn a_stream_whose_results_change_stands() {
    let sum = call(OverFunction::Aggregate(Function::Sum(1)), Frame::UNTIL_PEERS, "sum");
    let rank = call(OverFunction::Rank, Frame::WHOLE, "rank");
    changing(vec![sum, rank])
        .tight(20_000)
        .given("a 5 | b 7 | a 2 | a 5 | -U b 7 | +U b 8 | -D a 2 | a 9")
        .expect("a 5 10 1 | a 5 10 1 | a 9 19 3 | b 8 8 1");
}

#[test]
fn shares_of_what_is_there_by_chance() {
    let sum = OverFunction::Aggregate(Function::Sum(1));
    changing(vec![call(sum, Frame::rows(Bound::Preceding(1), Bound::Following(1)), "around")])
        .cases(300)
        .against(|items| {
            let mut there: Vec<(String, i64)> = Vec::new();
            for item in items {
                let Item::Row(row) = item else { continue };
                let row_of = (row.text(0).to_owned(), row.number(1).unwrap());
                match row.kind.adds() {
                    true => there.push(row_of),
                    false => drop(there.remove(there.iter().position(|each| *each == row_of).unwrap())),
                }
            }
            there.sort();
            let of_key = there.chunk_by(|one, other| one.0 == other.0);
            of_key
                .flat_map(|rows| {
                    (0..rows.len()).map(move |place| {
                        let around = place.saturating_sub(1)..(place + 2).min(rows.len());
                        let sum: i64 = rows[around].iter().map(|row| row.1).sum();
                        format!("{} {} {sum}", rows[place].0, rows[place].1)
                    })
                })
                .collect()
        });
}
