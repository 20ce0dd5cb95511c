//! Arbitrary bytes, decoded: the first byte chooses the columns of the channel, the others are a stream.

use std::sync::Arc;

use arrow_array::Array;
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_schema::{DataType, Field, Schema};
use memory::Envelope;
use shuffle::{ChannelId, Decoded, Decoder, Item, Message, Step};

use crate::random::all_types;

/// No frame of the corpus is longer, and what claims to be is refused: so a fuzzer spends its time on decoding.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// What became of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ends within a frame.
    Waiting,
    /// A frame of it was refused.
    Refused,
    /// All frames were decoded.
    Accepted,
}

/// The channel of the stream.
pub(crate) const CHANNEL: ChannelId = ChannelId(7);

/// The columns that a first byte chooses: each type for itself, some beside others, with kinds and hashes by parity.
pub(crate) fn envelope(choice: u8) -> Arc<Envelope> {
    let types = all_types();
    let count = types.len();
    let chosen = [usize::from(choice) % count, usize::from(choice) * 7 % count];
    let chosen = &chosen[..if choice < 128 { 1 } else { 2 }];
    let field = |index: &usize| {
        let data_type = types[*index].clone();
        let nullable = data_type == DataType::Null || choice % 4 < 3;
        Field::new(format!("{index}"), data_type, nullable)
    };
    let schema = Schema::new(chosen.iter().map(field).collect::<Vec<_>>());
    Arc::new(Envelope::new(Arc::new(schema), choice.is_multiple_of(2), choice.is_multiple_of(3)))
}

/// Decodes and, as a consumer would, looks at every row. Panics are what a fuzzer looks for.
pub(crate) fn decode(input: &[u8]) -> Outcome {
    let Some((choice, stream)) = input.split_first() else { return Outcome::Waiting };
    let mut decoder = Decoder::new(3, BODY_BYTES_MAX);
    decoder.open(CHANNEL, envelope(*choice));
    let mut aligned = MutableBuffer::new(stream.len());
    aligned.extend_from_slice(stream);
    let mut rest = Buffer::from(aligned);
    while !rest.is_empty() {
        match decoder.decode(&rest) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                return Outcome::Refused;
            }
            Ok(Step::Need(more)) => {
                assert!(more > 0);
                return Outcome::Waiting;
            }
            Ok(Step::Frame(decoded, used)) => {
                read(&decoded);
                rest = rest.slice(used);
            }
        }
    }
    Outcome::Accepted
}

fn read(decoded: &Decoded) {
    let (Decoded::Message(Message { item: Item::Batch(batch), .. })
    | Decoded::Part(Message { item: Item::Batch(batch), .. })) = decoded
    else {
        return;
    };
    for column in batch.columns().columns() {
        column.to_data().validate_full().expect("a decoded column is valid");
        // Touches what a validation may have believed: lengths, offsets, keys.
        let rows = column.len().min(100);
        assert_eq!(column.slice(0, rows).to_data(), column.slice(0, rows).to_data());
    }
    if let Some(kinds) = batch.kinds() {
        (0..kinds.len().min(100)).for_each(|row| drop(kinds.get(row).to_string()));
    }
}
