//! Rules and scripts by chance, and the operator and the model of them.

use record::Record;
use state::keyed::Aggregator;

use super::model::{Model, Rules, Sends, Sent, Shape};
use super::trial::{LATE, Outcome, Row, Step, Way, layout, run, script};
use crate::stand::Chance;
use crate::window::trigger::{ContinuousEventTime, Count, EventTime, ProcessingTime, Purging};
use crate::window::*;
use crate::{Operator, OperatorSeat};

/// Key, start, end, values.
pub(super) type All = (i64, i64, i64, Vec<i64>);

/// Key, sum, how many.
pub(super) type Total = (i64, i64, i64);

#[derive(Clone)]
pub(super) struct Totals;

impl Aggregator for Totals {
    type In = Row;
    type Accumulator = Total;
    type Out = Total;

    fn create(&self) -> Total {
        (0, 0, 0)
    }

    fn add(&self, total: &mut Total, row: Row) {
        *total = (row.0, total.1 + row.1, total.2 + 1);
    }

    fn merge(&self, total: &mut Total, other: Total) {
        *total = (total.0, total.1 + other.1, total.2 + other.2);
    }

    fn result(&self, total: &Total) -> Total {
        *total
    }
}

pub(super) fn all_of(rows: &[Row], cx: &mut WindowCx<'_, All>) {
    let window = cx.window();
    cx.emit((cx.key(), window.start, window.end, rows.iter().map(|row| row.1).collect()));
}

/// The windows of a shape that does not merge, or does.
pub(super) fn windows_of(shape: Shape, by_clock: bool) -> TimeWindows {
    let windows = match shape {
        Shape::Every { size, slide, offset } if size == slide => TimeWindows::tumbling(size).offset(offset),
        Shape::Every { size, slide, offset } => TimeWindows::sliding(size, slide).offset(offset),
        Shape::Growing { size, step, offset } => TimeWindows::cumulating(size, step).offset(offset),
        Shape::Session { gap } => TimeWindows::session(gap),
        Shape::All => TimeWindows::global(),
    };
    if by_clock { windows.processing_time() } else { windows }
}

pub(super) fn aligned(chance: &mut Chance) -> Shape {
    let number = |chance: &mut Chance, end: usize| chance.below(end) as i64;
    let size = 1 + number(chance, 12);
    match chance.below(4) {
        0 | 1 => Shape::Every { size, slide: size, offset: number(chance, 12) % size },
        2 => {
            let slide = 1 + number(chance, 14);
            Shape::Every { size, slide, offset: -(number(chance, 14) % slide) }
        }
        _ => {
            let (step, steps) = (1 + number(chance, 4), 1 + number(chance, 4));
            let size = step * steps;
            Shape::Growing { size, step, offset: number(chance, 12) % size }
        }
    }
}

/// The rules and the script of a seed.
pub(super) fn draw(
    seed: u64,
    shape: impl FnOnce(&mut Chance) -> Shape,
    by_clock: bool,
) -> (Rules, Vec<Step>) {
    let mut chance = Chance(seed.wrapping_mul(77));
    let shape = shape(&mut chance);
    let lateness = [0, 0, 3, 8][chance.below(4)];
    let sends = match chance.below(4) {
        0 | 1 => Sends::AtEnd,
        2 if !by_clock => Sends::Often(1 + chance.below(5) as i64),
        _ => Sends::Counted(1 + chance.below(3)),
    };
    (Rules { shape, sends, purges: chance.one_in(3), lateness, by_clock }, script(seed, 1, by_clock))
}

/// What the model sends, a row for each window by `show`.
pub(super) fn model<O>(rules: Rules, script: &[Step], show: impl Fn(&mut Sent) -> Option<O>) -> Outcome<O> {
    let mut outcome = Outcome::default();
    let late = Model::run(rules, script, &mut |sent| {
        let (key, time) = (sent.key, sent.time());
        if let Some(row) = show(sent) {
            outcome.push(key, time, row);
        }
    });
    late.into_iter().for_each(|(time, row)| outcome.push_late(0, time, row));
    outcome
}

/// The operator of these rules and this function.
pub(super) fn operator<F: WindowFunction<Row>>(
    rules: Rules,
    function: F,
    seat: &OperatorSeat,
) -> Box<dyn Operator> {
    fn of<G, F>(
        windowing: Windowing<Row, TimeWindows, G>,
        function: F,
        seat: &OperatorSeat,
    ) -> Box<dyn Operator>
    where
        G: Trigger<Row>,
        F: WindowFunction<Row>,
    {
        Box::new(WindowOperator::new(layout(), windowing, function, seat).unwrap().late_to(LATE))
    }
    let windowing = Windowing::of(windows_of(rules.shape, rules.by_clock)).allowed_lateness(rules.lateness);
    match (rules.sends, rules.purges) {
        (Sends::AtEnd, false) => of(windowing, function, seat),
        (Sends::AtEnd, true) if rules.by_clock => {
            of(windowing.trigger(Purging(ProcessingTime)), function, seat)
        }
        (Sends::AtEnd, true) => of(windowing.trigger(Purging(EventTime)), function, seat),
        (Sends::Often(every), false) => {
            of(windowing.trigger(ContinuousEventTime::every(every)), function, seat)
        }
        (Sends::Often(every), true) => {
            of(windowing.trigger(Purging(ContinuousEventTime::every(every))), function, seat)
        }
        (Sends::Counted(count), purges) => {
            let count = Count::of(i64::try_from(count).unwrap());
            match purges {
                false => of(windowing.trigger(count), function, seat),
                true => of(windowing.trigger(Purging(count)), function, seat),
            }
        }
    }
}

pub(super) fn show_all(sent: &mut Sent) -> Option<All> {
    Some((sent.key, sent.start, sent.end, sent.values()))
}

pub(super) fn show_total(sent: &mut Sent) -> Option<Total> {
    Some((sent.key, sent.values().iter().sum(), sent.rows.len() as i64))
}

/// What an operator of these rules must send.
pub(super) fn check<F, O>(
    seed: u64,
    (rules, script): (Rules, Vec<Step>),
    function: impl Fn() -> F,
    expected: &Outcome<O>,
) where
    F: WindowFunction<Row, Out = O>,
    O: Record + std::fmt::Debug + PartialEq + HasKey,
{
    let make = |seat: &OperatorSeat| operator(rules, function(), seat);
    let way = Way::of(seed, 1);
    let may_be_late = rules.lateness > 0 || rules.by_clock || rules.sends != Sends::AtEnd;
    let got = run(&make, &script, &way, may_be_late, O::key_of);
    assert_eq!(&got, expected, "seed {seed}, {rules:?}, {way:?}\n{script:?}");
}

pub(super) trait HasKey {
    fn key_of(&self) -> i64;
}

impl HasKey for All {
    fn key_of(&self) -> i64 {
        self.0
    }
}

impl HasKey for Total {
    fn key_of(&self) -> i64 {
        self.0
    }
}

pub(super) fn sessions(chance: &mut Chance) -> Shape {
    Shape::Session { gap: 1 + chance.below(7) as i64 }
}
