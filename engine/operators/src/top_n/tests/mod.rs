//! Top-N against a naive one: sort all rows of a key that have come, and take the first.

mod changing;
mod fold;
mod prefixes;
mod windows;

use memory::{Batch, Lease, RowKind};

use super::*;
use crate::layout::Layout;
use crate::sort::SortColumn;
use crate::stand::{self, Stand, rows_in};
use crate::{Mode, OperatorSeat};

fn seat(mode: Mode, lease: &Lease) -> OperatorSeat {
    stand::seat(mode, lease, None)
}

/// Numbers, the least first, of one key, with the times at which they came.
fn numbers(numbers: &[i64], spec: impl Fn(TopNSpec) -> TopNSpec, mode: Mode) -> Vec<String> {
    let layout = Layout::of(<i64 as record::Record>::fields()).timed();
    let spec = spec(TopNSpec::new(layout.clone(), vec![SortColumn::ascending(0)], 2));
    let is_ranked = spec.rank.is_some();
    let lease = Lease::root("job", u64::MAX);
    let mut stand = Stand::new(KeyedTopN::new(spec, &seat(mode, &lease)).unwrap(), 1, None);
    for (number, time) in numbers.iter().zip(100_i64..) {
        let row = record::batch_of([(*number, record::Timestamp(time))]);
        stand.batch(0, layout.batch(row.columns().to_vec(), 1)).unwrap();
    }
    stand.time(i64::MAX).unwrap();
    stand.end(0).unwrap();
    let words = |batch: &Batch| -> Vec<String> {
        if is_ranked {
            let rows = rows_in::<(i64, i64, record::Timestamp)>(batch).into_iter();
            rows.map(|(kind, (number, rank, time))| format!("{kind} {number} {rank} @{}", time.0)).collect()
        } else {
            let rows = rows_in::<(i64, record::Timestamp)>(batch).into_iter();
            rows.map(|(kind, (number, time))| format!("{kind} {number} @{}", time.0)).collect()
        }
    };
    let sent = stand.take();
    let batches = sent.iter().filter_map(|sent| match sent {
        stand::Sent::Rows(batch) => Some(words(batch)),
        stand::Sent::Time(_) => None,
    });
    batches.flatten().collect()
}

#[test]
fn a_row_pushes_others_back_or_out_at_the_time_it_came() {
    let ranked = |spec: TopNSpec| spec.ranked("rank");
    assert_eq!(
        numbers(&[7, 3, 5, 9], ranked, Mode::Streaming),
        ["+I 7 1 @100", "-U 7 1 @101", "+U 3 1 @101", "+I 7 2 @101", "-U 7 2 @102", "+U 5 2 @102",]
    );
    let unranked = |spec: TopNSpec| spec;
    assert_eq!(
        numbers(&[7, 3, 5, 9], unranked, Mode::Streaming),
        ["+I 7 @100", "+I 3 @101", "-D 7 @102", "+I 5 @102"]
    );
    assert_eq!(numbers(&[7, 3, 5, 9], ranked, Mode::Batch), ["+I 3 1 @101", "+I 5 2 @102"]);
    assert_eq!(numbers(&[7, 3, 5, 9], unranked, Mode::Batch), ["+I 3 @101", "+I 5 @102"]);
}

#[test]
fn of_equal_rows_the_first_stays() {
    let none = |spec: TopNSpec| spec;
    assert_eq!(numbers(&[1, 1, 1], none, Mode::Streaming), ["+I 1 @100", "+I 1 @101"]);
}

#[test]
fn a_rank_stands_behind_the_record_and_before_what_travels_with_it() {
    let key = <i64 as record::Record>::fields();
    let layout = Layout::of(key.clone()).timed().keyed_beside(&key);
    let spec = TopNSpec::new(layout, vec![SortColumn::ascending(0)], 1).ranked("rank");
    let output = spec.output();
    let names: Vec<_> = output.schema().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["value", "rank", "$time", "$key0"]);
    assert_eq!((output.record(), output.time(), output.key()), (2, Some(2), &[3][..]));
}

#[test]
fn what_does_not_fit_and_what_is_taken_back_are_failures() {
    let layout = Layout::of(<i64 as record::Record>::fields());
    let spec = TopNSpec::new(layout.keyed_by(vec![0]), vec![SortColumn::ascending(0)], 1);
    let lease = Lease::root("job", 1_000);
    let top = || Stand::new(KeyedTopN::new(spec.clone(), &seat(Mode::Streaming, &lease)).unwrap(), 1, None);
    let failure = top().batch(0, Batch::new(record::batch_of(0_i64..1_000))).unwrap_err().to_string();
    assert!(failure.contains("the state of trial takes") && failure.contains("managed.size"), "{failure}");
    let taken = memory::RowKinds::new([RowKind::UpdateBefore]);
    let taken = Batch::new(record::batch_of([1_i64])).with_kinds(Some(taken));
    let failure = top().batch(0, taken).unwrap_err().to_string();
    assert!(failure.starts_with("Top-N of rows that are only added got a row of kind -U"), "{failure}");
    assert_eq!(lease.figures().used, 0);
}
