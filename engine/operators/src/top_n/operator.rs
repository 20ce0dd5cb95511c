//! The first rows of each key.
//!
//! Keeps the rows that are among the first, and the rest of the batch that it is at: one row may push back thousands, so it
//! stops between two rows when a batch of changes is full. For input that is only added to; a row that is taken back is
//! refused, since the one that would take its place is gone.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_buffer::ScalarBuffer;
use memory::{Batch, Envelope, KeyRows};
use runtime::subtask::Failure;
use shuffle::{Place, SortKey, Watermark};
use state::{Restore, Slot, Snapshot};

use super::changes::Changes;
use super::ranking::Rankings;
use super::spec::TopNSpec;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::{Keys, hashes_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::limit::refuse_changes;
use crate::rows::{BATCH_ROWS, rows_of};
use crate::seat::{Grant, Mode, OperatorSeat};
use crate::sort::sort_key;
use crate::store::Store;

/// The name of its state: rows, those of each key in their order.
const STATE: &str = "top-n";

/// The operator.
pub struct KeyedTopN {
    spec: TopNSpec,
    envelope: Envelope,
    order: SortKey,
    keys: Keys,
    rankings: Rankings,
    store: Store,
    changes: Changes,
    grant: Grant,
    /// Whether nothing leaves but what is final.
    is_final: bool,
    at: Option<At>,
    /// Keys whose rows are final.
    leaving: std::vec::IntoIter<Slot>,
    /// When which keys are.
    ends: BTreeMap<i64, Vec<Slot>>,
    watermark: i64,
    /// What follows when all has left.
    then: Option<Watermark>,
}

/// A place in a batch: rows that may get in.
struct At {
    rows: std::vec::IntoIter<Row>,
    order: KeyRows,
    times: Option<ScalarBuffer<i64>>,
    ends: Option<ScalarBuffer<i64>>,
    chunk: u32,
}

/// A row that may get in: its number in the batch and in the store.
struct Row {
    slot: Slot,
    in_batch: usize,
    in_chunk: u32,
}

impl KeyedTopN {
    /// As the specification says.
    ///
    /// # Errors
    ///
    /// If a column is of a type that cannot be a key, or has no order.
    pub fn new(spec: TopNSpec, seat: &OperatorSeat) -> Result<Self, Failure> {
        Ok(Self {
            envelope: Envelope::new(spec.input.schema().clone(), false, false),
            order: sort_key(&spec.input, &spec.order)?,
            keys: Keys::new(&spec.input.key_types())?,
            rankings: Rankings::new(spec.rows),
            store: Store::default(),
            changes: Changes::new(&spec),
            grant: Grant::of(seat),
            is_final: seat.mode == Mode::Batch || spec.window_end.is_some(),
            at: None,
            leaving: Vec::new().into_iter(),
            ends: BTreeMap::new(),
            watermark: i64::MIN,
            then: None,
            spec,
        })
    }

    /// Finds the rows of a batch that may get in.
    fn begin(&mut self, batch: Batch) -> Result<At, Failure> {
        let batch = self.timely(batch).compact();
        let key = self.spec.input.key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        let batch = batch.with_kinds(None).with_hashes(None);
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, Selected::of(&batch), &mut slots);
        let order = self.order.encode(batch.columns());
        let takes: Vec<bool> =
            (0..slots.len()).map(|row| self.rankings.takes(slots[row], order.get(row))).collect();
        let taken = takes.iter().enumerate().filter(|(_, takes)| **takes).map(|(row, _)| row);
        let row = |(in_chunk, in_batch): (u32, usize)| Row { slot: slots[in_batch], in_batch, in_chunk };
        let rows: Vec<Row> = (0..).zip(taken).map(row).collect();
        let (times, ends) = (self.times(&batch), self.window_ends(&batch));
        let kept = self.envelope.pack(&batch.narrow(&BooleanArray::from(takes)).compact());
        let chunk = if rows.is_empty() { 0 } else { self.store.add(&kept) };
        Ok(At { rows: rows.into_iter(), order, times, ends, chunk })
    }

    /// The rows whose windows have not ended.
    fn timely(&self, batch: Batch) -> Batch {
        let Some(ends) = self.window_ends(&batch) else { return batch };
        let is_timely = |row: usize| Some(ends[row].saturating_sub(1) > self.watermark);
        let timely: BooleanArray = rows_of(&batch).map(is_timely).collect();
        batch.narrow(&timely)
    }

    fn window_ends(&self, batch: &Batch) -> Option<ScalarBuffer<i64>> {
        let column = self.spec.window_end?;
        Some(batch.columns().column(column).as_primitive::<TimestampMillisecondType>().values().clone())
    }

    fn times(&self, batch: &Batch) -> Option<ScalarBuffer<i64>> {
        self.spec.input.time().map(|_| self.spec.input.times(batch))
    }

    /// Puts the next row in its place, if it gets in.
    fn enter(&mut self, at: &At, row: &Row) {
        let (slot, key) = (row.slot, at.order.get(row.in_batch));
        if !self.rankings.takes(slot, key) {
            return;
        }
        if let Some(ends) = &at.ends
            && self.rankings.of(slot).is_empty()
        {
            self.ends.entry(ends[row.in_batch]).or_default().push(slot);
        }
        let entered = self.rankings.enter(slot, key, (at.chunk, row.in_chunk));
        self.store.have();
        if entered.left.is_some() {
            self.store.let_go();
        }
        if !self.is_final {
            let time = at.times.as_ref().map(|times| times[row.in_batch]);
            self.changes.enter(slot, &entered, &self.rankings, time);
        }
    }

    /// Does what is left to be done, as far as those behind want it.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            if self.changes.len() < BATCH_ROWS && self.advance() {
                continue;
            }
            if self.changes.is_empty() {
                break;
            }
            for batch in self.changes.take(&self.store) {
                cx.send(batch)?;
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.at = None;
        if self.store.is_loose() {
            self.store.tighten(&mut self.rankings.places());
        }
        self.hold()?;
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }

    /// Looks at one more row, or lets the rows of one more key leave. `false` when there is none.
    fn advance(&mut self) -> bool {
        if let Some(mut at) = self.at.take() {
            let row = at.rows.next();
            if let Some(row) = &row {
                self.enter(&at, row);
                self.at = Some(at);
                return true;
            }
        }
        let Some(slot) = self.leaving.next() else { return false };
        let rows = self.rankings.take(slot);
        rows.iter().for_each(|_| self.store.let_go());
        self.changes.leave(rows.iter().map(|ranked| ranked.place));
        self.keys.forget(slot);
        true
    }

    fn hold(&mut self) -> Result<(), Failure> {
        if self.keys.len() == 0 {
            self.forget();
            return Ok(());
        }
        self.grant.hold(self.keys.bytes() + self.rankings.bytes() + self.store.bytes())
    }

    /// Nothing is known any more.
    fn forget(&mut self) {
        self.keys.clear();
        self.rankings = Rankings::new(self.spec.rows);
        self.store = Store::default();
        self.ends.clear();
        self.grant.release();
    }

    /// The rows of all keys: where they are, and the hashes of their keys.
    fn all(&self) -> (Vec<Place>, Vec<u64>) {
        let of = |slot: Slot| {
            let hash = self.keys.hash(slot);
            self.rankings.of(slot).iter().map(move |ranked| (ranked.place, hash))
        };
        self.keys.slots().into_iter().flat_map(of).unzip()
    }
}

impl Operator for KeyedTopN {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("Top-N", &batch)?;
        self.at = Some(self.begin(batch)?);
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.watermark = now.0;
        self.then = Some(now);
        if self.spec.window_end.is_some() {
            let later = self.ends.split_off(&now.0.saturating_add(2));
            let ended = std::mem::replace(&mut self.ends, later);
            self.leaving = ended.into_values().flatten().collect::<Vec<_>>().into_iter();
        } else if self.is_final {
            return Ok(Flow::Next); // Rows that leave at the end may be of any time.
        }
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.is_final {
            self.leaving = self.keys.slots().into_iter();
            return self.go_on(cx);
        }
        self.forget();
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let (places, hashes) = self.all();
        let mut hashes = hashes.into_iter();
        for piece in places.chunks(BATCH_ROWS) {
            for rows in self.store.get(piece) {
                let hashes = hashes.by_ref().take(rows.num_rows()).collect();
                to.keyed(STATE, &rows, hashes);
            }
        }
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(STATE) {
            self.load_rows(rows, hashes)?;
        }
        self.hold()
    }
}

impl KeyedTopN {
    /// Takes over rows that a predecessor had.
    fn load_rows(&mut self, rows: RecordBatch, hashes: Vec<u64>) -> Result<(), Failure> {
        let batch = Batch::new(rows).with_hashes(Some(hashes.into()));
        let mut at = self.begin(batch)?;
        let is_final = std::mem::replace(&mut self.is_final, true); // They have been told of.
        while let Some(row) = at.rows.next() {
            self.enter(&at, &row);
        }
        self.is_final = is_final;
        Ok(())
    }
}
