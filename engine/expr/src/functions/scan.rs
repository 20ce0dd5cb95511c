//! One letter of ASCII among the bytes of a text, eight of them at a time: how often it is there, where it stands.
//!
//! Texts are short, so what a search costs before its first byte is most of it: here that is nothing.

const EACH: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;

/// The highest bit of each byte that is the letter, and no other bit.
#[inline]
fn marks(eight: [u8; 8], letter: u8) -> u64 {
    let others = u64::from_le_bytes(eight) ^ (EACH * u64::from(letter));
    // No byte of the sum carries into the next one.
    !(((others & LOW) + LOW) | others | LOW)
}

/// How many marks there are.
#[inline]
fn count_of(marks: u64) -> usize {
    ((marks >> 7).wrapping_mul(EACH) >> 56) as usize
}

/// The last bytes, filled up with others than the letter.
#[inline]
fn filled(rest: &[u8], letter: u8) -> [u8; 8] {
    let mut eight = [!letter; 8];
    eight[..rest.len()].copy_from_slice(rest);
    eight
}

/// How often a letter is there.
#[inline]
pub(super) fn count(bytes: &[u8], letter: u8) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    let all: usize = eights.iter().map(|eight| count_of(marks(*eight, letter))).sum();
    match rest {
        [] => all,
        rest => all + count_of(marks(filled(rest, letter), letter)),
    }
}

/// Where a letter stands for the first time behind so many others of it.
#[inline]
pub(super) fn nth(bytes: &[u8], letter: u8, others: usize) -> Option<usize> {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut others = others;
    for (number, eight) in eights.iter().enumerate() {
        let marks = marks(*eight, letter);
        let count = count_of(marks);
        if others < count {
            return Some(8 * number + place(marks, others));
        }
        others -= count;
    }
    let marks = marks(filled(rest, letter), letter);
    (others < count_of(marks)).then(|| bytes.len() - rest.len() + place(marks, others))
}

/// The byte of the mark behind so many others.
#[inline]
fn place(mut marks: u64, others: usize) -> usize {
    (0..others).for_each(|_| marks &= marks - 1);
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_loop_finds(
            bytes in prop::collection::vec(prop_oneof![Just(b'/'), Just(b'.'), Just(0xAF), any::<u8>()], 0..40),
            letter in prop_oneof![Just(b'/'), Just(0), Just(0x7F)],
        ) {
            let places: Vec<usize> =
                bytes.iter().enumerate().filter(|(_, byte)| **byte == letter).map(|(place, _)| place).collect();
            prop_assert_eq!(count(&bytes, letter), places.len());
            for others in 0..places.len() + 2 {
                prop_assert_eq!(nth(&bytes, letter, others), places.get(others).copied());
            }
        }
    }
}
