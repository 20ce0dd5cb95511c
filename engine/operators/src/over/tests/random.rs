//! Functions and frames by chance.

use super::super::{Bound, Frame, OverCall, OverFunction, OverSpec, Shift, Unit};
use crate::aggregate::Function;
use crate::aggregate::tests::drive::Random;
use crate::aggregate::tests::row::{self, COLUMNS, Row, Value};
use crate::sort::SortColumn;

/// The event time of a row.
pub(super) const TIME: usize = 5;

/// The columns by which rows can be measured.
const NUMBERS: [usize; 5] = [1, 2, 3, 4, TIME];

/// Keys, none of which has floats, so that a model may compare them.
const KEYS: [&[usize]; 5] = [&[], &[0], &[1], &[2], &[0, 2]];

fn bound(random: &mut Random, is_end: bool) -> Bound {
    let offset = random.between(0, 4);
    match random.below(5) {
        0 => Bound::CurrentRow,
        1 | 2 => Bound::Preceding(offset),
        3 => Bound::Following(offset),
        _ if is_end => Bound::UnboundedFollowing,
        _ => Bound::UnboundedPreceding,
    }
}

/// A frame, which may be empty for some rows and not for all.
fn frame(random: &mut Random, can_measure: bool) -> Frame {
    loop {
        let unit = *random.pick(&[Unit::Rows, Unit::Range, Unit::Groups]);
        let frame = Frame { unit, start: bound(random, false), end: bound(random, true) };
        let is_backwards = matches!(
            (frame.start, frame.end),
            (Bound::CurrentRow, Bound::Preceding(_))
                | (Bound::Following(_), Bound::Preceding(_) | Bound::CurrentRow)
        );
        if !is_backwards && (can_measure || !frame.measures()) {
            return frame;
        }
    }
}

fn function(random: &mut Random) -> OverFunction {
    let (any, number) = (random.below(COLUMNS), 1 + random.below(COLUMNS - 1));
    let default = random.one_in(2).then_some(any);
    let shift = Shift { column: any, offset: random.between(0, 3), default };
    match random.below(20) {
        0 => OverFunction::RowNumber,
        1 => OverFunction::Rank,
        2 => OverFunction::DenseRank,
        3 => OverFunction::PercentRank,
        4 => OverFunction::CumeDist,
        5 => OverFunction::Ntile(random.between(1, 4)),
        6 | 7 => OverFunction::Lag(shift),
        8 => OverFunction::Lead(shift),
        9 => OverFunction::FirstValue(any),
        10 => OverFunction::LastValue(any),
        11 => OverFunction::NthValue { column: any, row: random.between(1, 3) },
        12 => OverFunction::Aggregate(Function::Count),
        13 => OverFunction::Aggregate(Function::CountOf(any)),
        14 | 15 => OverFunction::Aggregate(Function::Sum(number)),
        16 => OverFunction::Aggregate(Function::Average(number)),
        17 => OverFunction::Aggregate(if random.one_in(2) { Function::Min(any) } else { Function::Max(any) }),
        18 => OverFunction::Aggregate(Function::First(any)),
        _ => OverFunction::Aggregate(Function::Last(any)),
    }
}

fn call(random: &mut Random, can_measure: bool, number: usize) -> OverCall {
    let (function, frame) = (function(random), frame(random, can_measure));
    OverCall { function, frame, name: format!("o{number}") }
}

/// Some functions; only such as look back, if that is asked.
fn calls(random: &mut Random, can_measure: bool, back: bool) -> Vec<OverCall> {
    let mut calls = Vec::new();
    let count = 1 + random.below(3);
    while calls.len() < count {
        let call = call(random, can_measure, calls.len());
        if !back || call.looks_back() {
            calls.push(call);
        }
    }
    calls
}

/// Anything in any order.
pub(super) fn spec(random: &mut Random) -> OverSpec {
    let input = row::layout(KEYS[random.below(KEYS.len())]);
    let column = |column: usize, random: &mut Random| SortColumn {
        column,
        is_descending: random.one_in(2),
        nulls_first: random.one_in(2),
    };
    let order: Vec<SortColumn> = match random.below(5) {
        0 => Vec::new(),
        1 => vec![column(0, random), column(2, random)],
        _ => vec![column(*random.pick(&NUMBERS), random)],
    };
    let can_measure = order.len() == 1 && order[0].column != 0;
    let back = random.one_in(2);
    let calls = calls(random, can_measure, back);
    OverSpec { input, order, calls, time: None }
}

/// What looks back, in the order of time, and of others behind it where no frame is measured by it.
pub(super) fn spec_by_time(random: &mut Random) -> OverSpec {
    let input = row::layout(KEYS[random.below(KEYS.len())]);
    let calls = calls(random, true, true);
    let mut order = vec![SortColumn::ascending(TIME)];
    if calls.iter().all(|call| call.frame.unit == Unit::Rows) && random.below(2) == 0 {
        let (is_descending, nulls_first) = (random.below(2) == 0, random.below(2) == 0);
        order.push(SortColumn { column: random.below(COLUMNS), is_descending, nulls_first });
    }
    OverSpec { input, order, calls, time: Some(TIME) }
}

/// Rows of few values, so that many are alike.
pub(super) fn rows(random: &mut Random, count: usize) -> Vec<Row> {
    let spread = random.between(0, 30);
    (0..count)
        .map(|_| {
            let time = random.between(-spread, spread);
            Row::random(random, time)
        })
        .collect()
}

/// What a row says with its results.
pub(super) fn said(row: &Row, results: &[Value]) -> Vec<Value> {
    let record = (0..COLUMNS).map(|column| row.value(column));
    record.chain(results.iter().cloned()).chain([row.value(TIME)]).collect()
}

/// The key of what a row says.
pub(super) fn key_of(said: &[Value], spec: &OverSpec) -> Vec<Value> {
    spec.input.key().iter().map(|column| said[*column].clone()).collect()
}
