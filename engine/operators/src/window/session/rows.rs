//! Rows with the session that they are of.
//!
//! Keeps all rows of open sessions. They leave with their session, in the order in which they came, and as event time they
//! have the last millisecond of it: by then their own times have been passed.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, TimestampMillisecondArray};
use memory::{Batch, Envelope, hash_key};
use runtime::subtask::Failure;
use shuffle::{Place, Watermark};
use state::{Restore, Slot, Snapshot};

use super::super::columns::{WindowColumns, insert};
use super::super::pane::length;
use super::super::rows::{check_time, times_of, with_times};
use super::super::span::Window;
use super::lateness::{Lateness, forget};
use super::sessions::Sessions;
use crate::accumulators::Accumulators;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::{Keys, hashes_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::rows::BATCH_ROWS;
use crate::seat::{Grant, OperatorSeat};
use crate::store::Store;
use crate::watermark;

/// The name of its state: rows of open sessions, those of a key in the order in which they came.
const STATE: &str = "session-rows";

/// Which sessions, as a plan carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRowsSpec {
    /// What comes in. Rows of the same key are of the same sessions; without a key all are.
    pub input: Layout,
    /// The column by which rows follow each other, of milliseconds.
    pub time: usize,
    /// For so long after a row, in milliseconds, its session waits for another one.
    pub gap: i64,
    /// The columns that are added.
    pub columns: WindowColumns,
}

impl SessionRowsSpec {
    /// What comes out: the record with the columns of its session behind the others, and beside it what was there before. If
    /// the input has event time, it stands beside the record too: the last millisecond of the session.
    pub fn output(&self) -> Layout {
        let output = self.columns.widen(&self.input);
        if self.input.time().is_some() { output.timed_beside() } else { output }
    }
}

/// The operator.
pub struct SessionRows {
    spec: SessionRowsSpec,
    output: Layout,
    envelope: Envelope,
    keys: Keys,
    sessions: Sessions<Vec<Place>>,
    store: Store,
    /// Of all sessions.
    rows: usize,
    lateness: Lateness,
    accumulators: Accumulators,
    /// Sessions that are over, and how many rows of the first one have left.
    leaving: VecDeque<(Window, Vec<Place>)>,
    left: usize,
    /// The keys of these sessions.
    past: Vec<Slot>,
    grant: Grant,
}

impl SessionRows {
    /// As the specification says.
    ///
    /// # Errors
    ///
    /// If the gap is none, or a type cannot be a key.
    ///
    /// # Panics
    ///
    /// If the time is no column of milliseconds.
    pub fn new(spec: SessionRowsSpec, seat: &OperatorSeat) -> Result<Self, Failure> {
        check_time(&spec.input, spec.time);
        let gap = length("the gap", spec.gap).map_err(Failure::lasting)?;
        Ok(Self {
            output: spec.output(),
            envelope: Envelope::new(spec.input.schema().clone(), false, false),
            keys: Keys::new(&spec.input.key_types())?,
            sessions: Sessions::new(gap),
            store: Store::default(),
            rows: 0,
            lateness: Lateness::new(&seat.accumulators),
            accumulators: seat.accumulators.clone(),
            leaving: VecDeque::new(),
            left: 0,
            past: Vec::new(),
            grant: Grant::of(seat),
            spec,
        })
    }

    /// Puts rows into their sessions.
    fn keep(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key = self.spec.input.key_columns(batch);
        let hashes = hashes_of(batch, &key)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, Selected::of(batch), &mut slots);
        self.sessions.grow(self.keys.slots_end());
        let times = times_of(batch, self.spec.time);
        let chunk = self.store.add(&self.envelope.pack(&batch.clone().with_hashes(None)));
        for ((slot, time), row) in slots.iter().zip(&times).zip(0..) {
            if self.sessions.is_late(*slot, *time, self.lateness.watermark) {
                self.lateness.note(*slot, *time);
                continue;
            }
            let join = |rows: &mut Vec<Place>, mut others: Vec<Place>| rows.append(&mut others);
            self.sessions.enter(*slot, *time, Vec::new, join).push((chunk, row));
            self.store.have();
            self.rows += 1;
        }
        let Self { lateness, keys, sessions, .. } = self;
        lateness.publish(keys, |slot| sessions.has_none(slot));
        self.tidy();
        self.hold()
    }

    /// Gives memory back when there is much to give. Nothing must be on its way out.
    fn tidy(&mut self) {
        if self.store.is_loose() {
            // Places tell which row came first, and must go on to.
            let mut places: Vec<&mut Place> = self.sessions.contents_mut().flatten().collect();
            places.sort_unstable();
            self.store.tighten(&mut places);
        }
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let places = self.rows * size_of::<Place>();
        self.grant.hold(self.keys.bytes() + self.sessions.bytes() + self.store.bytes() + places)
    }

    /// The next rows of the sessions that are over.
    fn next_piece(&mut self) -> Vec<Batch> {
        let (mut places, mut starts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((span, rows)) = self.leaving.front().filter(|_| places.len() < BATCH_ROWS) {
            let rest = &rows[self.left..];
            let count = rest.len().min(BATCH_ROWS - places.len());
            places.extend_from_slice(&rest[..count]);
            starts.resize(places.len(), span.start);
            ends.resize(places.len(), span.end);
            self.left += count;
            if self.left == rows.len() {
                self.leaving.pop_front();
                self.left = 0;
            }
        }
        let mut first = 0;
        let batch = |rows: RecordBatch| {
            let own = first..first + rows.num_rows();
            first = own.end;
            self.batch_of(&rows, &starts[own.clone()], &ends[own])
        };
        let batches = self.store.get(&places).into_iter().map(batch).collect();
        places.iter().for_each(|_| self.store.let_go());
        self.rows -= places.len();
        batches
    }

    fn batch_of(&self, rows: &RecordBatch, starts: &[i64], ends: &[i64]) -> Batch {
        let mut columns = rows.columns().to_vec();
        insert(&mut columns, self.spec.input.record(), starts.to_vec(), ends.to_vec());
        if let Some(time) = self.output.time() {
            let last = ends.iter().map(|end| end.saturating_sub(1));
            let times = Arc::new(TimestampMillisecondArray::from_iter_values(last)) as ArrayRef;
            if time < columns.len() {
                columns[time] = times;
            } else {
                columns.push(times);
            }
        }
        self.output.batch(columns, rows.num_rows())
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        while !self.leaving.is_empty() {
            for batch in self.next_piece() {
                cx.send(batch)?;
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        let Self { keys, sessions, past, .. } = self;
        forget(keys, std::mem::take(past), |slot| sessions.has_none(slot));
        self.tidy();
        self.hold()?;
        cx.time(Watermark(self.lateness.watermark))?;
        Ok(Flow::Next)
    }
}

impl Operator for SessionRows {
    fn batch(&mut self, _port: usize, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("SESSION", &batch)?;
        let batch = with_times(batch.with_kinds(None), self.spec.time, &self.accumulators).compact();
        self.keep(&batch)?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now.0 <= self.lateness.watermark {
            cx.time(now)?; // What was saved had come further.
            return Ok(Flow::Next);
        }
        self.lateness.watermark = now.0;
        for (slot, mut session) in self.sessions.take(now.0) {
            session.content.sort_unstable();
            self.leaving.push_back((session.span, session.content));
            self.past.push(slot);
        }
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.grant.release();
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        if self.lateness.watermark == i64::MAX {
            return Ok(()); // Nothing comes any more.
        }
        let mut places: Vec<Place> =
            self.sessions.all().flat_map(|(_, session)| session.content.iter().copied()).collect();
        places.sort_unstable();
        for places in places.chunks(BATCH_ROWS) {
            for rows in self.store.get(places) {
                let key: Vec<ArrayRef> =
                    self.spec.input.key().iter().map(|column| rows.column(*column).clone()).collect();
                let mut hashes = Vec::new();
                hash_key(&key, rows.num_rows(), &mut hashes)?;
                to.keyed(STATE, &rows, hashes);
            }
        }
        watermark::save(self.lateness.watermark, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(STATE) {
            self.keep(&Batch::new(rows).with_hashes(Some(hashes.into())))?;
        }
        self.lateness.watermark = watermark::load(from).map_or(i64::MIN, |(least, _)| least);
        Ok(())
    }
}
