//! Top-N of rows that come and go, and of those where the last one wins, against a sort of what is there.

use memory::RowKind;
use record::{Record, Timestamp};

use super::*;
use crate::probe::{FinalRows, Item, Probe, Row, Trial, probe};

/// A key, by what it is sorted, and something else.
type Three = (String, Option<i64>, i64);

fn spec(rows: usize, has_kinds: bool) -> TopNSpec {
    let layout = Layout::of(Three::fields()).keyed_by(vec![0]);
    let layout = if has_kinds { layout.changing() } else { layout };
    TopNSpec::new(layout, vec![SortColumn::ascending(1)], rows)
}

fn top(spec: TopNSpec) -> Probe {
    let input = spec.input.clone();
    probe(input, move |seat| Ok(Box::new(KeyedTopN::new(spec.clone(), seat)?))).unordered()
}

/// The rows that are there in the end, as they came.
fn there(items: &[Item]) -> Vec<&Row> {
    let mut there: Vec<&Row> = Vec::new();
    for item in items {
        match item {
            Item::Row(row) if row.kind.adds() => there.push(row),
            Item::Row(row) => {
                there.iter().rposition(|each| each.values == row.values).map(|place| there.remove(place));
            }
            _ => {}
        }
    }
    there
}

/// The first of them, perhaps with their ranks.
fn first(mut rows: Vec<&Row>, spec: &TopNSpec) -> Vec<String> {
    if spec.later_wins {
        rows.reverse();
    }
    rows.sort_by_key(|row| (row.text(0).to_owned(), row.number(1)));
    let of_key = rows.chunk_by(|one, other| one.text(0) == other.text(0));
    let ranked = of_key.flat_map(|rows| rows.iter().zip(1..).take(spec.rows));
    let text = |(row, rank): (&&Row, usize)| match spec.rank {
        Some(_) => format!("{} {rank}", row.values.join(" ")),
        None => row.values.join(" "),
    };
    ranked.map(text).collect()
}

/// What is told of rows of one key, each of which is a batch of its own: so nothing is told once that happens twice.
fn told(rows: &str, spec: TopNSpec) -> String {
    let lease = Lease::root("trial", u64::MAX);
    let is_ranked = spec.rank.is_some();
    let has_kinds = spec.input.has_kinds();
    let mut stand = Stand::new(KeyedTopN::new(spec, &seat(Mode::Streaming, &lease)).unwrap(), 1, None);
    let mut told = Vec::new();
    for row in rows.split(" | ") {
        let (kind, row) = row.split_once(' ').unwrap();
        let (value, other) = row.split_once(' ').unwrap();
        let row = ("a".to_owned(), Some(value.parse().unwrap()), other.parse().unwrap());
        let kind = if kind == "+I" { RowKind::Insert } else { RowKind::Delete };
        let kinds = has_kinds.then(|| memory::RowKinds::new([kind]));
        stand.batch(0, Batch::new(record::batch_of::<Three>([row])).with_kinds(kinds)).unwrap();
        for sent in stand.take() {
            let stand::Sent::Rows(batch) = sent else { panic!("no time has come") };
            if is_ranked {
                let rows = rows_in::<(String, i64, i64, i64)>(&batch).into_iter();
                told.extend(rows.map(|(kind, row)| format!("{kind} {} {} {}", row.1, row.2, row.3)));
            } else {
                let rows = rows_in::<(String, i64, i64)>(&batch).into_iter();
                told.extend(rows.map(|(kind, row)| format!("{kind} {} {}", row.1, row.2)));
            }
        }
    }
    told.join(" | ")
}

#[test]
fn the_next_row_moves_up_when_one_is_taken_back() {
    const SCRIPT: &str = "a 7 0 | a 3 0 | a 5 0 | -D a 3 0 | -U a 9 0 | -D a 7 0 | -D a 5 0 | +U a 4 0";
    top(spec(2, true)).final_rows(FinalRows::Folded).tight(20_000).given(SCRIPT).expect("a 4 0");
    let ranked = || top(spec(2, true).ranked("rank"));
    ranked().final_rows(FinalRows::Folded).given(SCRIPT).expect("a 4 0 1");
    let rows = "+I 7 0 | +I 3 0 | +I 5 0 | -D 3 0 | -D 9 0 | -D 7 0 | -D 5 0 | +I 4 0";
    assert_eq!(
        told(rows, spec(2, true)),
        "+I 7 0 | +I 3 0 | -D 7 0 | +I 5 0 | -D 3 0 | +I 7 0 | -D 7 0 | -D 5 0 | +I 4 0"
    );
    assert_eq!(
        told(rows, spec(2, true).ranked("rank")),
        "+I 7 0 1 | -U 7 0 1 | +U 3 0 1 | +I 7 0 2 | -U 7 0 2 | +U 5 0 2 | -U 3 0 1 | +U 5 0 1 | -U 5 0 2 | \
         +U 7 0 2 | -D 7 0 2 | -D 5 0 1 | +I 4 0 1"
    );
}

#[test]
fn of_a_batch_is_told_what_it_has_come_to() {
    let lease = Lease::root("trial", u64::MAX);
    let top = KeyedTopN::new(spec(1, false), &seat(Mode::Streaming, &lease)).unwrap();
    let mut stand = Stand::new(top, 1, None);
    let mut told = |rows: &[(&str, i64)]| {
        let rows = rows.iter().map(|(key, value)| ((*key).to_owned(), Some(*value), 0));
        stand.batch(0, Batch::new(record::batch_of::<Three>(rows))).unwrap();
        let rows = stand::rows_sent::<(String, i64, i64)>(&stand.take()).into_iter();
        rows.map(|(kind, row)| format!("{kind} {} {}", row.0, row.1)).collect::<Vec<_>>()
    };
    assert_eq!(told(&[("a", 7), ("b", 1), ("a", 3), ("a", 5), ("b", 1)]), ["+I a 3", "+I b 1"]);
    assert_eq!(told(&[("a", 4), ("b", 2)]), Vec::<String>::new());
    assert_eq!(
        told(&[("b", 0), ("a", 2), ("a", 1), ("c", 9)]),
        ["-U a 3", "+U a 1", "-U b 1", "+U b 0", "+I c 9"]
    );
}

#[test]
fn whatever_comes_and_goes_it_comes_to_the_first_of_what_is_there() {
    for rows in [1, 2, 4] {
        for (later_wins, has_kinds) in [(false, false), (false, true), (true, false), (true, true)] {
            for is_ranked in [false, true] {
                let spec = spec(rows, has_kinds);
                let spec = if later_wins { spec.later_wins() } else { spec };
                let spec = if is_ranked { spec.ranked("rank") } else { spec };
                top(spec.clone())
                    .final_rows(FinalRows::Folded)
                    .values(0, &["a", "b"])
                    .values(1, &["1", "2", "3", "∅"])
                    .cases(150)
                    .against(move |items| first(there(items), &spec));
            }
        }
    }
}

#[test]
fn of_equal_rows_the_last_is_the_first_where_it_wins() {
    let rows = "+I 1 1 | +I 1 2 | +I 2 3 | +I 1 5";
    let wanted = "+I 1 1 | -U 1 1 | +U 1 2 | -U 1 2 | +U 1 5";
    assert_eq!(told(rows, spec(1, false).later_wins()), wanted);
    top(spec(1, false).later_wins())
        .final_rows(FinalRows::Folded)
        .given("a 1 1 | a 1 2 | a 2 3 | b 1 4 | a 1 5")
        .expect("a 1 5 | b 1 4");
}

#[test]
fn who_knows_a_row_by_its_key_and_rank_is_not_told_what_it_was() {
    let by_key = |spec: TopNSpec, key: &[usize]| {
        top(spec.without_former()).final_rows(FinalRows::ByKey).output_key(key.iter().copied())
    };
    by_key(spec(1, true), &[0])
        .given("a 7 0 | a 3 0 | b 1 0 | -D a 3 0 | -U b 1 0 | +U b 2 0 | a 9 0 | -D a 7 0")
        .expect("b 2 0 | a 9 0");
    by_key(spec(2, false).ranked("rank"), &[0, 3]).given("a 7 0 | a 3 0 | a 5 0").expect("a 3 0 1 | a 5 0 2");
    for (rows, has_kinds) in [(1, false), (1, true), (3, false), (3, true)] {
        for is_ranked in [false, true] {
            let spec = spec(rows, has_kinds);
            let (spec, key) = if is_ranked { (spec.ranked("rank"), &[0, 3][..]) } else { (spec, &[0][..]) };
            if is_ranked || rows == 1 {
                by_key(spec.clone(), key)
                    .values(0, &["a", "b"])
                    .values(1, &["1", "2", "3", "∅"])
                    .cases(150)
                    .against(move |items| first(there(items), &spec));
            }
        }
    }
    // Of several without ranks nobody would know which one is gone.
    top(spec(2, false).without_former())
        .final_rows(FinalRows::Folded)
        .given("a 7 0 | a 3 0 | a 5 0")
        .expect("a 3 0 | a 5 0");
}

/// When its window ends, a key, and by what it is sorted.
type InWindow = (Timestamp, String, i64);

#[test]
fn the_first_of_what_is_there_leave_when_their_window_ends() {
    let layout = Layout::of(InWindow::fields()).timed().keyed_by(vec![0, 1]).changing();
    let spec = TopNSpec::new(layout, vec![SortColumn::ascending(2)], 2).windowed(0);
    let timely = |items: &[Item]| -> Vec<Item> {
        let mut now = i64::MIN;
        let mut is_timely = |item: &&Item| match item {
            Item::Watermark(next) => {
                now = *next;
                true
            }
            Item::Row(row) => row.number(0).is_some_and(|end| end - 1 > now),
            Item::Wait(_) => true,
        };
        items.iter().filter(|item| is_timely(item)).cloned().collect()
    };
    top(spec)
        .final_rows(FinalRows::Folded)
        .without(Trial::BatchIsStream, "a batch has no window that has ended before")
        .values(0, &["10", "30", "60"])
        .cases(400)
        .against(move |items| {
            let items = timely(items);
            let mut rows = there(&items);
            rows.sort_by_key(|row| (row.text(0).to_owned(), row.text(1).to_owned(), row.number(2)));
            let of_key = rows.chunk_by(|one, other| one.values[..2] == other.values[..2]);
            of_key.flat_map(|rows| rows.iter().take(2).map(|row| row.values.join(" "))).collect()
        });
}

#[test]
fn rows_that_come_and_go_take_no_memory_for_long() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = seat(Mode::Streaming, &lease);
    let mut stand = Stand::new(KeyedTopN::new(spec(2, true), &seat).unwrap(), 1, Some(1));
    let mut settled = 0;
    let rows = |turn: i64| {
        let rows = (0..20).map(|row| (format!("k{}", (turn + row) % 9), Some(row % 4), turn * 20 + row));
        Batch::new(record::batch_of(rows))
    };
    let taken = |turn| rows(turn).with_kinds(Some(memory::RowKinds::new((0..20).map(|_| RowKind::Delete))));
    stand.batch(0, rows(0)).unwrap();
    for turn in 1..1_500_i64 {
        stand.batch(0, rows(turn)).unwrap();
        stand.batch(0, taken(turn - 1)).unwrap();
        settled = if turn == 700 { lease.figures().peak } else { settled };
    }
    assert!(lease.figures().peak < settled * 5 / 4, "{settled} then {}", lease.figures().peak);
    stand.batch(0, taken(1_499)).unwrap();
    assert_eq!((stand.save().parts().len(), lease.figures().used), (0, 0));
}
