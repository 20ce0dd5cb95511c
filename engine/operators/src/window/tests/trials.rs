//! Windows in the nine trials that every operator must stand.

use record::Record;

use super::golden::Total;
use crate::keyed::Reduce;
use crate::probe::{Trial, probe};
use crate::window::trigger::{ContinuousEventTime, Count, Purging};
use crate::window::*;
use crate::{Layout, OutputTag};

/// A name, and a number.
type Bid = (String, i64);

const LATE: OutputTag<Bid> = OutputTag::new("late");

fn bids() -> Layout {
    Layout::of(Bid::fields()).timed().keyed_by(vec![0])
}

fn add(first: Bid, second: Bid) -> Bid {
    (first.0, first.1 + second.1)
}

#[test]
fn a_fold_in_tumbling_windows() {
    let build = |seat: &crate::OperatorSeat| -> Result<Box<dyn crate::Operator>, _> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        Ok(Box::new(WindowOperator::new(bids(), windowing, Folded(Reduce::new(add)), seat)?.late_to(LATE)))
    };
    probe(bids(), build)
        .sides([LATE.spec(&bids())])
        .tight(20_000)
        .given("a 1 @1 | b 2 @3 | ~2 | a 3 @9 | ~9 | a 4 @12 | b 9 @2 | c 5 @19 | ~15 | a 6 @17")
        .expect("a 4 @9 | b 2 @9 | a 10 @19 | c 5 @19")
        .expect_side(1, "b 9 @2");
}

#[test]
fn all_rows_of_sessions() {
    let build = |seat: &crate::OperatorSeat| -> Result<Box<dyn crate::Operator>, _> {
        let windowing = Windowing::of(TimeWindows::session(5));
        let all = |rows: &[Bid], cx: &mut WindowCx<'_, Bid>| {
            cx.emit((cx.key(), rows.iter().map(|row| row.1).fold(0, |sum, each| sum * 10 + each)));
        };
        Ok(Box::new(WindowOperator::new(bids(), windowing, AllRows::with(all), seat)?))
    };
    probe(bids(), build)
        .tight(20_000)
        .given("a 1 @1 | a 2 @9 | b 3 @2 | ~2 | a 4 @5 | b 5 @20 | ~14 | a 6 @15 | b 7 @16")
        .expect("b 3 @6 | a 124 @13 | a 6 @19 | b 57 @24");
}

#[test]
fn early_results_and_counts() {
    let early = |seat: &crate::OperatorSeat| -> Result<Box<dyn crate::Operator>, _> {
        let windowing = Windowing::of(TimeWindows::tumbling(10)).trigger(ContinuousEventTime::every(4));
        Ok(Box::new(WindowOperator::new(bids(), windowing, Folded(Reduce::new(add)), seat)?))
    };
    probe(bids(), early)
        .without(Trial::BatchIsStream, "a batch has no early results")
        .given("a 1 @1 | a 2 @3 | ~4 | a 3 @5 | ~8 | a 4 @9")
        .expect("a 3 @9 | a 6 @9 | a 10 @9");
    let count = |seat: &crate::OperatorSeat| -> Result<Box<dyn crate::Operator>, _> {
        let windowing = Windowing::of(TimeWindows::global()).trigger(Purging(Count::of(2)));
        Ok(Box::new(WindowOperator::new(bids(), windowing, Folded(Reduce::new(add)), seat)?))
    };
    probe(bids(), count).given("a 1 @1 | b 2 @2 | a 3 @3 | a 4 @4 | b 5 @5").expect("a 4 | b 7");
}

#[test]
fn windows_of_a_stream_without_a_key() {
    let all = Layout::of(Bid::fields()).timed();
    let input = all.clone();
    let build = move |seat: &crate::OperatorSeat| -> Result<Box<dyn crate::Operator>, _> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        let total = |rows: &[Bid], cx: &mut WindowCx<'_, Total>| {
            let window = cx.window();
            cx.emit((window.start, window.end, rows.iter().map(|row| row.1).sum()));
        };
        Ok(Box::new(WindowOperator::new(input.clone(), windowing, AllRows::with(total), seat)?))
    };
    probe(all, build).given("a 1 @1 | b 2 @2 | ~9 | c 3 @13").expect("0 10 3 @9 | 10 20 3 @19");
}
