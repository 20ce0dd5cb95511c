//! What a sink reads: the hash of every value of every row, as the engine's own checksum has it, so that the sums of a run can be
//! compared.
//!
//! | value | hash |
//! |---|---|
//! | a number, a time, a decimal of 64 bits | two rounds of shift, xor and multiply |
//! | a text of up to twelve bytes | the folded product of its length and itself |
//! | a longer one | XXH3 |
//! | a row | those of its values, one after the other |

use xxhash_rust::xxh3::xxh3_64_with_seed;

const VALUE: u64 = 0xb7e1_5162_8aed_2a6b;
const FOLD: u64 = 0x243f_6a88_85a3_08d3;
const NEXT: u64 = 0x6a09_e667_f3bc_c909;
const ROUND: u64 = 0xd6e8_feb8_6659_fd93;
/// Texts that are no longer are a word and a half behind their length.
const SHORT: usize = 12;

/// What has come to a sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The hashes of all rows, added up; one that was taken back is subtracted.
    pub checksum: u64,
    /// How many rows took the place of another one, or took it back.
    pub changes: u64,
}

impl Sum {
    /// One of several sinks.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let checksum = self.checksum.wrapping_add(other.checksum);
        Self { checksum, changes: self.changes + other.changes }
    }
}

#[inline]
fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 32)).wrapping_mul(ROUND);
    let bits = (bits ^ (bits >> 32)).wrapping_mul(ROUND);
    bits ^ (bits >> 32)
}

/// Of a number.
#[inline]
pub(crate) fn of_number(bits: u64) -> u64 {
    mix(bits ^ VALUE)
}

/// Of a text.
#[inline]
pub(crate) fn of_text(text: &[u8]) -> u64 {
    if text.len() > SHORT {
        return xxh3_64_with_seed(text, VALUE);
    }
    let mut words = [0; 16];
    words[0] = text.len() as u8;
    words[4..][..text.len()].copy_from_slice(text);
    let words = u128::from_le_bytes(words);
    let product = u128::from(words as u64 ^ VALUE) * u128::from((words >> 64) as u64 ^ FOLD);
    product as u64 ^ (product >> 64) as u64
}

/// Of the values of a row so far, and of the next one.
#[inline]
pub(crate) fn and(first: u64, next: u64) -> u64 {
    mix((first.rotate_left(29) ^ NEXT).wrapping_mul(ROUND) ^ next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, Thousandths, Time};

    #[test]
    fn values_have_the_hashes_of_the_engine() {
        // Those that its own tests hold in place.
        assert_eq!(
            [0, 1, -1].map(|number: i64| of_number(number.cast_unsigned())),
            [0x4bfc_cff4_c774_ffcf, 0x790d_7b18_3f90_98fe, 0xa4bc_53ec_4ec9_a064]
        );
        let texts = ["", "millstream", "twelve bytes", "thirteen byte"].map(|text| of_text(text.as_bytes()));
        assert_eq!(
            texts,
            [0x0119_9719_bdc2_f07b, 0xe298_5093_41ce_4fde, 0x585b_14aa_de19_ce2e, 0x4b80_261e_8aa5_9602]
        );
        assert_eq!((7_u64, "a").hash(), 0x827b_5108_c744_d75d);
        // Times are numbers, and a decimal is that of its digits.
        assert_eq!((Time(7), Thousandths(-1)).hash(), (7_u64, -1_i64).hash());
    }
}
