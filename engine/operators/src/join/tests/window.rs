//! Joins within windows.

use super::super::{Either, Groups, Pairs, WindowJoin};
use crate::rows::Collector;
use crate::stand::Chance;
use crate::window::tests::model::{Model, Rules, Sends, Sent, Shape};
use crate::window::tests::trial::{
    LATE, LATE_RIGHT, Outcome, Row, Step, Way, layout, run, run_in_order, script,
};
use crate::window::trigger::{Count, Purging};
use crate::window::{TimeWindows, WindowCx, WindowFunction, Windowing};
use crate::{Operator, OperatorSeat};

type Rows = Either<Row, Row>;

/// Key, left value, right value.
type Pair = (i64, i64, i64);

/// Key, start, left values, right values.
type Group = (i64, i64, Vec<i64>, Vec<i64>);

/// What tells values of the right input from those of the left one in the model.
const RIGHT: i64 = 1_000;

fn pair(left: Row, right: Row, out: &mut Collector<Pair>) {
    out.emit((left.0, left.1, right.1));
}

fn group(left: &[Row], right: &[Row], cx: &mut WindowCx<'_, Group>) {
    let values = |rows: &[Row]| rows.iter().map(|row| row.1).collect();
    cx.emit((cx.key(), cx.window().start, values(left), values(right)));
}

fn rules(seed: u64) -> (Rules, TimeWindows) {
    let mut chance = Chance(seed ^ 0x101);
    let size = 1 + chance.below(9) as i64;
    let (shape, windows) = match chance.below(3) {
        0 => (Shape::Every { size, slide: size, offset: 0 }, TimeWindows::tumbling(size)),
        1 => {
            let slide = 1 + chance.below(9) as i64;
            (Shape::Every { size, slide, offset: 0 }, TimeWindows::sliding(size, slide))
        }
        _ => (Shape::Session { gap: size }, TimeWindows::session(size)),
    };
    let sends = if chance.one_in(3) { Sends::Counted(1 + chance.below(3)) } else { Sends::AtEnd };
    let lateness = [0, 0, 5][chance.below(3)];
    (Rules { shape, sends, purges: chance.one_in(3), lateness, by_clock: false }, windows)
}

/// What the model sends.
fn model<O>(
    rules: Rules,
    script: &[Step],
    show: impl Fn(i64, i64, Vec<i64>, Vec<i64>) -> Vec<O>,
) -> Outcome<O> {
    let marked = |step: &Step| match *step {
        Step::Row { port: 1, key, value, time } => Step::Row { port: 0, key, value: value + RIGHT, time },
        other => other,
    };
    let marked: Vec<Step> = script.iter().map(marked).collect();
    let mut outcome = Outcome::default();
    let late = Model::run(rules, &marked, &mut |sent: &mut Sent| {
        let values = sent.values();
        let left = values.iter().copied().filter(|value| *value < RIGHT).collect();
        let right = values.iter().filter(|value| **value >= RIGHT).map(|value| value - RIGHT).collect();
        for row in show(sent.key, sent.start, left, right) {
            outcome.push(sent.key, sent.time(), row);
        }
    });
    for (time, (key, value)) in late {
        outcome.push_late(usize::from(value >= RIGHT), time, (key, value % RIGHT));
    }
    outcome
}

fn operator<F: WindowFunction<Rows>>(
    (rules, windows): (Rules, TimeWindows),
    function: F,
    seat: &OperatorSeat,
) -> Box<dyn Operator> {
    let inputs = [layout(), layout()];
    let windowing = Windowing::of(windows).allowed_lateness(rules.lateness);
    match (rules.sends, rules.purges) {
        (Sends::Counted(count), true) => {
            let windowing = windowing.trigger(Purging(Count::of(count as i64)));
            let join = WindowJoin::new(inputs, windowing, function, seat).unwrap();
            Box::new(join.late_left_to(LATE).late_right_to(LATE_RIGHT))
        }
        (Sends::Counted(count), false) => {
            let windowing = windowing.trigger(Count::of(count as i64));
            let join = WindowJoin::new(inputs, windowing, function, seat).unwrap();
            Box::new(join.late_left_to(LATE).late_right_to(LATE_RIGHT))
        }
        (_, true) => {
            let windowing = windowing.trigger(Purging(crate::window::trigger::EventTime));
            let join = WindowJoin::new(inputs, windowing, function, seat).unwrap();
            Box::new(join.late_left_to(LATE).late_right_to(LATE_RIGHT))
        }
        (_, false) => {
            let join = WindowJoin::new(inputs, windowing, function, seat).unwrap();
            Box::new(join.late_left_to(LATE).late_right_to(LATE_RIGHT))
        }
    }
}

fn may_be_late(rules: Rules) -> bool {
    rules.lateness > 0 || rules.sends != Sends::AtEnd
}

#[test]
fn each_row_meets_each_of_its_window() {
    for seed in 0..3_000 {
        let (rules, script) = (rules(seed), script(seed ^ 0x3a1, 2, false));
        let expected = model(rules.0, &script, |key, _, left, right| {
            left.iter().flat_map(|left| right.iter().map(move |right| (key, *left, *right))).collect()
        });
        let make = |seat: &OperatorSeat| operator(rules, Pairs::new(pair), seat);
        let way = Way::of(seed, 2);
        let got = run(&make, &script, &way, may_be_late(rules.0), |pair: &Pair| pair.0);
        assert_eq!(got, expected, "seed {seed}, {rules:?}, {way:?}\n{script:?}");
    }
}

#[test]
fn both_sides_of_a_window_come_together() {
    for seed in 0..2_000 {
        let (rules, script) = (rules(seed ^ 0x6209), script(seed ^ 0x77, 2, false));
        let expected = model(rules.0, &script, |key, start, left, right| vec![(key, start, left, right)]);
        let make = |seat: &OperatorSeat| operator(rules, Groups::new(group), seat);
        let way = Way::of(seed, 2);
        let got = run(&make, &script, &way, may_be_late(rules.0), |group: &Group| group.0);
        assert_eq!(got, expected, "seed {seed}, {rules:?}, {way:?}\n{script:?}");
    }
}

fn crowd(count: i64) -> Vec<Step> {
    (0..2 * count)
        .map(|n| Step::Row { port: usize::from(n % 2 == 1), key: 1, value: n / 2, time: 5 })
        .collect()
}

#[test]
fn a_large_product_stops_in_its_middle_and_goes_on() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        Box::new(WindowJoin::new([layout(), layout()], windowing, Pairs::new(pair), seat).unwrap())
    };
    let way = Way { refuses: true, ..Way::plain(2) };
    let got: Vec<(i64, Pair)> = run_in_order(&make, &crowd(200), &way);
    let expected = (0..200).flat_map(|left| (0..200).map(move |right| (9, (1, left, right))));
    assert!(got.into_iter().eq(expected));
}

#[test]
fn a_large_product_in_the_middle_of_a_row_stops_there() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::sliding(10, 5)).trigger(Purging(Count::of(400)));
        Box::new(WindowJoin::new([layout(), layout()], windowing, Pairs::new(pair), seat).unwrap())
    };
    let way = Way { refuses: true, rows_max: 50, ..Way::plain(2) };
    let got: Vec<(i64, Pair)> = run_in_order(&make, &crowd(200), &way);
    let of = |time: i64| (0..200).flat_map(move |left| (0..200).map(move |right| (time, (1, left, right))));
    assert!(got.into_iter().eq(of(9).chain(of(14))));
}

#[test]
fn pairs_that_make_nothing_do_not_hold_the_step() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        let equal = |left: Row, right: Row, out: &mut Collector<Pair>| {
            if left.1 == 599 && right.1 == 599 {
                pair(left, right, out);
            }
        };
        Box::new(WindowJoin::new([layout(), layout()], windowing, Pairs::new(equal), seat).unwrap())
    };
    let way = Way { refuses: true, ..Way::plain(2) };
    let got: Vec<(i64, Pair)> = run_in_order(&make, &crowd(600), &way);
    assert_eq!(got, [(9, (1, 599, 599))]);
}
