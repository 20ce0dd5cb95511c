//! The loops that copy a column into a stripe. Plain slices in, plain slices out.
//!
//! Each loop has two forms: a range of rows, mostly one `memcpy`; and chosen rows, a gather. What kind of
//! column it is was decided before the loop begins.

use std::ops::Range;

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ToByteSlice};
use arrow_data::ByteView;

use super::rows::{Strings, long_length};

/// Which rows are copied.
#[derive(Clone, Debug)]
pub(super) enum Chosen<'a> {
    Range(Range<usize>),
    Rows(&'a [u32]),
}

impl Chosen<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Rows(rows) => rows.len(),
        }
    }
}

/// Copies fixed-width values.
pub(super) fn fixed(values: &[u8], width: usize, chosen: &Chosen, into: &mut [u8]) {
    let rows = match chosen {
        Chosen::Range(range) => {
            into.copy_from_slice(&values[range.start * width..range.end * width]);
            return;
        }
        Chosen::Rows(rows) => rows,
    };
    match width {
        1 => gather::<1>(values, rows, into),
        2 => gather::<2>(values, rows, into),
        4 => gather::<4>(values, rows, into),
        8 => gather::<8>(values, rows, into),
        16 => gather::<16>(values, rows, into),
        32 => gather::<32>(values, rows, into),
        other => unreachable!("no primitive is {other} bytes wide"),
    }
}

fn gather<const WIDTH: usize>(values: &[u8], rows: &[u32], into: &mut [u8]) {
    let (values, _) = values.as_chunks::<WIDTH>();
    let (into, _) = into.as_chunks_mut::<WIDTH>();
    for (cell, row) in into.iter_mut().zip(rows) {
        *cell = values[*row as usize];
    }
}

/// Copies bits into bytes of 0 and 1.
pub(super) fn bits(bits: &BooleanBuffer, chosen: &Chosen, into: &mut [u8]) {
    match chosen {
        Chosen::Range(range) => {
            for (cell, bit) in into.iter_mut().zip(&bits.slice(range.start, range.len())) {
                *cell = u8::from(bit);
            }
        }
        Chosen::Rows(rows) => {
            for (cell, row) in into.iter_mut().zip(*rows) {
                *cell = u8::from(bits.value(*row as usize));
            }
        }
    }
}

/// Writes which rows are valid.
pub(super) fn validity(nulls: Option<&NullBuffer>, chosen: &Chosen, into: &mut [u8]) {
    match nulls {
        Some(nulls) => bits(nulls.inner(), chosen, into),
        None => into.fill(1),
    }
}

/// The part of the heap that is being filled.
pub(super) struct Heap<'a> {
    /// The free bytes.
    pub(super) free: &'a mut [u8],
    /// Where they begin, counted from the start of the heap: what views refer to.
    pub(super) offset: usize,
    /// How many of them are used up.
    pub(super) used: usize,
}

impl Heap<'_> {
    /// A view of the same string whose text, if it is long, lies in this heap.
    #[inline(always)]
    fn own(&mut self, view: u128, texts: &[Buffer]) -> u128 {
        let Some(length) = long_length(view) else { return view };
        let ByteView { buffer_index, offset, .. } = view.into();
        let own = moved(view, self.next());
        self.put(&texts[buffer_index as usize][offset as usize..offset as usize + length]);
        own
    }

    #[inline(always)]
    pub(super) fn put(&mut self, text: &[u8]) {
        self.free[self.used..self.used + text.len()].copy_from_slice(text);
        self.used += text.len();
    }

    /// How far into the heap the next text goes.
    pub(super) fn next(&self) -> usize {
        self.offset + self.used
    }
}

/// The same long view, pointing into the only heap of a segment at `offset`.
#[inline(always)]
pub(super) fn moved(view: u128, offset: usize) -> u128 {
    let offset = u32::try_from(offset).expect("a segment is far shorter than 4 GiB");
    ByteView { buffer_index: 0, offset, ..view.into() }.into()
}

/// Copies strings: views into the stripe, long texts into the heap. There must be room for them.
pub(super) fn strings(strings: &Strings, chosen: &Chosen, into: &mut [u8], heap: &mut Heap) {
    let Strings { views, texts, nulls } = *strings;
    let (into, _) = into.as_chunks_mut::<16>();
    let own =
        |row: usize, heap: &mut Heap| if strings.is_null(row) { 0 } else { heap.own(views[row], texts) };
    match chosen {
        Chosen::Range(range) if nulls.is_none() => run_of_strings(&views[range.clone()], texts, into, heap),
        Chosen::Range(range) => {
            for (cell, row) in into.iter_mut().zip(range.clone()) {
                *cell = own(row, heap).to_ne_bytes();
            }
        }
        Chosen::Rows(rows) => {
            for (cell, row) in into.iter_mut().zip(*rows) {
                *cell = own(*row as usize, heap).to_ne_bytes();
            }
        }
    }
}

/// Copies consecutive strings without nulls.
fn run_of_strings(views: &[u128], texts: &[Buffer], into: &mut [[u8; 16]], heap: &mut Heap) {
    match long_texts(views) {
        LongTexts::None => into.as_flattened_mut().copy_from_slice(views.to_byte_slice()),
        LongTexts::InOnePiece { buffer, span } => {
            // One copy for all texts; the views keep their distances.
            let (start, base) = (span.start, heap.next());
            heap.put(&texts[buffer][span]);
            for (cell, view) in into.iter_mut().zip(views) {
                let view = match long_length(*view) {
                    Some(_) => moved(*view, ByteView::from(*view).offset as usize - start + base),
                    None => *view,
                };
                *cell = view.to_ne_bytes();
            }
        }
        LongTexts::Scattered => {
            for (cell, view) in into.iter_mut().zip(views) {
                *cell = heap.own(*view, texts).to_ne_bytes();
            }
        }
    }
}

/// How the long texts of some views lie in their buffers.
enum LongTexts {
    None,
    /// One behind the other. They usually do: whoever built the column appended them in the order of the rows.
    InOnePiece {
        buffer: usize,
        span: Range<usize>,
    },
    Scattered,
}

fn long_texts(views: &[u128]) -> LongTexts {
    let mut long = views.iter().filter_map(|view| Some((ByteView::from(*view), long_length(*view)?)));
    let Some((first, length)) = long.next() else { return LongTexts::None };
    let start = first.offset as usize;
    let mut end = start + length;
    let mut unbroken = true;
    for (view, length) in long {
        unbroken &= view.buffer_index == first.buffer_index && view.offset as usize == end;
        end += length;
    }
    match unbroken {
        true => LongTexts::InOnePiece { buffer: first.buffer_index as usize, span: start..end },
        false => LongTexts::Scattered,
    }
}

/// Packs bytes of 0 and 1 into bits, or answers `None` when all are 1.
pub(super) fn pack_validity(bytes: &[u8]) -> Option<BooleanBuffer> {
    let all = bytes.iter().fold(1, |all, byte| all & byte);
    (all == 0).then(|| pack(bytes))
}

/// Packs bytes of 0 and 1 into bits.
pub(super) fn pack(bytes: &[u8]) -> BooleanBuffer {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut packed = Vec::with_capacity(bytes.len().div_ceil(8));
    packed.extend(words.iter().map(|word| pack_word(*word)));
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        packed.push(pack_word(word));
    }
    BooleanBuffer::new(Buffer::from_vec(packed), 0, bytes.len())
}

/// Eight bytes of 0 or 1 become a byte, the first one its lowest bit: the multiplication shifts byte `i` to
/// bit `56 + i`, and no two terms meet in a bit.
#[inline(always)]
fn pack_word(bytes: [u8; 8]) -> u8 {
    (u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_equals_one_bit_after_the_other() {
        for length in 0..40 {
            for pattern in [0_u64, u64::MAX, 0x9e37_79b9_7f4a_7c15, 0x5555_5555_5555_5555] {
                let bytes: Vec<u8> = (0..length).map(|n| (pattern >> n & 1) as u8).collect();
                let expected = BooleanBuffer::collect_bool(length, |n| bytes[n] == 1);
                assert_eq!(pack(&bytes), expected);
                assert_eq!(pack_validity(&bytes).is_none(), bytes.iter().all(|byte| *byte == 1));
            }
        }
    }
}
