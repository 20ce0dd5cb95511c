//! Joins of batches, against pairs of all rows.

use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray};
use memory::hash_key;
use record::Record;
use runtime::plane::bridge::Poke;

use super::super::hash::{HashJoin, JoinKind, Nulls, PairFilter};
use super::super::sieve::{Sieve, Sifted};
use crate::probe::{Item, Probe, Row, Trial, probe};
use crate::{Layout, Mode};

/// Key and value, which may be absent.
pub(super) type Side = (Option<String>, Option<i64>);

/// Those that a join of a changing stream has too.
pub(super) const KINDS: [JoinKind; 7] = [
    JoinKind::Inner,
    JoinKind::Left,
    JoinKind::Right,
    JoinKind::Full,
    JoinKind::LeftSemi,
    JoinKind::LeftAnti,
    JoinKind::LeftMark,
];

fn side() -> Layout {
    Layout::of(Side::fields()).keyed_by(vec![0])
}

/// The left value is less than the right one.
pub(super) fn less(pairs: &RecordBatch) -> BooleanArray {
    let values = |column: usize| pairs.column(column).as_primitive::<Int64Type>().iter();
    values(1).zip(values(3)).map(|(left, right)| Some(left? < right?)).collect()
}

fn join(kind: JoinKind, filtered: bool) -> Probe {
    join_with(kind, Nulls::Differ, filtered)
}

fn join_with(kind: JoinKind, nulls: Nulls, filtered: bool) -> Probe {
    probe(side(), move |seat| {
        let filter: Option<PairFilter> =
            filtered.then(|| Box::new(|pairs: &RecordBatch| Ok(less(pairs))) as PairFilter);
        Ok(Box::new(HashJoin::new([side(), side()], (kind, nulls), filter, seat)?))
    })
    .two_inputs(side())
    .mode(Mode::Batch)
    .unordered()
    .without(Trial::Restarts, "batch jobs begin anew")
    .without(Trial::BatchIsStream, "only what ends has a last row")
}

/// All pairs, by a look at all of them.
pub(super) fn model((kind, nulls): (JoinKind, Nulls), filtered: bool, items: &[Item]) -> Vec<String> {
    let rows: Vec<&Row> =
        items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None }).collect();
    let of = |port: usize| rows.iter().copied().filter(move |row| row.port == port).collect::<Vec<_>>();
    let (left, right) = (of(0), of(1));
    let fits = |one: &Row, other: &Row| {
        let same = one.text(0) == other.text(0) && (one.text(0) != "∅" || nulls == Nulls::AreEqual);
        same && (!filtered || one.number(1).zip(other.number(1)).is_some_and(|(one, other)| one < other))
    };
    let has_null = |row: &Row| row.text(0) == "∅";
    let is_in_doubt = |row: &Row| {
        nulls == Nulls::AreUnknown
            && (right.iter().copied().any(has_null) || has_null(row) && !right.is_empty())
    };
    let text = |row: &Row| row.values.join(" ");
    let mut out = Vec::new();
    for one in &left {
        let pairs: Vec<_> = right.iter().filter(|other| fits(one, other)).collect();
        match kind {
            JoinKind::LeftSemi if !pairs.is_empty() => out.push(text(one)),
            JoinKind::LeftAnti if pairs.is_empty() && !is_in_doubt(one) => out.push(text(one)),
            JoinKind::LeftSemi | JoinKind::LeftAnti => {}
            JoinKind::LeftMark => out.push(format!("{} {}", text(one), !pairs.is_empty())),
            _ => {
                out.extend(pairs.iter().map(|other| format!("{} {}", text(one), text(other))));
                if pairs.is_empty() && matches!(kind, JoinKind::Left | JoinKind::Full) {
                    out.push(format!("{} ∅ ∅", text(one)));
                }
            }
        }
    }
    if matches!(kind, JoinKind::RightSemi | JoinKind::RightAnti) {
        let has_pair = |other: &&&Row| left.iter().any(|one| fits(one, other));
        let kept = right.iter().filter(|other| has_pair(other) == (kind == JoinKind::RightSemi));
        return kept.map(|other| text(other)).collect();
    }
    if matches!(kind, JoinKind::Right | JoinKind::Full) {
        let alone = right.iter().filter(|other| !left.iter().any(|one| fits(one, other)));
        out.extend(alone.map(|other| format!("∅ ∅ {}", text(other))));
    }
    out
}

#[test]
fn rows_of_the_same_key_are_paired_and_nulls_with_nobody() {
    const SCRIPT: &str = "a 1 | b 2 | 1: a 5 | 1: a 6 | ∅ 3 | 1: ∅ 4 | 1: c 7";
    for (kind, expected) in [
        (JoinKind::Inner, "a 1 a 5 | a 1 a 6"),
        (JoinKind::Left, "a 1 a 5 | a 1 a 6 | b 2 ∅ ∅ | ∅ 3 ∅ ∅"),
        (JoinKind::Right, "a 1 a 5 | a 1 a 6 | ∅ ∅ ∅ 4 | ∅ ∅ c 7"),
        (JoinKind::Full, "a 1 a 5 | a 1 a 6 | b 2 ∅ ∅ | ∅ 3 ∅ ∅ | ∅ ∅ ∅ 4 | ∅ ∅ c 7"),
        (JoinKind::LeftSemi, "a 1"),
        (JoinKind::LeftAnti, "b 2 | ∅ 3"),
        (JoinKind::LeftMark, "a 1 true | b 2 false | ∅ 3 false"),
    ] {
        join(kind, false).given(SCRIPT).expect(expected);
    }
    for (kind, expected) in [(JoinKind::RightSemi, "a 5 | a 6"), (JoinKind::RightAnti, "∅ 4 | c 7")] {
        join(kind, false)
            .without(Trial::BatchRows, SENDS_LATE)
            .without(Trial::TightMemory, SENDS_LATE)
            .given(SCRIPT)
            .expect(expected);
    }
}

const SENDS_LATE: &str = "many rows of the left in, and none out before the end, look like no progress";

#[test]
fn every_kind_of_join_comes_to_what_a_look_at_all_pairs_comes_to() {
    for kind in KINDS.into_iter().chain([JoinKind::RightSemi, JoinKind::RightAnti]) {
        for filtered in [false, true] {
            join(kind, filtered)
                .cases(420)
                .against(move |items| model((kind, Nulls::Differ), filtered, items));
        }
    }
}

#[test]
fn a_key_with_thousands_of_rows_leaves_in_pieces() {
    let right: Vec<String> = (0..9000).map(|number| format!("1: a {number}")).collect();
    let expected: Vec<String> =
        (0..9000).flat_map(|number| [1, 2].map(|left| format!("a {left} a {number}"))).collect();
    let script = format!("a 1 | a 2 | {}", right.join(" | "));
    join(JoinKind::Inner, false).given(&script).expect(&expected.join(" | "));
}

/// Nobody hears it.
struct Deaf;

impl Poke for Deaf {
    fn poke(&self) {}
}

#[test]
fn who_reads_the_left_side_is_told_the_keys_of_the_right_one() {
    let sifters = Arc::new(Mutex::new(Vec::new()));
    let heard = sifters.clone();
    probe(side(), move |seat| {
        // Every run is the same attempt of the same job, and has a sieve of its own.
        let sieve = Sieve::default();
        let sifter = sieve.sifter(&seat.place, Arc::new(Deaf));
        assert_eq!(sifter.sifted(), Sifted::NotYet, "before the right side has come");
        heard.lock().unwrap().push(sifter);
        let join = HashJoin::new([side(), side()], (JoinKind::Inner, Nulls::Differ), None, seat)?;
        Ok(Box::new(join.telling(&sieve, true, seat)))
    })
    .two_inputs(side())
    .mode(Mode::Batch)
    .unordered()
    .without(Trial::Restarts, "batch jobs begin anew")
    .without(Trial::BatchIsStream, "only what ends has a last row")
    .without(Trial::Instances, "each has all keys here")
    .given("a 1 | b 2 | 1: a 5 | 1: a 6 | 1: ∅ 4 | 1: c 7")
    .expect("a 1 a 5 | a 1 a 6");
    let word = |text: &str| {
        let column: ArrayRef = Arc::new(StringViewArray::from(vec![text]));
        let mut hashes = Vec::new();
        hash_key(&[column], 1, &mut hashes).unwrap();
        hashes
    };
    let first = &sifters.lock().unwrap()[0];
    let Sifted::Keys(keys) = first.sifted() else { panic!("keys are told: {:?}", first.sifted()) };
    let has = |text: &str| keys.may_have(&word(text)).value(0);
    assert!(has("a") && has("c") && !has("b"));
}

const MANY_NULLS: &str = "nulls are one key, and many of them a square of pairs";

#[test]
fn nulls_are_equal_where_that_is_said() {
    let script = "a 1 | ∅ 2 | 1: ∅ 3 | 1: b 4";
    for (kind, expected) in [
        (JoinKind::Inner, "∅ 2 ∅ 3"),
        (JoinKind::LeftAnti, "a 1"),
        (JoinKind::Full, "∅ 2 ∅ 3 | a 1 ∅ ∅ | ∅ ∅ b 4"),
    ] {
        let join = join_with(kind, Nulls::AreEqual, false);
        join.without(Trial::BatchRows, MANY_NULLS)
            .without(Trial::TightMemory, MANY_NULLS)
            .given(script)
            .expect(expected);
    }
}

#[test]
fn not_in_is_certain_or_nothing() {
    let not_in = || {
        join_with(JoinKind::LeftAnti, Nulls::AreUnknown, false)
            .without(Trial::Instances, "all see the right side")
            .without(Trial::BatchRows, "many rows in, and none out, look like no progress")
            .without(Trial::TightMemory, "many rows in, and none out, look like no progress")
    };
    not_in().given("a 1 | b 2 | ∅ 3 | 1: b 9").expect("a 1");
    not_in().given("a 1 | b 2 | ∅ 3 | 1: b 9 | 1: ∅ 9").expect("");
    not_in().given("a 1 | ∅ 3").expect("a 1 | ∅ 3");
    let kind = (JoinKind::LeftAnti, Nulls::AreUnknown);
    not_in().cases(300).against(move |items| model(kind, false, items));
}
