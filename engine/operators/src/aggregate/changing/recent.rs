//! Pairs of a slot and a value that were found a moment ago: rows of keys that are busy bring the same few again and again.
//!
//! One entry for each place, the last one that came there; the memory of a first-level cache. Where rows are only added, a pair
//! that is here needs no look into larger tables. Never says that a pair was there which was not: it compares values, so it
//! is only for those that are a number.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;
use state::Slot;

use super::super::choice::values;

const ENTRIES: usize = 1 << 11;
/// In no place: keys do not have this slot.
const NOBODY: Slot = Slot::MAX;

/// The pairs.
pub(super) struct Recent {
    entries: Vec<(Slot, u64)>,
}

/// The values of a column, as numbers.
pub(super) enum Numbers {
    Words(ScalarBuffer<u64>),
    Halves(ScalarBuffer<u32>),
}

impl Numbers {
    fn at(&self, row: usize) -> u64 {
        match self {
            Self::Words(values) => values[row],
            Self::Halves(values) => u64::from(values[row]),
        }
    }
}

impl Recent {
    /// For values of this type, if they are numbers.
    pub(super) fn new(data_type: &DataType) -> Option<Self> {
        let is_number = !data_type.is_floating() && matches!(data_type.primitive_width(), Some(4 | 8));
        is_number.then(|| Self { entries: vec![(NOBODY, 0); ENTRIES] })
    }

    pub(super) fn numbers(column: &ArrayRef) -> Numbers {
        match column.data_type().primitive_width() {
            Some(4) => Numbers::Halves(values(column)),
            _ => Numbers::Words(values(column)),
        }
    }

    /// Whether the pair of a row was here a moment ago. If not, it is now.
    #[inline]
    pub(super) fn has(&mut self, slot: Slot, numbers: &Numbers, row: usize, hash: u64) -> bool {
        let value = numbers.at(row);
        let place =
            (hash ^ u64::from(slot).wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> (u64::BITS - ENTRIES.ilog2());
        let entry = &mut self.entries[usize::try_from(place).expect("fewer than there are entries")];
        let is_here = *entry == (slot, value);
        *entry = (slot, value);
        is_here
    }

    /// Slots may be those of other keys from now on.
    pub(super) fn forget(&mut self) {
        self.entries.fill((NOBODY, 0));
    }
}
