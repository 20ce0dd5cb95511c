//! Rows and the versions of their keys, against a look at all versions for each row.

use arrow_array::RecordBatch;
use record::Record;

use super::super::{JoinKind, PairFilter, TemporalJoin};
use super::hash::{Side, less};
use crate::Layout;
use crate::probe::{Item, Probe, Row, probe};

fn side() -> Layout {
    Layout::of(Side::fields()).timed().keyed_by(vec![0])
}

/// The values of a pair without the times between them.
fn filter(pairs: &RecordBatch) -> RecordBatch {
    pairs.project(&[0, 1, 3, 4]).unwrap()
}

fn join(kind: JoinKind, filtered: bool) -> Probe {
    probe(side(), move |seat| {
        let less: Option<PairFilter> =
            filtered.then(|| Box::new(|pairs: &RecordBatch| Ok(less(&filter(pairs)))) as PairFilter);
        Ok(Box::new(TemporalJoin::new([side(), side()], [2, 2], kind, less, seat)?))
    })
    .two_inputs(side())
    .unordered()
}

fn model(kind: JoinKind, filtered: bool, items: &[Item]) -> Vec<String> {
    let rows: Vec<&Row> =
        items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None }).collect();
    let of = |port: usize| rows.iter().copied().filter(move |row| row.port == port);
    let text = |row: &Row| row.values.join(" ");
    let mut out = Vec::new();
    for row in of(0) {
        let is_version =
            |version: &&Row| row.text(0) != "∅" && version.text(0) == row.text(0) && version.time <= row.time;
        // Of equal times the last one.
        let version = of(1).filter(is_version).max_by_key(|version| version.time);
        let holds = |version: &&Row| {
            !filtered || row.number(1).zip(version.number(1)).is_some_and(|(one, other)| one < other)
        };
        match version.filter(holds) {
            Some(version) => out.push(format!("{} {}", text(row), text(version))),
            None if kind == JoinKind::Left => out.push(format!("{} ∅ ∅", text(row))),
            None => {}
        }
    }
    out
}

#[test]
fn a_row_gets_the_version_of_its_time_when_time_has_come_to_it() {
    const SCRIPT: &str =
        "a 1 @12 | 1: a 5 @10 | 1: a 6 @20 | a 2 @25 | ~13 | a 3 @19 | b 4 @14 | 1: a 7 @25 | ∅ 8 @15 | ~30";
    let inner = "a 1 a 5 | a 3 a 5 | a 2 a 7";
    join(JoinKind::Inner, false).tight(20_000).given(SCRIPT).expect(inner);
    let alone = "b 4 ∅ ∅ | ∅ 8 ∅ ∅";
    join(JoinKind::Left, false).given(SCRIPT).expect(&format!("{inner} | {alone}"));
}

#[test]
fn every_row_gets_the_last_version_that_is_not_later() {
    for kind in [JoinKind::Inner, JoinKind::Left] {
        for filtered in [false, true] {
            join(kind, filtered).punctual().cases(500).against(move |items| model(kind, filtered, items));
        }
    }
}
