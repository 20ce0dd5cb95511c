//! The first row of each key, and no other: `DISTINCT`, and deduplication that keeps the first.
//!
//! Keeps all keys that were seen. Rows are marked, never copied: a batch leaves with a narrower selection. In a batch the
//! same rows leave at the same time, since the first row of a key is its last word.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema};
use memory::Batch;
use runtime::subtask::Failure;
use state::{KeyTable, Restore, Slot, Snapshot};

use crate::aggregate::dense;
use crate::aggregate::keys::hashes_of;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::rows::rows_of;
use crate::seat::{Grant, OperatorSeat};

/// The name of its state.
const STATE: &str = "distinct";

/// The operator.
pub struct Distinct {
    input: Layout,
    keys: KeyTable,
    grant: Grant,
    slots: Vec<Slot>,
}

impl Distinct {
    /// Over rows of this layout, which has a key, and is that of what leaves, too.
    ///
    /// # Errors
    ///
    /// If the key's types cannot be keys.
    ///
    /// # Panics
    ///
    /// Without a key.
    pub fn new(input: Layout, seat: &OperatorSeat) -> Result<Self, Failure> {
        assert!(!input.key().is_empty(), "rows are distinct by a key");
        let keys = KeyTable::new(&input.key_types())?;
        Ok(Self { input, keys, grant: Grant::of(seat), slots: Vec::new() })
    }
}

impl Operator for Distinct {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("DISTINCT", &batch)?;
        let batch = dense(batch);
        let key = self.input.key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        // No key is ever forgotten, so those that are new get the next slots, one after the other.
        let mut next = self.keys.slots_end();
        self.slots.clear();
        self.keys.resolve(&key, &hashes, rows_of(&batch), |_| {}, &mut self.slots);
        let is_first = |slot: &Slot| {
            let is_first = *slot as usize == next;
            next += usize::from(is_first);
            is_first
        };
        let first: BooleanArray = self.slots.iter().map(is_first).map(Some).collect();
        self.grant.hold(self.keys.bytes())?;
        cx.send(batch.narrow(&first).with_hashes(Some(hashes)))?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.keys = KeyTable::new(&self.input.key_types())?;
        self.grant.release();
        Ok(Flow::Next)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let slots: Vec<Slot> = self.keys.slots().collect();
        if slots.is_empty() {
            return Ok(());
        }
        let columns: Vec<ArrayRef> = self.keys.columns(&slots);
        let fields: Vec<Field> = columns
            .iter()
            .enumerate()
            .map(|(number, column)| Field::new(format!("key{number}"), column.data_type().clone(), true))
            .collect();
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        to.keyed(STATE, &rows, slots.iter().map(|slot| self.keys.hash(*slot)).collect());
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(STATE) {
            self.keys.resolve(rows.columns(), &hashes, 0..hashes.len(), |_| {}, &mut self.slots);
        }
        self.slots.clear();
        self.grant.hold(self.keys.bytes())
    }
}

#[cfg(test)]
mod tests;
