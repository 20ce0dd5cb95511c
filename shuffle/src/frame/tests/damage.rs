//! No damage is accepted, none is a panic, and each is told apart.

use super::*;
use crate::Watermark;

/// Frames of many shapes, some compressed, each with a decoder for it.
fn frames() -> Vec<(Vec<u8>, Connection)> {
    let mut frames = Vec::new();
    for seed in 0..36 {
        let batch = random_rows(seed, [1, 9, 40][seed as usize % 3], &random_types(seed));
        let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
        frames.push((connection.bytes(batch_item(batch)), connection));
    }
    for codec in [Codec::Lz4, Codec::Zstd] {
        let batch = random_rows(99, 600, &[DataType::Int64, DataType::UInt8]);
        let zeroes = arrow_array::Int64Array::from(vec![7; 600]);
        let columns = vec![Arc::new(zeroes) as arrow_array::ArrayRef, batch.columns().column(1).clone()];
        let batch = Batch::new(arrow_array::RecordBatch::try_new(batch.schema(), columns).unwrap());
        let mut connection = Connection::open(Envelope::of(&batch), codec);
        let bytes = connection.bytes(batch_item(batch));
        assert_eq!(bytes[6], codec as u8, "it was compressed");
        frames.push((bytes, connection));
    }
    let mut connection = Connection::open(Envelope::of(&random_rows(0, 1, &[])), Codec::Plain);
    frames.push((connection.bytes(Item::Watermark(Watermark(5))), connection));
    assert!(frames.iter().any(|(bytes, _)| bytes.len() > 3000));
    frames
}

#[test]
fn every_flipped_bit_is_noticed() {
    for (bytes, mut connection) in frames() {
        let mut flipped = arrow_buffer::MutableBuffer::from(bytes.clone());
        for bit in 0..bytes.len() * 8 {
            flipped.as_slice_mut()[bit / 8] ^= 1 << (bit % 8);
            let buffer = Buffer::from(flipped);
            let answer = connection.decoder.decode(&buffer);
            let Err(FrameError::Damaged { .. } | FrameError::NoFrame { .. }) = answer else {
                panic!("bit {bit} of {}: {answer:?}", bytes.len())
            };
            flipped = buffer.into_mutable().expect("nobody else holds it");
            flipped.as_slice_mut()[bit / 8] ^= 1 << (bit % 8);
        }
        // The same decoder takes the right bytes: what was refused has left no trace.
        assert!(matches!(connection.decoder.decode(&aligned(&bytes)), Ok(Step::Frame(_, _))));
    }
}

#[test]
fn every_truncation_asks_for_what_is_missing() {
    for (bytes, mut connection) in frames() {
        for length in 0..bytes.len() {
            let missing = if length < 64 { 64 } else { bytes.len() } - length;
            match connection.decoder.decode(&aligned(&bytes[..length])) {
                Ok(Step::Need(more)) => assert_eq!(more, missing),
                other => panic!("{length} of {}: {other:?}", bytes.len()),
            }
        }
    }
}

/// What a cut stream runs on into is not taken for the rest of its frame.
#[test]
fn a_frame_cut_short_and_followed_by_another_is_noticed() {
    for (bytes, mut connection) in frames().into_iter().filter(|(bytes, _)| bytes.len() > 64) {
        for length in (64..bytes.len()).step_by(13) {
            let mut stream = bytes[..length].to_vec();
            stream.extend_from_slice(&bytes);
            let answer = refused(&mut connection.decoder, &stream);
            assert_eq!(answer, Some(FrameError::Damaged { part: "body" }), "{length}");
        }
    }
}

#[test]
fn a_frame_in_the_wrong_place_is_noticed() {
    let batch = random_rows(1, 3, &[DataType::Int32]);
    let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
    let frames: Vec<Vec<u8>> = (0..3).map(|_| connection.bytes(batch_item(batch.clone()))).collect();
    let decoder = &mut connection.decoder;
    assert_eq!(refused(decoder, &frames[1]), Some(FrameError::Sequence { expected: 0, found: 1 }));
    assert_eq!(refused(decoder, &frames[0]), None);
    assert_eq!(refused(decoder, &frames[0]), Some(FrameError::Sequence { expected: 1, found: 0 }));
    let other = forged_header(&frames[1], |bytes| bytes[12] = 9);
    assert_eq!(refused(decoder, &other), Some(FrameError::Attempt { expected: ATTEMPT, found: 9 }));
    let other = forged_header(&frames[1], |bytes| bytes[8] = 8);
    assert_eq!(refused(decoder, &other), Some(FrameError::UnknownChannel { channel: ChannelId(8) }));
    assert_eq!(refused(decoder, &frames[1]), None);
    decoder.close(CHANNEL);
    assert_eq!(refused(decoder, &frames[2]), Some(FrameError::UnknownChannel { channel: CHANNEL }));
}

/// A body of one column with nulls: a node, two lengths, a bitmap, the values.
#[test]
fn a_forged_body_is_refused_with_what_does_not_fit() {
    let numbers = arrow_array::Int32Array::from(vec![Some(1), None, Some(3)]);
    let texts = arrow_array::StringArray::from(vec!["a", "bc", "d"]);
    let views = arrow_array::StringViewArray::from(vec!["a", "longer than twelve bytes", ""]);
    let columns: [arrow_array::ArrayRef; 3] = [Arc::new(numbers), Arc::new(texts), Arc::new(views)];
    let frame = |column: &arrow_array::ArrayRef| {
        let columns = arrow_array::RecordBatch::try_from_iter([("x", column.clone())]).unwrap();
        let batch = Batch::new(columns);
        let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
        (connection.bytes(batch_item(batch)), connection)
    };
    for (column, at, value, what) in [
        (0, 64, 4, "column x: 2 nulls where 1 were counted"),
        (0, 64, 2, "column x: 12 bytes in buffer 0 where its rows have 8"),
        (0, 64, 9, "column x: 1 bytes of validity for 9 rows"),
        (0, 68, 0, "column x: 2 buffers where its type has 1"),
        (0, 68, 2, "column x: 1 nulls where 2 were counted"),
        (0, 72, 0, "column x: no buffer for its nulls"),
        (0, 72, 3, "column x: 2 buffers where its type has 1"),
        (0, 80, 11, "column x: 11 bytes in buffer 0 where its rows have 12"),
        (0, 76, 2, "column x: 2 bytes of validity for 3 rows"),
        (0, 80, 65, "column x: a buffer of 65 bytes where 64 are left"),
        (0, 32, 3, "1 buffers are of no column"),
        (0, 32, 1, "column x: more buffers than the header has counted"),
        (0, 28, 4, "column x: 3 rows where the frame has 4"),
        (0, 131, 255, ""),
        (1, 64, 0xff, "rows have"),
        // A part of an offset.
        (1, 76, 15, "column x: 15 bytes in buffer 0 where its rows have 16"),
        (1, 132, 100, "Offset invariant failure"),
        (1, 192, 0xff, "Invalid UTF8"),
        (2, 128, 0xf0, "Invalid buffer slice"),
        (2, 152, 1, "Invalid buffer index"),
        (2, 156, 1, "Invalid buffer slice"),
        (2, 148, b'z', "Mismatch between embedded prefix"),
        (2, 192, 0xff, "Mismatch between embedded prefix"),
        (2, 204, 0xff, "non-UTF-8"),
    ] {
        let (bytes, mut connection) = frame(&columns[column]);
        let forged = forged(&bytes, |bytes| bytes[at] = value);
        match refused(&mut connection.decoder, &forged) {
            None => assert_eq!(what, "", "byte {at} of column {column}"),
            Some(FrameError::Malformed { channel: CHANNEL, sequence: 0, what: found }) => {
                assert!(found.contains(what) && !what.is_empty(), "byte {at} of column {column}: {found}");
            }
            Some(other) => panic!("byte {at} of column {column}: {other}"),
        }
    }
}

#[test]
fn a_kind_that_is_none_is_refused() {
    let kinds = RowKinds::new([RowKind::Delete]);
    let batch = Batch::new(random_batch(0, 1, &[])).with_kinds(Some(kinds));
    let mut connection = Connection::open(Envelope::of(&batch), Codec::Plain);
    let bytes = connection.bytes(batch_item(batch));
    let forged = forged(&bytes, |bytes| bytes[128] = 4);
    let what = "a row kind that is none".to_owned();
    let error = FrameError::Malformed { channel: CHANNEL, sequence: 0, what };
    assert_eq!(refused(&mut connection.decoder, &forged), Some(error));
}

#[test]
fn a_body_decompresses_to_what_its_header_says() {
    for (bytes, mut connection) in frames().into_iter().filter(|(bytes, _)| bytes[6] != 0) {
        let raw = u32::from_le_bytes(bytes[40..44].try_into().unwrap());
        for other in [raw - 64, raw + 64, 64 << 20] {
            let forged = forged_header(&bytes, |bytes| bytes[40..44].copy_from_slice(&other.to_le_bytes()));
            let text = refused(&mut connection.decoder, &forged).unwrap().to_string();
            assert!(text.contains("decompress"), "{text}");
        }
        let other = if bytes[6] == 1 { 2 } else { 1 };
        let forged = forged_header(&bytes, |bytes| bytes[6] = other);
        let text = refused(&mut connection.decoder, &forged).unwrap().to_string();
        assert!(text.contains("decompress"), "{text}");
    }
}

#[test]
fn errors_say_what_to_do_and_whether_a_new_connection_may_help() {
    let malformed = FrameError::Malformed { channel: CHANNEL, sequence: 5, what: "column x: odd".into() };
    for (error, retry, text) in [
        (
            FrameError::Damaged { part: "body" },
            true,
            "drop the connection and open it again: a frame is damaged, the checksum of its body does not match",
        ),
        (
            FrameError::NoFrame { found: *b"GET " },
            false,
            "drop the connection and check what listens at that address: no frame begins with the bytes \
             [47, 45, 54, 20]",
        ),
        (
            FrameError::Version { ours: 1, theirs: 2 },
            false,
            "drop the connection and run one release on all workers: this one reads frames of version 1, the \
             peer has sent version 2",
        ),
        (
            FrameError::UnknownChannel { channel: CHANNEL },
            true,
            "drop the connection and open it again: a frame is for a channel that is not open, 7",
        ),
        (
            FrameError::Sequence { expected: 4, found: 6 },
            true,
            "drop the connection and open it again: frame 4 should come, and frame 6 has come",
        ),
        (
            malformed,
            false,
            "drop the connection and run one release on all workers: frame 5 of channel 7 is no batch of it, \
             column x: odd",
        ),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.retry_may_help(), retry, "{error}");
        assert_eq!(crate::Error::from(error).retry_may_help(), retry);
    }
}
