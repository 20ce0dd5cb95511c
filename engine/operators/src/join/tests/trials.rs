//! Joins in the nine trials that every operator must stand.

use record::Record;

use super::super::{Groups, Interval, IntervalJoin, Pairs, WindowJoin};
use crate::probe::probe;
use crate::rows::Collector;
use crate::window::{TimeWindows, WindowCx, Windowing};
use crate::{Layout, Operator, OperatorSeat};

/// A name, and a number.
type Row = (String, i64);

/// A name, and two numbers.
type Pair = (String, i64, i64);

fn rows() -> Layout {
    Layout::of(Row::fields()).timed().keyed_by(vec![0])
}

fn pair(left: Row, right: Row, out: &mut Collector<Pair>) {
    out.emit((left.0, left.1, right.1));
}

#[test]
fn pairs_of_a_window() {
    let build = |seat: &OperatorSeat| -> Result<Box<dyn Operator>, _> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        Ok(Box::new(WindowJoin::new([rows(), rows()], windowing, Pairs::new(pair), seat)?))
    };
    probe(rows(), build)
        .two_inputs(rows())
        .tight(20_000)
        .given("a 1 @1 | 1: a 2 @3 | a 3 @4 | b 4 @5 | ~8 | 1: a 5 @9 | ~9 | 1: b 6 @12 | b 7 @13")
        .expect("a 1 2 @9 | a 1 5 @9 | a 3 2 @9 | a 3 5 @9 | b 7 6 @19");
}

#[test]
fn both_sides_of_a_window() {
    let build = |seat: &OperatorSeat| -> Result<Box<dyn Operator>, _> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        let count = |left: &[Row], right: &[Row], cx: &mut WindowCx<'_, Pair>| {
            let [left, right] = [left, right].map(|rows| rows.iter().map(|row| row.1).sum());
            cx.emit((cx.key(), left, right));
        };
        Ok(Box::new(WindowJoin::new([rows(), rows()], windowing, Groups::new(count), seat)?))
    };
    probe(rows(), build)
        .two_inputs(rows())
        .tight(20_000)
        .given("a 1 @1 | 1: a 2 @3 | a 3 @4 | b 4 @5 | ~9 | 1: b 6 @12")
        .expect("a 4 2 @9 | b 4 0 @9 | b 0 6 @19");
}

#[test]
fn pairs_within_an_interval() {
    let build = |seat: &OperatorSeat| -> Result<Box<dyn Operator>, _> {
        let interval = Interval::between(-2, 3);
        Ok(Box::new(IntervalJoin::new([rows(), rows()], interval, pair, seat)?))
    };
    probe(rows(), build)
        .two_inputs(rows())
        .unordered()
        .tight(20_000)
        .given("a 1 @10 | 1: a 2 @8 | 1: a 3 @7 | 1: b 4 @10 | ~9 | 1: a 5 @13 | ~12 | a 6 @13 | 1: a 7 @14")
        .expect("a 1 2 @10 | a 1 5 @13 | a 6 5 @13 | a 6 7 @14");
}
