//! Promises of builders and views: whatever is appended, cut and merged, the rows are those that plain Arrow
//! would take from the source; and in the end every segment is home.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow_select::concat::concat_batches;
use arrow_select::take::take;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::batch::{Batch, Envelope, RowKind, RowKinds};
use crate::random::{all_types, random_batch};
use crate::segment::Pool;

fn arrow_takes(source: &RecordBatch, rows: Vec<u32>) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let rows = UInt32Array::from(rows);
    let columns = source.columns().iter().map(|column| take(column, &rows, None).unwrap()).collect();
    RecordBatch::try_new_with_options(source.schema(), columns, &options).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Append(Index, Index),
    Gather(Vec<Index>),
    View,
    /// A new segment although there is room.
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Step::Append(a, b)),
        3 => prop::collection::vec(any::<Index>(), 0..30).prop_map(Step::Gather),
        2 => Just(Step::View),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..30)
}

/// Builders one after the other, as an exchange uses them.
struct Exchange<'a> {
    pool: &'a Pool,
    layout: Arc<Layout>,
    builder: ColumnBuilder,
    views: Vec<View>,
    merge: bool,
}

impl<'a> Exchange<'a> {
    fn open(pool: &'a Pool, schema: SchemaRef, heap_per_row: usize, merge: bool) -> Self {
        let envelope = Arc::new(Envelope::new(schema, false, false));
        let layout = Layout::new(envelope, pool.segment_bytes(), heap_per_row).unwrap();
        let builder = ColumnBuilder::open(&layout, pool.take().unwrap());
        Self { pool, layout, builder, views: Vec::new(), merge }
    }

    fn append(&mut self, rows: &Rows, chosen: &[u32], as_range: bool) {
        let mut chosen = chosen;
        while !chosen.is_empty() {
            let first = chosen[0] as usize;
            let taken = match as_range {
                true => self.builder.append(rows, first..first + chosen.len()),
                false => self.builder.gather(rows, chosen),
            };
            chosen = &chosen[taken..];
            if chosen.is_empty() {
                return;
            }
            let fresh = self.builder.rows() == 0;
            assert!(taken > 0 || !fresh || rows.heap_of_row(first) > 0, "an empty builder took nothing");
            if fresh {
                self.open_for(rows.heap_of_row(first));
            } else {
                self.reopen();
            }
        }
    }

    fn reopen(&mut self) {
        self.view();
        self.layout = self.builder.next_layout();
        self.builder = ColumnBuilder::open(&self.layout, self.pool.take().unwrap());
    }

    /// A segment that has room for a row of this heap, though none of the usual ones has.
    fn open_for(&mut self, heap: usize) {
        let envelope = self.layout.envelope();
        let segment = self.pool.take_bytes(Layout::bytes_for_row(envelope, heap)).unwrap();
        let wide = Layout::new(envelope.clone(), segment.len(), heap).unwrap();
        self.builder = ColumnBuilder::open(&wide, segment);
    }

    fn view(&mut self) {
        let Some(view) = self.builder.view() else { return };
        assert_eq!(self.builder.unviewed(), 0);
        let merged = self.merge && self.views.last_mut().is_some_and(|last| last.absorb(&view));
        if !merged {
            self.views.push(view);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn views_equal_what_arrow_takes(
        seed: u64,
        rows in 1usize..200,
        types in prop::sample::subsequence(all_types(), 0..all_types().len()),
        steps in steps(),
        heap_per_row in 0usize..40,
        merge: bool,
    ) {
        let source = random_batch(seed, rows, &types);
        let pool = Pool::open(16 << 20, 4 << 10).unwrap();
        let mut taken = Vec::new();
        let views = {
            let mut exchange = Exchange::open(&pool, source.schema(), heap_per_row, merge);
            let rows = Rows::open(&exchange.layout, &source);
            for step in steps {
                match step {
                    Step::Append(a, b) => {
                        let (a, b) = (a.index(rows.len() + 1) as u32, b.index(rows.len() + 1) as u32);
                        let chosen: Vec<u32> = (a.min(b)..a.max(b)).collect();
                        exchange.append(&rows, &chosen, true);
                        taken.extend(chosen);
                    }
                    Step::Gather(chosen) => {
                        let chosen: Vec<u32> = chosen.iter().map(|row| row.index(rows.len()) as u32).collect();
                        exchange.append(&rows, &chosen, false);
                        taken.extend(chosen);
                    }
                    Step::View => exchange.view(),
                    Step::Reopen => exchange.reopen(),
                }
            }
            exchange.view();
            exchange.views
        };
        let batches: Vec<RecordBatch> = views.iter().map(View::columns).collect();
        prop_assert_eq!(views.iter().map(View::rows).sum::<usize>(), taken.len());
        let one_edge = views.windows(2).all(|pair| pair[1].may_follow(&pair[0]));
        let together = (one_edge && views.len() > 1).then(|| View::batch_of(&views).columns().clone());
        drop(views);
        let expected = arrow_takes(&source, taken);
        if let Some(together) = together {
            together.columns().iter().for_each(|column| column.to_data().validate_full().unwrap());
            prop_assert_eq!(&together, &expected);
        }
        // Validates what was built without checks: offsets into the heap, UTF-8, lengths.
        for column in batches.iter().flat_map(RecordBatch::columns) {
            column.to_data().validate_full().unwrap();
        }
        prop_assert_eq!(concat_batches(&source.schema(), &batches).unwrap(), expected);
        drop(batches);
        prop_assert_eq!(pool.bytes_out(), 0);
    }
}

fn envelope(schema: SchemaRef) -> Arc<Envelope> {
    Arc::new(Envelope::new(schema, false, false))
}

#[test]
fn rows_written_value_by_value_equal_arrow() {
    let zone = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("paid", DataType::Boolean, true),
        Field::new("price", DataType::Decimal128(10, 2), true),
        Field::new("at", zone, false),
        Field::new("url", DataType::Utf8View, true),
        Field::new("body", DataType::BinaryView, true),
        Field::new("tags", DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true))), false),
    ]));
    let tags = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1)]),
        Some(vec![]),
        Some(vec![None]),
    ]);
    let expected = RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(Int64Array::from(vec![1, 2, 3])),
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
            Arc::new(
                Decimal128Array::from(vec![Some(199), None, Some(-5)])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
            Arc::new(TimestampMillisecondArray::from(vec![10, 20, 30]).with_timezone("UTC")),
            Arc::new(StringViewArray::from(vec![Some("/short"), None, Some("/a/path/that/is/rather/long")])),
            Arc::new(BinaryViewArray::from_iter([
                Some(&b"four"[..]),
                Some(b"a longer body than fits"),
                None,
            ])),
            Arc::new(tags.clone()),
        ],
    )
    .unwrap();

    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let layout = Layout::new(envelope(schema), 4 << 10, 16).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());

    let mut row = builder.row().unwrap();
    row.put::<Int64Type>(1).put_bool(true).put::<Decimal128Type>(199).put::<TimestampMillisecondType>(10);
    row.put_str("/short").put_bytes(b"four").put_array(Arc::new(tags.slice(0, 1)));
    row.commit().unwrap();

    let mut dropped = builder.row().unwrap();
    dropped.put::<Int64Type>(77).put_bool(false);
    drop(dropped);

    let mut row = builder.row().unwrap();
    row.put::<Int64Type>(2).put_null().put_null().put::<TimestampMillisecondType>(20);
    row.put_null().put_bytes(b"a longer body than fits").put_array(Arc::new(tags.slice(1, 1)));
    row.commit().unwrap();

    let mut row = builder.row().unwrap();
    row.put::<Int64Type>(3).put_bool(false).put::<Decimal128Type>(-5).put::<TimestampMillisecondType>(30);
    row.put_str("/a/path/that/is/rather/long").put_null().put_array(Arc::new(tags.slice(2, 1)));
    row.commit().unwrap();

    let columns = builder.view().unwrap().columns();
    columns.columns().iter().for_each(|column| column.to_data().validate_full().unwrap());
    assert_eq!(columns, expected);
}

#[test]
fn a_row_whose_string_has_no_room_is_not_written() {
    let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, false)]));
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let layout = Layout::new(envelope(schema), 4 << 10, 100).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let (fits, too_long) = ("x".repeat(1000), "y".repeat(4000));

    for (text, answer) in [(&fits, Ok(())), (&too_long, Err(NoRoom { heap_bytes: 4000 })), (&fits, Ok(()))] {
        let mut row = builder.row().unwrap();
        row.put_str(text);
        assert_eq!(row.commit(), answer);
    }
    let columns = builder.view().unwrap().columns();
    assert_eq!(
        columns.column(0).as_ref(),
        &StringViewArray::from(vec![fits.as_str(), fits.as_str()]) as &dyn Array
    );
}

#[test]
#[should_panic(expected = "rows of other columns")]
fn rows_opened_for_other_columns_are_a_bug() {
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let numbers =
        RecordBatch::try_from_iter([("x", Arc::new(Decimal128Array::from(vec![1])) as ArrayRef)]).unwrap();
    let texts = Schema::new(vec![Field::new("x", DataType::Utf8View, false)]);
    let layout_of = |schema| Layout::new(envelope(schema), 4 << 10, 0).unwrap();
    let rows_layout = layout_of(numbers.schema());
    let rows = Rows::open(&rows_layout, &numbers);
    let mut builder = ColumnBuilder::open(&layout_of(Arc::new(texts)), pool.take().unwrap());
    builder.append(&rows, 0..1);
}

#[test]
#[should_panic(expected = "does not hold that")]
fn bytes_that_need_not_be_text_are_no_string() {
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let schema = Schema::new(vec![Field::new("x", DataType::Utf8View, false)]);
    let layout = Layout::new(envelope(Arc::new(schema)), 4 << 10, 0).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    builder.row().unwrap().put_bytes(&[0xff; 20]);
}

#[test]
#[should_panic(expected = "does not hold that")]
fn a_time_of_another_unit_is_a_bug() {
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let schema = Schema::new(vec![Field::new("x", DataType::Timestamp(TimeUnit::Nanosecond, None), false)]);
    let layout = Layout::new(envelope(Arc::new(schema)), 4 << 10, 0).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    builder.row().unwrap().put::<TimestampSecondType>(1);
}

/// Two dictionaries that together have more words than their keys can number.
#[test]
fn a_view_shows_one_dictionary() {
    let column = |first: usize| -> RecordBatch {
        let words: Vec<String> = (first..first + 100).map(|n| format!("word {n}")).collect();
        let words: DictionaryArray<Int8Type> = words.iter().map(|word| Some(word.as_str())).collect();
        RecordBatch::try_from_iter([("x", Arc::new(words) as ArrayRef)]).unwrap()
    };
    let (first, second) = (column(0), column(100));
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let layout = Layout::new(envelope(first.schema()), 4 << 10, 0).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let (rows, more) = (Rows::open(&layout, &first), Rows::open(&layout, &second));
    assert_eq!(builder.append(&rows, 0..50), 50);
    assert_eq!(builder.append(&rows, 50..100), 50, "the same dictionary goes on");
    assert_eq!(builder.append(&more, 0..100), 0, "another one waits for the next view");
    let mut view = builder.view().unwrap();
    assert_eq!(builder.append(&more, 0..100), 100);
    let next = builder.view().unwrap();
    assert!(!view.absorb(&next));
    assert_eq!((view.columns(), next.columns()), (first, second));
}

#[test]
#[should_panic(expected = "another dictionary in column x")]
fn a_row_of_another_dictionary_waits_for_the_next_view() {
    let word = |word: &str| -> ArrayRef {
        Arc::new([Some(word)].into_iter().collect::<DictionaryArray<Int8Type>>())
    };
    let schema = RecordBatch::try_from_iter([("x", word("first"))]).unwrap().schema();
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let layout = Layout::new(envelope(schema), 4 << 10, 0).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    for text in ["first", "second"] {
        let mut row = builder.row().unwrap();
        row.put_array(word(text));
        row.commit().unwrap();
    }
}

proptest! {
    /// Any row fits the segment that is said to be needed for it.
    #[test]
    fn a_row_fits_the_segment_made_for_it(
        types in prop::sample::subsequence(all_types(), 1..all_types().len()), text in 13usize..9000, seed: u64,
    ) {
        let mut columns = random_batch(seed, 1, &types).columns().to_vec();
        columns.push(Arc::new(StringViewArray::from(vec!["x".repeat(text)])));
        let source = RecordBatch::try_from_iter(columns.into_iter().enumerate().map(|(n, c)| (n.to_string(), c))).unwrap();
        let envelope = envelope(source.schema());
        let any = Layout::new(envelope.clone(), 1 << 20, 0).unwrap();
        let heap = Rows::open(&any, &source).heap_of_row(0);
        let pool = Pool::open(2 << 20, 4 << 10).unwrap();
        let segment = pool.take_bytes(Layout::bytes_for_row(&envelope, heap)).unwrap();
        let layout = Layout::new(envelope, segment.len(), heap).unwrap();
        let rows = Rows::open(&layout, &source);
        prop_assert_eq!(ColumnBuilder::open(&layout, segment).append(&rows, 0..1), 1);
    }
}

#[test]
fn kinds_and_hashes_travel_in_the_segment() {
    let columns = record_batch!(("n", Int64, [1, 2, 3])).unwrap();
    let kinds = RowKinds::new([RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter]);
    let batch = Batch::new(columns).with_kinds(Some(kinds)).with_hashes(Some(vec![10, 20, 30].into()));
    let envelope = Arc::new(Envelope::of(&batch));
    let layout = Layout::new(envelope.clone(), 4 << 10, 0).unwrap();
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let packed = envelope.pack(&batch);
    assert_eq!(builder.append(&Rows::open(&layout, &packed), 0..3), 3);
    assert_eq!(builder.view().unwrap().batch(), batch);
}

#[test]
fn a_layout_follows_the_strings_it_meets() {
    let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, false)]));
    let source = RecordBatch::try_new(
        schema.clone(),
        vec![Arc::new(StringViewArray::from(vec!["z".repeat(80); 500]))],
    )
    .unwrap();
    let pool = Pool::open(2 << 20, 4 << 10).unwrap();
    let layout = Layout::new(envelope(schema), 4 << 10, 0).unwrap();
    assert!(layout.rows_max() > 200, "without a heap, views have all of the room");

    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let rows = Rows::open(&layout, &source);
    assert_eq!(builder.append(&rows, 0..500), 0, "and no long string has any");

    let guess = Layout::new(layout.envelope().clone(), 4 << 10, 10).unwrap();
    let mut builder = ColumnBuilder::open(&guess, pool.take().unwrap());
    let before = builder.append(&rows, 0..500);
    let better = builder.next_layout();
    let mut builder = ColumnBuilder::open(&better, pool.take().unwrap());
    let after = builder.append(&rows, 0..500);
    assert!(before * 2 < after, "{before} rows by the guess, {after} by experience");
    assert!(Arc::ptr_eq(&builder.next_layout(), &better), "a good guess is kept");
}

/// A reader on another core checks views while the builder fills the rows behind them.
#[test]
fn views_are_read_on_another_core_while_the_segment_fills() {
    let source = random_batch(7, 1000, &[DataType::Int64, DataType::Utf8View, DataType::Boolean]);
    let pool = Pool::open(4 << 20, 32 << 10).unwrap();
    let layout = Layout::new(envelope(source.schema()), 32 << 10, 24).unwrap();
    let rows = Rows::open(&layout, &source);
    let (send, receive) = std::sync::mpsc::sync_channel::<View>(8);
    std::thread::scope(|scope| {
        let expected = source.clone();
        scope.spawn(move || {
            let mut seen = 0;
            for view in receive {
                assert_eq!(view.columns(), expected.slice(seen % 1000, view.rows()));
                seen += view.rows();
            }
            assert_eq!(seen, 20_000);
        });
        let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
        for row in 0..20_000 {
            if builder.append(&rows, row % 1000..row % 1000 + 1) == 0 {
                let segment = loop {
                    // Refused while the reader is behind: that is back pressure, here without anybody to sleep.
                    if let Some(segment) = pool.take() {
                        break segment;
                    }
                    std::thread::yield_now();
                };
                builder = ColumnBuilder::open(&layout, segment);
                assert_eq!(builder.append(&rows, row % 1000..row % 1000 + 1), 1);
            }
            send.send(builder.view().unwrap()).unwrap();
        }
        drop(send);
    });
    pool.collect();
    assert_eq!(pool.bytes_out(), 0);
}
