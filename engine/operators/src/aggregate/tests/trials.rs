//! The trials that every operator must stand.

use record::Record;
use runtime::subtask::Failure;

use crate::aggregate::{Aggregation, Function, GlobalAggregate, RollingAggregate};
use crate::layout::Layout;
use crate::probe::{FinalRows, probe};
use crate::{Mode, Operator, OperatorSeat};

fn sums() -> Aggregation {
    let layout = Layout::of(<(String, i64)>::fields()).timed().keyed_by(vec![0]);
    Aggregation::new(layout, vec![Function::Sum(1).named("sum"), Function::Count.named("rows")])
}

fn rolling(seat: &OperatorSeat) -> Result<Box<dyn Operator>, Failure> {
    Ok(Box::new(RollingAggregate::new(&sums(), seat.mode.into())?.seated(seat)))
}

#[test]
fn a_rolling_aggregate_stands() {
    probe(sums().input, rolling)
        .final_rows(FinalRows::LastOfKey)
        .tight(20_000)
        .given("a 1 @10 | b 2 @12 | ~11 | a 3 @15 | a -4 @9")
        .expect("a 1 1 @10 | b 2 1 @12 | a 4 2 @15 | a 0 3 @9");
    probe(sums().input, rolling)
        .mode(Mode::Batch)
        .final_rows(FinalRows::LastOfKey)
        .given("a 1 @10 | b 2 @12 | a 3 @15 | a -4 @9")
        .expect("b 2 1 @12 | a 0 3 @15");
}

#[test]
fn a_global_aggregate_stands() {
    let aggregation = Aggregation::new(sums().input, vec![Function::Count.named("rows")]);
    let input = aggregation.partial().unwrap();
    probe(input, move |seat| Ok(Box::new(GlobalAggregate::new(&aggregation)?.seated(seat))))
        .tight(20_000)
        .given("a 1 @10 | b 2 @12 | ~11 | a 3 @15 | a 4 @9")
        .expect("a 8 @15 | b 2 @12");
}
