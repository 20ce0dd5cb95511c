//! Joins each row with what its key was at the row's time: `FOR SYSTEM_TIME AS OF`.
//!
//! ```text
//!   right ─► version ─► its key's versions, by time ───┐
//!   left ──► waits until event time has come to it ────┴─► the last version that is not later ─► filter ─► out
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`TemporalJoin`] | `mod.rs` | the operator |
//! | waiting | `waiting.rs` | rows of the left whose time has not come |
//! | versions | `versions.rs` | what keys were, and when |
//! | what is saved | `written.rs` | both |
//!
//! Rows leave in the order of their times. Of versions of one time the one that came last counts. A version is forgotten when
//! event time has come to the next one of its key; so one of each key stays. A row that comes late gets the version that
//! is left. Never takes anything back.

mod versions;
mod waiting;
mod written;

use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::{Place, Watermark};
use state::{KeyTable, Restore, Slot, Snapshot};

use self::versions::{NO_VERSION, Versions};
use self::waiting::Waiting;
use super::columns::{batch_of, nulls_of};
use super::hash::{HashJoin, JoinKind, PairFilter};
use crate::aggregate::keys::hashes_of;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::{Layout, is_time_type};
use crate::limit::refuse_changes;
use crate::rows::BATCH_ROWS;
use crate::seat::{Grant, OperatorSeat};

/// The operator.
pub struct TemporalJoin {
    inputs: [Layout; 2],
    /// Whether a row without a version leaves with nulls.
    keeps_left: bool,
    filter: Option<PairFilter>,
    output: Layout,
    pairs: SchemaRef,
    keys: KeyTable,
    waiting: Waiting,
    versions: Versions,
    /// Keys that may have nothing any more.
    loose: Vec<Slot>,
    /// Event time has come to this, and not all rows have left whose time it is.
    passing: Option<Watermark>,
    has_ended: [bool; 2],
    grant: Grant,
}

impl TemporalJoin {
    /// Over rows, and versions of their keys. A version that the filter refuses is none.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key.
    ///
    /// # Panics
    ///
    /// If the keys differ, a time has not three digits, or it is another join than an inner or a left one.
    pub fn new(
        inputs: [Layout; 2],
        times: [usize; 2],
        kind: JoinKind,
        filter: Option<PairFilter>,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "two inputs share one key");
        assert!(matches!(kind, JoinKind::Inner | JoinKind::Left), "a row has one version, or none");
        for (input, time) in inputs.iter().zip(times) {
            assert!(is_time_type(input.schema().field(time).data_type()), "a time of three digits");
        }
        let pairs = HashJoin::output(&inputs, JoinKind::Inner);
        Ok(Self {
            keeps_left: kind == JoinKind::Left,
            filter,
            pairs: pairs.schema().clone(),
            output: pairs,
            keys: KeyTable::new(&inputs[0].key_types())?,
            waiting: Waiting::new(times[0]),
            versions: Versions::new(&inputs[1], times[1])?,
            inputs,
            loose: Vec::new(),
            passing: None,
            has_ended: [false; 2],
            grant: Grant::of(seat),
        })
    }

    /// The columns of both sides, which all take nulls.
    pub fn output(inputs: &[Layout; 2]) -> Layout {
        HashJoin::output(inputs, JoinKind::Inner)
    }

    /// Rows have come, or were there before.
    fn enter(&mut self, port: usize, batch: Batch) -> Result<(), Failure> {
        let batch = batch.compact();
        let key = self.inputs[port].key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        // A null is equal to nothing: it has no version.
        let nulls = nulls_of(&key).filter(|_| port == 1);
        let is_whole = |row: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
        let mut slots = Vec::with_capacity(hashes.len());
        self.keys.resolve(&key, &hashes, (0..hashes.len()).filter(is_whole), |_| {}, &mut slots);
        match port {
            0 => self.waiting.add(batch.columns(), &slots),
            _ => {
                let keeps = nulls.map(|nulls| BooleanArray::new(nulls.into_inner(), None));
                let rows = batch.columns();
                let whole = keeps.map(|keeps| filter_record_batch(rows, &keeps)).transpose();
                self.versions.add(whole.map_err(Failure::lasting)?.as_ref().unwrap_or(rows), &slots);
            }
        }
        // A row without a time says nothing of its key.
        self.loose.extend(slots);
        Ok(())
    }

    /// Whether nobody will ask for a version any more.
    fn is_over(&self) -> bool {
        self.has_ended[0] && self.waiting.has_none()
    }

    /// Sends the rows whose time has come, as far as those behind want it; then event time goes on.
    fn pass(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Some(now) = self.passing else { return Ok(Flow::Next) };
        loop {
            let due = self.waiting.take(now.0, BATCH_ROWS);
            if due.is_empty() {
                break;
            }
            self.send(&due, cx)?;
            self.loose.extend(due.iter().map(|(_, slot, _)| *slot));
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.versions.forget_until(now.0);
        self.end_turn()?;
        self.passing = None;
        cx.time(now)?;
        Ok(Flow::Next)
    }

    /// Sends rows with their versions.
    fn send(&mut self, due: &[(i64, Slot, Place)], cx: &mut Cx<'_>) -> Result<(), Failure> {
        let places: Vec<Place> = due.iter().map(|(.., place)| *place).collect();
        let version = |(time, slot, _): &(i64, Slot, Place)| self.versions.at(*slot, *time);
        let mut found: Vec<Place> = due.iter().map(version).collect();
        let left = whole(&self.waiting.get(&places))?;
        let mut right = whole(&self.versions.get(&found))?;
        let mut keeps: Vec<bool> = found.iter().map(|place| *place != NO_VERSION).collect();
        if let Some(filter) = &mut self.filter {
            let columns = [left.columns(), right.columns()].concat();
            let mask = filter(&batch_of(&self.pairs, columns, left.num_rows())?)?;
            let mut has_refused = false;
            for (row, place) in found.iter_mut().enumerate() {
                if *place != NO_VERSION && !(mask.is_valid(row) && mask.value(row)) {
                    (*place, keeps[row], has_refused) = (NO_VERSION, false, true);
                }
            }
            if has_refused && self.keeps_left {
                right = whole(&self.versions.get(&found))?;
            }
        }
        let columns = [left.columns(), right.columns()].concat();
        let mut pairs = batch_of(&self.pairs, columns, left.num_rows())?;
        if !self.keeps_left {
            pairs = filter_record_batch(&pairs, &BooleanArray::from(keeps)).map_err(Failure::lasting)?;
        }
        match pairs.num_rows() {
            0 => Ok(()),
            rows => cx.send(self.output.batch(pairs.columns().to_vec(), rows)),
        }
    }

    /// Forgets keys that have nothing any more, and counts what there is.
    fn end_turn(&mut self) -> Result<(), Failure> {
        self.loose.sort_unstable();
        self.loose.dedup();
        for slot in std::mem::take(&mut self.loose) {
            if self.waiting.is_empty(slot) && self.versions.is_empty(slot) && self.keys.is_known(slot) {
                self.keys.forget(slot);
            }
        }
        self.waiting.retire();
        self.versions.retire();
        self.grant.hold(self.keys.bytes() + self.waiting.bytes() + self.versions.bytes())
    }
}

/// Rows in one piece, as which they mostly come.
fn whole(pieces: &[RecordBatch]) -> Result<RecordBatch, Failure> {
    match pieces {
        [piece] => Ok(piece.clone()),
        pieces => concat_batches(&pieces[0].schema(), pieces).map_err(Failure::lasting),
    }
}

impl Operator for TemporalJoin {
    fn batch(&mut self, port: usize, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("a join with versions", &batch)?;
        if port == 1 && self.is_over() {
            return Ok(Flow::Next);
        }
        self.enter(port, batch)?;
        self.end_turn()?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.passing = Some(now);
        self.pass(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.pass(cx)
    }

    fn end(&mut self, port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended[port] = true;
        if self.is_over() {
            self.versions = Versions::new(&self.inputs[1], self.versions.time())?;
            self.keys = KeyTable::new(&self.inputs[0].key_types())?;
            self.waiting = Waiting::new(self.waiting.time());
            self.grant.release();
        }
        Ok(Flow::Next)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        written::save(self, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        written::load(self, from)?;
        self.end_turn()
    }
}
