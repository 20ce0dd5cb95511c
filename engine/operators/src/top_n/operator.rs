//! The first rows of each key.
//!
//! Keeps the rows that are among the first, and what was before a batch until it is told: one row may push back thousands, so it
//! stops between two keys when a batch of changes is full. Where rows may be taken back it keeps all others, too, since one of
//! them takes the place. A row that takes back what is not there is passed over.

use std::collections::BTreeMap;

use arrow_array::BooleanArray;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_buffer::ScalarBuffer;
use memory::{Batch, Envelope};
use runtime::subtask::Failure;
use shuffle::{SortKey, Watermark};
use state::{Restore, Slot, Snapshot};

use super::arrival::Arrival;
use super::changes::Changes;
use super::known::Known;
use super::ranking::{Order, Rankings};
use super::spec::TopNSpec;
use super::written;
use crate::aggregate::keys::Keys;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::limit::refuse_changes;
use crate::rows::{BATCH_ROWS, rows_of};
use crate::seat::{Grant, Mode, OperatorSeat};
use crate::sort::sort_key;
use crate::store::Store;

/// The operator.
pub struct KeyedTopN {
    pub(super) spec: TopNSpec,
    pub(super) envelope: Envelope,
    pub(super) order: SortKey,
    pub(super) keys: Keys,
    pub(super) rankings: Rankings,
    /// Where rows may be taken back.
    pub(super) known: Option<Known>,
    pub(super) store: Store,
    changes: Changes,
    grant: Grant,
    /// Whether nothing leaves but what is final.
    pub(super) is_final: bool,
    at: Arrival,
    /// Keys whose rows are final.
    leaving: std::vec::IntoIter<Slot>,
    /// When which keys are.
    pub(super) ends: BTreeMap<i64, Vec<Slot>>,
    /// Keys that may have no rows any more.
    pub(super) loose: Vec<Slot>,
    watermark: i64,
    /// What follows when all has left.
    then: Option<Watermark>,
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
            at: Arrival::default(),
            leaving: Vec::new().into_iter(),
            ends: BTreeMap::new(),
            loose: Vec::new(),
            watermark: i64::MIN,
            then: None,
            spec,
        })
    }

    /// The rows whose windows have not ended.
    pub(super) fn timely(&self, batch: Batch) -> Batch {
        let Some(ends) = self.window_ends(&batch) else { return batch };
        let is_timely = |row: usize| Some(ends[row].saturating_sub(1) > self.watermark);
        let timely: BooleanArray = rows_of(&batch).map(is_timely).collect();
        batch.narrow(&timely)
    }

    pub(super) fn window_ends(&self, batch: &Batch) -> Option<ScalarBuffer<i64>> {
        let column = self.spec.window_end?;
        Some(batch.columns().column(column).as_primitive::<TimestampMillisecondType>().values().clone())
    }

    pub(super) fn times(&self, batch: &Batch) -> Option<ScalarBuffer<i64>> {
        self.spec.input.time().map(|_| self.spec.input.times(batch))
    }

    /// Takes over rows that a predecessor had, and has told of.
    pub(super) fn take_over(&mut self, batch: Batch) -> Result<(), Failure> {
        self.receive(batch).map(drop)
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
        self.at = Arrival::default();
        self.retire();
        self.store.sweep();
        if self.store.is_loose() {
            self.store.tighten_some(&mut self.rankings.places());
        }
        self.hold()?;
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }

    /// Tells of one more key, or lets the rows of one more key leave. `false` when there is none.
    fn advance(&mut self) -> bool {
        if let Some((touched, former)) = self.at.next() {
            self.changes.tell(former, self.rankings.front(touched.slot), touched.time);
            return true;
        }
        let Some(slot) = self.leaving.next() else { return false };
        let [front, rest] = self.rankings.take(slot);
        for row in front.iter().chain(&rest) {
            self.store.let_go_at(row.place);
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
        self.at = self.receive(batch)?;
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
