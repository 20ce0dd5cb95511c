//! Where bytes lie: what is copied, what is shared, and what is not sent at all.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, ListArray, ListViewArray, RecordBatch,
    StringArray, StringViewArray,
};
use arrow_data::ByteView;
use arrow_schema::Field;
use memory::{ColumnBuilder, Layout, Pool, Rows};

use super::*;
use crate::bound::FRAME_TEXT_BYTES_MAX;

fn batch_of(column: ArrayRef) -> Batch {
    Batch::new(RecordBatch::try_from_iter([("x", column)]).unwrap())
}

/// What the body of a plain frame of these rows takes.
fn body_bytes(batch: &Batch) -> usize {
    let mut connection = Connection::open(Envelope::of(batch), Codec::Plain);
    let bytes = connection.bytes(batch_item(batch.clone()));
    assert_eq!(connection.decode_batch(&bytes), *batch);
    bytes.len() - 64
}

#[test]
fn numbers_are_sent_from_where_they_lie_and_read_where_they_arrive() {
    let numbers: Int64Array = (0..1000).collect();
    let lie_at = numbers.values().as_ptr().cast::<u8>();
    let batch = batch_of(Arc::new(numbers));
    let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
    let frames = connection.encode(batch_item(batch));
    assert!(frames[0].slices().any(|slice| slice.as_ptr() == lie_at));
    let bytes = aligned(&bytes_of(&frames));
    let Step::Frame(Decoded::Message(Message { item: Item::Batch(batch), .. }), _) =
        connection.decoder.decode(&bytes).unwrap()
    else {
        panic!("not rows")
    };
    let read_at = batch.columns().column(0).as_primitive::<Int64Type>().values().as_ptr().cast::<u8>();
    assert!(bytes.as_ptr_range().contains(&read_at));
    assert_eq!(connection.decoder.bytes_realigned(), 0);
}

#[test]
fn a_body_that_does_not_lie_well_is_copied_and_counted() {
    let batch = random_rows(1, 50, &[DataType::Int64, DataType::Utf8View, DataType::Decimal256(70, 1)]);
    for shift in 0..32 {
        let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
        let bytes = connection.bytes(batch_item(batch.clone()));
        let shifted = aligned(&[&vec![0; shift][..], &bytes].concat()).slice(shift);
        let Step::Frame(Decoded::Message(Message { item: Item::Batch(received), .. }), _) =
            connection.decoder.decode(&shifted).unwrap()
        else {
            panic!("not rows")
        };
        assert_eq!(*received, batch);
        let copied = if shift % 16 == 0 { 0 } else { bytes.len() as u64 - 64 };
        assert_eq!(connection.decoder.bytes_realigned(), copied, "{shift}");
    }
}

/// A view shows the heap of its segment from the start; a frame carries the texts of its rows.
#[test]
fn a_segment_flushed_row_by_row_is_sent_once() {
    let text = |row: usize| format!("a text that is longer than a view holds, number {row:04}");
    let source = RecordBatch::try_from_iter([(
        "x",
        Arc::new((0..400).map(|row| Some(text(row))).collect::<StringViewArray>()) as ArrayRef,
    )])
    .unwrap();
    let envelope = Envelope::new(source.schema(), false, false);
    let mut connection = Connection::open(envelope.clone(), Codec::Plain);
    let layout = Layout::new(Arc::new(envelope), 32 << 10, 56).unwrap();
    let pool = Pool::open(2 << 20, 32 << 10).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let rows = Rows::open(&layout, &source);
    for row in 0..400 {
        assert_eq!(builder.append(&rows, row..row + 1), 1);
        let bytes = connection.bytes(Item::View(builder.view().unwrap()));
        assert_eq!(bytes.len(), 64 + 64 + 64 + 64, "header, front, view and text of row {row}");
        let received = connection.decode_batch(&bytes);
        assert_eq!(received.columns().column(0).as_string_view().value(0), text(row));
    }
    assert_eq!(pool.bytes_out(), 32 << 10, "frames that were written do not hold the segment");
}

#[test]
fn texts_far_apart_are_gathered() {
    let texts: StringViewArray = (0..100).map(|row| Some(format!("{row:0>1000}"))).collect();
    let far: StringViewArray = [0, 50, 99].into_iter().map(|row| Some(texts.value(row))).collect();
    let apart = batch_of(arrow_select::take::take(&texts, &Int32Array::from(vec![0, 50, 99]), None).unwrap());
    assert_eq!(body_bytes(&apart), body_bytes(&batch_of(Arc::new(far))));
    assert!(body_bytes(&apart) < 3200);
    // Each second one: about half of the span, which is sent as it is.
    let near = Int32Array::from((0..100).step_by(2).collect::<Vec<_>>());
    let near = body_bytes(&batch_of(arrow_select::take::take(&texts, &near, None).unwrap()));
    assert!(near < 100 * 1016, "{near}");
}

#[test]
fn nobody_sees_the_text_under_a_null() {
    let secret = "a secret that is longer than a view holds";
    let (views, heaps, _) = StringViewArray::from(vec![secret, "plain"]).into_parts();
    let column = StringViewArray::new(views, heaps, Some(vec![false, true].into()));
    let batch = batch_of(Arc::new(column));
    let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
    let bytes = connection.bytes(batch_item(batch.clone()));
    assert!(!bytes.windows(8).any(|window| window == &secret.as_bytes()[..8]));
    assert_eq!(connection.decode_batch(&bytes), batch);
}

#[test]
fn a_slice_sends_its_part_of_what_it_points_to() {
    let words: StringArray = (0..10_000).map(|word| Some(format!("word {word}"))).collect();
    let keys: Int32Array = (0..10_000).collect();
    let dictionary = DictionaryArray::<Int32Type>::new(keys, Arc::new(words.clone()));
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>((0..10_000).map(|n| Some([Some(n), None])));
    let columns: [ArrayRef; 3] = [Arc::new(words), Arc::new(dictionary), Arc::new(lists)];
    for column in columns {
        let slice = batch_of(column.slice(5000, 2));
        assert!(body_bytes(&slice) <= 6 * 64, "{}: {}", column.data_type(), body_bytes(&slice));
    }
}

/// Two words from the ends of a dictionary, two lists from the ends of their child.
#[test]
fn what_rows_point_to_far_apart_is_gathered_once() {
    let words: StringArray = (0..10_000).map(|word| Some(format!("word {word}"))).collect();
    let keys = Int32Array::from(vec![Some(9999), Some(3), None, Some(9999), Some(3)]);
    let dictionary = DictionaryArray::<Int32Type>::new(keys, Arc::new(words.clone()));
    let item = Arc::new(Field::new("item", DataType::Utf8, false));
    let (starts, lengths) = (vec![9997, 10_000, 1, 0, 9998], vec![3, 0, 2, 2, 1]);
    let lists = ListViewArray::new(item, starts.into(), lengths.into(), Arc::new(words), None);
    let columns: [ArrayRef; 2] = [Arc::new(dictionary), Arc::new(lists)];
    for column in columns {
        let data_type = column.data_type().clone();
        let found = body_bytes(&batch_of(column));
        assert!(found <= 5 * 64, "{data_type}: {found}");
    }
}

/// Rows may share a text, and a receiver reads it for each of them.
#[test]
fn a_text_that_many_rows_show_does_not_make_a_frame_endless() {
    let text_bytes = 1 << 20;
    let heap = Buffer::from_vec(vec![b'x'; text_bytes]);
    let view = |length: usize| ByteView::new(length as u32, b"xxxx").with_buffer_index(0).as_u128();
    let shared = |lengths: Vec<usize>| {
        let views = lengths.into_iter().map(view).collect::<Vec<u128>>();
        batch_of(Arc::new(StringViewArray::new(views.into(), vec![heap.clone()], None)))
    };
    let rows = FRAME_TEXT_BYTES_MAX / text_bytes + 1;
    let batch = shared(vec![text_bytes; rows]);
    let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
    assert_eq!(connection.encode(batch_item(batch)).len(), 2);

    let mut lengths = vec![13; rows];
    lengths[0] = text_bytes;
    let batch = shared(lengths);
    let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
    let bytes = connection.bytes(batch_item(batch));
    let endless = forged(&bytes, |bytes| {
        for row in 0..rows {
            bytes[128 + row * 16..][..4].copy_from_slice(&(text_bytes as u32).to_le_bytes());
        }
    });
    let text = refused(&mut connection.decoder, &endless).unwrap().to_string();
    let found = rows * text_bytes;
    let expected = format!("column x: rows show {found} bytes of text where at most 134217728 may be");
    assert!(text.ends_with(&expected), "{text}");
}

#[test]
fn rows_behind_a_long_one_do_not_travel_alone() {
    let texts = (0..1000).map(|row| Some("x".repeat(if row == 0 { 60_000 } else { 10 })));
    let batch = batch_of(Arc::new(texts.collect::<StringArray>()));
    let mut connection = Connection::open_with(Envelope::of(&batch), Codec::Plain, 64 << 10);
    let frames = connection.encode(batch_item(batch)).len();
    assert!(frames < 15, "{frames} frames");
}

#[test]
fn compression_is_tried_where_it_may_pay() {
    let random = |rows: u64| -> Batch {
        let mut random = Random(rows);
        batch_of(Arc::new((0..rows).map(|_| random.next() as i64).collect::<Int64Array>()))
    };
    let zeroes = |rows| batch_of(Arc::new(Int64Array::from(vec![0; rows])));
    let small = zeroes(490);
    for codec in [Codec::Lz4, Codec::Zstd] {
        let mut connection = Connection::open(Envelope::of(&small), codec);
        let mut send = |batch: &Batch| connection.bytes(batch_item(batch.clone())).len();
        assert!(send(&small) > 490 * 8, "less than 4 KiB travels as it is");
        assert!(send(&zeroes(5000)) < 1000);
        assert!(send(&random(5000)) > 5000 * 8);
        assert!(send(&zeroes(5000)) > 5000 * 8, "a pause follows what did not pay");
        let pause = (0..20).take_while(|_| send(&zeroes(5000)) > 5000 * 8).count();
        assert_eq!(pause, 15);
    }
}
