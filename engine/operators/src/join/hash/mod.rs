//! Joins rows of two inputs that have the same key: a table of the second one, at which the first one looks.
//!
//! ```text
//!   right ─► build: key ─► its rows ──────────┐
//!   left ──► waits until right has ended ─► probe: pairs ─► filter ─► out     and in the end the rows that found none
//! ```
//!
//! For jobs that end, and for streams whose rows look up a second input that ends. Keeps all of the second input, and what comes of the first before the second has ended: the planner
//! puts the smaller one there. A null is equal to nothing, not even to a null, unless it is said ([`Nulls`]).

mod build;
mod kind;

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields, SchemaRef};
use arrow_select::filter::filter_record_batch;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::Slot;

use self::build::Build;
pub use self::kind::{JoinKind, Nulls};
use super::columns::{NONE, batch_of, null_columns, nulls_of, taken};
use super::sieve::{Sieve, Teller};
use crate::aggregate::keys::hashes_of;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::rows::BATCH_ROWS;
use crate::seat::{Grant, Mode, OperatorSeat};

/// The name of the column of [`JoinKind::LeftMark`].
const MARK: &str = "mark";

/// Says which pairs count, beside having the same key: over the columns of the left and then those of the right.
pub type PairFilter = Box<dyn FnMut(&RecordBatch) -> Result<BooleanArray, Failure>>;

/// The operator.
pub struct HashJoin {
    inputs: [Layout; 2],
    kind: JoinKind,
    nulls: Nulls,
    filter: Option<PairFilter>,
    /// The columns of pairs.
    pairs: SchemaRef,
    output: Layout,
    build: Build,
    /// Rows of the left that have come early.
    early: VecDeque<Batch>,
    early_bytes: usize,
    grant: Grant,
    is_built: bool,
    /// Who is told the keys of the right when all of it has come.
    teller: Option<Teller>,
    is_stream: bool,
    at: Option<Probing>,
    /// Everything has come; then this is passed on.
    end: Option<Watermark>,
    /// Where it is among the rows of the right that had no pair.
    rest: usize,
}

/// A batch of the left on its way.
struct Probing {
    columns: RecordBatch,
    /// Where the key has a null, if it matters.
    nulls: Option<NullBuffer>,
    slots: Vec<Option<Slot>>,
    row: usize,
    /// The next row of the right with the key of this row, if it was begun.
    next: Option<u32>,
    /// Whether a row had a pair.
    hits: Vec<bool>,
}

impl HashJoin {
    /// Over inputs whose keys have the same types.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key.
    pub fn new(
        inputs: [Layout; 2],
        (kind, nulls): (JoinKind, Nulls),
        filter: Option<PairFilter>,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "two inputs share one key");
        let pairs = Self::pairs(&inputs);
        Ok(Self {
            output: Self::output(&inputs, kind),
            build: Build::new(&inputs[1], nulls)?,
            inputs,
            kind,
            nulls,
            filter,
            pairs: pairs.schema().clone(),
            early: VecDeque::new(),
            early_bytes: 0,
            grant: Grant::of(seat),
            is_built: false,
            teller: None,
            is_stream: seat.mode == Mode::Streaming,
            at: None,
            end: None,
            rest: 0,
        })
    }

    /// The same join, which tells those who read its left side which keys its right side has. Every subtask `has_all` of
    /// that, or its share.
    #[must_use]
    pub fn telling(self, sieve: &Sieve, has_all: bool, seat: &OperatorSeat) -> Self {
        Self { teller: Some(sieve.teller(&seat.place, has_all)), ..self }
    }

    /// All of the right has come.
    fn built(&mut self) {
        self.is_built = true;
        if let Some(teller) = self.teller.take() {
            teller.tell(self.build.hashes());
        }
    }

    /// The columns of what comes out: those of both sides, which all take nulls, or those of one, and the mark.
    pub fn output(inputs: &[Layout; 2], kind: JoinKind) -> Layout {
        match kind {
            JoinKind::LeftMark => {
                let left = inputs[0].unkeyed();
                let mark = Arc::new(Field::new(MARK, DataType::Boolean, true));
                Layout::of(left.schema().fields().iter().cloned().chain([mark]).collect())
            }
            kind if kind.is_about_left() => inputs[0].unkeyed(),
            kind if kind.is_about_right() => inputs[1].unkeyed(),
            _ => Self::pairs(inputs),
        }
    }

    fn pairs(inputs: &[Layout; 2]) -> Layout {
        let fields = inputs.iter().flat_map(|input| input.schema().fields());
        let fields: Fields =
            fields.map(|field| Field::new(field.name(), field.data_type().clone(), true)).collect();
        Layout::of(fields)
    }

    /// Whether rows of the right leave in the end.
    fn is_right_kept(&self) -> bool {
        self.kind.keeps_right() || self.kind.is_about_right()
    }

    fn hold(&mut self) -> Result<(), Failure> {
        self.grant.hold(self.build.bytes() + self.early_bytes)
    }

    /// Begins with a batch of the left.
    fn probe(&mut self, batch: Batch) -> Result<(), Failure> {
        let batch = batch.compact();
        let key = self.inputs[0].key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        let nulls = nulls_of(&key);
        let slots = self.build.look_up(&key, &hashes, nulls.as_ref());
        let hits = vec![false; batch.rows()];
        self.at = Some(Probing { columns: batch.columns().clone(), nulls, slots, row: 0, next: None, hits });
        Ok(())
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            if self.at.is_some() {
                self.probe_on(cx)?;
            } else if !self.is_built {
                return Ok(Flow::Next);
            } else if let Some(batch) = self.early.pop_front() {
                self.early_bytes -= batch.columns().get_array_memory_size();
                self.probe(batch)?;
                continue;
            } else if self.end.is_none() {
                return Ok(Flow::Next);
            } else if self.is_right_kept() && self.rest < self.build.rows() {
                self.send_rest(cx)?;
            } else {
                self.build = Build::new(&self.inputs[1], self.nulls)?;
                self.grant.release();
                if let Some(now) = self.end.take() {
                    cx.time(now)?;
                }
                return Ok(Flow::Next);
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
    }

    /// Sends the next pairs of the batch that is on its way, or what its end brings.
    fn probe_on(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let Some(at) = &mut self.at else { return Ok(()) };
        let (mut left, mut right) = (Vec::new(), Vec::new());
        // Without a filter the first row of a key says what all of them say.
        let is_one_enough = self.kind.is_about_left() && self.filter.is_none();
        // Of a row of the right nothing more is to be learnt once it has had a pair.
        let marks_only = self.kind.is_about_right();
        while at.row < at.slots.len() && left.len() < BATCH_ROWS {
            let first = || at.slots[at.row].map_or(NONE, |slot| self.build.first(slot));
            let mut next = at.next.take().unwrap_or_else(first);
            while next != NONE && left.len() < BATCH_ROWS {
                if marks_only && self.build.is_marked(next) {
                    next = if self.filter.is_none() { NONE } else { self.build.next(next) };
                    continue;
                }
                left.push(u32::try_from(at.row).expect("a batch has fewer than four billion rows"));
                right.push(next);
                next = if is_one_enough { NONE } else { self.build.next(next) };
            }
            match next {
                NONE => at.row += 1,
                next => at.next = Some(next),
            }
        }
        let is_over = at.row == at.slots.len();
        if !left.is_empty() {
            self.send_pairs(left, right, cx)?;
        }
        if is_over && let Some(at) = self.at.take() {
            self.send_left(&at, cx)?;
        }
        Ok(())
    }

    fn send_pairs(
        &mut self,
        mut left: Vec<u32>,
        mut right: Vec<u32>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Failure> {
        let at = self.at.as_mut().expect("pairs of a batch");
        let is_about_one = self.kind.is_about_left() || self.kind.is_about_right();
        let mut pairs = None;
        if self.filter.is_some() || !is_about_one {
            let mut columns = taken(at.columns.columns(), &UInt32Array::from(left.clone()))?;
            columns.extend(self.build.columns(&right)?);
            pairs = Some(batch_of(&self.pairs, columns, left.len())?);
        }
        if let (Some(filter), Some(rows)) = (&mut self.filter, &pairs) {
            let mask = (filter)(rows)?;
            let keeps: Vec<bool> = mask.iter().map(|keeps| keeps == Some(true)).collect();
            let kept = |rows: Vec<u32>| {
                rows.into_iter().zip(&keeps).filter(|(_, keeps)| **keeps).map(|(row, _)| row).collect()
            };
            (left, right) = (kept(left), kept(right));
            pairs = Some(filter_record_batch(rows, &mask).map_err(Failure::lasting)?);
        }
        left.iter().for_each(|row| at.hits[*row as usize] = true);
        if self.is_right_kept() {
            right.iter().for_each(|row| self.build.mark(*row));
        }
        match pairs {
            Some(pairs) if !is_about_one && pairs.num_rows() > 0 => {
                cx.send(self.output.batch(pairs.columns().to_vec(), pairs.num_rows()))
            }
            _ => Ok(()),
        }
    }

    /// The rows of the left that are sent when all of their pairs are known.
    fn send_left(&self, at: &Probing, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if !self.kind.is_about_left() && !self.kind.keeps_left() {
            return Ok(());
        }
        if self.kind == JoinKind::LeftMark {
            let mut columns = at.columns.columns().to_vec();
            columns.truncate(self.output.schema().fields().len() - 1);
            columns.push(Arc::new(BooleanArray::from(at.hits.clone())));
            return cx.send(self.output.batch(columns, at.hits.len()));
        }
        let wanted = self.kind == JoinKind::LeftSemi;
        let rows = (0..).zip(&at.hits).filter(|(_, hit)| **hit == wanted).map(|(row, _)| row);
        let rows = rows.filter(|row: &u32| !self.may_be_in(at, *row as usize));
        let rows: UInt32Array = rows.collect::<Vec<u32>>().into();
        let mut columns = taken(at.columns.columns(), &rows)?;
        if !self.kind.is_about_left() {
            columns.extend(null_columns(self.inputs[1].schema().fields(), rows.len()));
        }
        columns.truncate(self.output.schema().fields().len());
        cx.send(self.output.batch(columns, rows.len()))
    }

    /// Whether a row that has no pair could have one, if nulls were known.
    fn may_be_in(&self, at: &Probing, row: usize) -> bool {
        let is_null = || at.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        self.nulls == Nulls::AreUnknown && self.build.rows() > 0 && (self.build.has_nulls() || is_null())
    }

    /// Some of the rows of the right that are sent when all pairs are known.
    fn send_rest(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let had_pairs = self.kind == JoinKind::RightSemi;
        let rows = self.build.marked(had_pairs, &mut self.rest, BATCH_ROWS);
        if self.kind.is_about_right() {
            let mut columns = self.build.columns(&rows)?;
            columns.truncate(self.output.schema().fields().len());
            return cx.send(self.output.batch(columns, rows.len()));
        }
        let mut columns = null_columns(self.inputs[0].schema().fields(), rows.len());
        columns.extend(self.build.columns(&rows)?);
        cx.send(self.output.batch(columns, rows.len()))
    }
}

impl Operator for HashJoin {
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("a join of a batch job", &batch)?;
        if port == 1 {
            self.build.add(&self.inputs[1], batch)?;
            self.hold()?;
            return Ok(Flow::Next);
        }
        if !self.is_built {
            // It waits in memory of its own, and gives segments back.
            let own = Batch::new(memory::own_rows(batch.compact().columns()));
            self.early_bytes += own.columns().get_array_memory_size();
            self.early.push_back(own);
            self.hold()?;
            return Ok(Flow::Next);
        }
        self.probe(batch)?;
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now < Watermark::MAX {
            // The right side has come, or time would not go on: what is before this has been sent.
            if self.is_stream {
                cx.time(now)?;
            }
            return Ok(Flow::Next);
        }
        self.built();
        self.end = Some(now);
        self.go_on(cx)
    }

    fn end(&mut self, port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if port == 1 {
            self.built();
        }
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }
}
