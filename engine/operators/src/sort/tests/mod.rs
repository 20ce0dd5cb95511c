//! Sorting against the sort of a `Vec`, whatever memory there is.

use std::cmp::Ordering;
use std::sync::Arc;

use memory::{Lease, SpillDirectories};
use shuffle::PartitionWriter;

use super::*;
use crate::Mode;
use crate::layout::Layout;
use crate::stand::{self, Chance, Sent, Stand, batches_of, passed_on, rows_sent, spills};

/// A number, a text, and when it came.
type Row = (Option<i64>, Option<String>, i64);

const BLOCK_BYTES: usize = 4096;

fn layout() -> Layout {
    Layout::of(<Row as record::Record>::fields())
}

fn random_rows(count: usize, chance: &mut Chance) -> Vec<Row> {
    let numbers = 1 + chance.below(20);
    let row = |number: usize| {
        let value = i64::try_from(chance.below(numbers)).unwrap() - 5;
        let text = "an ordinary text, longer than a view".split_at(chance.below(36)).0.to_owned();
        let number = i64::try_from(number).unwrap();
        ((!chance.one_in(5)).then_some(value), (!chance.one_in(5)).then_some(text), number)
    };
    (0..count).map(row).collect()
}

fn random_order(chance: &mut Chance) -> Vec<SortColumn> {
    let mut columns = vec![0, 1];
    if chance.one_in(2) {
        columns.reverse();
    }
    columns.truncate(1 + chance.below(2));
    let column =
        |column: usize| SortColumn { column, is_descending: chance.one_in(2), nulls_first: chance.one_in(2) };
    columns.into_iter().map(column).collect()
}

/// The naive order.
fn compare(one: &Row, other: &Row, order: &[SortColumn]) -> Ordering {
    fn by<T: Ord>(one: &Option<T>, other: &Option<T>, column: SortColumn) -> Ordering {
        match (one, other) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) if column.nulls_first => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) if column.nulls_first => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) if column.is_descending => other.cmp(one),
            (Some(one), Some(other)) => one.cmp(other),
        }
    }
    let compare = |column: &SortColumn| match column.column {
        0 => by(&one.0, &other.0, *column),
        _ => by(&one.1, &other.1, *column),
    };
    order.iter().map(compare).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

fn sorted(rows: &[Row], order: &[SortColumn], fetch: Fetch) -> Vec<Row> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|one, other| compare(one, other, order));
    let offset = usize::try_from(fetch.offset).unwrap();
    let count = fetch.rows.map_or(usize::MAX, |rows| usize::try_from(rows).unwrap());
    sorted.into_iter().skip(offset).take(count).collect()
}

/// What an operator is made with, and what memory it has.
struct Means {
    order: Vec<SortColumn>,
    fetch: Fetch,
    lease: Lease,
    spills: Arc<SpillDirectories>,
    is_top: bool,
}

impl Means {
    /// As much memory as a sort needs at least, and so much more.
    fn new(order: Vec<SortColumn>, fetch: Fetch, more: u64) -> Self {
        let spills = spills(BLOCK_BYTES);
        let least = PartitionWriter::working_bytes(&spills) + 8 * BLOCK_BYTES as u64;
        Self { order, fetch, lease: Lease::root("trial", least + more), spills, is_top: false }
    }

    fn stand(&self, refuses: Option<u64>) -> Stand {
        let seat = stand::seat(Mode::Batch, &self.lease, Some(self.spills.clone()));
        if self.is_top {
            Stand::new(TopN::new(&layout(), &self.order, self.fetch, &seat).unwrap(), 1, refuses)
        } else {
            Stand::new(Sort::new(&layout(), &self.order, self.fetch, &seat).unwrap(), 1, refuses)
        }
    }

    /// Nothing is left.
    fn check_empty(&self) {
        assert_eq!((self.lease.figures().used, self.spills.figures().used), (0, 0));
    }
}

/// Gives the rows, and all that comes back; in between it may be saved, and another one goes on.
fn run(means: &Means, rows: &[Row], rows_max: usize, seed: u64) -> Vec<Row> {
    let chance = &mut Chance(seed);
    let refuses = chance.one_in(2).then_some(seed);
    let mut stand = means.stand(refuses);
    for batch in batches_of(rows, rows_max, chance) {
        stand.batch(0, batch).unwrap();
        if chance.one_in(20) {
            let restore = passed_on(stand.save());
            drop(stand);
            means.check_empty();
            stand = means.stand(refuses);
            stand.load(&restore).unwrap();
        }
        if chance.one_in(10) {
            stand.time(0).unwrap();
        }
        assert_eq!(stand.take(), [], "nothing leaves before the end");
    }
    stand.time(i64::MAX).unwrap();
    stand.end(0).unwrap();
    let sent = stand.take();
    assert!(stand.save().parts().is_empty());
    means.check_empty();
    assert_eq!(sent.last(), Some(&Sent::Time(i64::MAX)), "time comes behind the rows");
    let small = |sent: &Sent| matches!(sent, Sent::Rows(batch) if batch.rows() > crate::rows::BATCH_ROWS);
    assert!(!sent.iter().any(small));
    rows_sent(&sent).into_iter().map(|(_, row)| row).collect()
}

fn random_fetch(rows: usize, chance: &mut Chance) -> Fetch {
    let offset = if chance.one_in(3) { chance.below(rows + 2) as u64 } else { 0 };
    let count = (!chance.one_in(3)).then(|| chance.below(rows + 2) as u64);
    Fetch { offset, rows: count }
}

#[test]
fn a_sort_is_that_of_a_vec_however_little_memory_there_is() {
    let mut spilled = 0;
    for seed in 0..5_000 {
        let chance = &mut Chance(seed);
        let count = if chance.one_in(20) { chance.below(400) } else { chance.below(40) };
        let rows = random_rows(count, chance);
        let order = random_order(chance);
        let fetch = random_fetch(count, chance);
        let more = chance.below(6_000) as u64;
        let means = Means::new(order.clone(), fetch, more);
        let rows_max = 1 + chance.below(50);
        assert_eq!(run(&means, &rows, rows_max, seed), sorted(&rows, &order, fetch), "seed {seed}");
        spilled += u32::from(means.spills.figures().peak > 0);
    }
    assert!(spilled > 2_000, "only {spilled} of them had too little memory");
}

#[test]
fn a_top_n_is_the_front_of_the_sort() {
    for seed in 0..5_000 {
        let chance = &mut Chance(seed);
        let count = chance.below(200);
        let rows = random_rows(count, chance);
        let order = random_order(chance);
        let rows_wanted = Some(chance.below(20) as u64);
        let fetch = Fetch { rows: rows_wanted, ..random_fetch(20, chance) };
        let means = Means { is_top: true, ..Means::new(order.clone(), fetch, 1 << 30) };
        assert_eq!(run(&means, &rows, 50, seed), sorted(&rows, &order, fetch), "seed {seed}");
    }
}

#[test]
fn a_top_n_of_many_rows_forgets_those_that_are_out() {
    for seed in 0..20 {
        let chance = &mut Chance(seed);
        let rows = random_rows(25_000, chance);
        let order = random_order(chance);
        let fetch = Fetch { offset: chance.below(500) as u64, rows: Some(1 + chance.below(9_000) as u64) };
        let means = Means { is_top: true, ..Means::new(order.clone(), fetch, 1 << 30) };
        assert_eq!(run(&means, &rows, 3_000, seed), sorted(&rows, &order, fetch), "seed {seed}");
    }
}

#[test]
fn a_top_n_keeps_little_of_much() {
    let chance = &mut Chance(7);
    let rows = random_rows(100_000, chance);
    let order = vec![SortColumn::descending(1), SortColumn::ascending(0)];
    let means = Means { is_top: true, ..Means::new(order.clone(), Fetch::first(10), 1 << 30) };
    let found = run(&means, &rows, 8_192, 7);
    assert_eq!(found, sorted(&rows, &order, Fetch::first(10)));
    let peak = means.lease.figures().peak;
    assert!(peak < 4 << 20, "{peak} bytes for ten rows");
}

#[test]
fn rows_that_no_memory_is_granted_for_go_to_disk_at_once() {
    let means = Means::new(vec![SortColumn::ascending(0)], Fetch::ALL, 100);
    let mut stand = means.stand(None);
    for count in 1..5 {
        let before = means.spills.figures().used;
        stand.batch(0, memory::Batch::new(record::batch_of(random_rows(50, &mut Chance(count))))).unwrap();
        assert!(means.spills.figures().used > before);
        let spare = means.lease.figures().limit - 100;
        assert_eq!(means.lease.figures().used, spare, "no more than what a merge needs");
    }
    drop(stand);
    means.check_empty();
}

#[test]
fn hundreds_of_runs_are_merged_in_levels() {
    for seed in 0..4 {
        let chance = &mut Chance(seed);
        let rows = random_rows(1_500, chance);
        let order = random_order(chance);
        // Each batch is a run, and few of them can be merged at a time.
        let means = Means::new(order.clone(), Fetch::ALL, 0);
        assert_eq!(run(&means, &rows, 5, seed), sorted(&rows, &order, Fetch::ALL), "seed {seed}");
    }
}

#[test]
fn many_rows_leave_in_pieces_from_memory_and_from_disk() {
    let chance = &mut Chance(3);
    let rows = random_rows(50_000, chance);
    let order = vec![SortColumn::ascending(1), SortColumn::descending(0)];
    for more in [1_u64 << 40, 1 << 20] {
        let means = Means::new(order.clone(), Fetch::ALL, more);
        assert_eq!(run(&means, &rows, 8_192, 3), sorted(&rows, &order, Fetch::ALL));
    }
}

#[test]
fn without_a_disk_a_sort_that_does_not_fit_says_what_to_raise() {
    let lease = Lease::root("job", 10_000);
    let seat = stand::seat(Mode::Batch, &lease, None);
    let sort = Sort::new(&layout(), &[SortColumn::ascending(0)], Fetch::ALL, &seat).unwrap();
    let mut stand = Stand::new(sort, 1, None);
    let rows = random_rows(1_000, &mut Chance(1));
    let batch = memory::Batch::new(record::batch_of(rows));
    let failure = stand.batch(0, batch).unwrap_err().to_string();
    assert!(failure.starts_with("the state of trial takes "), "{failure}");
    assert!(failure.contains("raise taskmanager.memory.managed.size"), "{failure}");
}

#[test]
fn rows_that_are_taken_back_are_refused() {
    let lease = Lease::root("job", u64::MAX);
    let seat = stand::seat(Mode::Batch, &lease, None);
    let sort = Sort::new(&layout(), &[SortColumn::ascending(0)], Fetch::ALL, &seat).unwrap();
    let batch = memory::Batch::new(record::batch_of(random_rows(1, &mut Chance(1))));
    let batch = batch.with_kinds(Some(memory::RowKinds::new([memory::RowKind::Delete])));
    let failure = Stand::new(sort, 1, None).batch(0, batch).unwrap_err().to_string();
    assert_eq!(
        failure,
        "ORDER BY of rows that are only added got a row of kind -D, which takes one back; put it before what makes the changelog"
    );
}
