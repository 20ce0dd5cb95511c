//! Joins of rows that come and go, against a look at all pairs of what is there in the end.

use arrow_array::RecordBatch;
use record::Record;

use super::super::{ChangingJoin, JoinKind, Nulls, PairFilter};
use super::hash::{KINDS, Side, less, model};
use crate::Layout;
use crate::probe::{FinalRows, Item, Probe, Row, Trial, probe};

/// Whether rows of an input may be taken back.
const BOTH: [[bool; 2]; 4] = [[false, false], [true, true], [true, false], [false, true]];

fn side(has_kinds: bool) -> Layout {
    let side = Layout::of(Side::fields()).keyed_by(vec![0]);
    if has_kinds { side.changing() } else { side }
}

fn join(kind: JoinKind, nulls: Nulls, filtered: bool, changing: [bool; 2]) -> Probe {
    let inputs = changing.map(side);
    // All subtasks see the right side where nulls are unknown: then it is not for the probe to deal it out.
    let is_dealt = nulls != Nulls::AreUnknown;
    let [left, right] = inputs.clone().map(|input| if is_dealt { input } else { input.keyed_by(Vec::new()) });
    probe(left, move |seat| {
        let filter: Option<PairFilter> =
            filtered.then(|| Box::new(|pairs: &RecordBatch| Ok(less(pairs))) as PairFilter);
        Ok(Box::new(ChangingJoin::new(inputs.clone(), (kind, nulls), filter, [None, None], seat)?))
    })
    .two_inputs(right)
    .unordered()
}

/// The rows that are there in the end: they have come, and were not taken back.
fn there(items: &[Item]) -> Vec<Item> {
    let mut there: Vec<Row> = Vec::new();
    for item in items {
        let Item::Row(row) = item else { continue };
        match row.kind.adds() {
            true => there.push(row.clone()),
            false => {
                let same = |each: &Row| (each.port, &each.values) == (row.port, &row.values);
                there.iter().rposition(same).map(|place| there.remove(place));
            }
        }
    }
    there.into_iter().map(|row| Item::Row(Row { kind: memory::RowKind::Insert, ..row })).collect()
}

const SCRIPT: &str =
    "a 1 | 1: a 5 | -D a 1 | 1: b 6 | 1: -U a 5 | 1: +U a 7 | a 2 | ∅ 3 | 1: -D a 7 | -U ∅ 3";

#[test]
fn a_first_pair_takes_back_what_a_row_has_said_by_itself_and_its_last_brings_it_again() {
    for (kind, expected) in [
        (JoinKind::Inner, "a 1 a 5 | -D a 1 a 5 | a 2 a 7 | -D a 2 a 7"),
        (
            JoinKind::Left,
            "a 1 ∅ ∅ | -D a 1 ∅ ∅ | a 1 a 5 | -D a 1 a 5 | a 2 a 7 | ∅ 3 ∅ ∅ | -D a 2 a 7 | a 2 ∅ ∅ | -D ∅ 3 ∅ ∅",
        ),
        (
            JoinKind::Right,
            "a 1 a 5 | -D a 1 a 5 | ∅ ∅ a 5 | ∅ ∅ b 6 | -D ∅ ∅ a 5 | ∅ ∅ a 7 | -D ∅ ∅ a 7 | a 2 a 7 | -D a 2 a 7",
        ),
        (
            JoinKind::Full,
            "a 1 ∅ ∅ | -D a 1 ∅ ∅ | a 1 a 5 | -D a 1 a 5 | ∅ ∅ a 5 | ∅ ∅ b 6 | -D ∅ ∅ a 5 | ∅ ∅ a 7 | -D ∅ ∅ a 7 |
             a 2 a 7 | ∅ 3 ∅ ∅ | -D a 2 a 7 | a 2 ∅ ∅ | -D ∅ 3 ∅ ∅",
        ),
        (JoinKind::LeftSemi, "a 1 | -D a 1 | a 2 | -D a 2"),
        (JoinKind::LeftAnti, "a 1 | -D a 1 | ∅ 3 | a 2 | -D ∅ 3"),
        (
            JoinKind::LeftMark,
            "a 1 false | -D a 1 false | a 1 true | -D a 1 true | a 2 true | ∅ 3 false | -D a 2 true | a 2 false |
             -D ∅ 3 false",
        ),
    ] {
        join(kind, Nulls::Differ, false, [true, true]).tight(20_000).given(SCRIPT).expect(expected);
    }
}

#[test]
fn pairs_of_rows_that_only_come_are_only_added() {
    let layout = |changing: [bool; 2], kind| ChangingJoin::output(&changing.map(side), kind).has_kinds();
    assert_eq!(KINDS.map(|kind| layout([false, false], kind)), [false, true, true, true, false, true, true]);
    assert_eq!(KINDS.map(|kind| layout([false, true], kind)), [true; 7]);
    join(JoinKind::Inner, Nulls::Differ, false, [false, false])
        .tight(20_000)
        .given("a 1 | 1: a 5 | 1: a 6 | b 2 | a 3")
        .expect("a 1 a 5 | a 1 a 6 | a 3 a 5 | a 3 a 6");
}

#[test]
fn whatever_comes_and_goes_it_comes_to_the_pairs_of_what_is_there() {
    for changing in BOTH {
        for kind in KINDS {
            for filtered in [false, true] {
                join(kind, Nulls::Differ, filtered, changing)
                    .final_rows(FinalRows::Folded)
                    .cases(150)
                    .against(move |items| model((kind, Nulls::Differ), filtered, &there(items)));
            }
        }
    }
}

#[test]
fn a_row_that_takes_back_what_is_not_there_says_nothing() {
    for filtered in [false, true] {
        join(JoinKind::Full, Nulls::Differ, filtered, [true, true])
            .given("a 1 | -D a 2 | 1: a 5 | -D a 1 | -D a 1 | 1: -D b 1")
            .expect("a 1 ∅ ∅ | -D a 1 ∅ ∅ | a 1 a 5 | -D a 1 a 5 | ∅ ∅ a 5");
    }
}

#[test]
fn a_key_with_thousands_of_rows_leaves_in_pieces() {
    let right: Vec<String> = (0..9000).map(|number| format!("1: a {number}")).collect();
    for (changing, takes_back) in [([false, false], false), ([true, true], true)] {
        let mut script = format!("a -1 | {} | a -2", right.join(" | "));
        let pairs = |left: i64, kind: &str| -> Vec<String> {
            (0..9000).map(|number| format!("{kind}a {left} a {number}")).collect()
        };
        let mut expected = [pairs(-1, ""), pairs(-2, "")].concat();
        if takes_back {
            script.push_str(" | -D a -1");
            expected.extend(pairs(-1, "-D "));
        }
        for filtered in [false, true] {
            join(JoinKind::Inner, Nulls::Differ, filtered, changing)
                .without(Trial::Restarts, "others restart, and nine thousand steps are many")
                .given(&script)
                .expect(&expected.join(" | "));
        }
    }
}

#[test]
fn nulls_are_equal_where_that_is_said() {
    const MANY_NULLS: &str = "nulls are one key, and many of them a square of pairs";
    for (kind, expected) in [
        (JoinKind::Inner, "∅ 2 ∅ 3"),
        (JoinKind::LeftSemi, "∅ 2"),
        (JoinKind::Full, "a 1 ∅ ∅ | ∅ 2 ∅ ∅ | -D ∅ 2 ∅ ∅ | ∅ 2 ∅ 3 | ∅ ∅ b 4"),
    ] {
        join(kind, Nulls::AreEqual, false, [false, false])
            .without(Trial::BatchRows, MANY_NULLS)
            .without(Trial::TightMemory, MANY_NULLS)
            .given("a 1 | ∅ 2 | 1: ∅ 3 | 1: b 4")
            .expect(expected);
    }
}

#[test]
fn nulls_that_are_equal_come_and_go_as_others_do() {
    for kind in KINDS {
        for filtered in [false, true] {
            join(kind, Nulls::AreEqual, filtered, [true, true])
                .final_rows(FinalRows::Folded)
                .values(0, &["a", "∅"])
                .cases(200)
                .against(move |items| model((kind, Nulls::AreEqual), filtered, &there(items)));
        }
    }
}

#[test]
fn what_is_certainly_not_in_the_right_side_changes_with_its_first_null_and_its_last() {
    let not_in = |filtered, changing| join(JoinKind::LeftAnti, Nulls::AreUnknown, filtered, changing);
    not_in(false, [true, true])
        .without(Trial::Cuts, "a null that comes and goes within a batch says nothing")
        .given("a 1 | ∅ 2 | 1: b 3 | 1: ∅ 4 | c 5 | 1: a 6 | 1: -D ∅ 4 | 1: -D a 6 | 1: -D b 3")
        .expect("a 1 | ∅ 2 | -D ∅ 2 | -D a 1 | c 5 | a 1 | ∅ 2");
    let kind = (JoinKind::LeftAnti, Nulls::AreUnknown);
    for changing in BOTH {
        for filtered in [false, true] {
            not_in(filtered, changing)
                .final_rows(FinalRows::Folded)
                .values(0, &["a", "b", "c", "d", "e", "f", "∅"])
                .cases(300)
                .against(move |items| model(kind, filtered, &there(items)));
        }
    }
}

#[test]
fn a_join_without_a_key_pairs_all_with_all() {
    for kind in KINDS {
        for filtered in [false, true] {
            let inputs = [(); 2].map(|()| Layout::of(Side::fields()).changing());
            let [left, right] = inputs.clone();
            probe(left, move |seat| {
                let filter: Option<PairFilter> =
                    filtered.then(|| Box::new(|pairs: &RecordBatch| Ok(less(pairs))) as PairFilter);
                let kind = (kind, Nulls::Differ);
                Ok(Box::new(ChangingJoin::new(inputs.clone(), kind, filter, [None, None], seat)?))
            })
            .two_inputs(right)
            .values(0, &["a"])
            .final_rows(FinalRows::Folded)
            .cases(100)
            .against(move |items| model((kind, Nulls::Differ), filtered, &there(items)));
        }
    }
}
