//! Promises of sums: those of a loop over rows, whatever the order of rows, their batches, selections and kinds.

use std::sync::Mutex;

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, RecordBatch, RecordBatchOptions, RunArray, StringViewArray, StructArray,
    Time32MillisecondArray, TimestampMillisecondArray,
};
use arrow_schema::{Field, Fields};
use memory::{KeyGroups, RowKind, Selection};
use operators::accumulators::JobAccumulators;
use operators::{Mode, OperatorSeat};
use proptest::prelude::*;

use super::*;
use crate::trial::{self, number_rows, number_schema, numbers};

/// A row of the tests: what all its columns are made of, and its kind.
type Made = (Option<i64>, Option<String>, u8);

fn rows() -> impl Strategy<Value = Vec<Made>> {
    let number = prop::option::of(prop_oneof![-3..3_i64, any::<i64>()]);
    // Shorter and longer than what lies in a view, and than the paths that a hash has for short texts.
    let text = prop::option::of(prop_oneof![".{0,6}", "[a-c]{10,20}", "[a-z]{100,300}"]);
    prop::collection::vec((number, text, 0..4_u8), 0..24)
}

/// All kinds of columns that a query may have.
fn columns(rows: &[Made]) -> RecordBatch {
    let numbers: Vec<Option<i64>> = rows.iter().map(|row| row.0).collect();
    let texts: Vec<Option<&str>> = rows.iter().map(|row| row.1.as_deref()).collect();
    let small = |number: i64| i32::try_from(number % 1_000_000).unwrap();
    let small: Vec<Option<i32>> = numbers.iter().map(|number| number.map(small)).collect();
    let mut lists = ListBuilder::new(Int32Builder::new());
    rows.iter().zip(&small).for_each(|((_, text, _), number)| match text {
        Some(text) => lists.append_value(vec![*number; text.len() % 3]),
        None => lists.append_null(),
    });
    let decimals = Decimal128Array::from_iter(numbers.iter().map(|n| n.map(|n| i128::from(n) * 1_000_003)));
    let named = |name: &str, column: &ArrayRef| Arc::new(Field::new(name, column.data_type().clone(), true));
    let number: ArrayRef = Arc::new(Int64Array::from(numbers.clone()));
    let text: ArrayRef = Arc::new(StringViewArray::from(texts.clone()));
    let both = Fields::from(vec![named("number", &number), named("text", &text)]);
    let all: Vec<ArrayRef> = vec![
        Arc::new(StructArray::new(both, vec![number.clone(), text.clone()], None)),
        number,
        text,
        Arc::new(lists.finish()),
        Arc::new(BooleanArray::from_iter(numbers.iter().map(|n| n.map(|n| n > 0)))),
        Arc::new(Int32Array::from(small.clone())),
        Arc::new(Float64Array::from_iter(numbers.iter().map(|n| n.map(|n| n as f64 / 4.0)))),
        Arc::new(decimals.with_precision_and_scale(38, 3).unwrap()),
        Arc::new(BinaryArray::from_iter(texts.iter().map(|text| text.map(str::as_bytes)))),
        Arc::new(DictionaryArray::<Int32Type>::from_iter(texts.iter().copied())),
        Arc::new(Date32Array::from(small.clone())),
        Arc::new(Time32MillisecondArray::from(small)),
        Arc::new(TimestampMillisecondArray::from(numbers)),
    ];
    let names = all.iter().enumerate().map(|(place, column)| named(&format!("c{place}"), column));
    let schema = Schema::new(names.collect::<Fields>());
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::new(schema), all, &options).unwrap()
}

fn batch(rows: &[Made]) -> Batch {
    let kinds = rows.iter().map(|row| RowKind::from_number(row.2).unwrap());
    Batch::new(columns(rows)).with_kinds(Some(RowKinds::new(kinds)))
}

fn sum(batches: impl IntoIterator<Item = Batch>) -> Consumed {
    batches.into_iter().fold(Consumed::default(), |all, batch| {
        let more = Consumed::in_batch(batch, &mut vec![7; 3]).unwrap();
        Consumed {
            rows: all.rows + more.rows,
            changes: all.changes + more.changes,
            checksum: all.checksum.wrapping_add(more.checksum),
        }
    })
}

/// One row after the other.
fn model(rows: &[Made]) -> Consumed {
    let mut all = Consumed::default();
    for row in rows {
        let mut hash = Vec::new();
        hash_key(columns(std::slice::from_ref(row)).columns(), 1, &mut hash).unwrap();
        match RowKind::from_number(row.2).unwrap() {
            RowKind::Insert | RowKind::UpdateAfter => {
                (all.rows, all.checksum) = (all.rows + 1, all.checksum.wrapping_add(hash[0]));
            }
            RowKind::UpdateBefore | RowKind::Delete => {
                (all.rows, all.checksum) = (all.rows - 1, all.checksum.wrapping_sub(hash[0]));
            }
        }
        all.changes += i64::from(row.2 != 0);
    }
    all
}

proptest! {
    #[test]
    fn a_sum_is_that_of_a_loop_over_rows_in_any_order_and_any_batches(
        rows in rows(), (order, cuts) in (any::<u64>(), prop::collection::vec(0..24_usize, 0..4)),
    ) {
        let expected = model(&rows);
        prop_assert_eq!(sum([batch(&rows)]), expected);
        let mut mixed = rows.clone();
        mixed.sort_by_key(|row| {
            let text = row.1.as_ref().map_or(0, |text| text.len() as u64);
            (text ^ row.0.unwrap_or(1).cast_unsigned()).wrapping_mul(order | 1)
        });
        let (all, mut cuts) = (batch(&mixed), cuts);
        cuts.retain(|cut| *cut <= mixed.len());
        cuts.extend([0, mixed.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|cut| all.slice(cut[0], cut[1] - cut[0]));
        prop_assert_eq!(sum(parts), expected);
    }

    #[test]
    fn rows_that_do_not_count_leave_no_trace(rows in rows(), keep in prop::collection::vec(any::<bool>(), 24)) {
        let kept: Vec<u32> = (0..).zip(&rows).zip(&keep).filter(|(_, keep)| **keep).map(|((row, _), _)| row).collect();
        let counted: Vec<Made> = kept.iter().map(|row| rows[*row as usize].clone()).collect();
        prop_assert_eq!(sum([batch(&rows).with_selection(Selection::new(kept))]), model(&counted));
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace(rows in rows()) {
        let taken: Vec<Made> = rows.iter().map(|row| (row.0, row.1.clone(), row.2 ^ 1)).collect();
        let both = sum([batch(&rows), batch(&taken)]);
        prop_assert_eq!((both.rows, both.checksum), (0, 0));
    }

    /// One value of one row that differs is enough.
    #[test]
    fn other_rows_have_another_sum(rows in rows(), place in 0..24_usize) {
        prop_assume!(place < rows.len());
        let mut others = rows.clone();
        others[place].0 = Some(others[place].0.map_or(0, |number| number ^ (1 << 62)));
        prop_assert_ne!(sum([batch(&rows)]).checksum, sum([batch(&others)]).checksum);
    }
}

/// What another program has to come to that makes such sums: `bench/flink/java/nexmark/CanonicalSum.java` has the same, by a hash of
/// its own.
#[test]
fn the_sum_is_a_format() {
    let letters: String = (0..3000_u32)
        .map(|at| char::from(b"abcdefghijklmnopqrstuvwxyz"[((at * at + at / 7) % 26) as usize]))
        .collect();
    let texts: ArrayRef =
        Arc::new(StringViewArray::from_iter_values((0..=3000).map(|length| &letters[..length])));
    let texts = sum([Batch::new(RecordBatch::try_from_iter([("text", texts)]).unwrap())]);
    assert_eq!(texts.to_string(), "3001 rows with the checksum 4f8c7d5639ced39a");

    let decimals = Decimal128Array::from(vec![-908, 1_i128 << 100]).with_precision_and_scale(38, 3).unwrap();
    let columns: [(&str, ArrayRef); 5] = [
        ("number", Arc::new(Int64Array::from(vec![Some(1), None]))),
        ("text", Arc::new(StringViewArray::from(vec!["millstream", "thirteen byte"]))),
        ("price", Arc::new(decimals)),
        ("time", Arc::new(TimestampMillisecondArray::from(vec![Some(1_700_000_000_123), None]))),
        ("share", Arc::new(Float64Array::from(vec![-0.0, f64::NAN]))),
    ];
    let rows = sum([Batch::new(RecordBatch::try_from_iter(columns).unwrap())]);
    assert_eq!(rows.to_string(), "2 rows with the checksum 0146c3a887290e84");
}

fn seat(seat: &runtime::subtask::Seat, job: &JobAccumulators) -> OperatorSeat {
    OperatorSeat {
        place: seat.place.clone(),
        name: "Sink: t".into(),
        mode: Mode::Streaming,
        groups: KeyGroups::default(),
        managed: seat.managed.clone(),
        spills: None,
        plane: None,
        poke: seat.poke.clone(),
        accumulators: job.of(&seat.place),
        sides: Arc::new([]),
    }
}

#[test]
fn a_job_tells_the_sum_of_its_subtasks() {
    let expected = sum([Batch::new(number_rows(0..20_000))]);
    for batch_rows in [1, 7, 1024, 8192] {
        let (source, job) = (numbers(20_000, batch_rows), JobAccumulators::default());
        let sink = Checksum::new("t", &number_schema()).unwrap();
        let shown = Mutex::new(job.clone());
        trial::finishes(trial::vertex(
            move |seat| source.make(seat),
            move |place| sink.make(&seat(place, &shown.lock().unwrap())),
        ));
        let totals = job.totals().unwrap();
        assert_eq!(Consumed::of(&totals).collect::<Vec<_>>(), [("t", expected)]);
    }
}

#[test]
fn other_accumulators_are_no_sums() {
    let long = |name: &str| (name.to_owned(), Accumulator::Long(1));
    assert_eq!(
        Consumed::of(&BTreeMap::from([long("checksum"), long("a.checksum"), long("a.rows")])).count(),
        0
    );
}

#[test]
fn a_column_without_a_hash_is_refused_before_a_job_runs() {
    let runs = RunArray::try_new(&Int32Array::from(vec![2]), &Int32Array::from(vec![7])).unwrap();
    let schema = Schema::new(vec![Field::new("runs", runs.data_type().clone(), true)]);
    let words = Checksum::new("t", &schema).unwrap_err().to_string();
    assert!(
        words.starts_with("column runs cannot be part of a checksum: there is no hash of RunEndEncoded"),
        "{words}"
    );
}
