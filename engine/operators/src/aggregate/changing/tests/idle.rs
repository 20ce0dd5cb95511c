//! Keys that are forgotten when they have had no row for a while.

use memory::{Batch, Lease, RowKind};
use record::Record;

use crate::aggregate::{Aggregation, ChangingAggregate, Function};
use crate::stand::{self, Stand};
use crate::{Layout, Mode};

type Row = (String, i64);

fn rows(rows: &[(&str, i64)]) -> Batch {
    Batch::new(record::batch_of(rows.iter().map(|(key, number)| ((*key).to_owned(), *number))))
}

fn sums(lease: &Lease) -> Stand {
    let input = Layout::of(Row::fields()).keyed_by(vec![0]);
    let aggregation = Aggregation::new(input, vec![Function::Sum(1).named("sum")]);
    let seat = stand::seat(Mode::Streaming, lease, None);
    Stand::new(ChangingAggregate::new(&aggregation, &seat).unwrap().idle_after(10), 1, Some(3))
}

fn sent(stand: &mut Stand) -> Vec<(RowKind, String, Option<i64>)> {
    let sent = stand::rows_sent::<(String, Option<i64>)>(&stand.take());
    sent.into_iter().map(|(kind, (key, sum))| (kind, key, sum)).collect()
}

#[test]
fn a_key_without_a_row_for_so_long_is_a_new_one_with_its_next() {
    let lease = Lease::root("trial", u64::MAX);
    let mut stand = sums(&lease);
    stand.batch(0, rows(&[("a", 1), ("b", 2)])).unwrap();
    sent(&mut stand);
    stand.pass_ns(6_000_000).unwrap();
    stand.batch(0, rows(&[("b", 3)])).unwrap();
    let b = |kind, sum| (kind, "b".to_owned(), Some(sum));
    assert_eq!(sent(&mut stand), [b(RowKind::UpdateBefore, 2), b(RowKind::UpdateAfter, 5)]);
    stand.pass_ns(6_000_000).unwrap();
    stand.batch(0, rows(&[("a", 10)])).unwrap();
    // Nothing is taken back of what was forgotten.
    assert_eq!(sent(&mut stand), [(RowKind::Insert, "a".to_owned(), Some(10))]);
    let restore = stand::passed_on(stand.save());
    let mut stand = sums(&lease);
    stand.load(&restore).unwrap();
    stand.batch(0, rows(&[("b", 1)])).unwrap();
    assert_eq!(sent(&mut stand), [b(RowKind::UpdateBefore, 5), b(RowKind::UpdateAfter, 6)]);
    stand.pass_ns(11_000_000).unwrap();
    stand.batch(0, rows(&[("b", 1)])).unwrap();
    assert_eq!(sent(&mut stand), [b(RowKind::Insert, 1)]);
    let parts = stand.save();
    assert_eq!(parts.parts().iter().map(|part| part.rows.num_rows()).sum::<usize>(), 1);
}
