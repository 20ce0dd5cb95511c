//! Values of fixed width up to eight bytes as words, the lowest byte first, and words as values.

use arrow_array::{Array, ArrayRef, make_array, new_empty_array};
use arrow_buffer::{Buffer, ScalarBuffer};
use arrow_schema::DataType;

use super::choice::values;

/// A column as it lies in memory.
pub(super) enum Words {
    One(ScalarBuffer<u8>),
    Two(ScalarBuffer<u16>),
    Four(ScalarBuffer<u32>),
    Eight(ScalarBuffer<u64>),
}

/// Whether values of this type are the same if, and only if, their bytes are, and these fit into a word.
pub(super) fn is_word(data_type: &DataType) -> bool {
    let is_small = data_type.primitive_width().is_some_and(|width| width <= 8);
    is_small && !data_type.is_floating() && !matches!(data_type, DataType::Interval(_))
}

impl Words {
    pub(super) fn of(column: &ArrayRef) -> Self {
        match column.data_type().primitive_width() {
            Some(1) => Self::One(values(column)),
            Some(2) => Self::Two(values(column)),
            Some(4) => Self::Four(values(column)),
            Some(8) => Self::Eight(values(column)),
            width => unreachable!("a word of {width:?} bytes"),
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, row: usize) -> u64 {
        match self {
            Self::One(words) => words[row].into(),
            Self::Two(words) => words[row].into(),
            Self::Four(words) => words[row].into(),
            Self::Eight(words) => words[row],
        }
    }
}

/// These words as a column of this type.
#[expect(clippy::cast_possible_truncation, reason = "what was widened is narrowed")]
pub(super) fn values_of(data_type: &DataType, words: impl ExactSizeIterator<Item = u64>) -> ArrayRef {
    let rows = words.len();
    let buffer = match data_type.primitive_width() {
        Some(1) => Buffer::from_iter(words.map(|word| word as u8)),
        Some(2) => Buffer::from_iter(words.map(|word| word as u16)),
        Some(4) => Buffer::from_iter(words.map(|word| word as u32)),
        _ => Buffer::from_iter(words),
    };
    let filled = new_empty_array(data_type).to_data().into_builder().len(rows).buffers(vec![buffer]);
    make_array(filled.build().expect("a buffer of the width of its type"))
}
