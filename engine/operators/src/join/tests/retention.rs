//! Joins that forget rows when time has passed them, or when the other side has ended.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{BooleanArray, RecordBatch};
use memory::{Batch, Lease, RowKind, RowKinds};
use record::Record;

use super::super::{ChangingJoin, JoinKind, Nulls, PairFilter, Retention};
use super::hash::KINDS;
use crate::probe::{FinalRows, Item, Row, Trial, probe};
use crate::stand::{self, Chance, Sent, Stand};
use crate::{Layout, Mode, OperatorSeat};

/// A key and a number; the time stands beside them.
type Pair = (String, i64);

/// How far the times of a pair may be apart.
const APART: i64 = 15;

fn side() -> Layout {
    Layout::of(Pair::fields()).timed().keyed_by(vec![0])
}

/// Of the times of pairs, which is all that it sees.
fn near(pairs: &RecordBatch) -> BooleanArray {
    let times = |column: usize| pairs.column(column).as_primitive::<TimestampMillisecondType>().values();
    times(0).iter().zip(times(1)).map(|(left, right)| Some(left.abs_diff(*right) <= APART as u64)).collect()
}

fn interval_join(
    inputs: [Layout; 2],
    kind: JoinKind,
    seat: &OperatorSeat,
) -> Result<ChangingJoin, runtime::subtask::Failure> {
    let filter: PairFilter = Box::new(|pairs| Ok(near(pairs)));
    let retention = Some(Retention { column: 2, after: APART });
    let join = ChangingJoin::new(inputs, (kind, Nulls::Differ), Some(filter), [retention; 2], seat)?;
    Ok(join.filter_sees(&[2, 5]))
}

fn model(kind: JoinKind, items: &[Item]) -> Vec<String> {
    let of = |port: usize| {
        let rows = items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None });
        rows.filter(move |row| row.port == port).collect::<Vec<&Row>>()
    };
    let (left, right) = (of(0), of(1));
    let fits = |one: &Row, other: &Row| {
        let same = one.text(0) == other.text(0) && one.text(0) != "∅";
        same && one.time.unwrap().abs_diff(other.time.unwrap()) <= APART as u64
    };
    let text = |row: &Row| row.values.join(" ");
    let mut out = Vec::new();
    for one in &left {
        let pairs: Vec<_> = right.iter().filter(|other| fits(one, other)).collect();
        match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => {
                out.extend((pairs.is_empty() == (kind == JoinKind::LeftAnti)).then(|| text(one)));
            }
            JoinKind::LeftMark => out.push(format!("{} {}", text(one), !pairs.is_empty())),
            _ => {
                out.extend(pairs.iter().map(|other| format!("{} {}", text(one), text(other))));
                let is_said = pairs.is_empty() && matches!(kind, JoinKind::Left | JoinKind::Full);
                out.extend(is_said.then(|| format!("{} ∅ ∅", text(one))));
            }
        }
    }
    if matches!(kind, JoinKind::Right | JoinKind::Full) {
        let alone = right.iter().filter(|other| !left.iter().any(|one| fits(one, other)));
        out.extend(alone.map(|other| format!("∅ ∅ {}", text(other))));
    }
    out
}

#[test]
fn no_pair_of_rows_in_time_is_missed() {
    for kind in KINDS {
        probe(side(), move |seat| Ok(Box::new(interval_join([side(), side()], kind, seat)?)))
            .two_inputs(side())
            .final_rows(FinalRows::Folded)
            .punctual()
            .cases(400)
            .against(move |items| model(kind, items));
    }
}

#[test]
fn a_patient_join_says_a_row_without_a_pair_when_it_can_have_none() {
    let side = || Layout::of(<(Option<String>, i64)>::fields()).timed().keyed_by(vec![0]);
    let join = |kind| {
        let build = move |seat: &OperatorSeat| -> Result<Box<dyn crate::Operator>, _> {
            Ok(Box::new(interval_join([side(), side()], kind, seat)?.patient()))
        };
        probe(side(), build).two_inputs(side()).unordered()
    };
    const SCRIPT: &str = "a 1 @10 | ∅ 2 @10 | 1: a 3 @30 | ~24 | 1: a 4 @25 | ~40 | b 5 @50 | 1: b 6 @66";
    for (kind, expected) in [
        (JoinKind::Inner, "a 1 a 4"),
        (JoinKind::Left, "∅ 2 ∅ ∅ | a 1 a 4 | b 5 ∅ ∅"),
        (JoinKind::Right, "a 1 a 4 | ∅ ∅ a 3 | ∅ ∅ b 6"),
        (JoinKind::Full, "∅ 2 ∅ ∅ | a 1 a 4 | ∅ ∅ a 3 | b 5 ∅ ∅ | ∅ ∅ b 6"),
        (JoinKind::LeftSemi, "a 1"),
        (JoinKind::LeftAnti, "∅ 2 | b 5"),
    ] {
        join(kind).given(SCRIPT).expect(expected);
        join(kind).punctual().cases(150).against(move |items| model(kind, items));
    }
}

#[test]
fn time_goes_on_behind_what_a_patient_join_still_says() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let join = interval_join([side(), side()], JoinKind::Left, &seat).unwrap().patient();
    let mut stand = Stand::new(join, 2, Some(1));
    stand.batch(0, batch(3, 100)).unwrap();
    stand.time(114).unwrap();
    assert_eq!(stand.take(), [Sent::Time(114 - APART - 1)]);
    stand.time(115).unwrap();
    let sent = stand.take();
    assert_eq!((rows(&sent), sent.last()), (3, Some(&Sent::Time(115 - APART - 1))));
    stand.time(i64::MAX).unwrap();
    assert_eq!(stand.take(), [Sent::Time(i64::MAX)]);
}

#[test]
fn a_row_that_is_forgotten_keeps_the_pairs_that_it_had() {
    // When its partner is gone by time, what was said of the row by itself does not come again.
    let inputs = [side().changing(), side().changing()];
    let [left, right] = inputs.clone();
    probe(left, move |seat| Ok(Box::new(interval_join(inputs.clone(), JoinKind::Left, seat)?)))
        .two_inputs(right)
        .unordered()
        .without(Trial::BatchIsStream, "a batch forgets nothing, and takes more back")
        .given("1: a 1 @10 | a 2 @20 | ~26 | 1: -D a 1 @10 | -D a 2 @20 | a 3 @40 | ~60 | -D a 3 @40")
        .expect("a 2 a 1 | -D a 2 ∅ ∅ | a 3 ∅ ∅");
}

fn batch(count: i64, at: i64) -> Batch {
    let rows = (0..count).map(|row| (format!("k{}", row % 7), row));
    let times = arrow_array::TimestampMillisecondArray::from_iter_values((0..count).map(|_| at));
    let mut columns = record::batch_of(rows).columns().to_vec();
    columns.push(std::sync::Arc::new(times));
    side().batch(columns, count.try_into().unwrap())
}

fn rows(sent: &[Sent]) -> usize {
    sent.iter().map(|sent| if let Sent::Rows(batch) = sent { batch.rows() } else { 0 }).sum()
}

#[test]
fn what_time_has_passed_takes_no_memory() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let join = interval_join([side(), side()], JoinKind::Inner, &seat).unwrap();
    let mut stand = Stand::new(join, 2, Some(1));
    let mut settled = 0;
    for turn in 0..600 {
        stand.batch(0, batch(70, turn * 10)).unwrap();
        stand.batch(1, batch(70, turn * 10)).unwrap();
        // Ten of each side and key, in this turn and beside those of the last one.
        let turns = if turn == 0 { 1 } else { 3 };
        assert_eq!(rows(&stand.take()), turns * 7 * 100, "turn {turn}");
        stand.time(turn * 10).unwrap();
        // Rows that are gone stay until there are many of them.
        settled = if turn == 200 { lease.figures().peak } else { settled };
    }
    assert!(lease.figures().peak < settled * 5 / 4, "{} then {}", settled, lease.figures().peak);
    stand.time(6_010).unwrap();
    assert!(stand.save().parts().is_empty());
}

#[test]
fn rows_that_come_and_go_take_no_memory_for_long() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let inputs = [side().changing(), side().changing()];
    let kind = (JoinKind::Full, Nulls::Differ);
    let mut stand = Stand::new(ChangingJoin::new(inputs, kind, None, [None; 2], &seat).unwrap(), 2, Some(1));
    let (mut settled, mut chance) = (0, Chance(7));
    for turn in 0..1_500 {
        let port = chance.below(2);
        let rows = batch(50, turn);
        let taken = rows.clone().with_kinds(Some(RowKinds::new((0..50).map(|_| RowKind::Delete))));
        stand.batch(port, rows).unwrap();
        stand.batch(1 - port, batch(1, turn)).unwrap();
        stand.batch(port, taken).unwrap();
        let one = batch(1, turn).with_kinds(Some(RowKinds::new([RowKind::UpdateBefore])));
        stand.batch(1 - port, one).unwrap();
        // All keys but one are said by themselves, and taken back; of the one, all pairs and what they replace.
        assert!(rows_sum(&stand.take()).values().all(|count| *count == 0), "turn {turn}");
        settled = if turn == 500 { lease.figures().peak } else { settled };
        assert!(stand.save().parts().is_empty());
    }
    assert!(lease.figures().peak < settled * 5 / 4, "{} then {}", settled, lease.figures().peak);
}

/// What a changelog comes to.
fn rows_sum(sent: &[Sent]) -> std::collections::BTreeMap<String, i64> {
    let mut sum = std::collections::BTreeMap::new();
    for (kind, row) in stand::rows_sent::<Both>(sent) {
        *sum.entry(format!("{row:?}")).or_default() += if kind.adds() { 1 } else { -1 };
    }
    sum
}

/// A left row and a right one.
type Both = (
    Option<String>,
    Option<i64>,
    Option<record::Timestamp>,
    Option<String>,
    Option<i64>,
    Option<record::Timestamp>,
);

#[test]
fn rows_that_nobody_will_ask_for_are_not_kept() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    for kind in [JoinKind::Inner, JoinKind::Left, JoinKind::LeftSemi, JoinKind::LeftAnti] {
        let kind = (kind, Nulls::Differ);
        let join = ChangingJoin::new([side(), side()], kind, None, [None; 2], &seat).unwrap();
        let mut stand = Stand::new(join, 2, Some(1));
        stand.batch(0, batch(5, 1)).unwrap();
        stand.batch(1, batch(3, 1)).unwrap();
        stand.end(1).unwrap();
        stand.take();
        let held = lease.figures().used;
        for turn in 0..100 {
            stand.batch(0, batch(70, turn)).unwrap();
            let found = match kind.0 {
                JoinKind::Inner | JoinKind::LeftSemi => 30,
                JoinKind::Left => 70,
                _ => 40,
            };
            assert_eq!(rows(&stand.take()), found, "{kind:?}");
        }
        assert!(lease.figures().used <= held);
        let saved = stand.save();
        let saved: Vec<_> =
            saved.parts().iter().map(|part| (part.name.as_str(), part.rows.num_rows())).collect();
        assert_eq!(saved, [("right", 3)]);
        stand.end(0).unwrap();
        assert!(stand.save().parts().is_empty());
        assert_eq!(lease.figures().used, 0);
    }
}

#[test]
fn rows_are_forgotten_some_time_after_they_have_come() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    for (kind, first, second) in
        [(JoinKind::Inner, 10, 4), (JoinKind::Left, 10, 4), (JoinKind::LeftSemi, 10, 4)]
    {
        let kind = (kind, Nulls::Differ);
        let join = ChangingJoin::new([side(), side()], kind, None, [None; 2], &seat).unwrap();
        let mut stand = Stand::new(join.idle_after(10).unwrap(), 2, Some(1));
        stand.batch(1, batch(7, 1)).unwrap();
        stand.pass_ns(6_000_000).unwrap();
        stand.batch(1, batch(7, 1)).unwrap();
        stand.take();
        stand.batch(0, batch(5, 1)).unwrap();
        assert_eq!(rows(&stand.take()), if kind.0 == JoinKind::LeftSemi { 5 } else { first }, "{kind:?}");
        stand.pass_ns(5_000_000).unwrap();
        stand.batch(0, batch(4, 1)).unwrap();
        assert_eq!(rows(&stand.take()), second, "{kind:?}");
        stand.pass_ns(20_000_000).unwrap();
        stand.batch(0, batch(0, 1)).unwrap();
        assert!(stand.save().parts().is_empty(), "{kind:?}");
    }
}
