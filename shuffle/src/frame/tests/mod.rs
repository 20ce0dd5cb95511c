//! Promises about frames: what every test needs to send messages and to read them again.

mod damage;
mod format;
mod handshake;
mod placing;
mod random;
mod round_trip;

use std::sync::Arc;

use arrow_buffer::{Buffer, MutableBuffer};
use arrow_schema::DataType;
use memory::{Batch, Envelope, RowKind, RowKinds};

use self::random::{Random, random_batch};
use super::{Codec, Decoded, Decoder, Encoder, Frame, FrameError, Step};
use crate::{ChannelId, FRAME_BYTES_MAX, Item, Message};

const CHANNEL: ChannelId = ChannelId(7);
const ATTEMPT: u32 = 3;

/// Both ends of a connection with one open channel.
struct Connection {
    encoder: Encoder,
    decoder: Decoder,
}

impl Connection {
    fn open(envelope: Envelope, codec: Codec) -> Self {
        Self::open_with(envelope, codec, FRAME_BYTES_MAX)
    }

    fn open_with(envelope: Envelope, codec: Codec, body_bytes_max: usize) -> Self {
        let envelope = Arc::new(envelope);
        let mut encoder = Encoder::new(ATTEMPT, body_bytes_max);
        encoder.open(CHANNEL, envelope.clone(), codec);
        let mut decoder = Decoder::new(ATTEMPT, body_bytes_max);
        decoder.open(CHANNEL, envelope);
        Self { encoder, decoder }
    }

    fn encode(&mut self, item: Item) -> Vec<Frame> {
        let mut frames = Vec::new();
        let charge = if item.is_rows() { 1000 } else { 0 };
        self.encoder.encode(&Message { channel: CHANNEL, charge, item }, &mut frames).unwrap();
        frames
    }

    /// The only frame of an item, as bytes.
    fn bytes(&mut self, item: Item) -> Vec<u8> {
        let frames = self.encode(item);
        assert_eq!(frames.len(), 1);
        bytes_of(&frames)
    }

    /// The batch in one whole frame.
    fn decode_batch(&mut self, bytes: &[u8]) -> Batch {
        match self.decoder.decode(&aligned(bytes)).unwrap() {
            Step::Frame(Decoded::Message(Message { item: Item::Batch(batch), .. }), used) => {
                assert_eq!(used, bytes.len());
                *batch
            }
            other => panic!("not a batch: {other:?}"),
        }
    }
}

fn bytes_of(frames: &[Frame]) -> Vec<u8> {
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::slices).flatten().copied().collect();
    assert_eq!(bytes.len(), frames.iter().map(Frame::bytes).sum::<usize>());
    bytes
}

fn batch_item(batch: Batch) -> Item {
    Item::Batch(Box::new(batch))
}

/// Bytes in memory as a host would read them: at the beginning of a cache line.
fn aligned(bytes: &[u8]) -> Buffer {
    let mut buffer = MutableBuffer::new(bytes.len());
    buffer.extend_from_slice(bytes);
    buffer.into()
}

/// A batch with what may travel beside its columns.
fn random_rows(seed: u64, rows: usize, types: &[DataType]) -> Batch {
    let mut random = Random(seed ^ 0xbeef);
    let kinds = RowKinds::new((0..rows).map(|_| RowKind::from_number(random.below(4) as u8).unwrap()));
    let hashes: Vec<u64> = (0..rows).map(|_| random.next()).collect();
    Batch::new(random_batch(seed, rows, types))
        .with_kinds((random.below(2) == 0).then_some(kinds))
        .with_hashes((random.below(2) == 0).then(|| hashes.into()))
}

/// Some of all types, by seed.
fn random_types(seed: u64) -> Vec<DataType> {
    let (mut random, all) = (Random(seed), random::all_types());
    (0..random.below(4)).map(|_| all[random.below(all.len())].clone()).collect()
}

fn refused(decoder: &mut Decoder, bytes: &[u8]) -> Option<FrameError> {
    decoder.decode(&aligned(bytes)).err()
}

/// A frame whose bytes were changed under right checksums.
fn forged(bytes: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    change(&mut bytes);
    let body = crc32c::crc32c(&bytes[64..]);
    bytes[44..48].copy_from_slice(&body.to_le_bytes());
    forged_header(&bytes, |_| ())
}

fn forged_header(bytes: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    change(&mut bytes);
    let header = crc32c::crc32c(&bytes[..60]);
    bytes[60..64].copy_from_slice(&header.to_le_bytes());
    bytes
}
