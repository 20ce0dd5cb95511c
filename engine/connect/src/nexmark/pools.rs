//! Letters without end: texts are parts of two pools of random letters.
//!
//! Keeps a mebibyte for each pool, made when the first text is wanted. A text is a view of it, not a copy.

use std::sync::LazyLock;

use arrow_buffer::Buffer;

use super::draws::{Stream, below, draw_of};

/// Letters of a pool.
const LETTERS: u32 = 1 << 20;

/// Texts up to this length lie within their views.
pub(super) const INLINE: u32 = 12;

/// What is read for a view at once: behind the letters of a pool there are as many bytes more.
const READ: usize = 16;

static PLAIN: LazyLock<Pool> =
    LazyLock::new(|| Pool::of(|place| b'a' + letter(below(draw_of(Stream::Letters, place, 0), 26))));

static NAMES: LazyLock<Pool> = LazyLock::new(|| {
    Pool::of(|place| match below(draw_of(Stream::Names, place, 0), 13) {
        0 => b'_',
        _ => b'a' + letter(below(draw_of(Stream::Names, place, 1), 26)),
    })
});

/// A pool of letters.
#[derive(Debug)]
pub(super) struct Pool(Buffer);

/// Small letters, for what nobody reads.
pub(super) fn plain() -> &'static Pool {
    &PLAIN
}

/// Small letters with some `_` between, for names.
pub(super) fn names() -> &'static Pool {
    &NAMES
}

fn letter(number: u32) -> u8 {
    u8::try_from(number).expect("one of 26")
}

impl Pool {
    fn of(letter: impl Fn(u64) -> u8) -> Self {
        let letters = (0..LETTERS).map(|place| letter(place.into()));
        Self(letters.chain([0; READ]).collect::<Vec<u8>>().into())
    }

    /// What views of it point into.
    pub(super) fn buffer(&self) -> &Buffer {
        &self.0
    }

    /// A text of this length, as a view of [`Self::buffer`] as the first buffer of an array.
    #[inline]
    pub(super) fn view(&self, length: u32, bits: u64) -> u128 {
        let start = start(length, bits);
        let read: [u8; READ] = self.0[start as usize..][..READ].try_into().expect("so many bytes");
        let text = u128::from_le_bytes(read);
        if length <= INLINE {
            u128::from(length) | (text & ((1 << (8 * length)) - 1)) << 32
        } else {
            u128::from(length) | (text & 0xFFFF_FFFF) << 32 | u128::from(start) << 96
        }
    }

    /// The same text as bytes.
    pub(super) fn text(&self, length: u32, bits: u64) -> &[u8] {
        &self.0[start(length, bits) as usize..][..length as usize]
    }
}

fn start(length: u32, bits: u64) -> u32 {
    below(bits, LETTERS - length)
}
