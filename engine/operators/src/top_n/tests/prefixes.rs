//! After every batch of a stream, what was told so far comes to the Top-N of all rows so far.

use memory::Lease;

use super::fold::{Row, Table};
use super::*;
use crate::stand::{Chance, Sent, batches_of, passed_on};

fn layout() -> Layout {
    Layout::of(<Row as record::Record>::fields()).keyed_by(vec![0])
}

fn random_rows(count: usize, chance: &mut Chance) -> Vec<Row> {
    let (keys, values) = (1 + chance.below(4), 1 + chance.below(30));
    let number = |below: usize| i64::try_from(below).unwrap();
    let row = |at: usize| {
        let value = number(chance.below(values)) - 3;
        (number(chance.below(keys)), (!chance.one_in(8)).then_some(value), number(at))
    };
    (0..count).map(row).collect()
}

/// The first rows of each key, in order.
fn naive(rows: &[Row], column: SortColumn, rows_max: usize) -> Vec<Row> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|one, other| {
        let nulls = one.1.is_none().cmp(&other.1.is_none());
        let nulls = if column.nulls_first { nulls.reverse() } else { nulls };
        let values = one.1.cmp(&other.1);
        one.0.cmp(&other.0).then(nulls).then(if column.is_descending { values.reverse() } else { values })
    });
    let of_key = sorted.chunk_by(|one, other| one.0 == other.0);
    of_key.flat_map(|rows| rows.iter().copied().take(rows_max)).collect()
}

fn apply(table: &mut Table, sent: &[Sent], spec: &TopNSpec) {
    for sent in sent {
        let Sent::Rows(batch) = sent else { continue };
        let ranked = || {
            let rows = rows_in::<(i64, Option<i64>, i64, i64)>(batch).into_iter();
            rows.map(|(kind, row)| (kind, (row.0, row.1, row.2), row.3))
        };
        let rows = || rows_in::<Row>(batch).into_iter();
        match (spec.rank.is_some(), spec.rows, spec.tells_former) {
            (true, _, true) => ranked().for_each(|(kind, row, rank)| table.ranked(kind, row, rank)),
            (true, _, false) => ranked().for_each(|(kind, row, rank)| table.upsert(kind, row, rank)),
            (false, 1, true) => rows().for_each(|(kind, row)| table.only(kind, row)),
            (false, 1, false) => rows().for_each(|(kind, row)| table.upsert(kind, row, 1)),
            (false, ..) => rows().for_each(|(kind, row)| table.unranked(kind, row)),
        }
    }
}

struct Case {
    spec: TopNSpec,
    column: SortColumn,
    rows: Vec<Row>,
    refuses: Option<u64>,
}

fn case(seed: u64, chance: &mut Chance) -> Case {
    let (is_descending, nulls_first) = (chance.one_in(2), chance.one_in(2));
    let column = SortColumn { column: 1, is_descending, nulls_first };
    let spec = TopNSpec::new(layout(), vec![column], 1 + chance.below(6));
    let spec = if chance.one_in(2) { spec.ranked("rank") } else { spec };
    let spec = if chance.one_in(3) { spec.without_former() } else { spec };
    let count = chance.below(60);
    Case { spec, column, rows: random_rows(count, chance), refuses: chance.one_in(2).then_some(seed) }
}

impl Case {
    fn stand(&self, mode: Mode, lease: &Lease) -> Stand {
        Stand::new(KeyedTopN::new(self.spec.clone(), &seat(mode, lease)).unwrap(), 1, self.refuses)
    }

    fn naive(&self, count: usize) -> Vec<Row> {
        let mut rows = naive(&self.rows[..count], self.column, self.spec.rows);
        if self.spec.rank.is_none() {
            rows.sort_by_key(|row| (row.0, row.2)); // A changelog without ranks has no order.
        }
        rows
    }
}

#[test]
fn a_changelog_comes_to_the_top_n_of_every_prefix() {
    for seed in 0..6_000 {
        let chance = &mut Chance(seed);
        let case = case(seed, chance);
        let lease = Lease::root("trial", u64::MAX);
        let mut stand = case.stand(Mode::Streaming, &lease);
        let (mut table, mut count) = (Table::default(), 0);
        for batch in batches_of(&case.rows, 20, chance) {
            count += batch.rows();
            stand.batch(0, batch).unwrap();
            apply(&mut table, &stand.take(), &case.spec);
            assert_eq!(table.rows(), case.naive(count), "seed {seed}");
            if chance.one_in(5) {
                let restore = passed_on(stand.save());
                drop(stand);
                assert_eq!(lease.figures().used, 0);
                stand = case.stand(Mode::Streaming, &lease);
                stand.load(&restore).unwrap();
                assert_eq!(stand.take(), [], "it was told before");
            }
            if chance.one_in(5) {
                stand.time(i64::try_from(count).unwrap()).unwrap();
                assert_eq!(stand.take(), [Sent::Time(i64::try_from(count).unwrap())]);
            }
        }
        stand.end(0).unwrap();
        assert!(stand.save().parts().is_empty());
        assert_eq!((stand.take(), lease.figures().used), (vec![], 0));
    }
}

#[test]
fn a_batch_says_only_what_is_final() {
    for seed in 0..3_000 {
        let chance = &mut Chance(seed);
        let case = case(seed, chance);
        let lease = Lease::root("trial", u64::MAX);
        let mut stand = case.stand(Mode::Batch, &lease);
        for batch in batches_of(&case.rows, 20, chance) {
            stand.batch(0, batch).unwrap();
            if chance.one_in(5) {
                let restore = passed_on(stand.save());
                stand = case.stand(Mode::Batch, &lease);
                stand.load(&restore).unwrap();
            }
            assert_eq!(stand.take(), []);
        }
        stand.time(i64::MAX).unwrap();
        assert_eq!(stand.take(), []);
        stand.end(0).unwrap();
        let sent = stand.take();
        assert_eq!(sent.last(), Some(&Sent::Time(i64::MAX)));
        let mut table = Table::default();
        apply(&mut table, &sent, &case.spec);
        assert_eq!(table.rows(), case.naive(case.rows.len()), "seed {seed}");
        assert!(stand.save().parts().is_empty());
        assert_eq!(lease.figures().used, 0);
    }
}

#[test]
fn rows_that_are_out_take_no_memory_for_long() {
    for (rows_a_batch, is_ranked) in [(1, false), (1, true), (2_000, false), (2_000, true)] {
        let lease = Lease::root("trial", u64::MAX);
        let spec = TopNSpec::new(layout(), vec![SortColumn::descending(2)], 3);
        let spec = if is_ranked { spec.ranked("rank") } else { spec };
        let mut stand =
            Stand::new(KeyedTopN::new(spec.clone(), &seat(Mode::Streaming, &lease)).unwrap(), 1, Some(1));
        // Each is the first when it comes.
        let rows: Vec<Row> = (0..rows_a_batch * 1_500).map(|at| (at % 2, None, at)).collect();
        let (mut table, mut settled) = (Table::default(), 0);
        for (number, rows) in rows.chunks(usize::try_from(rows_a_batch).unwrap()).enumerate() {
            if number == 20 && rows.len() > 1 {
                settled = lease.figures().peak;
            }
            if number == 40 && rows.len() > 1 {
                break;
            }
            stand.batch(0, Batch::new(record::batch_of(rows.iter().copied()))).unwrap();
            apply(&mut table, &stand.take(), &spec);
            let last = rows[rows.len() - 1].2;
            let wanted: i64 = if last < 6 { last + 1 } else { 6 };
            assert_eq!(table.rows().len(), usize::try_from(wanted).unwrap());
        }
        let peak = lease.figures().peak;
        assert!(peak < 2 << 20, "{peak} bytes for six rows");
        assert!(settled == 0 || peak <= settled, "{peak} bytes, and {settled} before");
    }
}
