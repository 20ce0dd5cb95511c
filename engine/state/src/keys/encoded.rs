//! Keys of several columns, or of rare types: encoded, so that one comparison of memory tells two of them apart.

use arrow_array::ArrayRef;
use arrow_schema::{DataType, SortOptions};
use memory::{Error, KeyCodec, KeyRows};

use super::{Slot, Store};

pub(super) struct Encoded {
    codec: KeyCodec,
    /// By slot.
    keys: Vec<Box<[u8]>>,
}

impl Encoded {
    pub(super) fn new(types: &[DataType]) -> Result<Self, Error> {
        let ascending = SortOptions { descending: false, nulls_first: true };
        let columns: Vec<_> = types.iter().map(|data_type| (data_type.clone(), ascending)).collect();
        Ok(Self { codec: KeyCodec::new(&columns)?, keys: Vec::new() })
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
    }
}

impl Store for Encoded {
    const CHEAP: bool = false;

    type Mark = ();
    type Probe<'a> = KeyRows;

    fn open(&self, columns: &[ArrayRef]) -> KeyRows {
        self.codec.encode(columns)
    }

    fn mark(&self, _slot: Slot) {}

    fn is(&self, slot: Slot, (): (), probe: &KeyRows, row: usize) -> bool {
        *self.keys[slot as usize] == *probe.get(row)
    }

    fn put(&mut self, slot: Slot, probe: &KeyRows, row: usize) -> usize {
        self.keys.resize(self.keys.len().max(slot as usize + 1), Box::default());
        self.keys[slot as usize] = probe.get(row).into();
        size_of::<Box<[u8]>>() + probe.get(row).len()
    }

    fn forget(&mut self, slot: Slot) -> usize {
        size_of::<Box<[u8]>>() + std::mem::take(&mut self.keys[slot as usize]).len()
    }

    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        self.codec.decode_bytes(slots.iter().map(|slot| &*self.keys[*slot as usize]))
    }
}
