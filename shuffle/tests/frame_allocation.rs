//! What a decoder allocates is bounded by its cap, whatever a header claims, and is nothing before a body has come.
//!
//! A counting allocator stands in for the system's in this binary: it holds the most that was out at a time. One
//! test only, for all threads of a binary share it.

#![expect(unsafe_code, reason = "an allocator that counts is an allocator, and that trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::record_batch;
use arrow_buffer::{Buffer, MutableBuffer};
use memory::{Batch, Envelope};
use shuffle::{ChannelId, Codec, Decoder, Encoder, FRAME_BYTES_MAX, FrameError, Item, Message, Step};

struct Counting;

static OUT: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: 1. Every call goes to the system's allocator with the arguments it came with, so what that promises
// holds. 2. Counting neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let out = OUT.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(out, Ordering::Relaxed);
        // SAFETY: the caller's promise about the layout is the one that is asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        OUT.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: 1. `alloc` got `start` from the system. 2. The layout is that of then, by the caller's promise.
        unsafe { System.dealloc(start, layout) }
    }
}

/// Room for what is no body: an error's text, the context of a codec (zstd's takes about 160 KiB), array structures.
const BESIDE: usize = 256 << 10;

const CHANNEL: ChannelId = ChannelId(1);

/// What decoding allocates at most, beyond what was out before.
fn most_while<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = OUT.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let answer = work();
    (MOST.load(Ordering::Relaxed) - before, answer)
}

fn aligned(bytes: &[u8]) -> Buffer {
    let mut buffer = MutableBuffer::new(bytes.len());
    buffer.extend_from_slice(bytes);
    buffer.into()
}

fn correct_checksums(bytes: &mut [u8]) {
    let body = crc32c::crc32c(&bytes[64..]);
    bytes[44..48].copy_from_slice(&body.to_le_bytes());
    let header = crc32c::crc32c(&bytes[..60]);
    bytes[60..64].copy_from_slice(&header.to_le_bytes());
}

fn put(bytes: &mut [u8], at: usize, number: usize) {
    bytes[at..at + 4].copy_from_slice(&u32::try_from(number).expect("a number of a header").to_le_bytes());
}

#[test]
fn a_decoder_allocates_no_more_than_its_cap() {
    for codec in Codec::ALL {
        for cap in [64 << 10, FRAME_BYTES_MAX] {
            let columns = record_batch!(("n", Int64, vec![7; 2000]), ("t", Utf8View, vec!["text"; 2000]));
            let batch = Batch::new(columns.expect("columns of one length"));
            let envelope = Arc::new(Envelope::of(&batch));
            let mut encoder = Encoder::new(0, cap);
            encoder.open(CHANNEL, envelope.clone(), codec);
            let item = Item::Batch(Box::new(batch));
            let mut frames = Vec::new();
            encoder.encode(&Message { channel: CHANNEL, charge: 0, item }, &mut frames).expect("it fits");
            let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.slices()).flatten().copied().collect();
            let open = || {
                let mut decoder = Decoder::new(0, cap);
                decoder.open(CHANNEL, envelope.clone());
                decoder
            };
            headers_that_claim(&bytes, cap, &open);
            bodies_that_claim(&bytes, cap, &open);
        }
    }
}

/// A header comes alone: nothing is allocated for what it promises.
fn headers_that_claim(bytes: &[u8], cap: usize, open: &impl Fn() -> Decoder) {
    let (plain, edges) = (bytes[6] == 0, [64, 4096, cap, cap + 64, 1 << 30, u32::MAX as usize]);
    for raw in edges {
        let mut header = bytes[..64].to_vec();
        put(&mut header, 40, raw);
        put(&mut header, 36, if plain { raw } else { raw - 1 });
        let checksum = crc32c::crc32c(&header[..60]);
        put(&mut header, 60, checksum as usize);
        let (header, mut decoder) = (aligned(&header), open());
        let (most, answer) = most_while(|| decoder.decode(&header));
        if raw <= cap {
            assert!(matches!(answer, Ok(Step::Need(_))), "{raw}: {answer:?}");
            assert_eq!(most, 0, "{raw}");
        } else {
            assert!(matches!(answer, Err(FrameError::Header { .. })), "{raw}: {answer:?}");
            assert!(most < 1 << 10, "{most} bytes for an error");
        }
    }
}

/// A whole frame with right checksums, whose numbers are each replaced by large ones.
fn bodies_that_claim(bytes: &[u8], cap: usize, open: &impl Fn() -> Decoder) {
    let (mut most_of_all, front) = (0, 64 + 64);
    for at in (24..44).chain(64..front).step_by(4) {
        for number in [0, 1, 65, 4096, 1 << 16, 1 << 20, cap, 1 << 26, 1 << 30, u32::MAX as usize] {
            let mut forged = bytes.to_vec();
            put(&mut forged, at, number);
            correct_checksums(&mut forged);
            let (forged, mut decoder) = (aligned(&forged), open());
            let (most, _) = most_while(|| drop(decoder.decode(&forged)));
            assert!(most <= cap + BESIDE, "{most} bytes for {number} at {at}");
            most_of_all = most_of_all.max(most);
        }
    }
    // The count counts: a compressed frame that claims its cap is decompressed into as much.
    assert!(bytes[6] == 0 || most_of_all >= cap, "{most_of_all}");
}
