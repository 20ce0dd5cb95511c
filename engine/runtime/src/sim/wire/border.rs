//! Where messages are cut on their way, and where they are joined: anywhere, for a stream has no borders.
//!
//! Loses no byte and moves none. All draws are made every time, so that a rate that changes shifts no other.

use std::collections::BTreeSet;

use arrow_buffer::{Buffer, MutableBuffer};

use crate::random::Random;

/// The most pieces of a message: enough for every border of a frame to be hit in some run.
const PIECES_MAX: u64 = 8;

/// A message as it travels: whole, or cut anywhere. Nothing travels as nothing.
pub(super) fn split(bytes: &Buffer, per_thousand: u64, random: &mut Random) -> Vec<Buffer> {
    let (cut, count) = (random.chance(per_thousand), random.within(2, PIECES_MAX));
    let mut borders = BTreeSet::from([0, bytes.len()]);
    for _ in 1..count {
        let border = random.within(0, bytes.len() as u64);
        if cut {
            borders.insert(usize::try_from(border).expect("not above a length"));
        }
    }
    let pieces = borders.iter().zip(borders.iter().skip(1));
    pieces.map(|(start, end)| bytes.slice_with_length(*start, end - start)).collect()
}

/// Pieces that have come at the same time, some of them as one.
pub(super) fn join(come: &mut Vec<Buffer>, per_thousand: u64, random: &mut Random) {
    come.dedup_by(|later, earlier| {
        let joined = random.chance(per_thousand);
        if joined {
            let mut both = MutableBuffer::with_capacity(earlier.len() + later.len());
            both.extend_from_slice(earlier);
            both.extend_from_slice(later);
            *earlier = both.into();
        }
        joined
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_everywhere_in_some_run_and_joined_again_is_the_same() {
        let (bytes, mut random, mut borders) = (Buffer::from(b"0123456789"), Random::new(1), BTreeSet::new());
        for _ in 0..100 {
            let mut pieces = split(&bytes, 1000, &mut random);
            assert!(pieces.len() <= 8 && pieces.iter().all(|piece| !piece.is_empty()));
            borders.insert(pieces[0].len());
            join(&mut pieces, 1000, &mut random);
            assert_eq!((pieces.len(), &pieces[0]), (1, &bytes));
        }
        assert!(borders.iter().copied().eq(1..=10));
        assert!(split(&Buffer::from(b""), 1000, &mut random).is_empty());
    }
}
