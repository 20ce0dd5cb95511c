//! All keys at hand, in memory.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::filter::filter;
use memory::Error;

use super::{Backend, Column};
use crate::keys::{KeyTable, Slot};
use crate::snapshot::{Restore, Snapshot};

/// What the parts of a state are called in a snapshot, before its name.
const PREFIX: &str = "keyed:";

/// States in memory: every key is at hand.
pub struct MemoryBackend {
    prefix: &'static str,
    keys: KeyTable,
    columns: Vec<(&'static str, Box<dyn Column>)>,
    /// By slot: how many things beside cells use the key.
    held: Vec<u32>,
    /// What was loaded and not asked for yet, by the name of the state.
    loaded: Vec<Loaded>,
}

struct Loaded {
    name: String,
    slots: Vec<Slot>,
    column: ArrayRef,
    touched: Option<Vec<i64>>,
}

impl Loaded {
    fn forget(&mut self, slot: Slot) {
        let Some(place) = self.slots.iter().position(|each| *each == slot) else { return };
        self.slots.remove(place);
        self.touched.as_mut().map(|touched| touched.remove(place));
        let keep = BooleanArray::from_iter((0..self.column.len()).map(|row| Some(row != place)));
        self.column = filter(&self.column, &keep).expect("a mask as long as the column");
    }
}

impl MemoryBackend {
    /// For keys of these types.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key.
    pub fn new(types: &[DataType]) -> Result<Self, Error> {
        Self::prefixed(PREFIX, types)
    }

    /// The same, under names of their own in snapshots: for an operator that has states by key and others by something
    /// more than the key.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key.
    pub fn prefixed(prefix: &'static str, types: &[DataType]) -> Result<Self, Error> {
        let keys = KeyTable::new(types)?;
        Ok(Self { prefix, keys, columns: Vec::new(), held: Vec::new(), loaded: Vec::new() })
    }

    /// Forgets a key and all of its states.
    pub fn forget(&mut self, slot: Slot) {
        self.columns.iter_mut().for_each(|(_, column)| column.clear(slot));
        self.loaded.iter_mut().for_each(|loaded| loaded.forget(slot));
        self.retire(&[slot]);
    }

    /// How many keys are known.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is known.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn is_in_use(&self, slot: Slot) -> bool {
        self.held.get(slot as usize).is_some_and(|held| *held > 0)
            || self.columns.iter().any(|(_, column)| !column.is_empty(slot))
            || self.loaded.iter().any(|loaded| loaded.slots.contains(&slot))
    }

    /// What was loaded for a state, now that its type is known.
    fn hand_over(&mut self, name: &'static str, column: &mut dyn Column) {
        let (mine, others) = std::mem::take(&mut self.loaded).into_iter().partition(|part| part.name == name);
        self.loaded = others;
        let mine: Vec<Loaded> = mine;
        for part in mine {
            let loaded = column.load(&part.slots, &part.column, part.touched.as_deref());
            loaded.unwrap_or_else(|mismatch| panic!("state {name} was saved with another type: {mismatch}"));
        }
    }
}

impl Backend for MemoryBackend {
    fn resolve(
        &mut self,
        columns: &[ArrayRef],
        hashes: &[u64],
        rows: &mut dyn Iterator<Item = usize>,
        slots: &mut Vec<Slot>,
    ) {
        self.keys.resolve(columns, hashes, rows, |_| {}, slots);
    }

    fn retire(&mut self, slots: &[Slot]) {
        for slot in slots {
            if self.keys.is_known(*slot) && !self.is_in_use(*slot) {
                self.keys.forget(*slot);
            }
        }
    }

    fn column(&mut self, name: &'static str, make: &dyn Fn() -> Box<dyn Column>) -> usize {
        if let Some(number) = self.columns.iter().position(|(each, _)| *each == name) {
            return number;
        }
        let mut column = make();
        self.hand_over(name, &mut *column);
        self.columns.push((name, column));
        self.columns.len() - 1
    }

    fn cells(&mut self, column: usize) -> &mut dyn Column {
        &mut *self.columns[column].1
    }

    fn keys(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        self.keys.columns(slots)
    }

    fn hold(&mut self, slot: Slot, holds: bool) {
        let place = slot as usize;
        self.held.resize(self.held.len().max(place + 1), 0);
        if holds {
            self.held[place] += 1;
        } else {
            self.held[place] -= 1;
        }
    }

    fn hash(&self, slot: Slot) -> u64 {
        self.keys.hash(slot)
    }

    fn bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(|(_, column)| column.bytes()).sum();
        self.keys.bytes() + columns + self.held.capacity() * size_of::<u32>()
    }

    fn save(&mut self, to: &mut Snapshot, now_ms: i64) {
        let slots: Vec<Slot> = self.keys.slots().collect();
        for (name, column) in &mut self.columns {
            column.expire(now_ms);
            let full: Vec<Slot> = slots.iter().copied().filter(|slot| !column.is_empty(*slot)).collect();
            let (values, touched) = column.save(&full);
            write(&self.keys, to, &format!("{}{name}", self.prefix), &full, (values, touched));
        }
        for part in &self.loaded {
            let touched =
                part.touched.clone().map(|times| Arc::new(arrow_array::Int64Array::from(times)) as ArrayRef);
            let name = format!("{}{}", self.prefix, part.name);
            write(&self.keys, to, &name, &part.slots, (part.column.clone(), touched));
        }
    }

    fn load(&mut self, from: &Restore) -> Result<(), Error> {
        for part in from.parts().iter().filter(|part| part.name.starts_with(self.prefix)) {
            let (mut columns, hashes) = Restore::split_hashes(part);
            let touched = part.rows.schema().column_with_name("$touched").map(|_| {
                let times = columns.pop().expect("the times are there");
                times.as_primitive::<Int64Type>().values().to_vec()
            });
            let column = columns.pop().expect("a state has values");
            let mut slots = Vec::new();
            self.keys.resolve(&columns, &hashes, 0..hashes.len(), |_| {}, &mut slots);
            let name = part.name[self.prefix.len()..].to_owned();
            let known = self.columns.iter_mut().find(|(each, _)| *each == name);
            match known {
                Some((_, cells)) => {
                    cells.load(&slots, &column, touched.as_deref()).unwrap_or_else(|mismatch| {
                        panic!("state {name} was saved with another type: {mismatch}")
                    })
                }
                None => self.loaded.push(Loaded { name, slots, column, touched }),
            }
        }
        Ok(())
    }
}

fn write(
    keys: &KeyTable,
    to: &mut Snapshot,
    name: &str,
    slots: &[Slot],
    (values, touched): (ArrayRef, Option<ArrayRef>),
) {
    if slots.is_empty() {
        return;
    }
    let mut columns = keys.columns(slots);
    let mut fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(number, column)| Field::new(format!("key{number}"), column.data_type().clone(), true))
        .collect();
    fields.push(Field::new("value", values.data_type().clone(), true));
    columns.push(values);
    if let Some(touched) = touched {
        fields.push(Field::new("$touched", DataType::Int64, false));
        columns.push(touched);
    }
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
    let hashes = slots.iter().map(|slot| keys.hash(*slot)).collect();
    to.keyed(name, &rows, hashes);
}
