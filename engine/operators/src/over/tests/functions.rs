//! What each function says of a few rows, and what is said of those that make no sense.

use memory::Lease;
use record::Record;

use super::super::{Bound, Frame, Over, OverCall, OverFunction, OverSpec, Shift};
use crate::aggregate::Function;
use crate::probe::{Trial, probe};
use crate::sort::SortColumn;
use crate::{Layout, Mode, stand};

/// A name and a number, if there is one.
type Row = (String, Option<i64>);

const SORTED: &str = "the input of a batch is sorted";

fn spec(function: OverFunction, frame: Frame) -> OverSpec {
    let calls = vec![OverCall { function, frame, name: "over".into() }];
    let input = Layout::of(Row::fields()).keyed_by(vec![0]);
    OverSpec { input, order: vec![SortColumn::ascending(1)], calls, time: None }
}

/// The results over some numbers of one partition, of which two are alike, and one row of another.
fn says(function: OverFunction, frame: Frame, expected: &str) {
    let (spec, mut rows) = (spec(function, frame), Vec::new());
    let given = ["a ∅", "a 1", "a 3", "a 3", "a 7", "b 4"];
    for (given, expected) in given.iter().zip(expected.split_whitespace()) {
        rows.push(format!("{given} {expected}"));
    }
    probe(spec.input.clone(), move |seat| Ok(Box::new(Over::new(&spec, seat)?)))
        .mode(Mode::Batch)
        .without(Trial::BatchIsStream, SORTED)
        .without(Trial::BatchRows, SORTED)
        .without(Trial::TightMemory, SORTED)
        .given(&given.join(" | "))
        .expect(&rows.join(" | "));
}

#[test]
fn numbers_of_rows() {
    says(OverFunction::RowNumber, Frame::WHOLE, "1 2 3 4 5 1");
    says(OverFunction::Rank, Frame::WHOLE, "1 2 3 3 5 1");
    says(OverFunction::DenseRank, Frame::WHOLE, "1 2 3 3 4 1");
    says(OverFunction::PercentRank, Frame::WHOLE, "0.0 0.25 0.5 0.5 1.0 0.0");
    says(OverFunction::CumeDist, Frame::WHOLE, "0.2 0.4 0.8 0.8 1.0 1.0");
    says(OverFunction::Ntile(3), Frame::WHOLE, "1 1 2 2 3 1");
}

#[test]
fn values_of_other_rows() {
    let shift = |offset, default| Shift { column: 1, offset, default };
    says(OverFunction::Lag(shift(1, None)), Frame::WHOLE, "∅ ∅ 1 3 3 ∅");
    says(OverFunction::Lag(shift(2, Some(1))), Frame::WHOLE, "∅ 1 ∅ 1 3 4");
    says(OverFunction::Lead(shift(1, None)), Frame::WHOLE, "1 3 3 7 ∅ ∅");
    says(OverFunction::Lead(shift(0, None)), Frame::WHOLE, "∅ 1 3 3 7 4");
    let around = Frame::rows(Bound::Preceding(1), Bound::Following(1));
    says(OverFunction::FirstValue(1), around, "∅ ∅ 1 3 3 4");
    says(OverFunction::LastValue(1), around, "1 3 3 7 7 4");
    says(OverFunction::NthValue { column: 1, row: 2 }, around, "1 1 3 3 7 ∅");
    says(OverFunction::Aggregate(Function::First(1)), around, "1 1 1 3 3 4");
}

#[test]
fn sums_over_frames() {
    let sum = OverFunction::Aggregate(Function::Sum(1));
    says(sum, Frame::WHOLE, "14 14 14 14 14 4");
    says(sum, Frame::UNTIL_PEERS, "∅ 1 7 7 14 4");
    says(sum, Frame::rows(Bound::UnboundedPreceding, Bound::CurrentRow), "∅ 1 4 7 14 4");
    says(sum, Frame::rows(Bound::Following(1), Bound::Following(2)), "4 6 10 7 ∅ ∅");
    says(sum, Frame::rows(Bound::Preceding(3), Bound::Preceding(2)), "∅ ∅ ∅ 1 4 ∅");
    says(sum, Frame::range(Bound::Preceding(2), Bound::CurrentRow), "∅ 1 7 7 7 4");
    says(sum, Frame::range(Bound::CurrentRow, Bound::Following(4)), "∅ 7 13 13 7 4");
    says(
        sum,
        Frame::range(Bound::Preceding(1), Bound::UnboundedFollowing),
        "∅ 14 13 13 7 4".replace("∅ 14", "14 14").as_str(),
    );
    says(sum, Frame::groups(Bound::Preceding(1), Bound::CurrentRow), "∅ 1 7 7 13 4");
    says(
        OverFunction::Aggregate(Function::Count),
        Frame::groups(Bound::Following(1), Bound::Following(2)),
        "3 3 1 1 0 0",
    );
    says(
        OverFunction::Aggregate(Function::Max(1)),
        Frame::rows(Bound::Preceding(1), Bound::Following(1)),
        "1 3 3 7 7 4",
    );
}

#[test]
fn a_column_is_null_only_if_its_function_is() {
    let nullable = |function, frame: Frame| {
        let input = Layout::of(<(i64, i64)>::fields());
        OverCall { function, frame, name: "over".into() }.field(&input).unwrap().is_nullable()
    };
    let sum = OverFunction::Aggregate(Function::Sum(1));
    assert!(!nullable(sum, Frame::UNTIL_PEERS));
    assert!(nullable(sum, Frame::rows(Bound::Preceding(3), Bound::Preceding(1))));
    assert!(!nullable(
        OverFunction::Aggregate(Function::Count),
        Frame::rows(Bound::Following(1), Bound::Following(2))
    ));
    assert!(nullable(OverFunction::NthValue { column: 1, row: 1 }, Frame::WHOLE));
    let lag = |default| OverFunction::Lag(Shift { column: 1, offset: 1, default });
    assert!(nullable(lag(None), Frame::WHOLE) && !nullable(lag(Some(0)), Frame::WHOLE));
    let spec = OverSpec { order: Vec::new(), ..spec(sum, Frame::WHOLE) };
    let kinds = |mode| spec.output(mode).unwrap().has_kinds();
    assert!(kinds(Mode::Streaming) && !kinds(Mode::Batch));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let lease = Lease::root("trial", u64::MAX);
    let check = |spec: &OverSpec, mode: Mode, words: &str| {
        let failure =
            Over::new(spec, &stand::seat(mode, &lease, None)).err().expect("it is refused").to_string();
        assert_eq!(failure, words);
    };
    let sum = OverFunction::Aggregate(Function::Sum(1));
    let batch = |function, frame, words: &str| check(&spec(function, frame), Mode::Batch, words);
    batch(
        sum,
        Frame::rows(Bound::Preceding(-1), Bound::CurrentRow),
        "over has the number -1: the bounds of a frame are not negative",
    );
    batch(OverFunction::Ntile(0), Frame::WHOLE, "over has the number 0: there is at least one part");
    let backwards = "the frame of over ends before it begins: name its bounds the other way round";
    batch(sum, Frame::rows(Bound::CurrentRow, Bound::Preceding(1)), backwards);
    batch(sum, Frame::rows(Bound::UnboundedFollowing, Bound::UnboundedFollowing), backwards);
    batch(
        OverFunction::Aggregate(Function::Sum(0)),
        Frame::WHOLE,
        "there is no sum of column `f0`, which is Utf8View: convert it to another type first",
    );
    let by_name = OverSpec {
        order: vec![SortColumn::ascending(0)],
        ..spec(sum, Frame::range(Bound::Preceding(1), Bound::CurrentRow))
    };
    check(
        &by_name,
        Mode::Batch,
        "the frame of over is a RANGE of values, and rows are sorted by f0 Utf8View: sort them by one column of numbers or times, or count the frame in ROWS",
    );
    let input = Layout::of(Row::fields()).timed();
    let by_time =
        OverSpec { input, order: vec![SortColumn::ascending(2)], time: Some(2), ..spec(sum, Frame::WHOLE) };
    check(
        &by_time,
        Mode::Streaming,
        "over needs rows that come after its own, which a stream in the order of time has not seen: end its frame with the current row, or let results change",
    );
    let changing = OverSpec { input: by_time.input.clone().changing(), ..by_time };
    check(
        &changing,
        Mode::Streaming,
        "rows that may be taken back do not leave in the order of time: let results change",
    );
}
