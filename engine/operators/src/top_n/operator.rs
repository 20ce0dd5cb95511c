//! The first rows of each key.
//!
//! Keeps the rows that are among the first, and the rest of the batch that it is at: one row may push back thousands, so it
//! stops between two rows when a batch of changes is full. Where rows may be taken back it keeps all others, too, since one of
//! them takes the place. A row that takes back what is not there is passed over.

use std::collections::BTreeMap;

use arrow_array::BooleanArray;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_buffer::ScalarBuffer;
use memory::{Batch, Envelope, KeyRows};
use runtime::subtask::Failure;
use shuffle::{Place, SortKey, Watermark};
use state::{Restore, Slot, Snapshot};

use super::changes::Changes;
use super::known::Known;
use super::ranking::{Order, Ranked, Rankings};
use super::spec::TopNSpec;
use super::written;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::{Keys, hashes_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::limit::refuse_changes;
use crate::rows::{BATCH_ROWS, rows_of};
use crate::seat::{Grant, Mode, OperatorSeat};
use crate::sort::sort_key;
use crate::store::Store;

/// The operator.
pub struct KeyedTopN {
    spec: TopNSpec,
    envelope: Envelope,
    order: SortKey,
    pub(super) keys: Keys,
    pub(super) rankings: Rankings,
    /// Where rows may be taken back.
    known: Option<Known>,
    pub(super) store: Store,
    changes: Changes,
    grant: Grant,
    /// Whether nothing leaves but what is final.
    is_final: bool,
    at: Option<At>,
    /// Keys whose rows are final.
    leaving: std::vec::IntoIter<Slot>,
    /// When which keys are.
    ends: BTreeMap<i64, Vec<Slot>>,
    /// Keys that may have no rows any more.
    loose: Vec<Slot>,
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

/// A row that may get in, or is taken back.
struct Row {
    slot: Slot,
    in_batch: usize,
    /// Its number in the store, if it comes.
    in_chunk: Option<u32>,
    /// What it says, where that is known.
    record: Slot,
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
            rankings: Rankings::new(order_of(&spec)),
            known: if spec.input.has_kinds() { Some(Known::new(&spec.input)?) } else { None },
            store: Store::default(),
            changes: Changes::new(&spec),
            grant: Grant::of(seat),
            is_final: seat.mode == Mode::Batch || spec.window_end.is_some(),
            at: None,
            leaving: Vec::new().into_iter(),
            ends: BTreeMap::new(),
            loose: Vec::new(),
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
        let kinds = batch.kinds().cloned();
        let batch = batch.with_kinds(None).with_hashes(None);
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, Selected::of(&batch), &mut slots);
        let records = self.known.as_mut().map(|known| known.resolve(batch.columns())).transpose()?;
        let order = self.order.encode(batch.columns());
        let adds = |row: usize| kinds.as_ref().is_none_or(|kinds| kinds.get(row).adds());
        let takes: Vec<bool> = (0..slots.len())
            .map(|row| adds(row) && self.rankings.takes(slots[row], order.get(row)))
            .collect();
        let mut in_chunk = 0..;
        let row = |in_batch: usize| {
            let in_chunk = if takes[in_batch] { in_chunk.next() } else { None };
            let record = records.as_ref().map_or(0, |records| records[in_batch]);
            Row { slot: slots[in_batch], in_batch, in_chunk, record }
        };
        let rows: Vec<Row> = (0..takes.len()).filter(|row| takes[*row] || !adds(*row)).map(row).collect();
        let (times, ends) = (self.times(&batch), self.window_ends(&batch));
        let kept = self.envelope.pack(&batch.narrow(&BooleanArray::from(takes)).compact());
        let chunk = if kept.num_rows() == 0 { 0 } else { self.store.add(&kept) };
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

    /// Puts the next row in its place, if it gets in, or takes it back.
    fn change(&mut self, at: &At, row: &Row) {
        let time = at.times.as_ref().map(|times| times[row.in_batch]);
        if let Some(ends) = &at.ends
            && self.rankings.begins(row.slot)
        {
            self.ends.entry(ends[row.in_batch]).or_default().push(row.slot);
        }
        match row.in_chunk {
            Some(in_chunk) => self.enter(at, row, (at.chunk, in_chunk), time),
            None => self.take_back(at, row, time),
        }
    }

    fn enter(&mut self, at: &At, row: &Row, place: Place, time: Option<i64>) {
        let (slot, key) = (row.slot, at.order.get(row.in_batch));
        if !self.rankings.takes(slot, key) {
            return;
        }
        let number = self.known.as_mut().map_or(0, Known::number);
        let (entered, turn) = self.rankings.enter(slot, key, Ranked { place, number });
        if let Some(known) = &mut self.known {
            known.keep(row.record, number, turn);
        }
        self.store.have();
        if entered.is_gone {
            self.store.let_go();
        }
        if !self.is_final {
            self.changes.enter(slot, &entered, &self.rankings, time);
        }
    }

    fn take_back(&mut self, at: &At, row: &Row, time: Option<i64>) {
        let turn = self.known.as_mut().and_then(|known| known.take_back(row.record));
        if let Some(turn) = turn {
            let left = self.rankings.leave(row.slot, at.order.get(row.in_batch), turn);
            self.store.let_go();
            if !self.is_final {
                self.changes.leave(row.slot, &left, &self.rankings, time);
            }
        }
        self.loose.push(row.slot);
    }

    /// Takes over rows that a predecessor had, and has told of.
    pub(super) fn take_over(&mut self, batch: Batch) -> Result<(), Failure> {
        let mut at = self.begin(batch)?;
        let is_final = std::mem::replace(&mut self.is_final, true);
        while let Some(row) = at.rows.next() {
            self.change(&at, &row);
        }
        self.is_final = is_final;
        Ok(())
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
        self.retire();
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
                self.change(&at, row);
                self.at = Some(at);
                return true;
            }
        }
        let Some(slot) = self.leaving.next() else { return false };
        let [front, rest] = self.rankings.take(slot);
        for row in front.iter().chain(&rest) {
            self.store.let_go();
            self.known.iter_mut().for_each(|known| known.forget(row.number));
        }
        self.changes.settle(front.iter().map(|row| row.place));
        self.keys.forget(slot);
        true
    }

    /// Forgets keys that have no rows any more. Those of windows are waited for: they are forgotten at their end.
    fn retire(&mut self) {
        let mut loose = std::mem::take(&mut self.loose);
        if self.spec.window_end.is_none() {
            loose.sort_unstable();
            loose.dedup();
            loose.retain(|slot| self.rankings.is_empty(*slot));
            loose.into_iter().for_each(|slot| self.keys.forget(slot));
        }
        self.known.iter_mut().for_each(Known::retire);
    }

    fn hold(&mut self) -> Result<(), Failure> {
        if self.keys.len() == 0 {
            return self.forget();
        }
        let known = self.known.as_ref().map_or(0, Known::bytes);
        self.grant.hold(self.keys.bytes() + self.rankings.bytes() + known + self.store.bytes())
    }

    /// Nothing is known any more.
    fn forget(&mut self) -> Result<(), Failure> {
        self.keys.clear();
        self.rankings = Rankings::new(order_of(&self.spec));
        if self.known.is_some() {
            self.known = Some(Known::new(&self.spec.input)?);
        }
        self.store = Store::default();
        self.ends.clear();
        self.grant.release();
        Ok(())
    }
}

impl Operator for KeyedTopN {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.known.is_none() {
            refuse_changes("Top-N", &batch)?;
        }
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
        self.forget()?;
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        written::save(self, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        written::load(self, from)?;
        self.hold()
    }
}

fn order_of(spec: &TopNSpec) -> Order {
    Order { rows_max: spec.rows, later_wins: spec.later_wins, keeps_rest: spec.input.has_kinds() }
}
