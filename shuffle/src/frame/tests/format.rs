//! The bytes of small frames, held in place: a change of the format is seen here, and then wants a new version.

use arrow_array::record_batch;

use super::*;
use crate::{Alignment, Barrier, Control, LatencyMark, Purpose, Watermark};

/// Hexadecimal digits, `*n` behind a byte for `n` of it; blanks are for the reader.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in text.split_whitespace() {
        if let Some((byte, count)) = word.split_once('*') {
            let count = count.parse().unwrap();
            bytes.extend(std::iter::repeat_n(u8::from_str_radix(byte, 16).unwrap(), count));
        } else {
            let pair = |at: usize| u8::from_str_radix(&word[at..at + 2], 16).unwrap();
            bytes.extend((0..word.len()).step_by(2).map(pair));
        }
    }
    bytes
}

fn connection() -> Connection {
    let batch = record_batch!(("n", Int32, [Some(1), None])).unwrap();
    Connection::open(Envelope::of(&Batch::new(batch)), Codec::Plain)
}

const BARRIER: Barrier =
    Barrier { checkpoint: 5, started_at_ms: 6, purpose: Purpose::Savepoint, alignment: Alignment::Unaligned };

/// Magic number and version; behind the kind no codec, no flags; channel 7, attempt 3, sequence 0.
fn check(found: &[u8], kind: &str, words: &str, checksum: &str) {
    let front = format!("4d534652 01 {kind} 00 00 07000000 03000000 00*8");
    let expected = bytes(&format!("{front} {words} {checksum}"));
    assert_eq!(found, expected, "kind {kind}");
}

#[test]
fn items() {
    let mark = LatencyMark { source: 1, subtask: 2, emitted_ns: 3 };
    for (item, kind, words, checksum) in [
        (Item::Watermark(Watermark(-2)), "02", "fe ff*7 00*28", "feb69861"),
        (Item::Barrier(BARRIER), "03", "05 00*7 06 00*7 01 02 00*18", "83727e86"),
        (Item::Idle, "04", "00*36", "10f812f7"),
        (Item::Active, "05", "00*36", "cc7be12d"),
        (Item::LatencyMark(mark), "06", "01000000 02000000 03 00*7 00*20", "de784aec"),
        (Item::End, "07", "00*36", "850aea9d"),
    ] {
        check(&connection().bytes(item), kind, words, checksum);
    }
}

#[test]
fn controls() {
    let channel = CHANNEL;
    for (control, kind, words, checksum) in [
        (Control::Credit { channel, consumed: 1, limit: 2 }, "08", "01 00*7 02 00*7 00*20", "909f162b"),
        (Control::Wanted { channel, bytes: 9 }, "09", "09 00*7 00*28", "c4d7ab2b"),
        (
            Control::Barrier { channel, behind: 4, barrier: BARRIER },
            "0a",
            "04 00*7 05 00*7 06 00*7 01 02 00*10",
            "c7ed49ae",
        ),
    ] {
        check(&bytes_of(&[connection().encoder.encode_control(&control)]), kind, words, checksum);
    }
}

/// Charge 1000, 2 rows, 2 buffers, 192 bytes twice, the checksum of the body. Then the node (2 rows, 1 null, 2
/// buffers) and the lengths 1 and 8; the bitmap; the numbers.
#[test]
fn rows() {
    let batch = record_batch!(("n", Int32, [Some(1), None])).unwrap();
    let found = connection().bytes(batch_item(Batch::new(batch)));
    check(&found[..64], "01", "e8030000 02000000 02000000 c0000000 c0000000 9f838e65 00*12", "edbd85ef");
    let front = "02000000 01000000 02000000 01000000 08000000 00*44";
    assert_eq!(found[64..], bytes(&format!("{front} 01 00*63 01000000 00*4 00*56")));
}

#[test]
fn a_compressed_body_is_a_block_of_its_codec() {
    let batch = Batch::new(record_batch!(("n", Int64, vec![7; 1000])).unwrap());
    for (codec, starts) in [(Codec::Lz4, ""), (Codec::Zstd, "28b52ffd")] {
        let mut connection = Connection::open(Envelope::of(&batch), codec);
        let found = connection.bytes(batch_item(batch.clone()));
        let stored = u32::from_le_bytes(found[36..40].try_into().unwrap()) as usize;
        assert_eq!((found[6], found.len()), (codec as u8, 64 + stored.next_multiple_of(64)));
        assert!(found[64..].starts_with(&bytes(starts)));
        assert!(found[64 + stored..].iter().all(|byte| *byte == 0));
        let plain = connection.decode_batch(&found);
        assert_eq!(plain, batch);
    }
}
