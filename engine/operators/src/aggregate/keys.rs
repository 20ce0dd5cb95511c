//! The keys that an aggregation knows: those of a table, or the one that all rows have where there is no key.

use arrow_array::ArrayRef;
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;
use memory::{Batch, hash_key};
use state::{KeyTable, Slot};

use super::accumulator::Selected;

/// Keys and their slots.
pub(crate) enum Keys {
    /// Keys of columns.
    Table(Box<KeyTable>),
    /// No column: all rows are of slot 0, once there was a row.
    One {
        /// Whether there was one.
        known: bool,
        /// The hash of the key of no column.
        hash: u64,
    },
}

impl Keys {
    /// Keys of these types. Dictionaries are refused: as keys they would leave as something else than they came.
    pub(crate) fn new(types: &[DataType]) -> Result<Self, memory::Error> {
        if let Some(refused) = types.iter().find(|data_type| matches!(data_type, DataType::Dictionary(..))) {
            let type_name = refused.to_string();
            return Err(memory::Error::Unsupported { operation: "the key of an aggregation", type_name });
        }
        if !types.is_empty() {
            return Ok(Self::Table(Box::new(KeyTable::new(types)?)));
        }
        let mut hashes = Vec::new();
        hash_key(&[], 1, &mut hashes)?;
        Ok(Self::One { known: false, hash: hashes[0] })
    }

    /// The slot of the key of each row. Hashes count rows as the columns do.
    pub(crate) fn resolve(
        &mut self,
        columns: &[ArrayRef],
        hashes: &[u64],
        rows: Selected<'_>,
        slots: &mut Vec<Slot>,
    ) {
        slots.clear();
        match (self, rows) {
            (Self::One { known, .. }, rows) => {
                *known |= rows.len() > 0;
                slots.resize(rows.len(), 0);
            }
            (Self::Table(table), Selected::All(rows)) => {
                table.resolve(columns, hashes, 0..rows, |_| {}, slots)
            }
            (Self::Table(table), Selected::Only(rows)) => {
                let rows = rows.iter().map(|row| *row as usize);
                table.resolve(columns, hashes, rows, |_| {}, slots);
            }
        }
    }

    /// The key of no column is known, without a row.
    ///
    /// # Panics
    ///
    /// If keys have columns.
    pub(crate) fn know_the_only_one(&mut self) {
        match self {
            Self::Table(_) => panic!("keys of columns come with rows"),
            Self::One { known, .. } => *known = true,
        }
    }

    /// The keys of these slots as columns.
    pub(crate) fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        match self {
            Self::Table(table) => table.columns(slots),
            Self::One { .. } => Vec::new(),
        }
    }

    /// The hash of the key of a slot.
    pub(crate) fn hash(&self, slot: Slot) -> u64 {
        match self {
            Self::Table(table) => table.hash(slot),
            Self::One { hash, .. } => *hash,
        }
    }

    /// The hashes of the keys of these slots.
    pub(crate) fn hashes(&self, slots: &[Slot]) -> Vec<u64> {
        slots.iter().map(|slot| self.hash(*slot)).collect()
    }

    /// All slots that have a key.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Table(table) => table.slots().collect(),
            Self::One { known, .. } => (0..Slot::from(*known)).collect(),
        }
    }

    /// Forgets a key: its slot will be given to another one.
    pub(crate) fn forget(&mut self, slot: Slot) {
        match self {
            Self::Table(table) => table.forget(slot),
            Self::One { known, .. } => *known = false,
        }
    }

    /// Forgets all keys.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Table(table) => table.clear(),
            Self::One { known, .. } => *known = false,
        }
    }

    /// How many keys are known.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Table(table) => table.len(),
            Self::One { known, .. } => usize::from(*known),
        }
    }

    /// One more than the highest slot.
    pub(crate) fn slots_end(&self) -> usize {
        match self {
            Self::Table(table) => table.slots_end(),
            Self::One { known, .. } => usize::from(*known),
        }
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Table(table) => table.bytes(),
            Self::One { .. } => 0,
        }
    }
}

/// The hashes of the key that these columns of a batch make: those that have come with it, or new ones.
pub(crate) fn hashes_of(batch: &Batch, key: &[ArrayRef]) -> Result<ScalarBuffer<u64>, memory::Error> {
    if let Some(hashes) = batch.hashes() {
        return Ok(hashes.clone());
    }
    let mut hashes = Vec::new();
    hash_key(key, batch.columns().num_rows(), &mut hashes)?;
    Ok(hashes.into())
}
