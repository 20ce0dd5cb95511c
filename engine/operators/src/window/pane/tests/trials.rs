//! The trials that every operator must stand.

use record::Record;
use runtime::subtask::Failure;

use super::super::{PaneAggregate, WindowedAggregation, Windows};
use crate::aggregate::{Aggregation, Function};
use crate::layout::Layout;
use crate::probe::{Probe, probe};
use crate::{Operator, OperatorSeat};

fn windowed(windows: Windows, function: Function) -> Probe {
    let layout = Layout::of(<(String, i64)>::fields()).timed().keyed_by(vec![0]);
    let aggregation = Aggregation::new(layout.clone(), vec![function.named("n")]);
    let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 0 };
    let make = move |seat: &OperatorSeat| -> Result<Box<dyn Operator>, Failure> {
        Ok(Box::new(PaneAggregate::new(&spec)?.seated(seat)))
    };
    probe(layout, make).tight(20_000).given("a 1 @10 | b 2 @12 | a 5 @21 | ~19 | a 3 @28 | b 9 @33 | b 7 @24")
}

#[test]
fn windows_stand() {
    let (size, offset) = (10, 0);
    windowed(Windows::Tumbling { size, offset }, Function::Sum(1))
        .expect("a 1 10 20 @19 | b 2 10 20 @19 | a 8 20 30 @29 | b 7 20 30 @29 | b 9 30 40 @39");
    let sliding = Windows::Sliding { size: 20, slide: 10, offset };
    let ends = "a 1 0 20 @19 | b 2 0 20 @19 | a 5 10 30 @29 | b 7 10 30 @29 | a 5 20 40 @39 | b 9 20 40 @39 | b 9 30 50 @49";
    windowed(sliding, Function::Max(1)).expect(ends);
    let cumulating = Windows::Cumulating { size: 20, step: 10, offset };
    windowed(cumulating, Function::Count).expect(
        "a 1 0 20 @19 | b 1 0 20 @19 | a 2 20 30 @29 | b 1 20 30 @29 | a 2 20 40 @39 | b 2 20 40 @39",
    );
}
