//! The one hash of a value: how a single cell becomes 64 bits.
//!
//! This is a format. Key groups, and with them the place of every key in a savepoint, follow from it, so it
//! never changes: golden values in the tests hold it in place, and another function would be a new version.
//!
//! * A number becomes 64 bits (integers widened with their sign, floats widened to `f64`), then two rounds of
//!   shift, xor and multiply. No two numbers share a hash, every bit range we use is even, and it is made of what
//!   vector units do: eight numbers at a time where the processor can (`lanes.rs`).
//! * A string of up to twelve bytes is the folded product of its two words in Arrow's view format, so a view
//!   column is hashed without touching its heap; a longer one goes through XXH3.
//!
//! Equal values have equal hashes whatever their column looks like: `5` as `i8` and as `i64`, a string in
//! `Utf8`, `Utf8View` or a dictionary. All NaNs are one value, `-0.0` is `0.0`, null is a value of its own.

#![expect(clippy::cast_possible_truncation, reason = "hashing takes numbers apart on purpose")]

use arrow_array::builder::make_view;
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, i256};
use arrow_data::MAX_INLINE_VIEW_LEN;
use half::f16;
use xxhash_rust::xxh3::xxh3_64_with_seed;

// No pattern, half of the bits set: the fractional digits of e, pi and sqrt(2).
const VALUE: u64 = 0xb7e1_5162_8aed_2a6b;
const FOLD: u64 = 0x243f_6a88_85a3_08d3;
const NEXT: u64 = 0x6a09_e667_f3bc_c909;
/// The multiplier that a published search found best for rounds of this form (Pelle Evensen's `rrmxmx` family).
const ROUND: u64 = 0xd6e8_feb8_6659_fd93;

/// The hash of null.
pub(super) const NULL: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a list or a struct starts from, so that an empty one is not null.
pub(super) const NESTED: u64 = 0x2545_f491_4f6c_dd1d;

/// Shift, xor, multiply, twice: each step can be undone, so different numbers stay different.
#[inline(always)]
fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 32)).wrapping_mul(ROUND);
    let bits = (bits ^ (bits >> 32)).wrapping_mul(ROUND);
    bits ^ (bits >> 32)
}

/// Upper half xor lower half of the product.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// The hash of 64 bits.
#[inline(always)]
pub(super) fn word(bits: u64) -> u64 {
    mix(bits ^ VALUE)
}

/// The hash of a key whose first columns have the hash `first` and whose next column has `next`.
///
/// Not symmetric: the rotation and the product tell the first from the next.
#[inline(always)]
pub(super) fn combine(first: u64, next: u64) -> u64 {
    mix((first.rotate_left(29) ^ NEXT).wrapping_mul(ROUND) ^ next)
}

/// The hash of a string of bytes.
#[inline]
pub(super) fn bytes(text: &[u8]) -> u64 {
    if text.len() > MAX_INLINE_VIEW_LEN as usize { long(text) } else { inline_view(make_view(text, 0, 0)) }
}

/// The hash of a string that lies in its view.
#[inline(always)]
pub(super) fn inline_view(view: u128) -> u64 {
    fold(view as u64 ^ VALUE, (view >> 64) as u64 ^ FOLD)
}

/// The hash of a string that does not fit its view.
#[inline]
pub(super) fn long(text: &[u8]) -> u64 {
    xxh3_64_with_seed(text, VALUE)
}

/// One NaN for all, and `0.0` for `-0.0`.
#[inline(always)]
pub(super) fn canonical_float(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value + 0.0 }
}

/// A fixed-width value that can be part of a key.
pub(super) trait Value: Copy {
    fn hash(self) -> u64;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Value for $type {
            #[inline(always)]
            fn hash(self) -> u64 {
                word(self as i64 as u64)
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Value for f64 {
    #[inline(always)]
    fn hash(self) -> u64 {
        word(canonical_float(self).to_bits())
    }
}

impl Value for f32 {
    #[inline(always)]
    fn hash(self) -> u64 {
        f64::from(self).hash()
    }
}

impl Value for f16 {
    #[inline(always)]
    fn hash(self) -> u64 {
        self.to_f64().hash()
    }
}

/// A decimal that fits 64 bits, with or without a sign, has the hash of that integer: the width of the column does
/// not matter.
impl Value for i128 {
    #[inline(always)]
    fn hash(self) -> u64 {
        match (i64::try_from(self), u64::try_from(self)) {
            (Ok(narrow), _) => narrow.hash(),
            (_, Ok(narrow)) => narrow.hash(),
            _ => combine(word(self as u64), word((self >> 64) as u64)),
        }
    }
}

impl Value for i256 {
    #[inline(always)]
    fn hash(self) -> u64 {
        match self.to_i128() {
            Some(narrow) => narrow.hash(),
            None => long(&self.to_le_bytes()),
        }
    }
}

impl Value for IntervalDayTime {
    #[inline(always)]
    fn hash(self) -> u64 {
        combine(self.days.hash(), self.milliseconds.hash())
    }
}

impl Value for IntervalMonthDayNano {
    #[inline(always)]
    fn hash(self) -> u64 {
        combine(combine(self.months.hash(), self.days.hash()), self.nanoseconds.hash())
    }
}
