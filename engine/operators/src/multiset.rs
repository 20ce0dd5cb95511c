//! `INTERSECT ALL` and `EXCEPT ALL`: rows of two inputs, by how often each is there.
//!
//! ```text
//!   left  ─► row ─► slot ─► m ─┐
//!                              ├─► min(m, n), or m - n if that is more than none: so many times it is out
//!   right ─► row ─► slot ─► n ─┘
//! ```
//!
//! Keeps one row of those that are equal, and two numbers. A row that comes or goes changes at most one row of what is out. In
//! a batch all rows leave at the end, since the last row of the right may take back the first of the left.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::{Batch, RowKind, RowKinds};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{KeyTable, Restore, Slot, Snapshot};

use crate::aggregate::keys::hashes_of;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::rows::BATCH_ROWS;
use crate::seat::{Grant, Mode, OperatorSeat};

/// The name of its state.
const STATE: &str = "counts";

/// How often a row is out that is `m` times on the left and `n` times on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// As often as on both sides.
    Common,
    /// As often as it is more on the left.
    Rest,
}

impl Keeps {
    fn times(self, [left, right]: [i64; 2]) -> i64 {
        let times = match self {
            Self::Common => left.min(right),
            Self::Rest => left - right,
        };
        times.max(0)
    }
}

/// The operator.
pub struct Multiset {
    inputs: [Layout; 2],
    keeps: Keeps,
    output: Layout,
    keys: KeyTable,
    /// By slot: how often a row is on the left, and on the right.
    counts: Vec<[i64; 2]>,
    /// Rows that are to be said so many times, or to be taken back.
    due: VecDeque<(Slot, i64)>,
    /// Rows that may be on no side any more.
    loose: Vec<Slot>,
    is_stream: bool,
    has_ended: [bool; 2],
    /// Everything has come; then this is passed on.
    end: Option<Watermark>,
    grant: Grant,
}

impl Multiset {
    /// Over inputs of the same types, each of which has all of its columns as its key.
    ///
    /// # Errors
    ///
    /// If the key's types cannot be keys.
    ///
    /// # Panics
    ///
    /// If the types differ, or a key is not the whole row.
    pub fn new(inputs: [Layout; 2], keeps: Keeps, seat: &OperatorSeat) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "rows of both sides are compared");
        let is_whole = |input: &Layout| input.key().iter().copied().eq(0..input.schema().fields().len());
        assert!(inputs.iter().all(is_whole), "rows are counted by all of their columns");
        Ok(Self {
            output: Self::output(&inputs, keeps, seat.mode),
            keys: KeyTable::new(&inputs[0].key_types())?,
            inputs,
            keeps,
            counts: Vec::new(),
            due: VecDeque::new(),
            loose: Vec::new(),
            is_stream: seat.mode == Mode::Streaming,
            has_ended: [false; 2],
            end: None,
            grant: Grant::of(seat),
        })
    }

    /// The columns of the left. Of rows that only come, those that both sides have only come, too.
    pub fn output(inputs: &[Layout; 2], keeps: Keeps, mode: Mode) -> Layout {
        let output = inputs[0].unkeyed().unchanging();
        let only_adds = keeps == Keeps::Common && !inputs.iter().any(Layout::has_kinds);
        if only_adds || mode == Mode::Batch { output } else { output.changing() }
    }

    /// Counts the rows of a batch: in a stream each of them may have something to say.
    fn count(&mut self, port: usize, batch: Batch) -> Result<(), Failure> {
        let batch = batch.compact();
        let key = self.inputs[port].key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, 0..batch.rows(), |_| {}, &mut slots);
        self.counts.resize(self.keys.slots_end().max(self.counts.len()), [0; 2]);
        for (row, slot) in slots.into_iter().enumerate() {
            let adds = batch.kinds().is_none_or(|kinds| kinds.get(row).adds());
            let counts = &mut self.counts[slot as usize];
            let before = self.keeps.times(*counts);
            counts[port] += if adds { 1 } else { -1 };
            let change = self.keeps.times(*counts) - before;
            if *counts == [0; 2] {
                self.loose.push(slot);
            }
            if self.is_stream && change != 0 {
                self.due.push_back((slot, change));
            }
        }
        self.hold()
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let due = self.due.capacity() * size_of::<(Slot, i64)>();
        self.grant.hold(self.keys.bytes() + self.counts.capacity() * size_of::<[i64; 2]>() + due)
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        while !self.due.is_empty() {
            self.send(cx)?;
            if !self.due.is_empty() && !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.loose.sort_unstable();
        self.loose.dedup();
        for slot in std::mem::take(&mut self.loose) {
            if self.counts[slot as usize] == [0; 2] {
                self.keys.forget(slot);
            }
        }
        if let Some(now) = self.end.take() {
            self.clear()?;
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }

    /// Sends a batch of what is due.
    fn send(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let (mut slots, mut kinds) = (Vec::new(), Vec::new());
        while let Some((slot, times)) = self.due.front_mut()
            && slots.len() < BATCH_ROWS
        {
            let count = times.unsigned_abs().min((BATCH_ROWS - slots.len()) as u64);
            let kind = if *times > 0 { RowKind::Insert } else { RowKind::Delete };
            slots.extend((0..count).map(|_| *slot));
            kinds.extend((0..count).map(|_| kind));
            *times -= times.signum() * i64::try_from(count).expect("fewer than a batch has");
            if *times == 0 {
                self.due.pop_front();
            }
        }
        let changelog = kinds.iter().any(|kind| *kind != RowKind::Insert);
        let kinds = changelog.then(|| RowKinds::new(kinds));
        cx.send(self.output.batch(self.keys.columns(&slots), slots.len()).with_kinds(kinds))
    }

    fn clear(&mut self) -> Result<(), Failure> {
        self.keys = KeyTable::new(&self.inputs[0].key_types())?;
        (self.counts, self.due, self.loose) = (Vec::new(), VecDeque::new(), Vec::new());
        self.grant.release();
        Ok(())
    }
}

impl Operator for Multiset {
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if !self.inputs[port].has_kinds() {
            refuse_changes("a set operation", &batch)?;
        }
        self.count(port, batch)?;
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.is_stream {
            cx.time(now)?;
            return Ok(Flow::Next);
        }
        if now < Watermark::MAX {
            return Ok(Flow::Next);
        }
        let times = |slot: Slot| (slot, self.keeps.times(self.counts[slot as usize]));
        self.due = self.keys.slots().map(times).filter(|(_, times)| *times > 0).collect();
        self.end = Some(now);
        self.go_on(cx)
    }

    fn end(&mut self, port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended[port] = true;
        if self.has_ended == [true; 2] {
            self.clear()?;
        }
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let slots: Vec<Slot> = self.keys.slots().collect();
        if slots.is_empty() {
            return Ok(());
        }
        let mut columns: Vec<ArrayRef> = self.keys.columns(&slots);
        let key = |(number, column): (usize, &ArrayRef)| {
            Field::new(format!("key{number}"), column.data_type().clone(), true)
        };
        let mut fields: Vec<Field> = columns.iter().enumerate().map(key).collect();
        for (port, name) in ["left", "right"].into_iter().enumerate() {
            let counts = slots.iter().map(|slot| self.counts[*slot as usize][port]);
            columns.push(Arc::new(Int64Array::from_iter_values(counts)));
            fields.push(Field::new(name, DataType::Int64, false));
        }
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        to.keyed(STATE, &rows, slots.iter().map(|slot| self.keys.hash(*slot)).collect());
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(STATE) {
            let width = self.inputs[0].schema().fields().len();
            let mut slots = Vec::with_capacity(hashes.len());
            self.keys.resolve(&rows.columns()[..width], &hashes, 0..hashes.len(), |_| {}, &mut slots);
            self.counts.resize(self.keys.slots_end().max(self.counts.len()), [0; 2]);
            for port in [0, 1] {
                let counts = rows.column(width + port).as_primitive::<Int64Type>().values();
                slots.iter().zip(counts).for_each(|(slot, count)| self.counts[*slot as usize][port] += count);
            }
        }
        self.hold()
    }
}

#[cfg(test)]
mod tests;
