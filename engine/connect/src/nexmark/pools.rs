//! Letters without end: texts are parts of two pools of random letters.
//!
//! Keeps a mebibyte for each pool, made when the first text is wanted. A text is a view of it, not a copy.

use std::sync::LazyLock;

use memory::{Letters, Part};

use super::draws::{Stream, below, draw_of};

/// Letters of a pool.
const LETTERS: u32 = 1 << 20;

static PLAIN: LazyLock<Letters> =
    LazyLock::new(|| pool(|place| letter(below(draw_of(Stream::Letters, place, 0), 26))));

static NAMES: LazyLock<Letters> = LazyLock::new(|| {
    pool(|place| match below(draw_of(Stream::Names, place, 0), 13) {
        0 => b'_',
        _ => letter(below(draw_of(Stream::Names, place, 1), 26)),
    })
});

/// Small letters, for what nobody reads.
pub(super) fn plain() -> &'static Letters {
    &PLAIN
}

/// Small letters with some `_` between, for names.
pub(super) fn names() -> &'static Letters {
    &NAMES
}

/// A text of this length, from anywhere in a pool.
#[inline]
pub(super) fn part(length: u32, bits: u64) -> Part {
    Part { start: below(bits, LETTERS - length), length }
}

/// Appends that text.
pub(super) fn write(pool: &Letters, length: u32, bits: u64, text: &mut Vec<u8>) {
    let start = part(length, bits).start as usize;
    text.extend_from_slice(&pool.bytes()[start..][..length as usize]);
}

fn pool(letter: impl Fn(u64) -> u8) -> Letters {
    Letters::new((0..LETTERS).map(|place| letter(place.into())).collect())
}

fn letter(number: u32) -> u8 {
    b'a' + u8::try_from(number).expect("one of 26")
}
