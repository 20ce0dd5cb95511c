//! A map in a cell, as a column: the list of its entries, in the order of their keys.

use std::collections::BTreeMap;

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use record::{Mismatch, Value, ValueBuilder, ValueReader};

/// A map as a list of its entries.
#[derive(Clone)]
pub(super) struct Entries<K, V>(pub(super) BTreeMap<K, V>);

impl<K: Value + Ord, V: Value> Value for Entries<K, V> {
    const NULLABLE: bool = false;
    type Reader = EntriesReader<K, V>;
    type Builder = EntriesBuilder<K, V>;

    fn data_type() -> DataType {
        <Vec<(K, V)> as Value>::data_type()
    }
}

/// Reads maps.
pub(super) struct EntriesReader<K: Value, V: Value>(<Vec<(K, V)> as Value>::Reader);

impl<K: Value + Ord, V: Value> ValueReader<Entries<K, V>> for EntriesReader<K, V> {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        ValueReader::open_where(column, asked).map(Self)
    }

    fn get(&self, row: usize) -> Entries<K, V> {
        let entries: Vec<(K, V)> = ValueReader::get(&self.0, row);
        Entries(entries.into_iter().collect())
    }
}

/// Builds maps.
pub(super) struct EntriesBuilder<K: Value, V: Value>(<Vec<(K, V)> as Value>::Builder);

impl<K: Value, V: Value> Default for EntriesBuilder<K, V> {
    fn default() -> Self {
        Self(<Vec<(K, V)> as Value>::Builder::default())
    }
}

impl<K: Value + Ord, V: Value> ValueBuilder<Entries<K, V>> for EntriesBuilder<K, V> {
    fn push(&mut self, value: Entries<K, V>) {
        ValueBuilder::push(&mut self.0, value.0.into_iter().collect());
    }

    fn push_null(&mut self) {
        ValueBuilder::<Vec<(K, V)>>::push_null(&mut self.0);
    }

    fn len(&self) -> usize {
        ValueBuilder::<Vec<(K, V)>>::len(&self.0)
    }

    fn finish(&mut self) -> ArrayRef {
        ValueBuilder::<Vec<(K, V)>>::finish(&mut self.0)
    }
}
