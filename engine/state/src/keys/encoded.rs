//! Keys of several columns, or of rare types: encoded, so that one comparison of memory tells two of them apart. Short ones
//! lie in place.

use arrow_array::ArrayRef;
use arrow_schema::{DataType, SortOptions};
use memory::{Error, KeptKey, KeyCodec, KeyRows};

use super::{Slot, Store};

pub(super) struct Encoded {
    codec: KeyCodec,
    /// By slot.
    keys: Vec<KeptKey>,
}

impl Encoded {
    pub(super) fn new(types: &[DataType]) -> Result<Self, Error> {
        let ascending = SortOptions { descending: false, nulls_first: true };
        let columns: Vec<_> = types.iter().map(|data_type| (data_type.clone(), ascending)).collect();
        Ok(Self { codec: KeyCodec::new(&columns)?, keys: Vec::new() })
    }
}

impl Store for Encoded {
    /// Most keys lie in place. Of longer ones the table has compared half of the hash before.
    const CHEAP: bool = true;

    /// How long the key is. That tells few of them apart, but the rest of a short one comes with it.
    type Mark = usize;
    type Probe<'a> = KeyRows;

    fn open(&self, columns: &[ArrayRef]) -> KeyRows {
        self.codec.encode(columns)
    }

    #[inline(always)]
    fn mark(&self, slot: Slot) -> usize {
        self.keys[slot as usize].bytes().len()
    }

    #[inline(always)]
    fn is(&self, slot: Slot, length: usize, probe: &KeyRows, row: usize) -> bool {
        let key = probe.get(row);
        length == key.len() && self.keys[slot as usize].bytes() == key
    }

    fn put(&mut self, slot: Slot, probe: &KeyRows, row: usize) -> usize {
        self.keys.resize(self.keys.len().max(slot as usize + 1), KeptKey::default());
        self.keys[slot as usize] = KeptKey::of(probe.get(row));
        size_of::<KeptKey>() + self.keys[slot as usize].bytes_beside()
    }

    fn forget(&mut self, slot: Slot) -> usize {
        size_of::<KeptKey>() + std::mem::take(&mut self.keys[slot as usize]).bytes_beside()
    }

    fn clear(&mut self) {
        self.keys.clear();
    }

    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        self.codec.decode_bytes(slots.iter().map(|slot| self.keys[*slot as usize].bytes()))
    }
}
