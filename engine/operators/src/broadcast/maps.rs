//! The maps of one subtask, by name.
//!
//! Keeps maps of Rust, so that reading costs a look into a tree; they become columns when they are written down. What was
//! loaded stays columns until somebody asks for the map and so says of which types it is.

use std::any::{Any, type_name};
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use record::{Mismatch, Value, ValueBuilder, ValueReader};
use state::{Redistribution, Restore, Snapshot};

/// What the parts of a map are called in a snapshot.
const PREFIX: &str = "broadcast:";

/// All maps of a subtask. Its user gets at them by a [`BroadcastState`](super::BroadcastState) only.
#[derive(Default)]
pub struct Maps {
    maps: BTreeMap<&'static str, Box<dyn AnyMap>>,
    loaded: BTreeMap<String, Vec<RecordBatch>>,
}

/// A map, whatever its types.
trait AnyMap: Any {
    fn columns(&self) -> [ArrayRef; 2];
    fn bytes(&self) -> usize;
}

impl<K: Value + Ord, V: Value> AnyMap for BTreeMap<K, V> {
    fn columns(&self) -> [ArrayRef; 2] {
        let (mut keys, mut values) = (K::Builder::default(), V::Builder::default());
        for (key, value) in self {
            keys.push(key.clone());
            values.push(value.clone());
        }
        [keys.finish(), values.finish()]
    }

    fn bytes(&self) -> usize {
        self.len() * (size_of::<K>() + size_of::<V>())
    }
}

impl Maps {
    /// The map of this name.
    ///
    /// # Panics
    ///
    /// If it has other types.
    pub(super) fn map<K: Value + Ord, V: Value>(&mut self, name: &'static str) -> &mut BTreeMap<K, V> {
        let loaded = &mut self.loaded;
        let map = self.maps.entry(name).or_insert_with(|| {
            let mut map = BTreeMap::new();
            for rows in loaded.remove(name).unwrap_or_default() {
                read::<K, V>(&rows, &mut map).unwrap_or_else(|mismatch| {
                    panic!("state {name} was saved with another type: {mismatch}")
                });
            }
            Box::new(map)
        });
        let any: &mut dyn Any = &mut **map;
        let other = || panic!("state {name} is not a map from {} to {}", type_name::<K>(), type_name::<V>());
        any.downcast_mut().unwrap_or_else(other)
    }

    /// About how much memory they take, but for what keys and values hold elsewhere.
    pub(super) fn bytes(&self) -> usize {
        let loaded = self.loaded.values().flatten().map(RecordBatch::get_array_memory_size);
        self.maps.values().map(|map| map.bytes()).chain(loaded).sum()
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Writes them down.
    pub(super) fn save(&self, to: &mut Snapshot) {
        for (name, map) in &self.maps {
            let columns = map.columns();
            if columns[0].is_empty() {
                continue;
            }
            let fields = ["key", "value"].iter().zip(&columns);
            let fields: Vec<Field> =
                fields.map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
            let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.to_vec());
            let rows = rows.expect("columns of one length");
            to.rows(format!("{PREFIX}{name}"), Redistribution::Broadcast, rows);
        }
        for (name, parts) in &self.loaded {
            for rows in parts {
                to.rows(format!("{PREFIX}{name}"), Redistribution::Broadcast, rows.clone());
            }
        }
    }

    /// Takes over what was written down.
    pub(super) fn load(&mut self, from: &Restore) {
        for part in from.parts() {
            if let Some(name) = part.name.strip_prefix(PREFIX) {
                self.loaded.entry(name.to_owned()).or_default().push(part.rows.clone());
            }
        }
    }
}

fn read<K: Value + Ord, V: Value>(rows: &RecordBatch, map: &mut BTreeMap<K, V>) -> Result<(), Mismatch> {
    let (keys, values) = (K::Reader::open(rows.column(0))?, V::Reader::open(rows.column(1))?);
    map.extend((0..rows.num_rows()).map(|row| (keys.get(row), values.get(row))));
    Ok(())
}
