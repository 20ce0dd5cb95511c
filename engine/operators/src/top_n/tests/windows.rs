//! The first rows of each window, when it ends.

use std::collections::BTreeMap;

use record::Timestamp;

use super::*;
use crate::stand::{Chance, Sent, batches_of, passed_on};

/// When its window ends, a key, by what it is sorted, and when it came.
type Row = (Timestamp, i64, i64, i64);

fn spec() -> TopNSpec {
    let layout = Layout::of(<Row as record::Record>::fields()).keyed_by(vec![0, 1]);
    TopNSpec::new(layout, vec![SortColumn::ascending(2)], 3).windowed(0).ranked("rank")
}

fn random_rows(chance: &mut Chance) -> Vec<Row> {
    let number = |below: usize| i64::try_from(below).unwrap();
    let row = |at: usize| {
        let window = number(1 + at / 20 + chance.below(3)) * 10;
        (Timestamp(window), number(chance.below(3)), number(chance.below(20)), number(at))
    };
    (0..80).map(row).collect()
}

/// The first rows of windows that have ended, with their ranks, and the others.
fn naive(open: Vec<Row>, now: i64) -> (Vec<(Row, i64)>, Vec<Row>) {
    let (mut ended, open): (Vec<Row>, Vec<Row>) =
        open.into_iter().partition(|row| row.0.0.saturating_sub(1) <= now);
    ended.sort_by_key(|row| (row.0.0, row.1, row.2));
    let of_key = ended.chunk_by(|one, other| (one.0.0, one.1) == (other.0.0, other.1));
    let ranked = of_key.flat_map(|rows| rows.iter().copied().zip(1..).take(3)).collect();
    (ranked, open)
}

#[test]
fn the_first_rows_of_a_window_leave_when_it_ends_and_late_ones_never() {
    let mut late = 0;
    for seed in 0..2_000 {
        let chance = &mut Chance(seed);
        let mode = if chance.one_in(2) { Mode::Streaming } else { Mode::Batch };
        let lease = Lease::root("trial", u64::MAX);
        let refuses = chance.one_in(2).then_some(seed);
        let make = || Stand::new(KeyedTopN::new(spec(), &seat(mode, &lease)).unwrap(), 1, refuses);
        let rows = random_rows(chance);
        let (mut stand, mut open, mut now, mut count) = (make(), Vec::new(), i64::MIN, 0);
        for batch in batches_of(&rows, 15, chance) {
            let next = count + batch.rows();
            let timely = rows[count..next].iter().copied().filter(|row| row.0.0 - 1 > now);
            let before = open.len();
            open.extend(timely);
            late += next - count - (open.len() - before);
            count = next;
            stand.batch(0, batch).unwrap();
            assert_eq!(stand.take(), []);
            if chance.one_in(4) {
                let restore = passed_on(stand.save());
                stand = make();
                stand.load(&restore).unwrap();
                stand.time(now).unwrap();
                stand.take();
            }
            if chance.one_in(3) {
                now = now.max(i64::try_from(count / 2 + chance.below(10)).unwrap());
                open = check(&mut stand, open, now);
            }
        }
        let left = check(&mut stand, open, i64::MAX);
        assert_eq!(left, []);
        stand.end(0).unwrap();
        assert!(stand.take().is_empty() && stand.save().parts().is_empty());
        assert_eq!(lease.figures().used, 0, "seed {seed}");
    }
    assert!(late > 1_000, "only {late} rows were late");
}

/// Event time comes to `now`: what leaves is what should, and the watermark behind it. The rows that are still open.
fn check(stand: &mut Stand, open: Vec<Row>, now: i64) -> Vec<Row> {
    stand.time(now).unwrap();
    let mut sent = stand.take();
    assert_eq!(sent.pop(), Some(Sent::Time(now)));
    let mut found: BTreeMap<(i64, i64, i64), Row> = BTreeMap::new();
    for sent in &sent {
        let Sent::Rows(batch) = sent else { panic!("one watermark") };
        for (kind, (end, key, value, at, rank)) in rows_in::<(Timestamp, i64, i64, i64, i64)>(batch) {
            assert_eq!(kind, RowKind::Insert);
            assert_eq!(found.insert((end.0, key, rank), (end, key, value, at)), None);
        }
    }
    let (ended, open) = naive(open, now);
    let found: Vec<(Row, i64)> = found.into_iter().map(|((_, _, rank), row)| (row, rank)).collect();
    assert_eq!(found, ended);
    open
}
