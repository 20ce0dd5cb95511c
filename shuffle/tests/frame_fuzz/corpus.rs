//! Frames to begin with: every type, every codec, events, and inputs that were kept as files.

use std::path::Path;

use arrow_array::RecordBatch;
use memory::{Batch, RowKind, RowKinds};
use shuffle::{Barrier, Codec, Control, Encoder, Item, Message, Purpose, Watermark};

use crate::random::Random;
use crate::target::{BODY_BYTES_MAX, CHANNEL, envelope};

/// Streams of up to two frames, each behind the byte that chooses its columns.
pub(crate) fn frames() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        (0..=255).map(|choice| rows(choice, &mut Random(u64::from(choice)))).collect();
    all.extend(events());
    all
}

fn rows(choice: u8, random: &mut Random) -> Vec<u8> {
    let envelope = envelope(choice);
    let rows = [0, 3, 9, 40][random.below(4)];
    let kinds = RowKinds::new((0..rows).map(|row| RowKind::from_number(row as u8 % 4).unwrap()));
    let schema = envelope.schema();
    let columns = schema.fields().iter();
    let columns = columns.map(|field| random.column(field.data_type(), rows, field.is_nullable())).collect();
    let columns = RecordBatch::try_new(schema.clone(), columns).unwrap();
    let has = |name| envelope.packed().fields().iter().any(|field| field.name() == name);
    let batch = Batch::new(columns)
        .with_kinds(has("$kind").then_some(kinds))
        .with_hashes(has("$hash").then(|| (0..rows as u64).collect()));
    let mut encoder = Encoder::new(3, BODY_BYTES_MAX);
    encoder.open(CHANNEL, envelope, Codec::ALL[random.below(3)]);
    let mut frames = Vec::new();
    for item in [Item::Batch(Box::new(batch)), Item::End] {
        let charge = u32::from(item.is_rows()) * 7;
        encoder.encode(&Message { channel: CHANNEL, charge, item }, &mut frames).unwrap();
    }
    let bytes = frames.iter().flat_map(|frame| frame.slices()).flatten().copied();
    [choice].into_iter().chain(bytes).collect()
}

fn events() -> Vec<Vec<u8>> {
    let barrier = Barrier {
        checkpoint: 1,
        started_at_ms: 2,
        purpose: Purpose::Savepoint,
        alignment: shuffle::Alignment::Aligned,
    };
    let mut encoder = Encoder::new(3, BODY_BYTES_MAX);
    encoder.open(CHANNEL, envelope(0), Codec::Plain);
    let mut frames = Vec::new();
    for item in [Item::Watermark(Watermark(5)), Item::Barrier(barrier), Item::Idle] {
        encoder.encode(&Message { channel: CHANNEL, charge: 0, item }, &mut frames).unwrap();
    }
    frames.push(encoder.encode_control(&Control::Barrier { channel: CHANNEL, behind: 4, barrier }));
    let bytes = frames.iter().flat_map(|frame| frame.slices()).flatten().copied();
    vec![[0].into_iter().chain(bytes).collect()]
}

/// The files in `frame_fuzz/kept/`, in the order of their names.
#[expect(clippy::disallowed_methods, reason = "tests read the checkout")]
pub(crate) fn kept() -> Vec<(String, Vec<u8>)> {
    // Not the checkout in which this was compiled: clones share what is built.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is");
    let folder = Path::new(&here).join("tests/frame_fuzz/kept");
    let entries = std::fs::read_dir(folder).expect("the corpus is in the checkout");
    let mut kept: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("the corpus can be listed").path();
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("the corpus can be read"))
        })
        .collect();
    kept.sort();
    kept
}
