//! A stream whose results change: every batch may put rows among others, or take some away.
//!
//! ```text
//!   order        1      3      5           4 comes
//!   sum so far   +I 1   +I 4   +I 9        +I 4 8    -U 5 9   +U 5 13
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Changing`] | `mod.rs` | rows in, what has changed by them out |
//! | partitions | `partitions.rs`, `rows.rs` | all rows, sorted, and what was said of each |
//! | arrival | `arrival.rs` | a batch that puts rows in and takes others out |
//! | changes | `changes.rs` | what is to be said |
//! | what is saved | `written.rs` | rows with what was said of them |
//!
//! Keeps all rows. Partitions that a batch has touched are computed anew, some at a time, and what has come to something else
//! is said: a row that is gone is taken back, a new one added, and one whose results are others taken back and added again.
//! What came and went within a batch is not said.
//!
//! Where event time stands beside the record, a row that is said anew has the greatest time of the rows that have touched its
//! partition: it is not late behind them.

mod arrival;
mod changes;
mod partitions;
mod rows;
mod written;

use std::sync::Arc;

use arrow_array::{RecordBatch, UInt32Array};
use arrow_schema::Schema;
use arrow_select::take::take_record_batch;
use memory::{Batch, KeyCodec, RowKind};
use runtime::subtask::Failure;
use shuffle::{Place, SortKey};
use state::{Restore, Snapshot};

#[cfg(test)]
pub(super) use self::arrival::NOT_FOUND;
use self::arrival::Touched;
use self::changes::{Change, Changes};
use self::partitions::{Entry, Partitions};
use self::rows::Rows;
use super::plan::{Plan, batch_of};
use super::spec::OverSpec;
use super::stretch::Part;
use crate::accumulators::Accumulators;
use crate::aggregate::keys::Keys;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;
use crate::seat::{Grant, OperatorSeat};
use crate::sort::sort_key;

/// Functions over rows that come and go.
pub(super) struct Changing {
    input: Layout,
    output: Layout,
    plan: Plan,
    keys: Keys,
    /// Without an order all rows of a partition are alike.
    order: Option<SortKey>,
    /// Tells rows apart, where some may be taken back.
    records: Option<KeyCodec>,
    /// Tells results apart.
    results: KeyCodec,
    partitions: Partitions,
    kept: Rows,
    /// Partitions that are to be computed.
    touched: Vec<Touched>,
    next: usize,
    changes: Changes,
    accumulators: Accumulators,
    grant: Grant,
}

impl Changing {
    pub(super) fn new(spec: &OverSpec, output: Layout, seat: &OperatorSeat) -> Result<Self, Failure> {
        let input = spec.input.clone();
        let record = input.record();
        let of = |fields: std::ops::Range<usize>| {
            let fields = output.schema().fields()[fields].to_vec();
            Arc::new(Schema::new(fields))
        };
        let (record_schema, results_schema) = (of(0..record), of(record..output.record()));
        let records = input.has_kinds().then(|| KeyCodec::of_schema(&record_schema)).transpose()?;
        let order = (!spec.order.is_empty()).then(|| sort_key(&input, &spec.order)).transpose()?;
        Ok(Self {
            plan: Plan::new(spec)?,
            keys: Keys::new(&input.key_types())?,
            order,
            records,
            results: KeyCodec::of_schema(&results_schema)?,
            partitions: Partitions::default(),
            kept: Rows::new(input.schema().clone(), results_schema),
            touched: Vec::new(),
            next: 0,
            changes: Changes::new(output.clone()),
            accumulators: seat.accumulators.clone(),
            grant: Grant::of(seat),
            input,
            output,
        })
    }

    /// Computes some of the partitions that were touched.
    fn compute(&mut self) -> Result<(), Failure> {
        let first = self.next;
        let (mut parts, mut places) = (Vec::new(), Vec::new());
        while self.next < self.touched.len() && places.len() < BATCH_ROWS {
            let start = places.len();
            places.extend(self.partitions.of(self.touched[self.next].slot).iter().map(|entry| entry.row));
            parts.push(Part::whole(start, places.len()));
            self.next += 1;
        }
        parts.retain(|part| part.results() > 0);
        let mut results = RecordBatch::new_empty(self.kept.results_schema().clone());
        if !places.is_empty() {
            let stretch = self.plan.stretch(self.plan.columns_of(&[self.kept.rows(&places)?])?, parts);
            let columns = self.plan.evaluate_whole(&stretch)?;
            results = batch_of(self.kept.results_schema(), columns, places.len())?;
        }
        let said = self.say(first, &results)?;
        let mut said = said.into_iter();
        for touched in &mut self.touched[first..self.next] {
            for (row, results) in touched.gone.drain(..) {
                self.changes.push(Change { kind: RowKind::Delete, row, results, time: touched.time });
            }
            for entry in self.partitions.of_mut(touched.slot) {
                let Some(results) = said.next().expect("one for each row") else { continue };
                match entry.said.replace(results) {
                    None => {
                        let change = Change { kind: RowKind::Insert, row: entry.row, results, time: None };
                        self.changes.push(change);
                    }
                    Some(former) => {
                        self.kept.results.let_go();
                        let before = Change {
                            kind: RowKind::UpdateBefore,
                            row: entry.row,
                            results: former,
                            time: touched.time,
                        };
                        self.changes.push(before);
                        self.changes.push(Change { kind: RowKind::UpdateAfter, results, ..before });
                    }
                }
            }
        }
        Ok(())
    }

    /// By row of the partitions from `first` on: where its results are kept, if they are not what was said before.
    fn say(&mut self, first: usize, results: &RecordBatch) -> Result<Vec<Option<Place>>, Failure> {
        let entries = || self.touched[first..self.next].iter().flat_map(|each| self.partitions.of(each.slot));
        let former: Vec<Place> = entries().filter_map(|entry| entry.said).collect();
        let is_new: Vec<bool> = if former.is_empty() {
            vec![true; results.num_rows()]
        } else {
            let former = self.results.encode(self.kept.results(&former)?.columns());
            let now = self.results.encode(results.columns());
            let mut next = 0..;
            let differs = |(row, entry): (usize, &Entry)| {
                let before = entry.said.and_then(|_| next.next());
                before.is_none_or(|before| former.get(before) != now.get(row))
            };
            entries().enumerate().map(differs).collect()
        };
        let number = |row: usize| u32::try_from(row).expect("fewer than four billion rows");
        let news: Vec<u32> =
            is_new.iter().enumerate().filter(|(_, is_new)| **is_new).map(|(row, _)| number(row)).collect();
        if news.is_empty() {
            return Ok(vec![None; is_new.len()]);
        }
        news.iter().for_each(|_| self.kept.results.have());
        let news = take_record_batch(results, &UInt32Array::from(news)).map_err(Failure::lasting)?;
        let chunk = self.kept.results.add(&news);
        let mut next = 0..;
        Ok(is_new.into_iter().map(|is_new| is_new.then(|| (chunk, next.next().unwrap_or(0)))).collect())
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            if self.next < self.touched.len() && !self.changes.is_full() {
                self.compute()?;
                continue;
            }
            if self.changes.is_empty() {
                break;
            }
            cx.send(self.changes.take(&self.kept)?)?;
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        for touched in self.touched.drain(..) {
            if self.partitions.of(touched.slot).is_empty() {
                self.keys.forget(touched.slot);
            }
        }
        self.next = 0;
        self.kept.tidy(&mut self.partitions);
        self.hold()?;
        Ok(Flow::Next)
    }

    fn hold(&mut self) -> Result<(), Failure> {
        self.grant.hold(self.keys.bytes() + self.partitions.bytes() + self.kept.bytes())
    }

    pub(super) fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.arrive(batch)?;
        self.hold()?;
        self.go_on(cx)
    }

    pub(super) fn end(&mut self) -> Result<Flow, Failure> {
        self.keys.clear();
        self.partitions = Partitions::default();
        self.kept = Rows::new(self.input.schema().clone(), self.kept.results_schema().clone());
        self.grant.release();
        Ok(Flow::Next)
    }

    pub(super) fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    pub(super) fn save(&self, to: &mut Snapshot) -> Result<(), Failure> {
        written::save(self, to)
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        written::load(self, from)?;
        self.hold()
    }
}
