//! Two workers agree, or say why not, and no packet makes either panic.

use super::super::handshake::{HandshakeError, Hello, Refusal, RefusalCode, Reply, Welcome};
use super::super::packet::{Kind, packet};
use super::*;

fn hello() -> Hello {
    Hello {
        versions: (1, 1),
        cluster: b"blue".to_vec(),
        job: vec![0xab; 16],
        attempt: 3,
        codecs: vec![Codec::Zstd, Codec::Lz4, Codec::Plain],
        segment_bytes: 32 << 10,
        body_bytes_max: 64 << 20,
    }
}

fn replies() -> [Reply; 2] {
    let welcome = Welcome { version: 1, codec: Codec::Lz4, body_bytes_max: 1 << 20 };
    let refusal = Refusal { code: RefusalCode::Job, text: "check the address".into() };
    [Reply::Welcome(welcome), Reply::Refusal(refusal)]
}

#[test]
fn what_is_written_is_read() {
    let bytes = hello().write();
    assert_eq!(Hello::read(&[&bytes[..], b"behind"].concat()), Ok(Some((hello(), bytes.len()))));
    for reply in replies() {
        let bytes = reply.write();
        assert_eq!(Reply::read(&bytes), Ok(Some((reply, bytes.len()))));
    }
}

#[test]
fn workers_agree_on_the_most_that_both_have() {
    let listener = Hello {
        versions: (1, 4),
        codecs: vec![Codec::Plain, Codec::Lz4],
        body_bytes_max: 1 << 20,
        ..hello()
    };
    let caller = Hello { versions: (0, 3), ..hello() };
    let agreed = Welcome { version: 3, codec: Codec::Lz4, body_bytes_max: 1 << 20 };
    assert_eq!(listener.answer(&caller), Reply::Welcome(agreed));
    assert_eq!(listener.answer(&caller).accept(&caller), Ok(agreed));
}

#[test]
fn each_mismatch_says_what_both_are_and_what_to_do() {
    for (caller, code, text, retry) in [
        (
            Hello { versions: (2, 3), cluster: b"red".to_vec(), ..hello() },
            RefusalCode::Version,
            "run one release on all workers: one speaks versions 1 to 1, the caller 2 to 3",
            false,
        ),
        (
            Hello { cluster: b"r\n".to_vec(), ..hello() },
            RefusalCode::Cluster,
            r"belongs to cluster blue, the caller to r\n",
            false,
        ),
        (Hello { job: vec![1], ..hello() }, RefusalCode::Job, r"\xab, the caller to \x01", false),
        (
            Hello { attempt: 4, ..hello() },
            RefusalCode::Attempt,
            "call again when both have heard of the last attempt: one runs attempt 3, the caller 4",
            true,
        ),
        (
            Hello { segment_bytes: 4096, ..hello() },
            RefusalCode::SegmentBytes,
            "set taskmanager.memory.segment-size to one value on all workers: one has 32768 bytes, the caller 4096",
            false,
        ),
        (
            Hello { codecs: vec![], ..hello() },
            RefusalCode::Codec,
            "let all workers have a codec in common: one has [Zstd, Lz4, Plain], the caller []",
            false,
        ),
    ] {
        let (reply, _) = Reply::read(&hello().answer(&caller).write()).unwrap().unwrap();
        let error = reply.accept(&caller).unwrap_err();
        assert!(error.to_string().starts_with("the peer refuses the connection: "), "{error}");
        assert!(error.to_string().ends_with(text), "{error}");
        assert_eq!(error.retry_may_help(), retry);
        let HandshakeError::Refused(refusal) = error else { panic!("{error}") };
        assert_eq!(refusal.code, code);
    }
}

#[test]
fn a_welcome_to_what_was_not_offered_is_refused() {
    let caller = Hello { codecs: vec![Codec::Lz4], body_bytes_max: 1 << 20, ..hello() };
    let welcome = Welcome { version: 1, codec: Codec::Lz4, body_bytes_max: 1 << 20 };
    assert_eq!(Reply::Welcome(welcome).accept(&caller), Ok(welcome));
    for (welcome, what) in [
        (Welcome { version: 2, ..welcome }, "version 2 was chosen and 1 to 1 were offered"),
        (Welcome { codec: Codec::Zstd, ..welcome }, "Zstd was chosen and [Lz4] were offered"),
        (
            Welcome { body_bytes_max: 2 << 20, ..welcome },
            "frames of 2097152 bytes were chosen and 1048576 were offered",
        ),
    ] {
        let error = Reply::Welcome(welcome).accept(&caller).unwrap_err();
        assert!(error.to_string().ends_with(what), "{error}");
        assert!(!error.retry_may_help());
    }
}

#[test]
fn every_truncation_waits_and_every_flipped_bit_is_noticed() {
    let packets = [hello().write(), replies()[0].write(), replies()[1].write()];
    for (index, bytes) in packets.into_iter().enumerate() {
        let read = |bytes: &[u8]| match index {
            0 => Hello::read(bytes).map(|found| found.is_some()),
            _ => Reply::read(bytes).map(|found| found.is_some()),
        };
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Ok(false), "{length}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // A length that has grown lets a reader wait, for no longer than the packet may be.
            assert_ne!(read(&flipped), Ok(true), "bit {bit}");
            flipped.resize(5000, 0);
            assert!(read(&flipped).is_err(), "bit {bit}");
        }
    }
}

/// Any body under a right checksum is read or refused.
#[test]
fn a_forged_packet_is_no_panic() {
    let mut random = Random(5);
    let mut outcomes = [0; 2];
    for round in 0..20_000 {
        let mut body = hello().write()[8..].to_vec();
        body.truncate(body.len() - 4);
        for _ in 0..=random.below(3) {
            let at = random.below(body.len());
            body[at] = random.next() as u8;
        }
        if random.below(3) == 0 {
            body.truncate(random.below(body.len()));
        }
        let kind = [Kind::Hello, Kind::Welcome, Kind::Refusal][round % 3];
        let bytes = packet(kind, &body);
        let read = match kind {
            Kind::Hello => Hello::read(&bytes).is_ok(),
            _ => Reply::read(&bytes).is_ok(),
        };
        outcomes[usize::from(read)] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 1000), "{outcomes:?}");
}

#[test]
fn who_is_no_worker_is_told_at_its_first_byte() {
    let error = Hello::read(b"GET / HTTP/1.1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no worker answers at that address, check it: the first bytes are [47, 45, 54, 20, 2f]"
    );
    assert!(Hello::read(b"G").is_err());
    assert_eq!(Hello::read(b""), Ok(None));
}

/// Held in place: two releases must understand each other here, whatever becomes of frames.
#[test]
fn the_bytes_of_a_hello() {
    let mut expected = b"MSHK\x01\x01\x27\x00".to_vec();
    expected.extend(b"\x01\x01\x03\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x04");
    expected.extend(b"\x03\x00\x02\x01\x00\x04\x00blue\x10\x00");
    expected.extend([0xab; 16]);
    let found = hello().write();
    assert_eq!(found[8..found.len() - 4].len(), usize::from(found[6]));
    expected[6] = found[6];
    assert_eq!(found[..found.len() - 4], expected);
    assert_eq!(found[found.len() - 4..], crc32c::crc32c(&expected).to_le_bytes());
}
