//! What was sent is what is received: any rows, any codec, any cut of the bytes.

use arrow_array::{ArrayRef, RecordBatch};
use memory::{ColumnBuilder, Layout, Pool, Rows, Selection};
use proptest::prelude::*;

use super::random::all_types;
use super::*;
use crate::{Alignment, Barrier, Control, LatencyMark, Purpose, Watermark};

/// Reads a stream in pieces of these lengths, over and over, and decodes all that is whole after each.
fn read_in_pieces(decoder: &mut Decoder, stream: &[u8], pieces: &[usize]) -> Vec<Decoded> {
    let (mut decoded, mut done, mut read) = (Vec::new(), 0, 0);
    for piece in pieces.iter().cycle() {
        read = (read + piece).min(stream.len());
        loop {
            match decoder.decode(&aligned(&stream[done..read])).unwrap() {
                Step::Frame(frame, used) => {
                    decoded.push(frame);
                    done += used;
                }
                Step::Need(more) => {
                    assert!(more > 0);
                    break;
                }
            }
        }
        if read == stream.len() {
            break;
        }
    }
    assert_eq!(done, stream.len(), "every byte is of a frame");
    decoded
}

fn batches(decoded: Vec<Decoded>) -> Vec<Batch> {
    let batch = |frame| match frame {
        Decoded::Message(Message { item: Item::Batch(batch), .. })
        | Decoded::Part(Message { item: Item::Batch(batch), .. }) => *batch,
        other => panic!("not rows: {other:?}"),
    };
    decoded.into_iter().map(batch).collect()
}

/// Whether a decoded column is what Arrow would accept, however suspicious.
fn check_columns(columns: &RecordBatch) {
    for column in columns.columns() {
        column.to_data().validate_full().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_rows_travel_by_any_codec_in_any_pieces(
        types in prop::sample::subsequence(all_types(), 0..6), seed: u64, rows in 0usize..150,
        codec in prop::sample::select(&Codec::ALL), pieces in prop::collection::vec(1usize..3000, 1..5),
    ) {
        let batch = random_rows(seed, rows, &types);
        let mut connection = Connection::open(Envelope::of(&batch), codec);
        // Twice, so that the first frame is followed by another.
        let mut stream = connection.bytes(batch_item(batch.clone()));
        stream.extend(connection.bytes(batch_item(batch.clone())));
        let received = batches(read_in_pieces(&mut connection.decoder, &stream, &pieces));
        prop_assert_eq!(received.len(), 2);
        for received in received {
            check_columns(received.columns());
            prop_assert_eq!(received, batch.clone());
        }
    }

    #[test]
    fn selected_rows_travel_and_no_others(seed: u64, chosen in prop::collection::btree_set(0u32..40, 0..40)) {
        let batch = random_rows(seed, 40, &[DataType::Int64, DataType::Utf8View, DataType::Boolean]);
        let chosen = batch.clone().with_selection(Selection::new(chosen.into_iter().collect()));
        let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
        let bytes = connection.bytes(batch_item(chosen.clone()));
        prop_assert_eq!(connection.decode_batch(&bytes), chosen.compact());
    }

    #[test]
    fn views_of_a_segment_travel_like_batches(seed: u64, ends in prop::collection::vec(1usize..30, 1..8)) {
        let types = [DataType::Utf8View, DataType::Boolean, DataType::Int32, DataType::BinaryView, DataType::Utf8];
        let rows = ends.iter().sum();
        let source = random_batch(seed, rows, &types);
        let envelope = Envelope::new(source.schema(), false, false);
        let mut connection = Connection::open(envelope.clone(), Codec::Plain);
        let layout = Layout::new(Arc::new(envelope), 256 << 10, 100).unwrap();
        let pool = Pool::open(2 << 20, 256 << 10).unwrap();
        let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
        let opened = Rows::open(&layout, &source);
        let mut start = 0;
        for count in ends {
            prop_assert_eq!(builder.append(&opened, start..start + count), count);
            let bytes = connection.bytes(Item::View(builder.view().unwrap()));
            let received = connection.decode_batch(&bytes);
            prop_assert_eq!(received.columns(), &source.slice(start, count));
            start += count;
        }
    }

    /// The parts come in order, cost together what the message costs, and the last one ends it.
    #[test]
    fn rows_longer_than_a_frame_travel_in_several(seed: u64, rows in 1usize..300) {
        let types = [DataType::Int64, DataType::Utf8, DataType::Utf8View, DataType::Boolean];
        let batch = random_rows(seed, rows, &types);
        let mut connection = Connection::open_with(Envelope::of(&batch), Codec::Zstd, 4 << 10);
        let frames = connection.encode(batch_item(batch.clone()));
        prop_assert!(frames.iter().all(|frame| frame.bytes() <= (4 << 10) + 64));
        let decoded = read_in_pieces(&mut connection.decoder, &bytes_of(&frames), &[usize::MAX >> 1]);
        let (mut charge, mut start) = (0, 0);
        for (index, frame) in decoded.into_iter().enumerate() {
            let last = index + 1 == frames.len();
            prop_assert_eq!(last, matches!(frame, Decoded::Message(_)));
            let (Decoded::Message(message) | Decoded::Part(message)) = frame else { panic!("a control") };
            charge += message.charge;
            let Item::Batch(part) = message.item else { panic!("no rows") };
            prop_assert_eq!(&batch.slice(start, part.rows()), part.as_ref());
            start += part.rows();
        }
        prop_assert_eq!((charge, start), (1000, rows));
    }
}

/// One column at a time, so that no type hides behind another.
#[test]
fn every_type_travels() {
    for (seed, data_type) in (0..).zip(all_types()) {
        for rows in [0, 1, 7, 8, 64, 100] {
            let batch = random_rows(seed, rows, std::slice::from_ref(&data_type));
            for codec in Codec::ALL {
                let mut connection = Connection::open(Envelope::of(&batch), codec);
                let bytes = connection.bytes(batch_item(batch.clone()));
                let received = connection.decode_batch(&bytes);
                check_columns(received.columns());
                assert_eq!(received, batch, "{data_type}, {rows} rows, {codec:?}");
            }
        }
    }
}

#[test]
fn every_event_travels() {
    let barrier = |purpose, alignment| Barrier { checkpoint: 1 << 50, started_at_ms: -5, purpose, alignment };
    let items = [
        Item::Watermark(Watermark::MIN),
        Item::Watermark(Watermark(1_700_000_000_000)),
        Item::Barrier(barrier(Purpose::Checkpoint, Alignment::AtLeastOnce)),
        Item::Barrier(barrier(Purpose::Savepoint, Alignment::Aligned)),
        Item::Barrier(barrier(Purpose::StopWithSavepoint, Alignment::Unaligned)),
        Item::Idle,
        Item::Active,
        Item::LatencyMark(LatencyMark { source: 1, subtask: u32::MAX, emitted_ns: u64::MAX - 1 }),
        Item::End,
    ];
    let controls = [
        Control::Credit { channel: CHANNEL, consumed: 1 << 40, limit: u64::MAX },
        Control::Wanted { channel: CHANNEL, bytes: 77 },
        Control::Barrier {
            channel: CHANNEL,
            behind: 9,
            barrier: barrier(Purpose::Checkpoint, Alignment::Unaligned),
        },
    ];
    let mut connection = Connection::open(Envelope::of(&random_rows(0, 1, &[])), Codec::Lz4);
    let (mut stream, mut expected) = (Vec::new(), Vec::new());
    for item in items {
        stream.extend(connection.bytes(item.clone()));
        expected.push(format!("{:?}", Decoded::Message(Message { channel: CHANNEL, charge: 0, item })));
    }
    for control in controls {
        stream.extend(bytes_of(&[connection.encoder.encode_control(&control)]));
        expected.push(format!("{:?}", Decoded::Control(control)));
    }
    assert_eq!(stream.len(), expected.len() * 64, "an event is one cache line");
    let received = read_in_pieces(&mut connection.decoder, &stream, &[1]);
    assert_eq!(received.iter().map(|frame| format!("{frame:?}")).collect::<Vec<_>>(), expected);
}

#[test]
fn a_row_that_no_frame_holds_is_refused_and_nothing_is_sent() {
    let texts = ["short".to_owned(), "x".repeat(9000)];
    let columns: [ArrayRef; 2] = [
        Arc::new(arrow_array::StringArray::from(texts.to_vec())),
        Arc::new(arrow_array::StringViewArray::from(texts.to_vec())),
    ];
    for column in columns {
        let batch = Batch::new(RecordBatch::try_from_iter([("text", column)]).unwrap());
        let mut connection = Connection::open_with(Envelope::of(&batch), Codec::Plain, 8 << 10);
        let message = Message { channel: CHANNEL, charge: 1, item: batch_item(batch.clone()) };
        let mut frames = Vec::new();
        let error = connection.encoder.encode(&message, &mut frames).unwrap_err();
        assert!(frames.is_empty());
        assert!(!error.retry_may_help());
        let text = error.to_string();
        assert!(
            text.starts_with(
                "a row is too long for a frame between workers, split its longest value: it takes"
            ),
            "{text}"
        );
        assert!(text.ends_with("a frame of channel 7 takes 8kb"), "{text}");
        // The connection goes on as if nothing had been.
        let bytes = connection.bytes(batch_item(batch.slice(0, 1)));
        assert_eq!(connection.decode_batch(&bytes), batch.slice(0, 1));
    }
}
