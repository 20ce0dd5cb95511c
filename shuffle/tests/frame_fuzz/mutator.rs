//! Changes to frames that know where things lie, under right checksums.

use crate::random::Random;

/// Numbers at which lengths and offsets turn over.
const EDGES: [u32; 14] = [0, 1, 2, 7, 8, 9, 63, 64, 65, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 26];

/// A stream made from one of `seeds`, with one to four changes.
pub(crate) fn forge(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut stream = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        change(&mut stream, seeds, random);
    }
    if random.below(16) > 0 {
        correct_checksums(&mut stream);
    }
    stream
}

fn change(stream: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    // The first frame begins behind the byte that chooses the columns; its descriptors are at the front of its body.
    let place = match random.below(8) {
        0 => 0..1,
        1 => 1..65,
        2 => 25..61, // charge, rows, buffers, lengths; or the words of an event
        3 | 4 => 65..193,
        _ => 65..stream.len(),
    };
    let (start, end) = (place.start.min(stream.len() - 1), place.end.min(stream.len()));
    let at = start + random.below((end - start).max(1));
    match random.below(9) {
        0 => stream[at] = random.next() as u8,
        1 => stream[at] ^= 1 << random.below(8),
        2 => stream[at] = stream[at].wrapping_add([1, 255][random.below(2)]),
        3 | 4 => put_number(stream, at, EDGES[random.below(EDGES.len())]),
        5 => {
            // A number that is right elsewhere in the same frame.
            let from = random.below(stream.len()) & !3;
            if let Some(bytes) = stream.get(from + 1..from + 5) {
                let number = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
                put_number(stream, at, number);
            }
        }
        6 => swap_lengths(stream, random),
        7 => stream.truncate(1 + random.below(stream.len())),
        _ => {
            // The rest of another frame.
            let other = &seeds[random.below(seeds.len())];
            if at > 64 && other.len() > at {
                stream.truncate(at);
                stream.extend_from_slice(&other[at..]);
            }
        }
    }
}

/// Writes to the four bytes that `at` lies in, counted from the beginning of the frames.
fn put_number(stream: &mut [u8], at: usize, number: u32) {
    let at = (at.saturating_sub(1) & !3) + 1;
    if let Some(bytes) = stream.get_mut(at..at + 4) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
}

/// Moves bytes from one descriptor to its neighbour: their sum stays, so more checks are passed.
fn swap_lengths(stream: &mut [u8], random: &mut Random) {
    let at = 65 + 4 * random.below(30);
    let Some([a, b]) = stream
        .get_mut(at..at + 8)
        .map(|bytes| bytes.as_chunks_mut::<4>().0)
        .and_then(|pair| pair.first_chunk_mut::<2>())
    else {
        return;
    };
    std::mem::swap(a, b);
}

/// Walks the frames as their headers say and makes their checksums right.
fn correct_checksums(stream: &mut [u8]) {
    let mut start = 1;
    while stream.len() >= start + 64 {
        let (header, behind) = stream[start..].split_at_mut(64);
        let mut end = 0;
        if header[5] == 1 {
            let stored = u32::from_le_bytes(header[36..40].try_into().expect("four bytes")) as usize;
            end = stored.next_multiple_of(64).min(behind.len());
            let body = crc32c::crc32c(&behind[..end]);
            header[44..48].copy_from_slice(&body.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&header[..60]);
        header[60..].copy_from_slice(&checksum.to_le_bytes());
        start += 64 + end;
    }
}
