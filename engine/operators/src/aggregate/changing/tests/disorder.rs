//! Rows that are taken back before they have come, and keys that are forgotten.

use memory::{Lease, RowKind};
use record::Record;

use crate::Mode;
use crate::aggregate::{Aggregation, ChangingAggregate, Function};
use crate::layout::Layout;
use crate::stand::{self, Sent, Stand, rows_sent};

type Row = (String, i64);
type Result = (String, i64, Option<i64>, Option<i64>, i64);

fn aggregation() -> Aggregation {
    let layout = Layout::of(Row::fields()).keyed_by(vec![0]).changing();
    let aggregates = vec![
        Function::Count.named("rows"),
        Function::Sum(1).named("sum"),
        Function::Min(1).named("least"),
        Function::CountOf(1).named("different").distinct(),
    ];
    Aggregation::new(layout, aggregates)
}

/// What is sent of rows with these kinds, a batch each.
fn sent(stand: &mut Stand, rows: &[(RowKind, &str, i64)]) -> Vec<String> {
    for (kind, key, value) in rows {
        let row = record::batch_of([((*key).to_owned(), *value)]);
        let kinds = memory::RowKinds::new([*kind]);
        stand.batch(0, memory::Batch::new(row).with_kinds(Some(kinds))).unwrap();
    }
    let rows = rows_sent::<Result>(&stand.take());
    let text = |value: Option<i64>| value.map_or("∅".into(), |value| value.to_string());
    rows.into_iter()
        .map(|(kind, (key, rows, sum, least, different))| {
            format!("{kind} {key} {rows} {} {} {different}", text(sum), text(least))
        })
        .collect()
}

#[test]
fn what_is_taken_back_before_it_came_is_missing_until_it_has_come() {
    use RowKind::{Delete, Insert};
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let mut stand = Stand::new(ChangingAggregate::new(&aggregation(), &seat).unwrap(), 1, None);
    assert_eq!(sent(&mut stand, &[(Delete, "a", 5)]), [""; 0], "the key is not there");
    assert_eq!(sent(&mut stand, &[(Insert, "a", 7)]), [""; 0], "its rows come to none");
    // A key that was forgotten begins anew.
    assert_eq!(sent(&mut stand, &[(Insert, "a", 5)]), ["+I a 1 5 5 1"]);
    let taken = sent(&mut stand, &[(Insert, "a", 7), (Delete, "a", 3)]);
    let wanted = ["-U a 1 5 5 1", "+U a 2 12 5 2", "-U a 2 12 5 2", "+U a 1 9 5 2"];
    assert_eq!(taken, wanted);
    assert_eq!(sent(&mut stand, &[(Insert, "a", 3)]), ["-U a 1 9 5 2", "+U a 2 12 5 2"]);
    assert_eq!(sent(&mut stand, &[(Insert, "a", 3)]), ["-U a 2 12 5 2", "+U a 3 15 3 3"]);
    stand.end(0).unwrap();
    assert_eq!(lease.figures().used, 0);
}

#[test]
fn keys_that_have_gone_take_no_memory() {
    use RowKind::{Delete, Insert};
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let mut stand = Stand::new(ChangingAggregate::new(&aggregation(), &seat).unwrap(), 1, Some(7));
    let names: Vec<String> = (0..2_000).map(|number| format!("a key with the number {number:4}")).collect();
    let mut settled = 0;
    for (number, name) in names.iter().enumerate() {
        let value = i64::try_from(number).unwrap();
        let come = sent(&mut stand, &[(Insert, name, value)]);
        assert_eq!(come, [format!("+I {name} 1 {value} {value} 1")]);
        let gone = sent(&mut stand, &[(Delete, name, value)]);
        assert_eq!(gone, [format!("-D {name} 1 {value} {value} 1")]);
        settled = if number == 100 { lease.figures().peak } else { settled };
    }
    assert_eq!(lease.figures().peak, settled, "as much as one key takes");
    assert!(stand.save().parts().is_empty());
}

#[test]
fn more_keys_than_a_batch_has_rows_are_told_of_in_pieces() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let mut stand = Stand::new(ChangingAggregate::new(&aggregation(), &seat).unwrap(), 1, Some(3));
    let rows = |value: i64| record::batch_of((0..8192).map(|key| (format!("{key}"), value)));
    for value in 0..3 {
        stand.batch(0, memory::Batch::new(rows(value))).unwrap();
    }
    let sizes: Vec<usize> =
        stand.take().iter().map(|sent| if let Sent::Rows(batch) = sent { batch.rows() } else { 0 }).collect();
    assert_eq!(sizes, [4096, 4096, 8192, 8192, 8192, 8192]);
}

#[test]
fn what_is_not_computed_is_refused_by_name() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let layout = aggregation().input;
    let local = crate::aggregate::LocalAggregate::new(&aggregation(), 8).err().unwrap().to_string();
    assert_eq!(
        local,
        "the count of the distinct values of column `f1` is not computed in parts: make them distinct before they are \
         aggregated, or aggregate all rows of a key in one place"
    );
    // Rows that only add must not take back.
    let aggregation = Aggregation::new(layout.unchanging(), vec![Function::Count.named("rows")]);
    let mut stand = Stand::new(ChangingAggregate::new(&aggregation, &seat).unwrap(), 1, None);
    let row = memory::Batch::new(record::batch_of([(String::from("a"), 1_i64)]));
    let taken = row.with_kinds(Some(memory::RowKinds::new([RowKind::Delete])));
    let failure = stand.batch(0, taken).unwrap_err().to_string();
    assert!(
        failure.starts_with("an aggregate of rows that are only added got a row of kind -D"),
        "{failure}"
    );
}

#[test]
fn rows_that_stay_may_be_called_new_content() {
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let layout = aggregation().input.unchanging();
    let aggregation = Aggregation::new(layout, vec![Function::Max(1).named("most")]);
    let mut stand = Stand::new(ChangingAggregate::new(&aggregation, &seat).unwrap(), 1, None);
    let row = memory::Batch::new(record::batch_of([(String::from("a"), 1_i64)]));
    stand.batch(0, row.with_kinds(Some(memory::RowKinds::new([RowKind::UpdateAfter])))).unwrap();
    assert_eq!(rows_sent::<Row>(&stand.take()), [(RowKind::Insert, ("a".into(), 1))]);
}

#[test]
fn what_has_an_order_waits_for_what_is_missing() {
    use RowKind::{Delete, Insert};
    let lease = Lease::root("trial", u64::MAX);
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let layout = Layout::of(Row::fields()).keyed_by(vec![1]).changing();
    let joined = Function::ListAgg(0).named("words").separated_by(" ");
    let aggregation = Aggregation::new(layout, vec![joined, Function::Last(0).named("last")]);
    let make = || Stand::new(ChangingAggregate::new(&aggregation, &seat).unwrap(), 1, None);
    let come = |kind: RowKind, word: &str, stand: &mut Stand| {
        let row = memory::Batch::new(record::batch_of([(word.to_owned(), 1_i64)]));
        stand.batch(0, row.with_kinds(Some(memory::RowKinds::new([kind])))).unwrap();
        let rows = rows_sent::<(i64, Option<String>, Option<String>)>(&stand.take());
        rows.into_iter().last().map(|(_, (_, words, last))| (words.unwrap(), last.unwrap()))
    };
    let shown = |words: &str, last: &str| Some((words.to_owned(), last.to_owned()));
    let mut stand = make();
    assert_eq!(come(Insert, "a", &mut stand), shown("a", "a"));
    assert_eq!(come(Insert, "b", &mut stand), shown("a b", "b"));
    assert_eq!(come(Insert, "a", &mut stand), shown("a b a", "a"));
    assert_eq!(come(Delete, "c", &mut stand), None, "it has not come");
    let restore = stand::passed_on(stand.save());
    drop(stand);
    let mut stand = make();
    stand.load(&restore).unwrap();
    assert_eq!(come(Delete, "a", &mut stand), shown("b a", "a"), "the first of its value goes");
    assert_eq!(come(Insert, "c", &mut stand), None, "it has gone already");
    assert_eq!(come(Insert, "c", &mut stand), shown("b a c", "c"));
    for word in ["c", "b", "a"] {
        come(Delete, word, &mut stand);
    }
    assert!(stand.save().parts().is_empty());
}
