//! About which keys there are, by their hashes: small, quick to ask, and sometimes wrong in one way.
//!
//! A Bloom filter whose bits of a key lie in one word: a question is one access to memory. Of keys that are not there it says
//! of fewer than one in fifty that they are; of those that are there never the other.

use arrow_buffer::BooleanBuffer;

/// Bits for each key.
const BITS: usize = 16;

/// The golden ratio: words come from all bits of a hash.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Some keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// A power of two of them.
    words: Vec<u64>,
}

impl KeySet {
    /// Those with these hashes.
    pub fn of<'a>(hashes: impl IntoIterator<Item = &'a [u64]> + Clone) -> Self {
        let keys: usize = hashes.clone().into_iter().map(<[u64]>::len).sum();
        let words = (keys * BITS).div_ceil(64).next_power_of_two();
        let mut set = Self { words: vec![0; words] };
        for hash in hashes.into_iter().flatten() {
            let word = set.word(*hash);
            set.words[word] |= mask(*hash);
        }
        set
    }

    /// Whether the keys with these hashes may be there.
    pub fn may_have(&self, hashes: &[u64]) -> BooleanBuffer {
        BooleanBuffer::collect_bool(hashes.len(), |row| {
            let mask = mask(hashes[row]);
            self.words[self.word(hashes[row])] & mask == mask
        })
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of words")]
    fn word(&self, hash: u64) -> usize {
        // A shift by all 64 bits, where there is one word, is one by none: the mask says what it comes to.
        let bits = self.words.len().trailing_zeros();
        (hash.wrapping_mul(SPREAD).wrapping_shr(u64::BITS - bits)) as usize & (self.words.len() - 1)
    }
}

/// Four bits of a word.
#[inline(always)]
fn mask(hash: u64) -> u64 {
    let bit = |number: u32| 1_u64 << (hash >> (number * 6) & 63);
    bit(0) | bit(1) | bit(2) | bit(3)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array};
    use memory::hash_key;

    use super::*;

    fn hashes(numbers: std::ops::Range<i64>) -> Vec<u64> {
        let rows = usize::try_from(numbers.end - numbers.start).unwrap();
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        let mut hashes = Vec::new();
        hash_key(&[column], rows, &mut hashes).unwrap();
        hashes
    }

    #[test]
    fn what_is_there_is_never_denied_and_what_is_not_mostly() {
        for keys in [1, 2, 3, 100, 5_000, 100_000] {
            let there = hashes(0..keys);
            let (one, other) = there.split_at(there.len() / 3);
            let set = KeySet::of([one, other]);
            assert_eq!(set.may_have(&there).count_set_bits(), there.len(), "{keys} keys");
            let others = hashes(1_000_000..1_100_000);
            let wrong = set.may_have(&others).count_set_bits();
            assert!(wrong * 50 < others.len(), "{wrong} of {} beside {keys} keys", others.len());
        }
    }

    #[test]
    fn nothing_is_in_a_set_of_nothing() {
        let set = KeySet::of(std::iter::empty::<&[u64]>());
        assert_eq!(set.may_have(&hashes(0..1000)).count_set_bits(), 0);
    }
}
