//! The trials that every operator must stand.

use record::{Record, Timestamp};

use super::super::{SessionAggregate, SessionAggregation, SessionRows, SessionRowsSpec};
use crate::aggregate::{Aggregation, Function};
use crate::layout::Layout;
use crate::probe::probe;
use crate::window::WindowColumns;

/// A name and a number.
type Row = (String, i64);

fn layout() -> Layout {
    Layout::of(Row::fields()).timed().keyed_by(vec![0])
}

const SCRIPT: &str =
    "a 1 @10 | b 2 @12 | a 3 @24 | ~13 | a 4 @19 | ~16 | b 5 @30 | a 6 @2 | a 7 @9 | a 8 @14 | ~28";

#[test]
fn rows_of_sessions_stand() {
    let spec = SessionRowsSpec { input: layout(), time: 2, gap: 5, columns: WindowColumns::default() };
    probe(layout(), move |seat| Ok(Box::new(SessionRows::new(spec.clone(), seat)?)))
        .tight(20_000)
        .given(SCRIPT)
        .expect(
            "a 1 10 15 @14 | b 2 12 17 @16 | a 3 14 29 @28 | a 4 14 29 @28 | a 8 14 29 @28 | b 5 30 35 @34",
        );
}

#[test]
fn rows_of_a_batch_need_no_event_time() {
    /// A time and a number.
    type Row = (Option<Timestamp>, i64);
    let input = Layout::of(Row::fields());
    let spec = SessionRowsSpec { input: input.clone(), time: 0, gap: 5, columns: WindowColumns::default() };
    probe(input, move |seat| Ok(Box::new(SessionRows::new(spec.clone(), seat)?)))
        .given("9 1 | 3 2 | ∅ 3 | 15 4 | 4 5 | 21 6")
        .expect("9 1 3 14 | 3 2 3 14 | 4 5 3 14 | 15 4 15 20 | 21 6 21 26");
}

#[test]
fn aggregates_of_sessions_stand() {
    let aggregates = vec![Function::Sum(1).named("sum"), Function::Max(1).named("max")];
    let spec = SessionAggregation { aggregation: Aggregation::new(layout(), aggregates), gap: 5 };
    probe(layout(), move |seat| Ok(Box::new(SessionAggregate::new(&spec, seat)?)))
        .tight(20_000)
        .given(SCRIPT)
        .expect("a 1 1 10 15 @14 | b 2 2 12 17 @16 | a 15 8 14 29 @28 | b 5 5 30 35 @34");
}
