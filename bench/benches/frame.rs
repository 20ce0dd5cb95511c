//! What it costs to send a batch to another host: encoding a frame and decoding it.
//!
//! Dimensions: 1 row, 1 KiB, 32 KiB, 256 KiB · four columns of numbers; two of numbers and two of strings (one of 9
//! bytes, inside its view, one of 40) · encode, decode. Beside: Arrow's IPC stream, in the same run, with its
//! schema sent before anything is measured. Then the codecs, over rows that repeat themselves.
//!
//! The peer is given its best: its writer appends to a vector with room; its decoder reads over an aligned buffer.
//! Frames are put in one piece too, which a vectored write would spare.

#![expect(clippy::print_stdout, reason = "the lengths of frames stand beside their times")]

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use criterion::{BenchmarkId, Criterion, Throughput};
use memory::{Batch, Envelope};
use millstream_bench::{Random, run, texts};
use shuffle::{ChannelId, Codec, Decoded, Decoder, Encoder, FRAME_BYTES_MAX, Frame, Item, Message, Step};

const CHANNEL: ChannelId = ChannelId(1);

/// Bytes of rows; none for a single one.
const STEPS: [usize; 4] = [0, 1 << 10, 32 << 10, 256 << 10];

fn main() {
    run(|criterion| {
        for bytes in STEPS {
            measure(criterion, "numbers", &numbers((bytes / 32).max(1)));
            measure(criterion, "strings", &strings((bytes / 88).max(1)));
        }
        for codec in Codec::ALL {
            compress(criterion, codec, &repeating(8192));
        }
    });
}

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    let names = ["a", "b", "c", "d"];
    RecordBatch::try_from_iter(names.into_iter().zip(columns)).expect("columns of one length")
}

fn number(rows: usize, seed: u64) -> ArrayRef {
    let mut random = Random::new(seed);
    Arc::new((0..rows).map(|_| random.bits().cast_signed()).collect::<Int64Array>())
}

fn numbers(rows: usize) -> RecordBatch {
    batch((0..4).map(|seed| number(rows, seed)).collect())
}

fn strings(rows: usize) -> RecordBatch {
    let strings =
        |length| -> ArrayRef { Arc::new(StringViewArray::from(texts(rows, length..=length, rows))) };
    batch(vec![number(rows, 1), number(rows, 2), strings(9), strings(40)])
}

/// Prices and paths as they come: few distinct ones.
fn repeating(rows: usize) -> RecordBatch {
    let mut random = Random::new(3);
    let mut few =
        |_| -> ArrayRef { Arc::new((0..rows).map(|_| random.below(1000) as i64).collect::<Int64Array>()) };
    let columns: Vec<ArrayRef> = (0..3).map(&mut few).collect();
    let paths: ArrayRef = Arc::new(StringViewArray::from(texts(rows, 20..=40, 50)));
    batch([columns, vec![paths]].concat())
}

/// Both ends of a channel. Every decoding begins a connection of its own, as every frame here is the first.
struct Connection {
    envelope: Arc<Envelope>,
    codec: Codec,
}

impl Connection {
    fn encoder(&self) -> Encoder {
        let mut encoder = Encoder::new(0, FRAME_BYTES_MAX);
        encoder.open(CHANNEL, self.envelope.clone(), self.codec);
        encoder
    }

    fn decoder(&self) -> Decoder {
        let mut decoder = Decoder::new(0, FRAME_BYTES_MAX);
        decoder.open(CHANNEL, self.envelope.clone());
        decoder
    }
}

fn message(columns: &RecordBatch) -> Message {
    Message { channel: CHANNEL, charge: 0, item: Item::Batch(Box::new(Batch::new(columns.clone()))) }
}

fn aligned(slices: &[&[u8]]) -> Buffer {
    let mut bytes = MutableBuffer::new(slices.iter().map(|slice| slice.len()).sum());
    slices.iter().for_each(|slice| bytes.extend_from_slice(slice));
    bytes.into()
}

fn columns_of(step: Step) -> RecordBatch {
    match step {
        Step::Frame(Decoded::Message(Message { item: Item::Batch(batch), .. }), _) => batch.columns().clone(),
        other => panic!("no batch: {other:?}"),
    }
}

fn encode(encoder: &mut Encoder, message: &Message, frames: &mut Vec<Frame>) {
    frames.clear();
    encoder.encode(message, frames).expect("it fits a frame");
}

fn measure(criterion: &mut Criterion, name: &str, columns: &RecordBatch) {
    let connection =
        Connection { envelope: Arc::new(Envelope::new(columns.schema(), false, false)), codec: Codec::Plain };
    let mut group = criterion.benchmark_group(format!("frame/{name}"));
    group.throughput(Throughput::Elements(columns.num_rows() as u64));
    let id = |what| BenchmarkId::new(what, columns.num_rows());

    let (mut encoder, message, mut frames) = (connection.encoder(), message(columns), Vec::new());
    group.bench_function(id("encode"), |bench| bench.iter(|| encode(&mut encoder, &message, &mut frames)));
    let mut bytes = Vec::with_capacity(1 << 20);
    group.bench_function(id("encode, in one piece"), |bench| {
        bench.iter(|| {
            encode(&mut encoder, &message, &mut frames);
            bytes.clear();
            frames.iter().flat_map(Frame::slices).for_each(|slice| bytes.extend_from_slice(slice));
            black_box(bytes.len())
        });
    });

    encode(&mut connection.encoder(), &message, &mut frames);
    let bytes = aligned(&frames.iter().flat_map(Frame::slices).collect::<Vec<_>>());
    assert_eq!(columns_of(connection.decoder().decode(&bytes).expect("a frame")), *columns);
    group.bench_function(id("decode"), |bench| {
        bench.iter_batched_ref(
            || connection.decoder(),
            |decoder| decoder.decode(&bytes).expect("a frame"),
            criterion::BatchSize::SmallInput,
        );
    });
    println!("frame/{name}/{} rows: {} bytes", columns.num_rows(), bytes.len());
    drop(group);
    peer(criterion, name, columns);
}

/// The same rows by Arrow's IPC stream.
fn peer(criterion: &mut Criterion, name: &str, columns: &RecordBatch) {
    let mut group = criterion.benchmark_group(format!("frame/{name}"));
    group.throughput(Throughput::Elements(columns.num_rows() as u64));
    let id = |what| BenchmarkId::new(what, columns.num_rows());

    let mut writer = StreamWriter::try_new(Vec::with_capacity(1 << 20), &columns.schema()).expect("a schema");
    let schema = writer.get_ref().clone();
    group.bench_function(id("arrow-ipc encode"), |bench| {
        bench.iter(|| {
            writer.get_mut().clear();
            writer.write(columns).expect("a batch of the schema");
            black_box(writer.get_ref().len())
        });
    });

    let message = aligned(&[writer.get_ref()]);
    let decoder = || {
        let mut decoder = StreamDecoder::new();
        let mut schema = aligned(&[&schema]);
        while !schema.is_empty() {
            assert!(decoder.decode(&mut schema).expect("a schema").is_none());
        }
        decoder
    };
    assert_eq!(decoder().decode(&mut message.clone()).expect("a batch").as_ref(), Some(columns));
    group.bench_function(id("arrow-ipc decode"), |bench| {
        bench.iter_batched_ref(
            decoder,
            |decoder| decoder.decode(&mut message.clone()).expect("a batch"),
            criterion::BatchSize::SmallInput,
        );
    });
    println!("arrow-ipc/{name}/{} rows: {} bytes", columns.num_rows(), message.len());
}

fn compress(criterion: &mut Criterion, codec: Codec, columns: &RecordBatch) {
    let connection = Connection { envelope: Arc::new(Envelope::new(columns.schema(), false, false)), codec };
    let (mut encoder, message, mut frames) = (connection.encoder(), message(columns), Vec::new());
    encode(&mut connection.encoder(), &message, &mut frames);
    let bytes = aligned(&frames.iter().flat_map(Frame::slices).collect::<Vec<_>>());
    assert_eq!(columns_of(connection.decoder().decode(&bytes).expect("a frame")), *columns);
    println!("frame/{codec:?}: {} bytes", bytes.len());

    let mut group = criterion.benchmark_group("frame/codec");
    group.throughput(Throughput::Elements(columns.num_rows() as u64));
    group.bench_function(format!("{codec:?}, encode"), |bench| {
        bench.iter(|| encode(&mut encoder, &message, &mut frames));
    });
    group.bench_function(format!("{codec:?}, decode"), |bench| {
        bench.iter_batched_ref(
            || connection.decoder(),
            |decoder| decoder.decode(&bytes).expect("a frame"),
            criterion::BatchSize::SmallInput,
        );
    });
}
